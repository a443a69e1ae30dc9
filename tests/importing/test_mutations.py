from __future__ import annotations

import pandas as pd

from survgui.importing import mutations
from survgui.readers.table import read_table
from tests.importing.makers import table

HEAD = ("Hugo_Symbol", "Tumor_Sample_Barcode", "Variant_Classification")


def test_genes_of_patients_from_lists_of_mutations(tmp_path):
    rows = [
        ["TP53", "TCGA-A1-0001-01A", "Missense_Mutation"],
        ["TP53", "TCGA-A1-0001-01A", "Nonsense_Mutation"],  # twice in one patient is 1
        ["TP53", "TCGA-A1-0002-01A", "Frame_Shift_Del"],
        ["EGFR", "TCGA-A1-0002-01A", "Silent"],  # changes no protein
        ["EGFR", "TCGA-A1-0003-01A", "Missense_Mutation"],  # in one patient alone: no feature
        ["TP53", "TCGA-A1-0004-11A", "Missense_Mutation"],  # normal tissue
    ]
    more = table(tmp_path / "b.maf", HEAD, [["KRAS", f"TCGA-A1-000{k}-01A", "Missense_Mutation"] for k in (1, 3)])
    lists = [(read_table(path), HEAD) for path in (table(tmp_path / "a.maf", HEAD, rows), more)]
    n, genes, notes = mutations.table_of(lists, {}, tmp_path / "t.parquet")
    assert (n, genes, [note.code for note in notes]) == (3, 2, ["MUT-01"])
    frame = pd.read_parquet(tmp_path / "t.parquet").set_index("case")
    assert frame.loc[:, ["KRAS", "TP53"]].to_numpy().tolist() == [[1, 1], [0, 1], [1, 0]]
    assert frame.index.tolist() == ["TCGA-A1-0001", "TCGA-A1-0002", "TCGA-A1-0003"]


def test_samples_are_named_by_their_patients(tmp_path):
    rows = [["TP53", sample, "Missense_Mutation"] for sample in ("s1", "s2", "s3")]
    lists = [(read_table(table(tmp_path / "a.maf", HEAD, rows)), HEAD)]
    mutations.table_of(lists, {"s1": "P1", "s2": "P1", "s3": "P3"}, tmp_path / "t.parquet")
    assert pd.read_parquet(tmp_path / "t.parquet")["case"].tolist() == ["P1", "P3"]
