from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.errors import ReadError
from survgui.readers.case_file import as_toml
from survgui.readers.cohort import load_case
from survgui.readers.mutations import of_table
from survgui.readers.recognise import recognise
from survgui.readers.table import read_table

HEAD = "#version 2.4\nHugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\n"
ONE = (
    "TP53\tMissense_Mutation\tTCGA-A1-0001-01A\n"
    "EGFR\tSilent\tTCGA-A1-0001-01A\n"  # changes no protein
    "SEPT9\tNonsense_Mutation\tTCGA-A1-0001-01A\n"  # an old symbol
    "NOGENE1\tMissense_Mutation\tTCGA-A1-0001-01A\n"
    "KRAS\tMissense_Mutation\tTCGA-A1-0001-11A\n"  # normal tissue
)


def written(folder: Path, text: str) -> Path:
    path = folder / "somatic.maf"
    path.write_text(HEAD + text)
    return path


def test_a_gene_without_a_line_is_not_mutated(tmp_path: Path) -> None:
    ids, names, values = of_table(read_table(written(tmp_path, ONE)))
    assert ids == ["TCGA-A1-0001"] and values.shape == (1, len(names)) and len(set(names)) == len(names) > 20_000
    assert {name for name, value in zip(names, values[0], strict=True) if value} == {"TP53", "SEPTIN9", "NOGENE1"}


def test_another_table_is_no_list_of_mutations(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,TP53\nP1,1\n")
    with pytest.raises(ReadError, match="no list of mutations"):
        of_table(read_table(tmp_path / "t.csv"))


def test_a_case_takes_the_list_of_its_tumour(tmp_path: Path) -> None:
    path = written(tmp_path, ONE)
    findings = recognise([path])
    assert [(f.modality, f.role, f.patients) for f in findings] == [(Modality.MUTATION, "table", ("TCGA-A1-0001",))]
    (tmp_path / "case.toml").write_text(as_toml("TCGA-A1-0001", findings))
    for case in (load_case([path]), load_case([tmp_path / "case.toml"])):
        block = case.blocks[Modality.MUTATION]
        assert (block.unit, block.patients) == ("binary", {"TCGA-A1-0001"})
        assert block.items["TCGA-A1-0001"].sum() == 3
        assert "MUT-02" in {note.code for note in case.notes}


def test_a_list_of_many_patients_is_for_a_cohort(tmp_path: Path) -> None:
    (finding,) = recognise([written(tmp_path, ONE + "TP53\tMissense_Mutation\tTCGA-A1-0002-01A\n")])
    assert finding.modality is None and finding.role == "mutations"
