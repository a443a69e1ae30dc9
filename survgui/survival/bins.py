"""Time bins of a discrete-time model: edges, and where in them a follow-up ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def quantile_edges(months: Vector, events: NDArray[np.bool_], bins: int) -> Vector:
    """Edges at quantiles of the uncensored times, so that every bin holds about as many deaths (MCAT, MUST).

    Args:
        months: (n,) follow-up of the training part alone; the test part must not be looked at.
        events: (n,) True where the patient died.
        bins: How many bins are wanted; ties may leave fewer.

    Returns:
        (K+1,) the first 0, the last the longest follow-up.

    Raises:
        ValueError: No deaths, so that there are no quantiles.
    """
    if not np.any(events):
        raise ValueError("no deaths in the training part: bins cannot be placed")
    inner = np.quantile(months[events], np.linspace(0, 1, bins + 1)[1:-1])
    last = float(np.max(months))
    inner = np.unique(inner[(inner > 0) & (inner < last)])
    return np.concatenate([[0.0], inner, [last]])


def equidistant_edges(months: Vector, bins: int) -> Vector:
    """(K+1,) edges from 0 to the longest follow-up of the training part, at equal distances (impuTMAE, pycox).

    Raises:
        ValueError: Nobody was followed for any time.
    """
    last = float(np.max(months, initial=0.0))
    if not last > 0:
        raise ValueError("nobody in the training part was followed for any time: bins cannot be placed")
    return np.linspace(0.0, last, bins + 1)


def exposure(edges: Vector, months: Vector) -> tuple[NDArray[np.int64], Vector]:
    """The bin in which each follow-up ends, and the share of that bin that was lived through.

    Returns:
        (n,) bin index in 0..K-1 and (n,) share in [0, 1]; times past the last edge count as the last edge.
    """
    at = np.clip(months, 0.0, edges[-1])
    index = np.clip(np.searchsorted(edges, at, side="left") - 1, 0, len(edges) - 2)
    share = (at - edges[index]) / (edges[index + 1] - edges[index])
    return index.astype(np.int64), np.clip(share, 0.0, 1.0)


def crude_hazard(edges: Vector, months: Vector, events: NDArray[np.bool_], offset: Vector | None = None) -> Vector:
    """The cohort's own hazard, with which a network starts: deaths per bin over the time at risk in it.

    Half a death and one bin more keep it above zero and finite (our choice).

    Args:
        offset: (n,) log hazard of each patient that is known beforehand; 0 where not given.

    Returns:
        (K,) cumulative hazard of each bin.
    """
    index, share = exposure(edges, months)
    bins = np.arange(len(edges) - 1)
    lived = (bins < index[:, None]) + (bins == index[:, None]) * share[:, None]  # (n, K) in bins
    deaths = np.array([np.sum(events & (index == k)) for k in bins])
    known = lived if offset is None else lived * np.exp(offset)[:, None]
    return np.asarray((deaths + 0.5) / (known.sum(axis=0) + 1.0))


def default_horizon(edges: Vector, months: Vector, events: NDArray[np.bool_]) -> float:
    """The time at which risk is stated: 24 months, or the median death where follow-up is much shorter or longer.

    Our choice: 24 months lies inside every cohort we know; a cohort in which fewer than one tenth or more
    than nine tenths of the deaths fall before it takes its median time of death, rounded to half years, or
    the longest follow-up where that is shorter.
    """
    died = months[events]
    before = float(np.mean(died <= 24.0))
    if 0.1 <= before <= 0.9 and edges[-1] > 24.0:
        return 24.0
    return float(min(edges[-1], max(6.0, np.round(np.median(died) / 6.0) * 6.0)))
