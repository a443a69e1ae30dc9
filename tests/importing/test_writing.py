from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from survgui.cases.proposal import SplitPlan
from survgui.cases.step import run_to_end
from survgui.errors import CohortError, UsageError
from survgui.importing import load, write
from survgui.readers.cohort import load_cohort
from tests.importing import makers

PATIENTS = makers.barcodes(20)


@pytest.fixture
def proposal(proposed, tmp_path):
    makers.star(tmp_path / "in" / "gdc", PATIENTS)
    makers.cdr(tmp_path / "in" / "TCGA-CDR.xlsx", PATIENTS)
    groups = [
        ["TP53", "EGFR"],
        ["PTEN", "KRAS"],
        ["MYC", "RB1"],
        ["NF1", "IDH1"],
        ["ATRX", "BRCA1"],
        ["H3F3A", "PIK3CA"],
    ]
    makers.table(tmp_path / "in" / "groups.csv", ["one", "two"], groups, ",")
    return proposed(tmp_path / "in")


def same(one, other):
    return one.digest() == replace(other, name=one.name).digest()


@pytest.mark.parametrize("plan", [None, SplitPlan(), SplitPlan(folds=3, seed=2), SplitPlan(folds=3, by_site=True)])
def test_what_is_written_reads_as_what_was_checked(proposal, tmp_path, plan):
    proposal = replace(proposal, splits=plan)
    before = run_to_end(load(proposal))
    file = run_to_end(write(proposal, tmp_path / "out"))
    after = load_cohort(file)
    assert same(before, after)
    assert len(after.splits) == (plan.folds if plan else 0)
    assert after.blocks["rna"].groups == {
        "one": ("TP53", "PTEN", "MYC", "NF1", "ATRX"),
        "two": ("EGFR", "KRAS", "RB1", "IDH1", "BRCA1", "PIK3CA"),
    }


def test_only_what_was_made_is_copied_and_the_rest_is_named_where_it_lies(proposal, tmp_path):
    file = run_to_end(write(proposal, tmp_path / "out"))
    content = tomllib.loads(file.read_text())
    assert content["outcome"]["table"] == content["modality"]["clinical"]["table"] == "../in/TCGA-CDR.xlsx"
    assert content["modality"]["rna"]["table"] == "tables/gdc-unstranded.parquet"
    made = sorted(path.relative_to(file.parent).as_posix() for path in file.parent.rglob("*") if path.is_file())
    assert made == ["cohort.toml", "tables/gdc-unstranded.parquet", "tables/splits.csv"]


def test_a_cohort_that_is_there_is_only_replaced_where_that_was_said(proposal, tmp_path):
    file = run_to_end(write(proposal, tmp_path / "out"))
    before = file.read_bytes()
    (file.parent / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="already holds"):
        run_to_end(write(replace(proposal, name="other"), tmp_path / "out"))
    assert file.read_bytes() == before
    run_to_end(write(replace(proposal, name="other"), tmp_path / "out", overwrite=True))
    assert load_cohort(file).name == "other" and (file.parent / "mine.txt").read_text() == "mine"


def test_without_outcome_or_modality_nothing_is_written(proposal, tmp_path):
    for lacking in (replace(proposal, endpoint=""), replace(proposal, sources=())):
        with pytest.raises(CohortError, match="IMP-0"):
            run_to_end(write(lacking, tmp_path / "none"))
    assert not (tmp_path / "none").exists()
