"""Ridge regression from the modalities that are shown to the one that is hidden: what a reconstruction must beat.

Linear, in its dual form, so that a target may have any number of values. Penalty and the blocks' weights are chosen
among a fixed grid by generalised cross-validation (Golub, Heath and Wahba 1979) on the training patients alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind, Modality
from survgui.engine.inputs import Prepared

Matrix = NDArray[np.float64]
MOST = 2048
"""numbers to which an image is averaged"""
PENALTIES = 10.0 ** np.arange(-4.0, 4.5, 0.5)
"""of the mean eigenvalue of the kernel"""
KEPT = 8
"""decompositions that are kept for the next target"""
EQUAL, PLAIN = "equal", "plain"
"""whether every modality weighs the same, or every feature"""


@dataclass(frozen=True, slots=True, eq=False)
class Smoother:
    """What a fit makes of the training patients' values: predictions are `weights @ values`.

    Attributes:
        rows: (k,) training patients whom it was fitted on.
        weights: (t, k) of every test patient; each row sums to 1.
    """

    rows: NDArray[np.intp]
    weights: Matrix


class Ridge:
    """Regressions between the modalities of training patients, for test patients; kernels are made once."""

    def __init__(self, train: Prepared, test: Prepared) -> None:
        self.train, self.test = train, test
        pairs = {m: _standardised(summaries(train, m), summaries(test, m)) for m in train.arrays}
        self._kernels = {m: (x @ x.T, y @ x.T) for m, (x, y) in pairs.items()}
        self._widths = {m: max(1, int((np.abs(x).sum(axis=0) > 0).sum())) for m, (x, _) in pairs.items()}
        self._grams: dict[Modality, Matrix] = {}
        self._axes: dict[tuple[object, ...], tuple[Matrix, Matrix]] = {}

    def fit(self, target: Modality, shown: Sequence[Modality]) -> Smoother | None:
        """Regress the target on what is shown; None where too few training patients have both.

        Absent modalities are the mean. What the test patients have of `target` is not looked at.
        """
        present = self.train.present
        places = [list(self.train.arrays).index(m) for m in shown]
        rows = np.flatnonzero(present[:, list(self.train.arrays).index(target)] & present[:, places].any(axis=1))
        if len(rows) < 3:
            return None
        gram = _centred(self._gram(target)[np.ix_(rows, rows)])
        best, chosen = math.inf, None
        for way, kernel, across in self._weighted(shown):
            among = kernel[np.ix_(rows, rows)]
            error, weights = _fit(among, self._eigen(among, (*shown, way, rows.tobytes())), across[:, rows], gram)
            if error < best:
                best, chosen = error, weights
        return None if chosen is None else Smoother(rows, chosen)

    def _eigen(self, kernel: Matrix, key: tuple[object, ...]) -> tuple[Matrix, Matrix]:
        """Eigenvalues and vectors of a centred kernel; targets that the same patients have come one after another."""
        if key not in self._axes:
            values, vectors = np.linalg.eigh(_centred(kernel))
            while len(self._axes) >= KEPT:
                del self._axes[next(iter(self._axes))]
            self._axes[key] = np.maximum(values, 0.0), vectors
        return self._axes[key]

    def _weighted(self, shown: Sequence[Modality]) -> Iterator[tuple[str, Matrix, Matrix]]:
        """Kernels among training patients and from test to training patients, for each way to weigh the blocks."""
        for way in (PLAIN, EQUAL) if len(shown) > 1 else (PLAIN,):
            scale = {m: 1.0 / self._widths[m] if way == EQUAL else 1.0 for m in shown}
            among, across = (np.sum([scale[m] * self._kernels[m][k] for m in shown], axis=0) for k in (0, 1))
            yield way, among, across

    def _gram(self, target: Modality) -> Matrix:
        """(n, n) products of the training patients' values of a modality, zero for who has none."""
        if target not in self._grams:
            values = targets(self.train, target)
            self._grams[target] = (values @ values.T).astype(np.float64)
        return self._grams[target]


