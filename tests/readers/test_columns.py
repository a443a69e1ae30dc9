"""Feature columns and their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.readers.columns import chosen, feature_names, missing

NAMES = ["id", "A_rna", "B_rna", "A_cnv", "time", "note"]
NUMERIC = {"A_rna", "B_rna", "A_cnv", "time"}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("*_rna", ["A_rna", "B_rna"]),
        (None, ["A_rna", "B_rna", "A_cnv"]),
        (("A_cnv", "A_rna"), ["A_cnv", "A_rna"]),
        (("B_*", "A_*"), ["B_rna", "A_rna", "A_cnv"]),
        ("*", ["A_rna", "B_rna", "A_cnv", "note"]),
        (("time",), ["time"]),
        ("*_mut", None),
        (("A_rna", "C_rna"), None),
    ],
)
def test_chosen(wanted: str | tuple[str, ...] | None, expected: list[str] | None) -> None:
    assert chosen(NAMES, wanted, NUMERIC, {"id", "time"}) == expected


@pytest.mark.parametrize(
    ("wanted", "columns", "names"),
    [
        ("*_rnaseq", ["AAK1_rnaseq", "ABL1_rnaseq"], ("AAK1", "ABL1")),
        ("original_*", ["original_glcm_a", "original_glcm_b"], ("glcm_a", "glcm_b")),
        ("cg*", ["cg1", "cg2"], ("cg1", "cg2")),
        ("*_logp_G*", ["cnn_logp_G2", "gcn_logp_G2"], ("cnn_logp_G2", "gcn_logp_G2")),
        ("*_HE", ["_HE", "x_HE"], ("_HE", "x_HE")),
        (("a_x", "b_x"), ["a_x", "b_x"], ("a_x", "b_x")),
        (None, ["a_x"], ("a_x",)),
    ],
)
def test_the_literal_part_of_one_star_is_dropped(
    wanted: str | tuple[str, ...] | None, columns: list[str], names: tuple[str, ...]
) -> None:
    assert feature_names(columns, wanted) == names


def test_the_error_names_what_is_lost() -> None:
    assert "no column is named C_rna; it has id, A_rna" in str(missing(Path("t.csv"), ("A_rna", "C_rna"), NAMES))
