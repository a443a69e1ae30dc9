"""What a method is: fit on the training part, then forecast anybody from whatever of him is shown.

Every method sees the same tables through scalings that were fitted on the training part alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.nets.masked.config import PRESETS, ImputmaeConfig
from survgui.nets.must import MustConfig
from survgui.survival.metrics import Followed


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What a method says of some patients.

    Attributes:
        risks: (n,) higher is worse; NaN of a patient of whom the method says nothing.
        edges: (K+1,) months; none of a method that gives no curve.
        survival: (n, K+1); (n, 0) of a method that gives no curve.
        measured: n sets of what was used of each patient, by modality name: what was given and cannot be used is none
            of it. Empty of a method that does not say.
        note: What whoever reads the figures should know of how they came about, or empty.
    """

    risks: NDArray[np.float64]
    edges: NDArray[np.float64]
    survival: NDArray[np.float64]
    note: str = ""
    measured: tuple[frozenset[str], ...] = ()

    @property
    def has_curve(self) -> bool:
        """Whether there are survival curves beside the risks."""
        return len(self.edges) > 1


class Model(Protocol):
    """A fitted method."""

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast these patients from what the cohort shows of them.

        Raises:
            CannotRun: The method does not work on this availability.
        """
        ...


class CannotRun(Exception):
    """Why a method has no figure for a cohort or pattern."""


Fit = Callable[[Cohort, Sequence[str], "Options"], Task[Model]]


@dataclass(frozen=True, slots=True)
class Options:
    """What a fit may depend on beyond the data.

    Attributes:
        config: Of MUST, its variants and the peers.
        imputmae: Of impuTMAE.
        risks: Table of published risks (`published:*`); empty where there is none.
    """

    config: MustConfig
    seed: int = 0
    device: str = "cpu"
    draws: int = 10
    steps: int = 0
    risks: str = ""
    imputmae: ImputmaeConfig = PRESETS["small"]


def outcome_of(cohort: Cohort, ids: Sequence[str]) -> Followed:
    """Outcomes of these patients, in this order."""
    place = {patient: row for row, patient in enumerate(cohort.ids)}
    rows = [place[i] for i in ids]
    return Followed(cohort.months[rows], cohort.events[rows])
