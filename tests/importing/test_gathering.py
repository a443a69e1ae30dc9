from __future__ import annotations

import pandas as pd
import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.errors import ReadError
from survgui.importing import gathering
from survgui.readers.recognise import findings_of
from survgui.readers.table import Tables
from tests.importing import makers


def file(folder, name, head=("gene", "read_count"), shift=0):
    rows = [[gene, *(k + j + shift for j in range(len(head) - 1))] for k, gene in enumerate(makers.GENES)]
    return makers.table(folder / name, head, rows)


@pytest.mark.parametrize(
    ("head", "one"),
    [
        (("gene", "read_count"), True),
        (("gene", "length", "TPM", "NumReads"), True),
        (("gene", "TCGA-A1-0001", "TCGA-A1-0002"), False),  # patients
        (("gene", "ann", "bob", "cyd"), False),
        (("gene", "ann", *(f"count{k}" for k in range(12))), False),
    ],
)
def test_which_tables_could_be_one_patients(tmp_path, head, one):
    tables = Tables()
    found = gathering.alike(findings_of(file(tmp_path, "rna.tsv", head), tables), tables)
    assert found == ((Modality.RNA, head) if one else None)


@pytest.mark.parametrize(
    ("head", "value"),
    [
        (("gene", "TPM", "NumReads"), "NumReads"),
        (("gene", "length", "TPM"), "TPM"),
        (("gene", "p1"), "p1"),
    ],
)
def test_counts_are_taken_before_amounts(tmp_path, head, value):
    assert gathering.value_of(file(tmp_path, "rna.tsv", head)) == value


def test_a_broken_file_is_left_out_and_said(tmp_path):
    good, other = file(tmp_path, "a.tsv"), file(tmp_path, "b.tsv", ("gene", "reads"))
    notes = run_to_end(gathering.join([("A", good), ("B", other), ("A", good)], "read_count", tmp_path / "t.parquet"))
    assert [n.code for n in notes] == ["GDC-04", "TBL-14"]
    assert pd.read_parquet(tmp_path / "t.parquet").columns.tolist() == ["feature", "A"]
    with pytest.raises(ReadError, match="no column is named read_count"):
        run_to_end(gathering.join([("B", other)], "read_count", tmp_path / "u.parquet"))


def test_owners_by_sheet_by_folder_and_by_name(tmp_path):
    files = [tmp_path / name for name in ("x1/f.tsv", "P-77/f.tsv", "TCGA-A1-0001.tsv", "nobody.tsv")]
    owned, lost = gathering.of_patients(files, {"x1": "S1"}, ["P-77"])
    assert [who for who, _ in owned] == ["S1", "TCGA-A1-0001", "P-77"] and lost == files[3:]
