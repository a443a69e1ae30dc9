"""Survival curves: Kaplan-Meier of a group, and a model's curve with constant hazard inside each bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sksurv.nonparametric import kaplan_meier_estimator

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class StepCurve:
    """A Kaplan-Meier curve, from time 0.

    Attributes:
        months: (k,) distinct follow-up times, the first 0.
        survival: (k,) estimate just after each time, the first 1.
        low, high: (k,) 95 % interval, log-log transformed Greenwood.
    """

    months: Vector
    survival: Vector
    low: Vector
    high: Vector


def kaplan_meier(months: Vector, events: NDArray[np.bool_]) -> StepCurve:
    """Kaplan-Meier estimate with pointwise 95 % interval (scikit-survival).

    Args:
        months: (n,) follow-up in months, 0 or more.
        events: (n,) True where the patient died.

    Raises:
        ValueError: No patients.
    """
    if len(months) == 0:
        raise ValueError("no patients")
    if not np.any(events):  # nothing to transform: the estimate is 1 and its interval is not defined
        times = np.unique(np.append(0.0, months))
        ones = np.ones(len(times))
        return StepCurve(times, ones, ones, ones)
    times, survival, interval = kaplan_meier_estimator(events, months, conf_type="log-log")
    if times[0] == 0.0:
        return StepCurve(times, survival, interval[0], interval[1])
    return StepCurve(
        *(np.append(first, rest) for first, rest in zip((0, 1, 1, 1), (times, survival, *interval), strict=True))
    )


def number_at_risk(months: Vector, at: Vector) -> NDArray[np.int64]:
    """How many patients are still followed at each time: those with follow-up of that time or longer."""
    return np.array([np.count_nonzero(months >= time) for time in at], dtype=np.int64)


def survival_at(edges: Vector, survival: Vector, months: Vector | float) -> Vector:
    """S at any time of a curve whose hazard is constant inside each bin.

    Args:
        edges: (K+1,) bin edges in months, the first 0.
        survival: (..., K+1) S at the edges, the first 1.
        months: (m,) times; past the last edge the last bin's hazard goes on.

    Returns:
        (..., m) probabilities of being alive.
    """
    at = np.atleast_1d(np.asarray(months, dtype=float))
    log_s = np.log(np.clip(survival, 1e-300, 1.0))
    left = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, len(edges) - 2)
    part = (at - edges[left]) / (edges[left + 1] - edges[left])
    inside = log_s[..., left] + part * (log_s[..., left + 1] - log_s[..., left])
    return np.asarray(np.exp(inside), dtype=float)


def median_months(edges: Vector, survival: Vector) -> float | None:
    """When the curve falls to one half, or None where it does not before the last edge."""
    below = np.flatnonzero(survival <= 0.5)
    if len(below) == 0:
        return None
    k = int(below[0])
    if k == 0:
        return 0.0
    log_s = np.log(np.clip(survival[k - 1 : k + 1], 1e-12, 1.0))
    share = (np.log(0.5) - log_s[0]) / (log_s[1] - log_s[0])
    return float(edges[k - 1] + share * (edges[k] - edges[k - 1]))


def median_follow_up(months: Vector, events: NDArray[np.bool_]) -> float | None:
    """Median follow-up by the reverse Kaplan-Meier estimate, in which death censors; None where it is not reached.

    The plain median of the times would be shorter the more patients die.

    Raises:
        ValueError: No patients.
    """
    curve = kaplan_meier(months, ~events)
    below = np.flatnonzero(curve.survival <= 0.5)
    return float(curve.months[below[0]]) if len(below) else None


def restricted_mean(edges: Vector, survival: Vector, limit: float) -> float:
    """Mean survival time up to `limit` months: the area under the curve, by trapezoids of a tenth of a month."""
    grid = np.linspace(0.0, limit, max(2, int(limit * 10) + 1))
    return float(np.trapezoid(survival_at(edges, survival, grid), grid))
