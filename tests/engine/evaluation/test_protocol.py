from types import SimpleNamespace

import numpy as np
import pytest

from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.evaluation import protocol as module
from survgui.engine.methods.contract import Forecast, outcome_of
from survgui.errors import UsageError
from survgui.survival.metrics import Followed, harrell_c


def judged(cohort, forecast, test):
    model = SimpleNamespace(predict=lambda shown, ids: forecast)
    return run_to_end(
        module.judge(cohort, model, "some", Split(0, cohort.ids[:90], tuple(test)), [("natural",)], 0, 1.0)
    )


def test_patterns_hide_the_rest(cohort):
    shown, ids = module._shown(cohort, cohort.ids, ("rna",))
    assert {str(m) for i in ids for m in shown.pattern(i)} == {"rna"}


def test_all_is_every_subset(cohort):
    assert len(module.patterns_of(["all"], tuple(cohort.blocks))) == 7
    with pytest.raises(UsageError, match="pattern 'mri'"):
        module.patterns_of(["mri"], tuple(cohort.blocks))


def test_figures_of_an_undefined_part_are_none():
    test = Followed(np.arange(1.0, 7.0), np.zeros(6, dtype=bool))
    edges = np.array([0.0, 10.0])
    found = module.figures(test, test, Forecast(np.zeros(6), edges, np.tile([1.0, 0.5], (6, 1))))
    assert found["c_index"] is None and found["cs"] is None and set(found) == set(module.FIGURES)


def test_without_curves_there_is_the_concordance_alone(cohort):
    test = cohort.ids[90:]
    risks = np.random.default_rng(0).random(30)
    ((row,),) = (judged(cohort, Forecast(risks, np.empty(0), np.empty((30, 0)), "published"), test)["rows"],)
    assert row["c_index"] == harrell_c(outcome_of(cohort, test), risks) and row["uno_c"] is not None
    assert [row[name] for name in ("ibs", "cs", "cs_binned", "d_calibration_p")] == [None] * 4
    assert row["note"] == "published" and row["seconds"] >= 1.0


def test_patients_without_a_forecast_are_left_out_and_n_says_so(cohort):
    test = cohort.ids[90:]
    risks = np.random.default_rng(0).random(30)
    risks[:4] = np.nan
    (row,) = judged(cohort, Forecast(risks, np.empty(0), np.empty((30, 0))), test)["rows"]
    assert row["n"] == 26 and row["c_index"] == harrell_c(outcome_of(cohort, test[4:]), risks[4:])
    risks[:26] = np.nan
    found = judged(cohort, Forecast(risks, np.empty(0), np.empty((30, 0))), test)
    assert found["rows"] == [] and "fewer than 5 test patients of a fold have a forecast" in found["reasons"]["natural"]


def test_a_model_that_gives_no_number_has_a_reason_and_no_figure(cohort):
    curves = np.tile([1.0, 0.5], (30, 1))
    curves[3, 1] = np.nan
    found = judged(cohort, Forecast(np.zeros(30), np.array([0.0, 10.0]), curves), cohort.ids[90:])
    assert found["reasons"] == {"natural": "its forecast of a test patient is not a number"}
