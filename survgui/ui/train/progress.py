"""What the steps of a training tell: where it is, how long it will take, its losses and its folds' figures. No Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.cases.step import Step

TOTAL, FOLD = "loss", "fold c-index"
"""names of values of a step that are no term of a loss"""
_FIT = re.compile(r"(?:fold (\d+)|whole cohort): (.+)")
SETTLED = 0.02
"""share of the work that must be done before what is left can be told"""

Vector = NDArray[np.float64]


@dataclass(slots=True)
class TrainingProgress:
    """One training as it goes.

    Attributes:
        folds: Folds of the cross-validation; the fit on everybody follows as one more.
        epochs: Planned epochs of each stage, in the order of the stages.
        costs: What an epoch of each stage costs beside the others.
        fit: Number of the present fit from 0; `folds` is the whole cohort; -1 before the first.
        stage: The present stage: one of `epochs`, or what the engine calls it (`encode`, `evaluate`, ...).
        epoch: Finished epochs of the present stage.
        history: Losses of the present fit: (stage, name) -> [(epoch of the stage, value)].
        drawn: Number of the fit that the history is of.
        fold_c: C-index of each finished fold on its test part, by number from 0.
    """

    folds: int
    epochs: Mapping[str, int]
    costs: Mapping[str, float]
    fit: int = -1
    stage: str = ""
    epoch: int = 0
    total: int = 0
    text: str = ""
    share: float = 0.0
    history: dict[tuple[str, str], list[tuple[int, float]]] = field(default_factory=dict)
    fold_c: dict[int, float] = field(default_factory=dict)
    drawn: int = -1
    _first: tuple[float, float] | None = None

    def add(self, step: Step, now: float) -> None:
        """Take note of a step.

        Args:
            now: Seconds of a clock that never goes back.
        """
        found = _FIT.fullmatch(step.stage)
        self.stage = found[2] if found else step.stage
        self.epoch, self.total, self.text = step.done, step.total, step.text
        if found:
            fit = self.folds if found[1] is None else int(found[1]) - 1
            self.fit = fit
            if self.stage in self.epochs:
                self._note_losses(step, fit)
        if step.stage == "folds":
            self._note_fold(step)
        self.share = max(self.share, self._reached())
        if self._first is None:
            self._first = (now, self.share)

    def seconds_left(self, now: float) -> float | None:
        """Seconds that the training will still take, or None while that cannot be told."""
        if self._first is None:
            return None
        began, at = self._first
        done = self.share - at
        if done < SETTLED:
            return None
        return (now - began) / done * (1.0 - self.share)

    def lines(self, stages: Sequence[str]) -> dict[str, tuple[Vector, Vector]]:
        """Losses of the present fit as lines over the epochs of these stages, one after the other."""
        made: dict[str, tuple[Vector, Vector]] = {}
        offsets = {stage: self.limit(stages[:place]) for place, stage in enumerate(stages)}
        for name in dict.fromkeys(name for _, name in self.history):
            points: list[tuple[float, float]] = []
            for stage, offset in offsets.items():
                points += [(offset + epoch, value) for epoch, value in self.history.get((stage, name), [])]
            if points:
                array = np.array(points, dtype=float)
                made[name] = (array[:, 0], array[:, 1])
        return made

    def limit(self, stages: Sequence[str]) -> int:
        """Epochs of these stages together."""
        return sum(self.epochs.get(stage, 0) for stage in stages)

    @property
    def where(self) -> str:
        """Which fit this is: `fold 3 of 5`, `whole cohort`, or empty."""
        return self.name(self.fit)

    def name(self, fit: int) -> str:
        """A fit in words."""
        if fit < 0:
            return ""
        return "whole cohort" if fit >= self.folds else f"fold {fit + 1} of {self.folds}"

    def _note_losses(self, step: Step, fit: int) -> None:
        if fit != self.drawn:
            self.drawn, self.history = fit, {}
        terms = {name: value for name, value in step.values.items() if name != TOTAL}
        for name, value in (terms or step.values).items():
            self.history.setdefault((self.stage, name), []).append((step.done, float(value)))

    def _note_fold(self, step: Step) -> None:
        """A finished fold; those that an earlier run had finished come without any epochs."""
        fold = step.done - 1
        self.fit = max(self.fit, fold)
        if FOLD in step.values:
            self.fold_c[fold] = float(step.values[FOLD])

    def _reached(self) -> float:
        """Share of the whole work that is done, by the epochs of all fits."""
        if self.fit < 0:
            return 0.0
        stages = list(self.epochs)
        costs = {stage: self.costs[stage] * self.epochs[stage] for stage in stages}
        one = sum(costs.values()) or 1.0
        if self.stage in stages:
            before = sum(costs[stage] for stage in stages[: stages.index(self.stage)])
            within = before + costs[self.stage] * self.epoch / max(1, self.total)
        else:  # what follows the epochs of a fit, such as its figures
            within = one
        return min(1.0, (self.fit + within / one) / (self.folds + 1))


def duration(seconds: float) -> str:
    """A time that is left: `40 s`, `18 min`, `2 h 05 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
