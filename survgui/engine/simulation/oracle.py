"""The best that any model can reach: E[eta | x_S] for every availability pattern S, and its concordance.

Because A_m and B_m have orthonormal columns that are orthogonal to each other, A_m^T x_m = z_c + sigma e and
B_m^T x_m = z_m + sigma e' hold all that x_m says of the factors, and the joint Gaussian conditions to

    z_c | x_S ~ N( sum_{m in S} A_m^T x_m / (|S| + sigma^2),  sigma^2 / (|S| + sigma^2) I )
    z_m | x_S ~ N( B_m^T x_m / (1 + sigma^2),  sigma^2 / (1 + sigma^2) I )   for m in S, else N(0, I),

independent of each other, so E[z_c z_m] is the product of the means, also with products in eta. In the linear
case eta given x_S is N(mean, constant): ranking by the mean is optimal. With products the variance differs
between patients, and the mean is the best predictor rather than, provably, the best ranking.

At level `raw` nobody knows what an image shows of the factors exactly; the oracle is then given the true
factors of the modalities in S (sigma = 0): an upper bound.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.engine.simulation.latent import Array, Factors, Patients, Population, draw, log_risk

SAMPLE = 100_000
"""Patients for up to four modalities; with more, fewer, for each modality doubles the patterns."""
_LEAST = 20_000
_SEED = 15_485_863


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What each modality says of the factors, all that can be read off it.

    Attributes:
        shared: A_m^T x_m (n, r_c), the shared factors as modality m shows them.
        specific: B_m^T x_m (n, r_m).
        variance: sigma^2, of every reading around its factor.
    """

    shared: Mapping[Modality, Array]
    specific: Mapping[Modality, Array]
    variance: float


def read_factors(source: Population, patients: Patients) -> Readings:
    """Read the factors off the features; at level `raw` they are handed over without noise."""
    if source.level == "raw":
        return Readings(dict.fromkeys(source.modalities, patients.factors.shared), patients.factors.specific, 0.0)
    shared = {m: patients.features[m] @ loading.shared for m, loading in source.loadings.items()}
    specific = {m: patients.features[m] @ loading.specific for m, loading in source.loadings.items()}
    return Readings(shared, specific, source.noise**2)


def conditional_factors(readings: Readings, given: Collection[Modality]) -> Factors:
    """E[z_c | x_S] and E[z_m | x_S] for a non-empty pattern S of modalities."""
    shared = np.add.reduce([readings.shared[m] for m in given]) / (len(given) + readings.variance)
    shrink = 1.0 / (1.0 + readings.variance)
    return Factors(shared, {m: z * (shrink if m in given else 0.0) for m, z in readings.specific.items()})


def conditional_risk(source: Population, readings: Readings, given: Collection[Modality]) -> Array:
    """E[eta | x_S] (n,), higher dies sooner."""
    return log_risk(source, conditional_factors(readings, given))


def oracle_concordance(source: Population, sample: int | None = None) -> dict[str, float]:
    """Harrell's C of E[eta | x_S] for each of the 2^M - 1 patterns, on a fixed large sample.

    Returns:
        C by the pattern's modality names, joined by `+` in alphabetical order, to four decimals; the standard
        error of a sample of 100,000 is about 0.0013, and largely the same for all patterns.
    """
    size = sample or max(_LEAST, min(SAMPLE, SAMPLE * 16 >> len(source.modalities)))
    patients = draw(source, size, _SEED)
    readings = read_factors(source, patients)
    return {
        "+".join(sorted(pattern)): round(
            concordance(conditional_risk(source, readings, pattern), patients.months, patients.events), 4
        )
        for size in range(1, len(source.modalities) + 1)
        for pattern in combinations(source.modalities, size)
    }


def concordance(risk: Array, months: Array, events: NDArray[np.bool_]) -> float:
    """Harrell's C in O(n log^2 n) for values without ties: share of comparable pairs where the higher risk died first.

    Patients are ordered by time and merged pairwise, block by block: of each pair of neighbouring blocks the pairs
    (death in the earlier, anyone in the later with a lower risk) are counted at once.

    Args:
        risk: (n,) higher dies sooner.
        months: (n,) follow-up.
        events: (n,) True where death was seen.
    """
    order = np.argsort(months)
    size = 1 << max(1, (len(order) - 1).bit_length())
    ranks = np.full(size, len(order))
    ranks[: len(order)] = np.argsort(np.argsort(risk[order]))
    died = np.zeros(size, dtype=bool)
    died[: len(order)] = events[order]
    real = np.arange(size) < len(order)
    concordant, half = 0, 1
    while half < size:
        by_risk = np.argsort(ranks.reshape(-1, 2 * half), axis=1, kind="stable")
        later = by_risk >= half
        counted = later & np.take_along_axis(real.reshape(-1, 2 * half), by_risk, axis=1)
        early_death = ~later & np.take_along_axis(died.reshape(-1, 2 * half), by_risk, axis=1)
        concordant += int((np.cumsum(counted, axis=1) * early_death).sum())
        half *= 2
    comparable = int((len(order) - 1 - np.flatnonzero(died)).sum())
    return concordant / comparable
