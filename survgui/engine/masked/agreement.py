"""How far reconstructed values agree with measured ones, from sums over patients: images need not be held together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind
from survgui.engine.masked.ssim import BOUNDS, ssim

Values = NDArray[np.float64]
LEAST = 5
"""Fewest patients over whom a correlation or a spread is given."""


class Agreement:
    """Sums over patients, value by value.

    Args:
        mean: (F,) the training patients' mean, which fills in beside.
    """

    def __init__(self, mean: Values) -> None:
        self.mean, self.patients = mean, 0
        self._sums = {name: np.zeros(len(mean)) for name in ("n", "x", "y", "xx", "yy", "xy", "error", "mean_error")}

    def add(self, real: Values, found: Values, counted: NDArray[np.bool_] | None = None) -> None:
        """One patient more.

        Args:
            real: (K, F) measured; of several tiles one row each, which share the patient's weight. How patients vary
                is told by their mean tiles, for tiles of one patient vary as well.
            found: (F,) reconstructed.
            counted: (K, F) True where values count; left out: everywhere.
        """
        weight = np.full(real.shape, 1.0 / len(real)) if counted is None else counted / len(real)
        each, y = real - self.mean, found - self.mean  # near zero, so that sums of squares lose nothing
        n = weight.sum(axis=0)
        x = (weight * each).sum(axis=0) / np.maximum(n, 1e-12)
        self._sums["error"] += (weight * (y - each) ** 2).sum(axis=0)
        self._sums["mean_error"] += (weight * each**2).sum(axis=0)
        terms: dict[str, Values] = {"n": np.ones_like(n), "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y}
        for name, values in terms.items():
            self._sums[name] += n * values
        self.patients += 1

    @property
    def mse(self) -> float:
        """Mean squared error of what was found."""
        return float(self._sums["error"].sum() / self._sums["n"].sum())

    @property
    def mean_mse(self) -> float:
        """Mean squared error of the training patients' mean."""
        return float(self._sums["mean_error"].sum() / self._sums["n"].sum())

    @property
    def errors(self) -> Values:
        """(F,) mean squared error of each value; NaN where none counted."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._sums["error"] / self._sums["n"])

    def correlations(self) -> Values:
        """(F,) Pearson over patients; NaN where what was measured does not vary or fewer than `LEAST` counted.

        What is found and does not vary tells nothing of who differs: a correlation of 0.
        """
        n, covariance, real, found = self._moments()
        with np.errstate(invalid="ignore", divide="ignore"):
            varied = np.where(found > 1e-12, covariance / np.sqrt(real * found), 0.0)
        return np.where((real > 1e-12) & (n > LEAST - 0.5), np.clip(varied, -1.0, 1.0), np.nan)

    def spread_ratio(self) -> float | None:
        """S.d. between patients of what was found over that of what was measured; None of fewer than `LEAST`."""
        n, _, real, found = self._moments()
        enough = n > LEAST - 0.5
        total = float(real[enough].sum())
        return float(np.sqrt(found[enough].sum() / total)) if total > 1e-12 else None

    def _moments(self) -> tuple[Values, Values, Values, Values]:
        """(F,) counts, covariances, variances of the measured and of the found; 0 where nothing counted."""
        s, n = self._sums, np.maximum(self._sums["n"], 1e-12)
        x, y = s["x"] / n, s["y"] / n
        real, found = (np.maximum(s[square] / n - mean**2, 0.0) for square, mean in (("xx", x), ("yy", y)))
        return s["n"], s["xy"] / n - x * y, real, found


def quantiles(correlations: Values) -> Mapping[str, float | None]:
    """Median, 5th and 95th percentile of the features' correlations, None where none has any."""
    known = correlations[np.isfinite(correlations)]
    names = ("correlation", "correlation_low", "correlation_high")
    if not len(known):
        return dict.fromkeys(names)
    return {name: float(value) for name, value in zip(names, np.quantile(known, [0.5, 0.05, 0.95]), strict=True)}


def similarity(kind: Kind, real: Values, found: Values) -> float:
    """Structural similarity of one patient's picture: of one tile, or of the middle planes of every channel.

    Args:
        real, found: (3, H, W) or (C, X, Y, Z), of channels that were measured.
    """
    if kind is Kind.TILES:
        return ssim(real, found, BOUNDS[kind])
    pairs = zip(middle_planes(real), middle_planes(found), strict=True)
    return float(np.mean([ssim(a, b, BOUNDS[kind]) for a, b in pairs]))


def middle_planes(volume: Values) -> Iterable[Values]:
    """(C, h, w) across the middle of (C, X, Y, Z), along each axis."""
    return [np.take(volume, volume.shape[axis] // 2, axis=axis) for axis in (1, 2, 3)]
