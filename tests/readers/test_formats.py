from __future__ import annotations

import pytest

from survgui.readers.formats import Role, array_words, make_of, sample_ids, source_words
from survgui.readers.table import read_table


def table(tmp_path, text):
    path = tmp_path / "table.tsv"
    path.write_text(text.replace(" ", "\t"))
    return read_table(path)


def lines(head, row, times=12):
    return head + "\n" + "".join(row.format(k=k) + "\n" for k in range(times))


@pytest.mark.parametrize(
    ("text", "role", "columns"),
    [
        (
            lines("Hugo_Symbol Tumor_Sample_Barcode Variant_Classification", "TP53 TCGA-A1-000{k}-01A Silent", 9),
            Role.MUTATIONS,
            ("Hugo_Symbol", "Tumor_Sample_Barcode", "Variant_Classification"),
        ),
        (lines("Sample Gene Mutation Type", "S{k} EGFR p.L{k}R missense"), Role.MUTATIONS, ("Gene", "Sample", "Type")),
        (
            lines("file_id file_name case_id", "u{k} f{k}.tsv TCGA-A1-000{k}", 9),
            Role.IDS,
            ("file_name", "case_id"),
        ),
        (
            lines("cohort fold part case_id", "x 1 train P{k}") + "x 1 val P99\n",
            Role.SPLITS,
            ("case_id", "fold", "part"),
        ),
        ("one two\nTP53 EGFR\nPTEN KRAS\nMYC RB1\nNF1 IDH1\nATRX BRCA1\nBRCA2 MDM2\n", Role.GROUPS, ()),
    ],
)
def test_tables_that_are_no_measurements(tmp_path, text, role, columns):
    make = make_of(table(tmp_path, text))
    assert make is not None
    assert (make.role, make.columns) == (role, columns)


@pytest.mark.parametrize(
    "text",
    [
        lines("case_id age sex", "P{k} 6{k} male"),
        lines("case_id TP53 EGFR", "P{k} 1.{k} 2.{k}"),
        lines("case_id train TP53", "P{k} 1.0 2.{k}"),  # `train` alone is no split
    ],
)
def test_measurements_are_none_of_these(tmp_path, text):
    assert make_of(table(tmp_path, text)) is None


def test_samples_of_patients(tmp_path):
    assert sample_ids(table(tmp_path, lines("SAMPLE_ID PATIENT_ID", "S{k} P{k}"))) == ("PATIENT_ID", "SAMPLE_ID")
    assert sample_ids(table(tmp_path, lines("case_id age", "P{k} 5{k}"))) is None


@pytest.mark.parametrize(
    ("head", "down", "words"),
    [
        ("Hugo_Symbol Entrez_Gene_Id S1", True, "cBioPortal matrix"),
        ("Ensembl_ID S1 S2", True, "UCSC Xena matrix"),
        ("bcr_patient_barcode PFI.time DSS.time", False, "TCGA-CDR, the curated clinical outcomes of TCGA"),
        ("gene_id gene_name unstranded", True, "GDC STAR gene counts of one sample"),
        ("x y z", False, "table with a case a row"),
    ],
)
def test_whose_form_a_table_has(tmp_path, head, down, words):
    assert source_words(table(tmp_path, f"{head}\na b c\n"), down) == words


@pytest.mark.parametrize(
    ("count", "array"),
    [(27_578, "HM27"), (485_577, "HM450"), (865_918, "an EPIC array"), (1205, "a selection of")],
)
def test_arrays_by_the_number_of_their_probes(count, array):
    assert array in array_words([f"cg{k:08d}" for k in range(count)])


def test_epic_v2_by_its_suffixes():
    assert "EPIC v2" in array_words(["cg00000029_TC21", "cg00000103_TC11"])
