from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.importing.sources import compact, id_words, of_finding, proposed_transform
from survgui.readers.recognise import findings_of
from survgui.readers.table import Tables
from tests.importing import makers


@pytest.mark.parametrize(
    ("values", "unit", "modality", "transform"),
    [
        ([0, 12, 90_000], "counts", Modality.RNA, "log2p1"),
        ([0.0, 3.5, 18.0], "log", Modality.RNA, "none"),
        ([0.0, 3.5, 9_000.0], "mixed", Modality.RNA, "log2p1"),  # TPM as it is
        ([-3.0, 0.0, 36_000.0], "z-score", Modality.RNA, "signed-log1p"),
        ([0.0, 0.4, 1.0], "beta", Modality.DNAM, "none"),
        ([0, 1, 1], "binary", Modality.MUTATION, "none"),
        ([-5.0, 900.0], "mixed", Modality.PATHOLOGY, "signed-log1p"),
        ([np.nan], "mixed", Modality.RNA, "none"),
    ],
)
def test_transforms_by_unit(values, unit, modality, transform):
    assert proposed_transform(np.array(values, float)[:, None], unit, modality) == transform


@pytest.mark.parametrize(
    ("names", "glob"),
    [
        (tuple(f"features_{k}" for k in range(30)), "features_*"),
        (tuple(f"features_{k}" for k in range(5)), tuple(f"features_{k}" for k in range(5))),
        (makers.GENES * 3, makers.GENES * 3),
        ("*_mut", "*_mut"),
        (None, None),
    ],
)
def test_many_numbered_names_are_one_glob(names, glob):
    assert compact(names) == glob


def test_ids_in_words():
    assert id_words(makers.barcodes(3)).startswith("TCGA barcodes")
    assert id_words(["TCGA-A1-0001", "P1"]) == "TCGA barcodes and 1 other ids"
    assert id_words(["P1", "P2"]) == "ids such as P1, P2, compared as written"
    assert id_words([]) == "no ids"


def test_damaged_genes_are_said_with_their_line(tmp_path):
    names = ("TP53", "EGFR", "7-Sep", "1-Mar", "PTEN", "KRAS", "MYC", "RB1")
    rows = [[name, *row] for name, row in zip(names, makers.values(6, 8).T, strict=True)]
    path = makers.table(tmp_path / "rna.tsv", ["gene", *makers.barcodes(6)], rows)
    tables = Tables()
    (finding,) = findings_of(path, tables)
    source = of_finding(finding, tables)
    assert source.genes.repaired == ("7-Sep = SEPT7 (line 4)",)
    assert source.genes.spoilt == ("1-Mar",)
    assert [note.code for note in source.notes] == ["GEN-02", "GEN-03"]


def test_names_that_are_no_genes_are_doubted(tmp_path):
    names = [f"XQ{chr(65 + k)}{k * 37}Z" for k in range(12)]
    path = makers.table(
        tmp_path / "rna.tsv",
        ["case_id", *names],
        [[p, *v] for p, v in zip(makers.barcodes(6), makers.values(6).tolist(), strict=True)],
    )
    tables = Tables()
    source = of_finding(findings_of(path, tables)[0], tables)
    assert [note.code for note in source.notes] == ["GEN-01"]


@pytest.mark.parametrize("dots", [False, True])
def test_bars_and_dots_of_older_tables(tmp_path, dots):
    entrez = dict(zip(makers.GENES, makers.ENTREZ, strict=True))
    who = [f"{p}-01A".replace("-", "." if dots else "-") for p in makers.barcodes(5)]
    rows = [[f"{g}|{entrez[g]}", *row] for g, row in zip(makers.GENES, makers.values(5).T, strict=True)]
    path = makers.table(tmp_path / "rna.tsv", ["Hybridization REF", *who], rows)
    tables = Tables()
    (finding,) = findings_of(path, tables)
    assert finding.modality is Modality.RNA
    assert finding.patients == tuple(makers.barcodes(5))
    assert of_finding(finding, tables).genes.known == 12


def test_rows_called_after_pictures_are_no_patients(proposed, tmp_path):
    names = [f"02-000{k // 2}_{k}.jpg" for k in range(12)]
    rows = [[name, *row] for name, row in zip(names, makers.values(12), strict=True)]
    makers.table(tmp_path / "rna.csv", ["", *makers.GENES], rows, ",")
    (source,) = proposed(tmp_path).sources
    assert [note.code for note in source.notes] == ["IMP-13"] and "12 ids are names of pictures" in source.notes[0].text
    makers.table(tmp_path / "whose.csv", ["patient_id", "sample_id"], [[name[:7], name] for name in names], ",")
    source = proposed(tmp_path).modalities[Modality.RNA]
    assert (source.patients, source.notes) == (6, ())
