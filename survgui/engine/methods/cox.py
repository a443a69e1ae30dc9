"""The linear reference rows, which every deep model has to be held against (methods.md 7).

Ridge penalty 20, fixed beforehand and never tuned; 30 principal components per block, each block divided by
the deviation of its first; clinical columns times 1.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.methods.contract import CannotRun, Fit, Forecast, Model, Options, outcome_of
from survgui.engine.methods.design import Design, fit_design
from survgui.survival.cox import PENALTY, RidgeCox, fit_ridge


@dataclass(frozen=True, slots=True, eq=False)
class CoxModel:
    """A ridge Cox model on principal components of some blocks; absent blocks count as the mean."""

    cox: RidgeCox
    design: Design

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast from whatever of the model's blocks is there; a patient with none of them is average."""
        X = measured(self.design, cohort, ids)[0]
        return Forecast(self.cox.risks(X), self.cox.edges, self.cox.survival(X))


def measured(design: Design, cohort: Cohort, ids: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The design's table of these patients (see `Design.table`).

    Raises:
        CannotRun: None of them has any of its blocks.
    """
    X, there = design.table(cohort, ids)
    if not there.any():
        raise CannotRun(f"it needs one of {', '.join(design.modalities)}")
    return X, there


def cox_on(wanted: Sequence[Modality] | None) -> Fit:
    """A Cox row on these modalities, or on all that have a table."""

    def fit_cox(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
        design = fit_design(cohort, train, options.config, wanted)
        cox = fit_ridge(design.table(cohort, train)[0], outcome_of(cohort, train), PENALTY)
        return CoxModel(cox, design)
        yield  # a task without steps

    return fit_cox


@dataclass(frozen=True, slots=True, eq=False)
class MaskModel:
    """A Cox model that sees only which modalities a patient has: what missingness gives away."""

    cox: RidgeCox
    modalities: tuple[Modality, ...]

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast from the availability mask."""
        X = mask(cohort, ids, self.modalities)
        return Forecast(self.cox.risks(X), self.cox.edges, self.cox.survival(X))


def mask(cohort: Cohort, ids: Sequence[str], modalities: Sequence[Modality]) -> NDArray[np.float64]:
    """(n, M) 1 where a patient has a modality, else 0."""
    return np.array([[float(i in cohort.blocks[m].patients) for m in modalities] for i in ids])


def fit_mask(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
    """A lightly penalised Cox model on the availability mask."""
    modalities = tuple(cohort.blocks)
    X = mask(cohort, train, modalities)
    if np.all(X[0] == X):
        raise CannotRun("every training patient has the same modalities: the mask says nothing")
    return MaskModel(fit_ridge(X, outcome_of(cohort, train), 1.0), modalities)
    yield  # a task without steps
