"""`late-fusion`: one Cox model per modality, and the mean of their standardised risks over what a patient has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.methods.contract import CannotRun, Forecast, Model, Options, outcome_of
from survgui.engine.methods.cox import measured
from survgui.engine.methods.design import Design, fit_design
from survgui.survival.cox import PENALTY, RidgeCox, fit_ridge
from survgui.survival.metrics import Followed


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """The Cox model of one modality, and mean and deviation of its risks in the training part.

    Attributes:
        place: Of the modality in the design.
    """

    cox: RidgeCox
    place: int
    columns: slice
    mean: float
    deviation: float

    def scores(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) z-scored risks; higher is worse."""
        return (self.cox.risks(X[:, self.columns]) - self.mean) / self.deviation


@dataclass(frozen=True, slots=True, eq=False)
class FusionModel:
    """All single models, and the one-variable Cox model that turns the fused score into curves."""

    design: Design
    singles: tuple[Single, ...]
    curve: RidgeCox

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast from the mean score of what is there; a patient with nothing is average."""
        fused = fuse(self.singles, *measured(self.design, cohort, ids))[:, None]
        return Forecast(fused[:, 0], self.curve.edges, self.curve.survival(fused))


def fuse(singles: Sequence[Single], X: NDArray[np.float64], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n,) mean z-scored risk over the modalities that a patient has; 0 where he has none of them."""
    scores = np.stack([single.scores(X) for single in singles], axis=1)
    known = there[:, [single.place for single in singles]]
    return np.asarray((scores * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def fit_fusion(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
    """Fit every modality's model on the training patients who have it.

    The curves come from a Cox model of the fused score on the same training part, where the single models fit better
    than they do on others: they part more than they should, which D-calibration shows.

    Raises:
        CannotRun: Nobody died among those who have any one modality.
    """
    design = fit_design(cohort, train, options.config)
    X, there = design.table(cohort, train)
    outcome = outcome_of(cohort, train)
    singles = []
    for place, columns in enumerate(design.columns.values()):
        rows = there[:, place]
        own = Followed(outcome.months[rows], outcome.events[rows])
        if own.events.any():
            cox = fit_ridge(X[rows, columns], own, PENALTY)
            risks = cox.risks(X[rows, columns])
            singles.append(Single(cox, place, columns, float(risks.mean()), max(float(risks.std()), 1e-9)))
    if not singles:
        raise CannotRun("nobody died among the training patients who have a modality")
    return FusionModel(design, tuple(singles), fit_ridge(fuse(singles, X, there)[:, None], outcome, 1e-3))
    yield  # a task without steps
