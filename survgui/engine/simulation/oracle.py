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

from collections.abc import Collection
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.engine.simulation.latent import Array, Factors, Patients, Population, draw, log_risk

SAMPLE = 30_000
_SEED = 15_485_863


def conditional_factors(source: Population, patients: Patients, given: Collection[Modality]) -> Factors:
    """E[z_c | x_S] and E[z_m | x_S]; at level `raw` the true factors that S shows, and zero for the others.

    Args:
        given: The pattern S, a non-empty part of the population's modalities.
    """
    if source.level == "raw":
        truth = patients.factors
        return Factors(truth.shared, {m: z * (m in given) for m, z in truth.specific.items()})
    variance = source.noise**2
    shared = np.zeros_like(patients.factors.shared)
    specific = {m: np.zeros_like(z) for m, z in patients.factors.specific.items()}
    for m in given:
        loading, x = source.loadings[m], patients.features[m]
        shared += x @ loading.shared / (len(given) + variance)
        specific[m] = x @ loading.specific / (1.0 + variance)
    return Factors(shared, specific)


def conditional_risk(source: Population, patients: Patients, given: Collection[Modality]) -> Array:
    """E[eta | x_S] (n,), higher dies sooner."""
    return log_risk(source, conditional_factors(source, patients, given))


def oracle_concordance(source: Population, sample: int = SAMPLE) -> dict[str, float]:
    """Harrell's C of E[eta | x_S] for each of the 2^M - 1 patterns, on a fixed large sample.

    Returns:
        C by the pattern's modality names, joined by `+` in alphabetical order, to four decimals; the standard
        error of the sample is about 0.002.
    """
    patients = draw(source, sample, _SEED)
    return {
        "+".join(sorted(pattern)): round(
            concordance(conditional_risk(source, patients, pattern), patients.months, patients.events), 4
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
