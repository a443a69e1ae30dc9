"""How a table of unknown make is laid out."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.readers.layout import family, hinted, layouts
from survgui.readers.table import read_table

GENES = ["TP53", "EGFR", "KRAS", "HLA-A", "C1orf112", "PTEN", "IDH1", "MIR21"]
PROBES = [f"cg{i:08d}" for i in range(8)]
MIRNAS = ["hsa-let-7a-5p", "hsa-mir-21", "hsa-miR-155-5p", "mir-10b", "hsa-mir-9"]


def laid_out(tmp_path: Path, text: str, name: str = "t.csv"):
    (tmp_path / name).write_text(text)
    return layouts(read_table(tmp_path / name))


def rows(names: list[str], *values: str) -> str:
    return (
        ",".join(["id", *names])
        + "\n"
        + "".join(f"p{i}," + ",".join([v] * len(names)) + "\n" for i, v in enumerate(values))
    )


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (GENES, "gene"),
        (PROBES, "dnam"),
        (MIRNAS, "mirna"),
        (["ENSG00000141510.18"] * 5, "ensembl"),
        (["a b"] * 9, None),
    ],
)
def test_families(names: list[str], kind: str | None) -> None:
    assert family(names) == kind


def test_hints() -> None:
    assert hinted("P3_rna_tpm.csv") is Modality.RNA
    assert hinted("patient-miRNA.tsv") is Modality.MIRNA
    assert hinted("carnation.csv") is None


@pytest.mark.parametrize(
    ("values", "modality"),
    [
        (("1.5", "-0.5"), Modality.RNA),
        (("0", "1"), Modality.MUTATION),
        (("-2", "1"), Modality.CNV),
        (("0.2", "0.9"), Modality.DNAM),
    ],
)
def test_genes_are_told_by_their_values(tmp_path: Path, values: tuple[str, str], modality: Modality) -> None:
    (found,) = laid_out(tmp_path, rows(GENES, *values))
    assert (found.modality, found.patients) == (modality, ("p0", "p1"))
    assert found.columns is None  # every numeric column


def test_a_number_that_is_no_gene_is_left_out(tmp_path: Path) -> None:
    text = rows([*GENES, "x 1"], "1.5", "-0.5")
    (found,) = laid_out(tmp_path, text)
    assert found.columns == tuple(GENES)


def test_what_a_user_says_comes_before_the_name(tmp_path: Path) -> None:
    (tmp_path / "rna.csv").write_text(rows(GENES, "1.5", "-0.5"))
    table = read_table(tmp_path / "rna.csv")
    assert [layout.modality for layout in layouts(table)] == [Modality.RNA]
    assert [layout.modality for layout in layouts(table, Modality.CNV)] == [Modality.CNV]


def test_the_files_name_comes_before_the_values(tmp_path: Path) -> None:
    (found,) = laid_out(tmp_path, rows(GENES, "0", "1"), "cnv.csv")
    assert found.modality is Modality.CNV


def test_cases_in_columns(tmp_path: Path) -> None:
    text = "probe,p1,p2\n" + "".join(f"{probe},0.1,0.2\n" for probe in PROBES)
    (found,) = laid_out(tmp_path, text)
    assert (found.modality, found.table.orientation, found.patients) == (
        Modality.DNAM,
        "cases-in-columns",
        ("p1", "p2"),
    )


def test_two_columns_are_one_patient(tmp_path: Path) -> None:
    (found,) = laid_out(tmp_path, "gene,value\n" + "".join(f"{gene},{i}.5\n" for i, gene in enumerate(GENES)))
    assert (found.modality, found.table.orientation, found.patients) == (Modality.RNA, "cases-in-columns", ("",))


def test_gdc_counts(tmp_path: Path) -> None:
    text = "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\ttpm_unstranded\n" + "".join(
        f"ENSG{i:011d}.1\t{gene}\tprotein_coding\t{i * 100}\t{i}.5\n" for i, gene in enumerate(GENES)
    )
    (found,) = laid_out(tmp_path, text, "sample.tsv")
    assert (found.modality, found.table.case, found.patients) == (Modality.RNA, "unstranded", ("",))


def test_marked_columns_give_a_block_each(tmp_path: Path) -> None:
    names = [f"{gene}_{kind}" for kind in ("rnaseq", "mut") for gene in GENES]
    assert [(f.modality, f.columns) for f in laid_out(tmp_path, rows(names, "1", "0"))] == [
        (Modality.RNA, "*_rnaseq"),
        (Modality.MUTATION, "*_mut"),
    ]


def test_clinical_fields_without_the_outcome(tmp_path: Path) -> None:
    (found,) = laid_out(
        tmp_path, "patient_id,age,sex,OS.time,vital_status,KPS\np1,60,F,12,Dead,80\np2,61,M,3,Alive,90\n"
    )
    assert (found.modality, found.columns) == (Modality.CLINICAL, ("age", "sex", "KPS"))


def test_one_row_without_an_id(tmp_path: Path) -> None:
    (found,) = laid_out(tmp_path, "age,sex,stage\n63,F,II\n")
    assert (found.table.case, found.columns, found.patients) == ("", ("age", "sex", "stage"), ("",))


def test_a_table_that_says_nothing(tmp_path: Path) -> None:
    assert laid_out(tmp_path, "a,b\n1,2\n") == []


def test_columns_of_numbers_that_are_no_genes_are_said(tmp_path: Path) -> None:
    genes = ["TP53", "EGFR", "IDH1", "PTEN", "ATRX", "CIC", "NF1", "RB1"]
    path = tmp_path / "rna.csv"
    path.write_text(",".join(["id", *genes, "7157", "x1"]) + "\n" + ",".join(["P1", *(f"{k}.5" for k in range(10))]))
    (found,) = layouts(read_table(path))
    assert found.columns == tuple(genes) and "left out as none: 7157, x1" in found.evidence


def test_what_was_received_after_the_baseline_is_no_field_of_a_case(tmp_path):
    (found,) = laid_out(
        tmp_path,
        "patient_id,age,sex,treatment_outcome_first_course,history_of_radiation_therapy,Strahlentherapie\n"
        "p1,60,F,Stable Disease,no,yes\np2,61,M,Progressive Disease,yes,no\n",
    )
    assert found.columns[:2] == ("age", "sex") and "history_of_radiation_therapy" in found.columns
    assert not {"treatment_outcome_first_course", "Strahlentherapie"} & set(found.columns)
    assert "left out as received after the baseline: treatment_outcome_first_course" in found.evidence
