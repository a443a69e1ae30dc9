"""How long the present stage of a job will take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survgui.cases.step import Step

SETTLED_SECONDS = 2.0
"""Before this much of a stage has passed, an estimate would jump about."""
SETTLED_UNITS = 3
MEMORY = 0.3
"""Share of the time so far over which the pace is averaged: slow stretches count, old ones fade."""


@dataclass(slots=True)
class _Stage:
    began: float
    first: int
    seen: float
    done: int
    total: int
    pace: float = 0.0
    """Seconds a unit, averaged; 0 until known."""

    def move(self, step: Step, now: float) -> None:
        units = step.done - self.done
        if units > 0:
            fresh = (now - self.seen) / units
            span = max(1.0, MEMORY * (now - self.began))
            weight = 1.0 if self.pace == 0.0 else 1.0 - math.exp(-(now - self.seen) / span)
            self.pace += weight * (fresh - self.pace)
            self.seen, self.done = now, step.done
        self.total = step.total


class Progress:
    """Follows the steps of one job; every stage is timed by itself, and one that is returned to goes on."""

    def __init__(self) -> None:
        self._stages: dict[str, _Stage] = {}
        self._current: _Stage | None = None

    def add(self, step: Step, now: float) -> None:
        """Take note of a step.

        Args:
            now: Seconds of a clock that never goes back.
        """
        stage = self._stages.get(step.stage)
        if stage is None or step.done < stage.done:  # a stage that comes again begins again
            stage = self._stages[step.stage] = _Stage(now, step.done, now, step.done, step.total)
        stage.move(step, now)
        self._current = stage

    def seconds_left(self, now: float) -> float | None:
        """Seconds that the present stage will still take, or None while that cannot be told."""
        stage = self._current
        if stage is None or stage.total <= 0 or stage.pace == 0.0:
            return None
        if now - stage.began < SETTLED_SECONDS or stage.done - stage.first < min(SETTLED_UNITS, stage.total):
            return None
        return max(0.0, (stage.total - stage.done) * stage.pace - (now - stage.seen))
