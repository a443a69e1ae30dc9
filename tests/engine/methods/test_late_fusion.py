from types import SimpleNamespace

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.cox import cox_on
from survgui.engine.methods.late_fusion import Single, fit_fusion, fuse
from survgui.nets.must import MustConfig
from survgui.survival.metrics import harrell_c

OPTIONS = Options(MustConfig())


def test_the_mean_of_what_is_there_counted_by_hand():
    cox = SimpleNamespace(risks=lambda X: X[:, 0])
    singles = [Single(cox, 0, slice(0, 1), mean=1.0, deviation=2.0), Single(cox, 1, slice(1, 2), 0.0, 1.0)]
    X = np.array([[3.0, 5.0], [3.0, 0.0], [0.0, 0.0]])
    there = np.array([[True, True], [True, False], [False, False]])
    assert fuse(singles, X, there).tolist() == [3.0, 1.0, 0.0]


def test_one_modality_orders_patients_as_its_cox_row(cohort):
    train, test = cohort.ids[:90], list(cohort.ids[90:])
    shown = cohort.hide([Modality.PATHOLOGY, Modality.RNA])
    fused, alone = (run_to_end(fit(cohort, train, OPTIONS)).predict(shown, test)
                    for fit in (fit_fusion, cox_on([Modality.CLINICAL])))  # fmt: skip
    assert np.corrcoef(fused.risks, alone.risks)[0, 1] == pytest.approx(1.0)


def test_scores_are_standardised_in_the_training_part_and_better_than_chance(cohort):
    train, test = cohort.ids[:90], list(cohort.ids[90:])
    model = run_to_end(fit_fusion(cohort, train, OPTIONS))
    X, there = model.design.table(cohort, train)
    for single in model.singles:
        scores = single.scores(X[there[:, single.place]])
        assert scores.mean() == pytest.approx(0, abs=1e-9) and scores.std() == pytest.approx(1)
    found = model.predict(cohort, test)
    assert harrell_c(outcome_of(cohort, test), found.risks) > 0.6
    assert np.all(np.diff(found.survival, axis=1) <= 0) and found.survival[:, 0].tolist() == [1.0] * len(test)
    with pytest.raises(CannotRun, match="needs one of"):
        model.predict(cohort.hide(list(cohort.blocks)), test)
