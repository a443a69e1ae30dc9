from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.step import run_to_end
from survgui.engine.methods import forest as module
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.forest import fit_forest
from survgui.nets.must import MustConfig
from survgui.survival.metrics import harrell_c

OPTIONS = Options(MustConfig())


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(module, "TREES", 20)


def test_curves_and_risks_agree_and_find_the_signal(cohort):
    train, test = cohort.ids[:90], list(cohort.ids[90:])
    model = run_to_end(fit_forest(cohort, train, OPTIONS))
    found = model.predict(cohort, test)
    assert harrell_c(outcome_of(cohort, test), found.risks) > 0.6
    assert found.survival.shape == (30, 60) and found.edges[-1] == outcome_of(cohort, train).months.max()
    assert (found.survival[:, 0] == 1).all() and np.all(np.diff(found.survival, axis=1) <= 0)
    steps = model.forest.predict_survival_function(model.design.table(cohort, test)[0])
    at = found.edges[30]
    assert found.survival[:, 30] == pytest.approx([curve(at) for curve in steps])  # scikit-survival's own reading
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide(list(cohort.blocks)), test)


def test_the_seed_decides(cohort):
    risks = [run_to_end(fit_forest(cohort, cohort.ids[:90], replace(OPTIONS, seed=s))).predict(cohort, ["P-100"]).risks
             for s in (0, 0, 1)]  # fmt: skip
    assert risks[0] == risks[1] != risks[2]
