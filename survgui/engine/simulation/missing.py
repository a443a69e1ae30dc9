"""Which modalities of a simulated patient are missing, by a known mechanism.

mcar    every modality of every patient is missing with the same probability, whatever else
mar     the first modality is always there; the others are missing more often where the first specific
        factor that can be read off it, B^T x, is high: missingness depends on what was observed
mnar    every modality is missing more often where the log-risk eta is high: the mask itself carries risk

In mar and mnar the log odds of being missing rise by `SLOPE` per standard deviation. Every patient keeps at
least one modality: who would have none gets one back, drawn evenly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from survgui.cases.case import Modality
from survgui.engine.simulation.latent import ETA_SD, Array, Patients, Population

MECHANISMS = ("mcar", "mar", "mnar")
SLOPE = 1.5


def available(
    source: Population, patients: Patients, mechanism: str | None, rate: float, seed: int
) -> Mapping[Modality, NDArray[np.bool_]]:
    """Per modality (n,) True where the patient has it.

    Args:
        mechanism: One of `MECHANISMS`; None: nothing is missing.
        rate: Probability of being missing, of each modality that can be; 0 <= rate < 1.
    """
    rng = np.random.default_rng([seed, 98])
    uniform = rng.random((len(patients), len(source.loadings) + 1))
    have = uniform[:, :-1] >= _probability(source, patients, mechanism, rate)
    nobody = np.flatnonzero(~have.any(axis=1))
    have[nobody, (uniform[nobody, -1] * have.shape[1]).astype(int)] = True
    return {m: have[:, column] for column, m in enumerate(source.modalities)}


def _probability(source: Population, patients: Patients, mechanism: str | None, rate: float) -> Array:
    """(n, M) probability of being missing."""
    if mechanism is None or rate == 0.0:
        return np.zeros((len(patients), len(source.loadings)))
    if mechanism == "mcar":
        return np.full((len(patients), len(source.loadings)), rate)
    if mechanism == "mnar":
        return logistic(patients.eta / ETA_SD, rate)[:, None].repeat(len(source.loadings), axis=1)
    anchor = source.modalities[0]
    seen = patients.features[anchor] @ source.loadings[anchor].specific[:, 0]
    probability = logistic(seen / np.hypot(1.0, source.noise), rate)[:, None].repeat(len(source.loadings), axis=1)
    probability[:, 0] = 0.0
    return probability


def logistic(score: Array, rate: float) -> Array:
    """Probabilities that rise with a standard normal score, their log odds by `SLOPE`, and are `rate` on average."""
    normal = ndtri((np.arange(2_000) + 0.5) / 2_000)
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(middle + SLOPE * normal).mean() < rate else (low, middle)
    return np.asarray(expit(high + SLOPE * score))
