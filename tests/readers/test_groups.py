"""Gene groups from either format."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.errors import ReadError
from survgui.readers.groups import read_groups

EXPECTED = {"Kinases": ("AAK1", "ABL1"), "Cytokines": ("IL6",)}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.csv", "Kinases,Cytokines\nAAK1,IL6\nABL1,\nABL1,NA\n"),
        ("g.gmt", "Kinases\thttp://x\tAAK1\tABL1\tABL1\nCytokines\t\tIL6\t\n"),
    ],
)
def test_groups(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_groups(tmp_path / name) == EXPECTED


def test_no_group(tmp_path: Path) -> None:
    (tmp_path / "g.gmt").write_text("Kinases\tx\n")
    with pytest.raises(ReadError, match="GRP-01"):
        read_groups(tmp_path / "g.gmt")


def test_the_published_gene_families(shared_data: Path) -> None:
    groups = read_groups(shared_data / "tcga_omics" / "signatures.csv")
    assert len(groups) == 6
    assert len(groups["Transcription Factors"]) == 1536
