"""Shared factors of many modalities in closed form: multi-view factor analysis (probabilistic CCA), by EM.

Every modality m shows the shared factors z of a patient as

    x_m = mean_m + A_m z + e_m,      z ~ N(0, I),      e_m ~ N(0, Psi_m), Psi_m full,

so that whatever two modalities have in common must come through z, and what only one has stays in its e_m.
Given the modalities S of a patient, z is Gaussian with precision I + sum_{m in S} A_m^T Psi_m^-1 A_m: a product
of experts, each modality one, and defined for every S. Source: Bach and Jordan 2005 for two views; more views,
missing views and the shrinkage of Psi_m are our choice. It is the linear case of MUST's shared subspace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality

Matrix = NDArray[np.float64]
Rows = Mapping[Modality, Matrix]
"""Per modality (n, C) rows of the same patients; a row of NaN where a patient does not have it."""

ITERATIONS = 30
SHRINKAGE = 10.0
"""patients' worth of an isotropic Psi_m that is mixed into the estimated one"""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One modality's way to the factors.

    Attributes:
        mean: (C,).
        loading: A_m (C, r), rotated so that the experts' precisions are as near to diagonal as they go.
        reading: Psi_m^-1 A_m (C, r): (x - mean) @ reading is the expert's natural parameter.
        precision: (r,) what the expert knows of each factor, the diagonal of A^T Psi^-1 A; 0 where it is blind.
    """

    mean: Matrix
    loading: Matrix
    reading: Matrix
    precision: Matrix

    def expect(self, x: Matrix) -> Matrix:
        """E[z | x_m] (n, r), from this modality alone.

        Exact where the expert's precision A^T Psi^-1 A is diagonal; else an approximation by its diagonal.
        """
        found: Matrix = (x - self.mean) @ self.reading / (1.0 + self.precision)
        return found

    def rest(self, x: Matrix) -> Matrix:
        """(n, C) what the factors leave: x - mean - A E[z | x_m]."""
        left: Matrix = x - self.mean - self.expect(x) @ self.loading.T
        return left


def pool(views: Mapping[Modality, View], rows: Rows) -> Matrix:
    """E[z | x_S] (n, r) of every patient from what he has: the product of the experts, coordinate by coordinate.

    Exact where the experts' precisions A^T Psi^-1 A are diagonal; else an approximation by their diagonals. `fit_views`
    makes the sum over all modalities diagonal, so it is exact for who has all of them, and not for every subset.
    """
    shape = len(next(iter(rows.values()))), len(next(iter(views.values())).precision)
    total, precision = np.zeros(shape), np.ones(shape)
    for modality, view in views.items():
        here = np.isfinite(rows[modality][:, :1])
        total += np.where(here, (np.nan_to_num(rows[modality]) - view.mean) @ view.reading, 0.0)
        precision += here * view.precision
    return np.asarray(total / precision)


def fit_views(rows: Rows, rank: int) -> dict[Modality, View]:
    """Estimate all views by EM.

    Args:
        rows: At least two patients of every modality.
        rank: r; superfluous factors end with precisions near 0.

    Returns:
        Views in the order of `rows`, factors in the order of falling total precision.
    """
    here = {m: np.isfinite(x[:, 0]) for m, x in rows.items()}
    means: dict[Modality, Matrix] = {m: np.asarray(x[here[m]].mean(axis=0), dtype=float) for m, x in rows.items()}
    centred = {m: np.where(here[m][:, None], x - means[m], 0.0) for m, x in rows.items()}
    loading, noise = _start(centred, here, rank)
    patterns, which = np.unique(np.stack(list(here.values()), axis=1), axis=0, return_inverse=True)
    for _ in range(ITERATIONS):
        reading: dict[Modality, Matrix] = {m: _solve(noise[m], loading[m]) for m in rows}
        factors, covariance = _expect(centred, loading, reading, patterns, which.ravel())
        for m, own in here.items():
            loading[m], noise[m] = _maximise(centred[m][own], factors[own], covariance[own].sum(axis=0))
    return _rotated(means, loading, noise)


def _start(
    centred: Rows, here: Mapping[Modality, NDArray[np.bool_]], rank: int
) -> tuple[dict[Modality, Matrix], dict[Modality, Matrix]]:
    """Loadings on the principal components of all whitened modalities side by side."""
    whitened = []
    for m, x in centred.items():
        covariance = _ridged(x[here[m]].T @ x[here[m]] / here[m].sum(), 1e-2)
        size, axes = np.linalg.eigh(covariance)
        whitened.append(x @ axes / np.sqrt(size))
    left, _, _ = np.linalg.svd(np.concatenate(whitened, axis=1), full_matrices=False)
    factors = np.zeros((len(left), rank))
    kept = min(rank, left.shape[1])
    factors[:, :kept] = left[:, :kept] * np.sqrt(len(left))
    loading: dict[Modality, Matrix] = {}
    noise: dict[Modality, Matrix] = {}
    for m, x in centred.items():
        z, own = factors[here[m]], x[here[m]]
        # shrunk by .7: components of few patients promise more than they hold
        loading[m] = 0.7 * _solve(z.T @ z + np.eye(rank), z.T @ own).T
        rest = own - z @ loading[m].T
        noise[m] = _ridged(rest.T @ rest / len(own), 5e-2)
    return loading, noise


def _expect(
    centred: Rows,
    loading: Mapping[Modality, Matrix],
    reading: Mapping[Modality, Matrix],
    patterns: NDArray[np.bool_],
    which: NDArray[np.int64],
) -> tuple[Matrix, Matrix]:
    """E-step: mean (n, r) and covariance (n, r, r) of every patient's factors, a pattern at a time."""
    rank = next(iter(loading.values())).shape[1]
    natural = [x @ reading[m] for m, x in centred.items()]  # zero where absent
    information = [loading[m].T @ reading[m] for m in centred]
    factors = np.zeros((len(which), rank))
    covariance = np.zeros((len(which), rank, rank))
    for number, pattern in enumerate(patterns):
        at = which == number
        precision = np.eye(rank) + sum(i for i, given in zip(information, pattern, strict=True) if given)
        covariance[at] = inverse = np.linalg.inv(precision)
        factors[at] = np.sum([n[at] for n in natural], axis=0) @ inverse
    return factors, covariance


