from __future__ import annotations

import pandas as pd
import pytest

from survgui.cases.step import run_to_end
from survgui.errors import ReadError
from survgui.importing import gdc
from survgui.readers.recognise import findings_of
from survgui.readers.table import Tables
from tests.importing import makers

PATIENTS = makers.barcodes(3)


@pytest.fixture
def files(tmp_path):
    return sorted(makers.star(tmp_path / "gdc", PATIENTS).rglob("*counts.tsv"))


def test_counts_are_told_by_their_header(files, tmp_path):
    assert all(gdc.is_counts(path) for path in files)
    assert not gdc.is_counts(makers.table(tmp_path / "other.tsv", ["gene_id", "x"], [["a", 1]]))


def test_whose_the_files_are_by_sheet_folder_or_name(files, tmp_path):
    tables = Tables()
    sheet = findings_of(tmp_path / "gdc" / "gdc_sample_sheet.2024-01-01.tsv", tables)
    known = gdc.owners(sheet, tables)
    assert gdc.of_patients(files, known)[0] == [(f"{p}-01A", path) for p, path in zip(PATIENTS, files, strict=True)]
    by_folder = {path.parent.name: p for p, path in zip(PATIENTS, files, strict=True)}
    assert [who for who, _ in gdc.of_patients(files, by_folder)[0]] == PATIENTS
    named = tmp_path / "TCGA-A1-0000" / "counts.tsv"
    assert gdc.of_patients([named, tmp_path / "x.tsv"], {}) == ([("TCGA-A1-0000", named)], [tmp_path / "x.tsv"])


def test_a_damaged_file_and_a_second_of_a_sample_are_left_out(files, tmp_path):
    files[2].write_text("# gene-model\ngene_id\tgene_name\tgene_type\nx\ty\tz\n")
    members = [("A", files[0]), ("A", files[1]), ("C", files[2])]
    notes = run_to_end(gdc.join(members, "tpm_unstranded", tmp_path / "t.parquet"))
    assert [note.code for note in notes] == ["GDC-04", "GDC-02"]
    assert pd.read_parquet(tmp_path / "t.parquet").columns.tolist() == ["gene", "A"]


def test_nothing_to_join_is_an_error(tmp_path):
    bad = makers.table(tmp_path / "bad.tsv", ["a"], [[1]])
    with pytest.raises(ReadError, match="none of the gene counts"):
        run_to_end(gdc.join([("A", bad)], "unstranded", tmp_path / "t.parquet"))
