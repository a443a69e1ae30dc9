from __future__ import annotations

from survgui.cases.case import Modality
from survgui.cases.proposal import TablePlan, Use
from survgui.importing.choosing import narrowing
from survgui.readers.table import read_table
from tests.importing import makers

PATIENTS = makers.barcodes(12)


def test_a_table_of_many_studies_is_narrowed_to_those_that_were_measured(tmp_path):
    rows = [[p, ("BLCA", "LUAD", "LUSC")[k // 20], k % 2] for k, p in enumerate(makers.barcodes(60))]
    table = read_table(makers.table(tmp_path / "t.tsv", ["id", "type", "event"], rows))
    wanted = set(makers.barcodes(40))
    assert narrowing(table, TablePlan(), wanted) == {"type": ("BLCA", "LUAD")}
    assert narrowing(table, TablePlan(), set(makers.barcodes(60))) == {}
    assert narrowing(table, TablePlan(), {"nobody"}) == {}


def test_folds_that_a_file_gives_for_nearly_everybody_are_taken(proposed, tmp_path):
    makers.xena(tmp_path / "rna.tsv", PATIENTS)
    makers.cdr(tmp_path / "cdr.xlsx", PATIENTS)
    rows = [["blca", f, ("train", "val")[k % 5 == f], p] for f in range(5) for k, p in enumerate(PATIENTS[:11])]
    rows += [["luad", f, "train", f"TCGA-XX-{k:04d}"] for f in range(5) for k in range(30)]
    makers.table(tmp_path / "folds.csv", ["cohort", "fold", "part", "case_id"], rows, ",")
    proposal = proposed(tmp_path)
    splits = next(s for s in proposal.sources if s.use is Use.SPLITS)
    assert (proposal.splits.key, proposal.splits.train, proposal.splits.test) == (splits.key, "train", "val")
    assert splits.plan.filter == {"cohort": ("blca",)}
    assert [n.code for n in proposal.notes] == ["IMP-05"]  # one patient is in no fold


def test_of_two_tables_of_a_modality_the_one_with_more_patients_is_taken(proposed, tmp_path):
    makers.xena(tmp_path / "a_rna.tsv", PATIENTS[:5])
    makers.xena(tmp_path / "b_rna.tsv", PATIENTS)
    makers.cdr(tmp_path / "cdr.xlsx", PATIENTS)
    proposal = proposed(tmp_path)
    assert proposal.modalities[Modality.RNA].paths[0].name == "b_rna.tsv"


def test_ids_that_do_not_meet_are_said_with_both(proposed, tmp_path):
    makers.xena(tmp_path / "rna.tsv", [f"X-{k}" for k in range(9)])
    makers.table(
        tmp_path / "clinical.csv", ["id", "OS_MONTHS", "OS_STATUS"], [[f"Y{k}", 9 + k, k % 2] for k in range(9)], ","
    )
    (note,) = [n for n in proposed(tmp_path).notes if n.code == "IMP-02"]
    assert "X-0-01A" in note.text and "Y0" in note.text


def test_ids_that_differ_in_how_they_are_written_are_said(proposed, tmp_path):
    rna = [[f"p{k}", *row] for k, row in enumerate(makers.values(9))]
    makers.table(tmp_path / "rna.csv", ["id", *makers.GENES], rna, ",")
    rows = [[f"P-00{k}", 9 + k, k % 2] for k in range(9)]
    makers.table(tmp_path / "clinical.csv", ["id", "OS_MONTHS", "OS_STATUS"], rows, ",")
    (note,) = [n for n in proposed(tmp_path).notes if n.code in ("IMP-02", "IMP-12")]
    assert note.code == "IMP-12" and "9 of 9 patients" in note.text and "p0 and P-000" in note.text


def test_no_outcome_is_said(proposed, tmp_path):
    makers.xena(tmp_path / "rna.tsv", PATIENTS)
    assert [n.code for n in proposed(tmp_path).notes] == ["IMP-01"]


def test_words_for_death_that_nobody_knows_are_listed(proposed, tmp_path):
    makers.xena(tmp_path / "rna.tsv", PATIENTS)
    rows = [[p, 9 + k, ("zemřel", "žije")[k % 2]] for k, p in enumerate(PATIENTS)]
    makers.table(tmp_path / "outcome.csv", ["id", "months", "vital_status"], rows, ",")
    proposal = proposed(tmp_path)
    assert (proposal.outcome.patients, proposal.outcome.events) == (12, 0)
    (note,) = [n for n in proposal.outcome.notes if n.level == "error"]
    assert note.code == "OUT-04" and "zemřel (6 rows)" in note.text and "žije (6 rows)" in note.text


def test_for_fewer_patients_than_folds_none_are_drawn(proposed, tmp_path):
    makers.xena(tmp_path / "rna.tsv", PATIENTS[:4])
    rows = [[p, 9 + k, k % 2] for k, p in enumerate(PATIENTS[:4])]
    makers.table(tmp_path / "outcome.csv", ["id", "OS_MONTHS", "OS_STATUS"], rows, ",")
    proposal = proposed(tmp_path)
    assert proposal.splits is None and proposal.modalities.keys() == {Modality.RNA}
