"""The CS score as DRIM and impuTMAE report it, on binned times: for comparison with their tables alone.

Twenty equidistant cuts from 0 to the longest training follow-up; durations become numbers of cuts, curves are read at
the cuts. Deaths are moved to the end of their bin, censored follow-up to its start, as in pycox's label transform.
Figures on binned times are not those on continuous ones; `metrics.cs_score` is the primary one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survgui.survival.curves import survival_at
from survgui.survival.metrics import Followed, cs_score

Vector = NDArray[np.float64]

CUTS, POINTS = 20, 50


def binned_cs(train: Followed, test: Followed, edges: Vector, survival: Vector) -> float | None:
    """CS = (C-td + 1 - IBS) / 2 on binned times; higher is better.

    Args:
        edges: (K+1,) bin edges of the curves, months.
        survival: (n, K+1) curves of the test patients.

    Returns:
        None where no pair of patients is comparable, or nobody is followed beyond the first cut.
    """
    cuts = np.linspace(0.0, float(train.months.max()), CUTS)
    binned = to_bins(cuts, test)
    curves = survival_at(edges, survival, cuts)
    return cs_score(antolini_c(binned, curves), brier_of_bins(binned, curves))


def to_bins(cuts: Vector, followed: Followed) -> Followed:
    """Times as numbers of cuts: a death at the cut that ends its bin, a censoring at the one that begins it.

    A death after the last cut is censored there.
    """
    ends = np.searchsorted(cuts, followed.months, side="left")
    starts = np.searchsorted(cuts, followed.months, side="right") - 1
    events = followed.events & (ends < len(cuts))
    return Followed(np.where(events, ends, np.maximum(starts, 0)).astype(np.float64), events)


def antolini_c(binned: Followed, curves: Vector) -> float | None:
    """Time-dependent concordance (Antolini et al. 2005): who dies first has the lower curve at that time; 1 is best.

    A pair is comparable where one dies before the other's time, or at the time at which the other is censored.
    Equal curves count half (our choice).

    Args:
        binned: (n,) times as numbers of cuts.
        curves: (n, cuts) survival at the cuts.

    Returns:
        None where no pair is comparable.
    """
    pairs = concordant = 0.0
    for row in np.flatnonzero(binned.events):
        time = binned.months[row]
        later = (binned.months > time) | ((binned.months == time) & ~binned.events)
        at = curves[:, int(time)]
        pairs += float(later.sum())
        concordant += float(np.sum(at[later] > at[row]) + 0.5 * np.sum(at[later] == at[row]))
    return concordant / pairs if pairs else None


def brier_of_bins(binned: Followed, curves: Vector) -> float | None:
    """Integrated Brier score on 50 points from 0 to the last binned time; 0 is best, None where everybody's is 0."""
    last = float(binned.months.max())
    if last <= 0:
        return None
    grid = np.linspace(0.0, last, POINTS)
    return float(np.trapezoid(brier_scores(binned, curves, grid), grid) / last)


def brier_scores(binned: Followed, curves: Vector, grid: Vector) -> Vector:
    """Brier scores at the times of `grid` (Graf et al. 1999), censoring weighted by the test part's own estimate."""
    times, uncensored = np.unique(binned.months), np.append(1.0, _uncensored(binned))
    own = uncensored[np.searchsorted(times, binned.months, side="right")]
    scores = []
    for now in grid:
        until = uncensored[np.searchsorted(times, now, side="right")]
        predicted = curves[:, int(now)]
        died, alive = (binned.months <= now) & binned.events, binned.months > now
        scores.append(np.mean(_share(predicted**2, own, died) + _share((1 - predicted) ** 2, until, alive)))
    return np.array(scores)


def _uncensored(binned: Followed) -> Vector:
    """Kaplan-Meier estimate of not being censored, just after each distinct time; deaths come before censorings."""
    times = np.unique(binned.months)
    censored = np.array([np.sum((binned.months == t) & ~binned.events) for t in times], dtype=float)
    at_risk = np.array([np.sum(binned.months > t) + c for t, c in zip(times, censored, strict=True)])
    return np.asarray(np.cumprod(1.0 - censored / np.maximum(at_risk, 1.0)))


def _share(errors: Vector, weights: Vector | float, chosen: NDArray[np.bool_]) -> Vector:
    """Errors of the chosen, divided by their weights; a weight of 0 leaves none."""
    usable = chosen & (np.asarray(weights) > 0)
    return np.where(usable, errors / np.where(usable, weights, 1.0), 0.0)