def _maximise(x: Matrix, factors: Matrix, covariance: Matrix) -> tuple[Matrix, Matrix]:
    """M-step of one modality: A (C, r) and Psi (C, C)."""
    second = factors.T @ factors + covariance
    cross = x.T @ factors
    loading = _solve(second + 1e-6 * np.eye(len(second)), cross.T).T
    rest = x.T @ x - loading @ cross.T
    rest = (rest + rest.T) / 2.0
    width = len(rest)
    level = max(np.trace(rest) / len(x) / width, 1e-8)
    return loading, (rest + SHRINKAGE * level * np.eye(width)) / (len(x) + SHRINKAGE)


def _rotated(
    means: Mapping[Modality, Matrix], loading: Mapping[Modality, Matrix], noise: Mapping[Modality, Matrix]
) -> dict[Modality, View]:
    """The same model with factors turned so that their total precision is diagonal, largest first."""
    reading = {m: _solve(noise[m], a) for m, a in loading.items()}
    total = np.sum([a.T @ reading[m] for m, a in loading.items()], axis=0)
    _, axes = np.linalg.eigh(total)
    axes = axes[:, ::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(len(axes))] < 0, -1.0, 1.0)  # signs are free
    views = {}
    for m in means:
        a, b = loading[m] @ axes, reading[m] @ axes
        views[m] = View(means[m], a, b, np.einsum("cr,cr->r", a, b))
    return views


def _solve(a: Matrix, b: Matrix) -> Matrix:
    return np.asarray(np.linalg.solve(a, b), dtype=np.float64)


def _ridged(covariance: Matrix, share: float) -> Matrix:
    """A covariance with a share of its mean variance added to its diagonal."""
    width = len(covariance)
    level = max(np.trace(covariance) / width, 1e-8)
    return np.asarray(covariance + share * level * np.eye(width))
