from __future__ import annotations

import json

import pytest

from survgui.cases.proposal import SplitPlan
from survgui.cli.importing import changed, described
from survgui.cli.main import run
from survgui.errors import UsageError
from survgui.readers.cohort import load_cohort
from tests.importing import makers
from tests.importing.conftest import proposed  # noqa: F401

PATIENTS = makers.barcodes(20)


@pytest.fixture
def files(tmp_path):
    makers.xena(tmp_path / "in" / "rna.tsv", PATIENTS)
    makers.cdr(tmp_path / "in" / "TCGA-CDR.xlsx", PATIENTS)
    return tmp_path / "in"


def test_files_are_named_with_evidence_and_written(files, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        "survgui.cli.cohort.findings_of", lambda cohort: {"ok": True, "notes": [], "patients": len(cohort)}
    )
    out = tmp_path / "out"
    arguments = ["cohort", "import", str(files), "--out", str(out), "--json", str(tmp_path / "check.json")]
    assert run([*arguments, "--set", "name=mine"]) == 0
    said = capsys.readouterr().out
    assert "rna.tsv: RNA-seq (UCSC Xena matrix)" in said and "    because " in said
    assert "1 = death: " in said and "genes: Ensembl ids, 12 of 12 known" in said
    assert load_cohort(out).ids == tuple(PATIENTS) and load_cohort(out).name == "mine"
    assert json.loads((tmp_path / "check.json").read_text())["patients"] == 20
    assert run(arguments) == 2  # it is there
    assert run([*arguments, "--replace"]) == 0


def test_without_out_nothing_is_written(files, capsys):
    before = sorted(files.rglob("*"))
    assert run(["cohort", "import", str(files)]) == 0
    assert "nothing was written" in capsys.readouterr().out
    assert run(["cohort", "import", str(files), "--json", str(files / "check.json")]) == 2
    assert sorted(files.rglob("*")) == before


@pytest.fixture
def proposal(files, proposed):  # noqa: F811
    return proposed(files)


def test_what_was_recognised_is_corrected(proposal):
    number = next(k for k, s in enumerate(proposal.sources, 1) if s.key.endswith("#rna"))
    found = changed(proposal, [f"{number}.modality=cnv", "endpoint=PFI", "splits.folds=3", "splits.by_site=true"])
    assert "cnv" in found.modalities and "rna" not in found.modalities
    assert found.outcome.name == "PFI"
    assert found.splits == SplitPlan(folds=3, by_site=True)
    assert changed(found, ["splits=none"]).splits is None
    turned = changed(proposal, ["outcome.event_value=0", "outcome.unit=months"]).outcome
    assert (turned.events, turned.unit) == (proposal.outcome.patients - proposal.outcome.events, "months")


def test_an_outcome_that_was_not_found_is_named(proposal):
    settings = ["outcome.table=TCGA-CDR.xlsx", "outcome.case=bcr_patient_barcode", "outcome.time=PFI.time"]
    found = changed(proposal, [*settings, "outcome.event=OS", "outcome.unit=days"]).outcome
    assert (found.time, found.event, found.patients) == ("PFI.time", "OS", 40)


def test_unit_and_coding_are_told_from_the_columns_that_are_named(proposal):
    columns = [f"outcome.{key}" for key in ("case=bcr_patient_barcode", "time=OS.time", "event=vital_status")]
    found = changed(proposal, ["outcome.table=TCGA-CDR.xlsx", *columns]).outcome
    assert (found.unit, found.event_value, found.patients) == ("days", ("Dead",), 40)
    # what the user says of them stays said, in whatever order
    told = ["outcome.event_value=Alive", "outcome.unit=months", "outcome.table=TCGA-CDR.xlsx", *columns]
    turned = changed(proposal, told).outcome
    assert (turned.unit, turned.event_value, turned.events) == ("months", ("Alive",), 40 - found.events)


@pytest.mark.parametrize(
    "setting",
    [
        "nonsense",
        "outcome.unit=weeks",
        "9.modality=rna",
        "1.modality=xyz",
        "1.colour=red",
        "endpoint=XYZ",
        "splits.folds=many",
        "splits=some",
    ],
)
def test_a_setting_that_cannot_be_is_refused(proposal, setting):
    with pytest.raises(UsageError):
        changed(proposal, [setting])


def test_the_rival_and_the_folds_are_said(proposal):
    lines = "\n".join(described(proposal))
    assert "outcome, chosen: OS" in lines and "outcome, there is also: PFI" in lines
    assert "folds: 5 are drawn, by patient, stratified by event, seed 0" in lines


def test_what_corrects_a_problem_is_said(files, capsys):
    assert run(["cohort", "import", str(files / "rna.tsv")]) == 0
    assert "(--set outcome.table=FILE --set outcome.time=COLUMN --set outcome.event=COLUMN)" in capsys.readouterr().out
