"""The hazard ratio of two groups with its 95 % interval: Cox's model of one yes-or-no variable, Efron's ties."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.survival.metrics import Followed

_Z = 1.959963984540054
"""97.5th percentile of the normal distribution"""
_STEPS = 60


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """Hazard of those in the group over that of the others; above 1: those in the group die earlier.

    Attributes:
        low, high: 95 % Wald interval, on the logarithm.
        p: Two-sided, of the Wald test that the ratio is 1.
    """

    ratio: float
    low: float
    high: float
    p: float


def hazard_ratio(inside: NDArray[np.bool_], outcome: Followed) -> HazardRatio | None:
    """Hazard ratio of a group, by maximum partial likelihood (as R's `coxph`, whose ties are Efron's too).

    Args:
        inside: (n,) who is in the group.

    Returns:
        None where it does not exist: nobody died inside or outside, or everybody who died of one side did so with
        nobody of the other still at risk.
    """
    deaths = outcome.events
    if not (np.any(deaths & inside) and np.any(deaths & ~inside)):
        return None
    one, other, died_inside = _at_risk(inside, outcome)
    if not np.any((one > 0) & (other > 0)):
        return None
    beta = 0.0
    for _ in range(_STEPS):
        share = one / (one + other * math.exp(-beta))
        information = float((share * (1.0 - share)).sum())
        if information < 1e-9 or abs(beta) > 20.0:  # the likelihood rises for ever
            return None
        step = (died_inside - float(share.sum())) / information
        beta += float(np.clip(step, -2.0, 2.0))
        if abs(step) < 1e-10:
            break
    share = one / (one + other * math.exp(-beta))
    error = 1.0 / math.sqrt(float((share * (1.0 - share)).sum()))
    p = math.erfc(abs(beta / error) / math.sqrt(2.0))
    return HazardRatio(math.exp(beta), math.exp(beta - _Z * error), math.exp(beta + _Z * error), p)


def _at_risk(inside: NDArray[np.bool_], outcome: Followed) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """For each death how many of the group and of the others are at risk, and how many deaths are the group's.

    Of deaths at one time the second has a share less of them at risk, and so on: Efron's approximation.
    """
    months, events = outcome.months, outcome.events
    one, other = [], []
    for time in np.unique(months[events]):
        here = events & (months == time)
        left = months >= time
        mine, count = int(np.count_nonzero(here & inside)), int(np.count_nonzero(here))
        gone = np.arange(count) / count
        one.append(np.count_nonzero(left & inside) - gone * mine)
        other.append(np.count_nonzero(left & ~inside) - gone * (count - mine))
    return np.concatenate(one), np.concatenate(other), int(np.count_nonzero(events & inside))
