from __future__ import annotations

from dataclasses import replace

import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Endpoint, TablePlan, Use
from survgui.cases.step import run_to_end
from survgui.errors import SurvguiError
from survgui.importing import recount, revise
from tests.importing import makers

PATIENTS = makers.barcodes(12)


@pytest.fixture
def proposal(proposed, tmp_path):
    makers.xena(tmp_path / "in" / "values.tsv", PATIENTS, ids=False)
    makers.cdr(tmp_path / "in" / "TCGA-CDR.xlsx", PATIENTS)
    return proposed(tmp_path / "in")


def test_a_table_as_another_modality(proposal):
    source = proposal.modalities[Modality.RNA]
    changed = run_to_end(revise(proposal, replace(source, modality=Modality.DNAM)))
    assert Modality.RNA not in changed.modalities
    assert (changed.modalities[Modality.DNAM].features, changed.modalities[Modality.DNAM].matched) == (12, 12)
    assert changed.modalities[Modality.DNAM].evidence[0] == "you said so"


def test_another_transform_is_kept(proposal):
    source = proposal.modalities[Modality.RNA]
    plan = replace(source.plan, transform="log2p1")
    assert run_to_end(revise(proposal, replace(source, plan=plan))).modalities[Modality.RNA].plan == plan


def test_a_column_that_is_not_there_is_refused(proposal):
    source = proposal.modalities[Modality.CLINICAL]
    with pytest.raises(SurvguiError, match="no column 'nobody'"):
        run_to_end(revise(proposal, replace(source, plan=replace(source.plan, case="nobody"))))


def test_a_source_that_is_left_out_is_missed(proposal):
    for source in proposal.sources:
        proposal = run_to_end(revise(proposal, replace(source, use=Use.NONE, chosen=False)))
    assert "IMP-03" in {note.code for note in proposal.notes} and not proposal.modalities


def test_fields_that_the_user_chose_stay(proposal):
    source = proposal.modalities[Modality.CLINICAL]
    plan = replace(source.plan, columns=("gender",), ordered={})
    found = run_to_end(revise(proposal, replace(source, plan=plan))).modalities[Modality.CLINICAL]
    assert (found.plan.columns, found.features) == (("gender",), 1)


def test_gene_counts_are_joined_again_for_another_value(proposed, tmp_path):
    makers.star(tmp_path / "gdc", PATIENTS[:3])
    proposal = proposed(tmp_path / "gdc")
    source = proposal.source("gdc#rna")
    plan = replace(source.plan, value="tpm_unstranded", transform="none")
    changed = run_to_end(revise(proposal, replace(source, plan=plan))).source("gdc#rna")
    assert changed.made != source.made and "tpm_unstranded is taken of each file" in changed.evidence


def test_everybody_is_counted_anew_for_another_endpoint(proposal):
    other = next(e for e in proposal.endpoints if e.name == "PFI")
    changed = run_to_end(recount(replace(proposal, endpoint=other.key)))
    assert (changed.outcome.name, changed.outcome.patients, changed.outcome.matched) == ("PFI", 12, 12)
    turned = run_to_end(recount(changed.with_endpoint(replace(changed.outcome, event_value=(0,)))))
    assert turned.outcome.events == 12 - changed.outcome.events


def test_the_doubt_about_a_unit_goes_with_the_unit(proposed, tmp_path):
    makers.xena(tmp_path / "in" / "rna.tsv", PATIENTS)
    rows = [[p, 300 + 90 * k, k % 2] for k, p in enumerate(PATIENTS)]
    makers.table(tmp_path / "in" / "outcome.csv", ["id", "OS_MONTHS", "OS_STATUS"], rows, ",")
    proposal = proposed(tmp_path / "in")
    assert [n.code for n in proposal.outcome.notes if n.code == "OUT-09"] == ["OUT-09"]  # said once
    corrected = run_to_end(recount(proposal.with_endpoint(replace(proposal.outcome, unit="days"))))
    assert "OUT-09" not in {n.code for n in corrected.outcome.notes}


def test_columns_that_are_not_there_are_said(proposal):
    lost = replace(proposal.outcome, time="months_of_nobody")
    found = run_to_end(recount(proposal.with_endpoint(lost))).outcome
    assert found.patients == 0 and "there is no column 'months_of_nobody'" in found.notes[0].text
    unnamed = run_to_end(recount(proposal.with_endpoint(replace(lost, time="")))).outcome
    assert "name its columns too: time" in unnamed.notes[0].text


@pytest.fixture
def unnamed(proposed, tmp_path):
    """A table whose columns say nothing of what they are."""
    rows = [[f"K{k}", 50 + k, ("x", "y")[k % 2], 9.5 + k, k % 2, f"0{k + 1}.03.2014"] for k in range(9)]
    makers.table(tmp_path / "in" / "table.csv", ["KEY", "VB", "VC", "VD", "VE", "VF"], rows, ",")
    return proposed(tmp_path / "in")


def test_fields_of_a_table_that_the_user_calls_clinical_are_those_worth_taking(unnamed):
    source = replace(unnamed.sources[0], modality=Modality.CLINICAL, use=Use.MODALITY, chosen=True)
    found = run_to_end(revise(unnamed, source)).sources[0]
    assert found.plan.columns == ("VB", "VC", "VD", "VE")  # VF are dates
    assert any("dates: VF" in said for said in found.evidence)


def test_columns_that_the_user_names_as_the_outcome_are_no_fields_any_more(unnamed):
    source = replace(unnamed.sources[0], modality=Modality.CLINICAL, use=Use.MODALITY, chosen=True)
    proposal = run_to_end(revise(unnamed, source))
    said = Endpoint("said", "OS", source.paths[0], TablePlan(), "VD", "VE", "months", ())
    proposal = run_to_end(recount(replace(proposal, endpoints=(said,), endpoint="said")))
    assert (proposal.outcome.patients, proposal.outcome.events) == (9, 4)
    assert (proposal.sources[0].plan.columns, proposal.sources[0].features) == (("VB", "VC"), 2)
