"""Which rows are whose."""

from __future__ import annotations

import pytest

from survgui.readers.rows import nearly, rows_by_patient, same, sample_type


@pytest.mark.parametrize(
    ("cell", "value", "equal"),
    [
        ("0.0", 0, True),
        ("1", "1.0", True),
        ("Dead", "DEAD", True),
        ("1:DECEASED", "1:DECEASED", True),
        ("True", True, True),
        ("1", True, True),
        ("0", True, False),
        ("false", False, True),
        ("01", 1, True),
        ("1", 0, False),
        ("", 0, False),
    ],
)
def test_cells_are_compared_as_meant(cell: str, value: str | int | bool, equal: bool) -> None:
    assert same(cell, value) is equal


@pytest.mark.parametrize(
    ("barcode", "kind"),
    [("TCGA-DU-7294-01A-11R", 1), ("TCGA-DU-7294-11A", 11), ("TCGA-DU-7294", 0), ("P-01-02-11", 0)],
)
def test_sample_types(barcode: str, kind: int) -> None:
    assert sample_type(barcode) == kind


def test_a_primary_tumour_is_taken_and_a_normal_sample_never() -> None:
    ids = [
        "TCGA-AA-0001-11A",
        "TCGA-AA-0001-06A",
        "TCGA-AA-0001-01A",
        "tcga-aa-0001-01B",
        "TCGA-AA-0002-11A",
        "007",
        "",
    ]
    assert rows_by_patient(ids, range(len(ids))) == {"TCGA-AA-0001": [2, 3], "007": [5]}


def test_ids_are_nearly_the_same_but_for_capitals_zeros_and_signs():
    assert nearly(["p7", "8", "K1"], ["P-007", "008", "K1", "k01"]) == [("8", "008"), ("p7", "P-007")]
    assert nearly(["p7"], ["P7", "P-7"]) == []  # which of both it is nobody can tell
    assert nearly(["P10"], ["P100", "P1"]) == []