def targets(prepared: Prepared, modality: Modality) -> NDArray[np.float32]:
    """(n, F) what is predicted of each patient: all values, of several tiles their mean; zeros where absent."""
    size = math.prod(picture_shape(prepared, modality))
    found = np.zeros((len(prepared), size), dtype=np.float32)
    for row, array in enumerate(prepared.arrays[modality]):
        if array is not None:
            found[row] = array.reshape(-1, size).mean(axis=0, dtype=np.float32)
    return found


def picture_shape(prepared: Prepared, modality: Modality) -> tuple[int, ...]:
    """Shape of what is reconstructed of a patient: of several tiles one."""
    shape = prepared.shapes[modality]
    return shape[1:] if prepared.kinds[modality] is Kind.TILES else shape


def summaries(prepared: Prepared, modality: Modality) -> Matrix:
    """(n, p) what is regressed on: a table's values; a volume, or the mean of tiles, coarser; NaN where absent."""
    kind, shape = prepared.kinds[modality], picture_shape(prepared, modality)
    values = targets(prepared, modality)
    if kind in (Kind.TILES, Kind.VOLUME):
        values = _coarser(values.reshape(len(values), *shape))
    found = values.astype(np.float64)
    found[[array is None for array in prepared.arrays[modality]]] = np.nan
    return found


def _coarser(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, p) means of squares or cubes of (n, C, S, ...) images, p at most `MOST` where a side allows it."""
    n, channels, side, dimensions = len(images), images.shape[1], images.shape[2], images.ndim - 2
    fits = [d for d in range(1, side + 1) if side % d == 0 and channels * d**dimensions <= MOST]
    kept = max(fits, default=1)
    split = [part for _ in range(dimensions) for part in (kept, side // kept)]
    pooled = images.reshape(n, channels, *split).mean(axis=tuple(range(3, 3 + 2 * dimensions, 2)))
    return np.asarray(pooled.reshape(n, -1), dtype=np.float32)


def _standardised(train: Matrix, test: Matrix) -> tuple[Matrix, Matrix]:
    """Both on the scale of the training patients who have the modality; the mean where it is absent."""
    known = train[np.isfinite(train).all(axis=1)]
    if not len(known):
        return np.zeros_like(train), np.zeros_like(test)
    mean, deviation = known.mean(axis=0), known.std(axis=0)
    scale = np.where(deviation > 1e-6, 1.0 / np.maximum(deviation, 1e-6), 0.0)
    return np.nan_to_num((train - mean) * scale), np.nan_to_num((test - mean) * scale)


def _fit(kernel: Matrix, eigen: tuple[Matrix, Matrix], across: Matrix, gram: Matrix) -> tuple[float, Matrix]:
    """The least generalised cross-validation error over the penalties, and the weights that reach it.

    Args:
        kernel: (k, k) among training patients, not centred.
        eigen: Of the centred kernel.
        across: (t, k) from test to training patients.
        gram: (k, k) products of the training patients' centred targets.
    """
    k, (values, vectors) = len(kernel), eigen
    power = np.einsum("ij,ij->j", vectors, gram @ vectors)  # of the targets along each eigenvector
    scale = max(float(values.mean()), 1e-12)
    errors = []
    for penalty in PENALTIES * scale:
        left = penalty / (values + penalty)  # the constant has eigenvalue 0, and the intercept takes its freedom
        freedom = float(left.sum()) - 1.0
        errors.append(k * float((left**2 * power).sum()) / max(freedom, 1e-9) ** 2)
    penalty = PENALTIES[int(np.argmin(errors))] * scale
    centred = across - kernel.mean(axis=0) - across.mean(axis=1, keepdims=True) + kernel.mean()
    return min(errors), 1.0 / k + (centred @ vectors / (values + penalty)) @ vectors.T


def _centred(kernel: Matrix) -> Matrix:
    """Products about the mean, from products about zero."""
    return np.asarray(kernel - kernel.mean(axis=0) - kernel.mean(axis=1, keepdims=True) + kernel.mean())
