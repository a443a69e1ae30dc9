"""The linear part of an anchor: a ridge Cox score of rows of every modality, cross-fitted.

    T(patient) = sum_m <w_m, x_m> - constant

The penalty and the blocks' weights are fixed beforehand. Rows may be latents of a network that learned them without
outcomes; a missing modality's row is then what the network imputes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from survgui.cases.case import Modality
from survgui.survival.cox import CLINICAL_WEIGHT, PENALTY, fit_ridge, log_partial_likelihood
from survgui.survival.metrics import Followed

Matrix = NDArray[np.float64]
Blocks = Mapping[Modality, Matrix]
"""Per modality (n, D) rows of the same patients, nothing missing."""

WEAK_WEIGHT = 0.4
"""scale of blocks other than clinical fields and RNA: a penalty six times as heavy"""
FOLDS = 5
STEEPEST = 3.0
"""of a slope: what one unit of a cross-fitted score may mean on the log hazard scale"""
COMPONENTS = 30
"""principal components of each block, as the reference rows have"""


@dataclass(frozen=True, slots=True, eq=False)
class LinearScore:
    """Weights of every modality's row.

    Attributes:
        weights: Per modality (D,).
        constant: Taken off, so that the score is 0 on average over the patients it was fitted on.
    """

    weights: Mapping[Modality, Matrix]
    constant: float


@dataclass(frozen=True, slots=True, eq=False)
class CrossFitted:
    """A linear score of everybody, and one for each fold of patients by a fit that had not seen them.

    Attributes:
        fold: (n,) of each patient.
        parts: One score per fold.
        slope: What one unit of a cross-fitted score means on the log hazard scale; below 1 where it is too sure.
    """

    whole: LinearScore
    fold: NDArray[np.int64]
    parts: tuple[LinearScore, ...]
    slope: float


def fit_linear(blocks: Blocks, outcome: Followed, *, seed: int = 0) -> CrossFitted:
    """Fit on these patients.

    Raises:
        ValueError: No deaths.
    """
    deaths = int(outcome.events.sum())
    if deaths == 0:
        raise ValueError("no deaths in the training part: nothing can be learned of survival")
    fold, score, parts = np.zeros(len(outcome), dtype=np.int64), np.zeros(len(outcome)), []
    for number, (train, test) in enumerate(stratified(outcome, min(FOLDS, max(2, deaths)), seed)):
        part = _fit({m: x[train] for m, x in blocks.items()}, part_of(outcome, train))
        fold[test] = number
        score[test] = score_of(part, {m: x[test] for m, x in blocks.items()})
        parts.append(part)
    found = minimize_scalar(minus_likelihood, bounds=(0.0, STEEPEST), args=(score, outcome), method="bounded")
    return CrossFitted(_fit(blocks, outcome), fold, tuple(parts), float(found.x))


def score_of(score: LinearScore, blocks: Blocks) -> Matrix:
    """(n,) the score of some rows; higher is worse."""
    total: Matrix = sum((x @ score.weights[m] for m, x in blocks.items()), np.array(-score.constant))
    return total


def _fit(blocks: Blocks, outcome: Followed) -> LinearScore:
    axes = {m: _axes(x) * weight(m) for m, x in blocks.items()}
    means = {m: x.mean(axis=0) for m, x in blocks.items()}
    X = np.concatenate([(x - means[m]) @ axes[m] for m, x in blocks.items()], axis=1)
    beta = np.split(fit_ridge(X, outcome, PENALTY).coefficients, np.cumsum([a.shape[1] for a in axes.values()])[:-1])
    weights = {m: axes[m] @ b for m, b in zip(blocks, beta, strict=True)}
    return LinearScore(weights, float(sum(means[m] @ w for m, w in weights.items())))


def _axes(x: Matrix) -> Matrix:
    """(D, C) principal axes, divided by the deviation of the first component."""
    _, singular, axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    kept = max(1, min(COMPONENTS, int((singular > 1e-6 * max(singular[0], 1e-12)).sum())))
    return np.asarray(axes[:kept].T / max(float(singular[0]) / np.sqrt(len(x)), 1e-12))


def weight(modality: Modality) -> float:
    """Scale of a block beside the others: clinical fields are penalised least."""
    if modality is Modality.CLINICAL:
        return CLINICAL_WEIGHT
    return 1.0 if modality is Modality.RNA else WEAK_WEIGHT


def minus_likelihood(slope: float, score: NDArray[np.float64], outcome: Followed) -> float:
    """Minus the log partial likelihood of slope * score."""
    return -log_partial_likelihood(slope * score, outcome)


def stratified(outcome: Followed, k: int, seed: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """k folds stratified by event, as row numbers."""
    draw = np.random.default_rng(seed)
    fold = np.empty(len(outcome), dtype=int)
    for event in (True, False):
        at = draw.permutation(np.flatnonzero(outcome.events == event))
        fold[at] = np.arange(len(at)) % k
    return [(np.flatnonzero(fold != q), np.flatnonzero(fold == q)) for q in range(k)]


def part_of(outcome: Followed, at: NDArray[np.int64]) -> Followed:
    """Outcomes of some patients, by row number."""
    return Followed(outcome.months[at], outcome.events[at])
