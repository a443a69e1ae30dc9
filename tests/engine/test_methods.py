from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import run_to_end
from survgui.engine.methods import METHODS, CannotRun, Options, design, fit_inputs, mask, outcome_of
from survgui.nets.must import MustConfig
from survgui.survival.metrics import harrell_c
from tests.engine.conftest import TINY

OPTIONS = Options(MustConfig().changed(TINY), steps=3, draws=2)


def test_outcomes_follow_the_order_asked_for(cohort):
    found = outcome_of(cohort, ["P-005", "P-002"])
    assert found.months.tolist() == [cohort.months[5], cohort.months[2]]


def test_clinical_columns_weigh_one_and_a_half(cohort):
    only = Cohort(cohort.name, cohort.ids, cohort.months, cohort.events,
                  {Modality.CLINICAL: cohort.blocks[Modality.CLINICAL]})  # fmt: skip
    X = design(only, only.ids, fit_inputs(only, only.ids, MustConfig()))
    assert X[:, 0].std() == pytest.approx(1.5, rel=1e-4)


def test_cox_rows_find_the_planted_signal_and_the_mask_does_not(cohort):
    train, test = cohort.ids[:90], list(cohort.ids[90:])
    found = {
        name: harrell_c(
            outcome_of(cohort, test), run_to_end(METHODS[name](cohort, train, OPTIONS)).predict(cohort, test).risks
        )
        for name in ("cox-all", "cox-clinical", "mask-only")
    }
    assert found["cox-all"] > 0.65 and found["cox-all"] > found["mask-only"]


def test_absent_blocks_count_as_the_mean(cohort):
    model = run_to_end(METHODS["cox-rna-clinical"](cohort, cohort.ids, OPTIONS))
    hidden = cohort.hide([Modality.RNA])
    X = design(hidden, ["P-001"], model.inputs)
    assert not X[0, -30:].any() and X[0, 0] != 0
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide([Modality.RNA, Modality.CLINICAL]), ["P-001"])


@pytest.mark.parametrize("name", ["must", "cox-all"])
def test_one_patient_with_nothing_to_go_by_does_not_cost_the_others_their_forecast(cohort, name):
    model = run_to_end(METHODS[name](cohort, cohort.ids, OPTIONS))
    bare = replace(cohort, blocks={m: b.keep(set(cohort.ids) - {"P-001"}) for m, b in cohort.blocks.items()})
    ids = ["P-001", "P-002", "P-004"]
    found, whole = (model.predict(c, ids) for c in (bare, cohort))
    assert found.risks[1:] == pytest.approx(whole.risks[1:], abs=1e-5)
    assert np.isfinite(found.risks[0]) and found.risks[0] != pytest.approx(whole.risks[0], abs=1e-3)


def test_a_row_whose_table_has_too_few_patients_does_not_run_on_the_others(cohort):
    few = {**cohort.blocks, Modality.RNA: cohort.blocks[Modality.RNA].keep(cohort.ids[:20])}
    with pytest.raises(CannotRun, match="rna"):
        run_to_end(METHODS["cox-rna-clinical"](replace(cohort, blocks=few), cohort.ids, OPTIONS))


def test_a_row_without_its_table_says_so(cohort):
    poor = Cohort(cohort.name, cohort.ids, cohort.months, cohort.events, {})
    with pytest.raises(CannotRun, match="no table of clinical"):
        run_to_end(METHODS["cox-clinical"](poor, poor.ids, OPTIONS))


def test_the_mask_is_who_has_what(cohort):
    assert mask(cohort, ["P-000", "P-001"], [Modality.RNA, Modality.CLINICAL]).tolist() == [[0, 1], [1, 1]]
    everybody = Cohort(cohort.name, cohort.ids, cohort.months, cohort.events,
                       {Modality.CLINICAL: cohort.blocks[Modality.CLINICAL]})  # fmt: skip
    with pytest.raises(CannotRun, match="mask says nothing"):
        run_to_end(METHODS["mask-only"](everybody, everybody.ids, OPTIONS))


def test_must_predicts_any_subset(cohort):
    model = run_to_end(METHODS["must"](cohort, cohort.ids[:90], OPTIONS))
    for hide in ([], [Modality.RNA], [Modality.CLINICAL, Modality.PATHOLOGY]):
        ids = [i for i in cohort.ids[90:] if cohort.hide(hide).pattern(i)]
        forecast = model.predict(cohort.hide(hide), ids)
        assert forecast.survival.shape == (len(ids), 5) and np.isfinite(forecast.risks).all()
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide(list(cohort.blocks)), ["P-001"])
