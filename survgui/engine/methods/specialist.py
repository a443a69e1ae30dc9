"""`cox-specialist`: what a user would do without a model that imputes, a Cox model for every availability pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.methods.contract import Forecast, Model, Options, outcome_of
from survgui.engine.methods.cox import measured
from survgui.engine.methods.design import Design, fit_design
from survgui.survival.cox import PENALTY, RidgeCox, fit_ridge
from survgui.survival.curves import survival_at
from survgui.survival.metrics import Followed

LEAST = 50
"""Fewest training patients with all of a pattern for a model of its own (our choice)."""

Pattern = tuple[bool, ...]
"""Which of the design's blocks are there, in its order."""


@dataclass(frozen=True, slots=True, eq=False)
class Specialist:
    """The Cox model of one pattern.

    Attributes:
        columns: (p,) which columns of the design it sees.
        own: Whether it was fitted on patients who have all of the pattern; else on all, mean-filled.
    """

    cox: RidgeCox
    columns: NDArray[np.bool_]
    own: bool


@dataclass(frozen=True, slots=True, eq=False)
class SpecialistModel:
    """The training part, and the models of the patterns that have been asked for.

    Every patient is forecast by the model of exactly what he has, fitted on the training patients who have at least
    that. Risks of different models are compared as log cumulative hazards at the median training time of death.

    Attributes:
        X, there: (n, p) and (n, M), the training part's table.
        edges: (K+1,) months, one for all patterns.
        horizon: Months.
    """

    design: Design
    X: NDArray[np.float64]
    there: NDArray[np.bool_]
    outcome: Followed
    edges: NDArray[np.float64]
    horizon: float
    _models: dict[Pattern, Specialist] = field(default_factory=dict)

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast each patient by the model of his own pattern; the note says which had none of its own."""
        X, there = measured(self.design, cohort, ids)
        risks, survival = np.empty(len(ids)), np.empty((len(ids), len(self.edges)))
        filled = []
        for pattern in np.unique(there, axis=0):
            rows = np.flatnonzero((there == pattern).all(axis=1))
            model = self._of(tuple(bool(has) for has in pattern))
            part = X[np.ix_(rows, model.columns)]
            curves = model.cox.survival(part)
            risks[rows] = model.cox.risks(part) + np.log(np.interp(self.horizon, model.cox.edges, model.cox.baseline))
            survival[rows] = survival_at(model.cox.edges, curves, self.edges)
            filled += [] if model.own else [self._name(pattern)]
        return Forecast(risks, self.edges, survival, self._note(filled))

    def _of(self, pattern: Pattern) -> Specialist:
        if pattern not in self._models:
            self._models[pattern] = self._fit(pattern)
        return self._models[pattern]

    def _fit(self, pattern: Pattern) -> Specialist:
        given = pattern if any(pattern) else (True,) * len(pattern)  # whoever has nothing is average in all of it
        columns = np.zeros(self.X.shape[1], dtype=bool)
        for has, span in zip(given, self.design.columns.values(), strict=True):
            columns[span] = has
        rows = np.asarray(self.there[:, np.array(given)].all(axis=1))
        # someone must die before the horizon: a baseline of zero there has no logarithm
        early = self.outcome.events & (self.outcome.months <= self.horizon)
        own = any(pattern) and int(rows.sum()) >= LEAST and bool(early[rows].any())
        if not own:
            rows = np.ones(len(self.X), dtype=bool)
        outcome = Followed(self.outcome.months[rows], self.outcome.events[rows])
        return Specialist(fit_ridge(self.X[np.ix_(rows, columns)], outcome, PENALTY), columns, own)

    def _name(self, pattern: NDArray[np.bool_]) -> str:
        return "+".join(sorted(m for m, has in zip(self.design.modalities, pattern, strict=True) if has)) or "nothing"

    def _note(self, filled: Sequence[str]) -> str:
        if not filled:
            return ""
        names = ", ".join(filled)
        return (
            f"fewer than {LEAST} training patients have {names}, or none of them died early: fitted on all, mean-filled"
        )


def fit_specialist(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
    """The scaled table of the training part; its models are fitted when their pattern is asked for.

    The scaling is one for all patterns, fitted on all training patients who have the block.
    """
    design = fit_design(cohort, train, options.config)
    X, there = design.table(cohort, train)
    outcome = outcome_of(cohort, train)
    edges = np.linspace(0.0, float(outcome.months.max()), 60)
    horizon = float(np.median(outcome.months[outcome.events]))
    return SpecialistModel(design, X, there, outcome, edges, horizon)
    yield  # a task without steps
