from dataclasses import replace

import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.cox import mask
from survgui.engine.methods.registry import METHODS
from survgui.nets.must import MustConfig
from survgui.survival.metrics import harrell_c

OPTIONS = Options(MustConfig())


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
    X, _ = model.design.table(hidden, ["P-001"])
    assert not X[0, -30:].any() and X[0, 0] != 0
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide([Modality.RNA, Modality.CLINICAL]), ["P-001"])


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
