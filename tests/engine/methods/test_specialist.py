from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.cox import cox_on
from survgui.engine.methods.design import fit_design
from survgui.engine.methods.specialist import fit_specialist
from survgui.nets.must import MustConfig
from survgui.survival.cox import PENALTY, fit_ridge

OPTIONS = Options(MustConfig())


@pytest.fixture(scope="module")
def model(cohort):
    return run_to_end(fit_specialist(cohort, cohort.ids[:100], OPTIONS))


def test_a_pattern_is_refitted_on_those_who_have_it(cohort, model):
    """By hand: RNA and clinical alone, on the training patients who have RNA."""
    test = [i for i in cohort.ids[100:] if int(i[2:]) % 3]
    found = model.predict(cohort.hide([Modality.PATHOLOGY]), test)
    train = [i for i in cohort.ids[:100] if int(i[2:]) % 3]
    columns = [model.design.columns[m] for m in model.design.modalities if m is not Modality.PATHOLOGY]
    tables = [model.design.table(cohort, ids)[0] for ids in (train, test)]
    X, Z = (np.concatenate([table[:, c] for c in columns], axis=1) for table in tables)
    cox = fit_ridge(X, outcome_of(cohort, train), PENALTY)
    assert found.risks - found.risks.mean() == pytest.approx(cox.risks(Z) - cox.risks(Z).mean(), abs=1e-9)
    assert not found.note


def test_a_single_modality_that_all_have_is_the_cox_row_of_it(cohort, model):
    alone = run_to_end(cox_on([Modality.CLINICAL])(cohort, cohort.ids[:100], OPTIONS))
    shown = cohort.hide([Modality.PATHOLOGY, Modality.RNA])
    ours, its = (m.predict(shown, cohort.ids[100:]) for m in (model, alone))
    assert np.diff(ours.risks) == pytest.approx(np.diff(its.risks), abs=1e-8)
    assert ours.survival == pytest.approx(its.survival, abs=1e-8) and ours.edges == pytest.approx(its.edges)


def test_everybody_is_forecast_by_the_model_of_what_he_has(cohort, model):
    whole = model.predict(cohort, ["P-102", "P-103"])  # without RNA and with it
    parts = [model.predict(cohort, [i]) for i in ("P-102", "P-103")]
    assert whole.risks == pytest.approx([p.risks[0] for p in parts])
    horizon = [np.log(-np.log(np.interp(model.horizon, whole.edges, curve))) for curve in whole.survival]
    assert whole.risks == pytest.approx(horizon, abs=0.02)  # one scale: log cumulative hazard at one horizon


def test_too_few_for_a_model_of_their_own_are_filled_with_the_mean_and_said(cohort):
    few = {**cohort.blocks, Modality.RNA: cohort.blocks[Modality.RNA].keep(cohort.ids[:70])}
    poor = replace(cohort, blocks=few)  # 46 of the training part have RNA
    model = run_to_end(fit_specialist(poor, poor.ids[:100], OPTIONS))
    shown = cohort.hide([Modality.CLINICAL, Modality.PATHOLOGY])
    found = model.predict(shown, ["P-101", "P-103", "P-104"])
    assert "fewer than 50 training patients have rna" in found.note
    design = fit_design(poor, poor.ids[:100], MustConfig(), [Modality.RNA])
    cox = fit_ridge(design.table(poor, poor.ids[:100])[0], outcome_of(poor, poor.ids[:100]), PENALTY)
    assert np.diff(found.risks) == pytest.approx(
        np.diff(cox.risks(design.table(shown, ["P-101", "P-103", "P-104"])[0])), abs=1e-8
    )


def test_enough_who_have_a_pattern_of_whom_none_died_early_are_filled_and_said_too(cohort):
    train = cohort.ids[:100]
    have = [i for i in train if int(i[2:]) % 3]
    alive = replace(cohort, events=cohort.events & ~np.isin(cohort.ids, have))
    model = run_to_end(fit_specialist(alive, train, OPTIONS))
    found = model.predict(cohort.hide([Modality.CLINICAL, Modality.PATHOLOGY]), ["P-101", "P-103"])
    assert len(have) > 50 and "have rna, or none of them died early: fitted on all" in found.note


def test_a_patient_with_nothing_is_average_and_a_cohort_with_nothing_has_no_row(cohort, model):
    bare = replace(cohort, blocks={m: b.keep(["P-101"]) for m, b in cohort.blocks.items()})
    found = model.predict(bare, ["P-101", "P-102"])
    assert np.isfinite(found.risks).all() and "nothing" in found.note
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide(list(cohort.blocks)), ["P-101"])
