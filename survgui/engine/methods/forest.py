"""`rsf`: a random survival forest on the columns of the linear rows (Ishwaran et al. 2008; scikit-survival)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sksurv.ensemble import RandomSurvivalForest

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.methods.contract import Forecast, Model, Options, outcome_of
from survgui.engine.methods.cox import measured
from survgui.engine.methods.design import Design, fit_design

TREES, LEAF = 300, 10
"""Fixed beforehand, never tuned; at least `LEAF` training patients in every leaf, the root of the columns a split."""


@dataclass(frozen=True, slots=True, eq=False)
class ForestModel:
    """A fitted forest; absent blocks count as the mean, as in `cox-all`."""

    forest: RandomSurvivalForest
    design: Design

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast: the risk is the forest's mortality, the sum of the cumulative hazard over the times of death."""
        X = measured(self.design, cohort, ids)[0]
        steps = self.forest.unique_times_
        curves = self.forest.predict_survival_function(X, return_array=True)
        edges = np.linspace(0.0, float(steps[-1]), 60)
        place = np.searchsorted(steps, edges, side="right")
        survival = np.concatenate([np.ones((len(ids), 1)), curves], axis=1)[:, place]
        survival[:, 0] = 1.0
        return Forecast(np.asarray(self.forest.predict(X)), edges, survival)


def fit_forest(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
    """Grow the forest; the seed decides on its bootstraps and splits."""
    design = fit_design(cohort, train, options.config)
    forest = RandomSurvivalForest(
        n_estimators=TREES, min_samples_leaf=LEAF, max_features="sqrt", n_jobs=1, random_state=options.seed
    )
    forest.fit(design.table(cohort, train)[0], outcome_of(cohort, train).array)
    return ForestModel(forest, design)
    yield  # a task without steps
