"""Scales of a plot, and labels that keep apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Scale:
    """A straight line from values to px.

    Args:
        values: The value at each end.
        ends: The px at each end.
    """

    def __init__(self, values: tuple[float, float], ends: tuple[float, float]) -> None:
        low, high = values
        self._low, self._start = low, ends[0]
        self._per = (ends[1] - ends[0]) / (high - low if high != low else 1.0)

    def __call__(self, value: float) -> float:
        """Px of one value."""
        return float(self._start + (value - self._low) * self._per)

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Px of many values."""
        return np.asarray(self._start + (values - self._low) * self._per, dtype=float)


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near those wanted, in the same order, at least `gap` apart and inside [low, high].

    Where they do not all fit, they are spaced evenly over the room there is.
    """
    n = len(wanted)
    if n == 0:
        return []
    order = np.argsort(wanted, kind="stable")
    steps = np.arange(n) * gap
    placed = np.empty(n)
    if steps[-1] >= high - low:
        placed[order] = np.linspace(low, high, n)
    else:
        # Without the steps the problem is to keep an order: the nearest such sequence is by pooling neighbours.
        free = _pooled(np.asarray(wanted, dtype=float)[order] - steps)
        placed[order] = np.clip(free, low, high - steps[-1]) + steps
    return [float(p) for p in placed]


def _pooled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest non-decreasing sequence in least squares (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((float(value), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    return np.concatenate([np.full(n, mean) for mean, n in blocks])


def even_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers, evenly spaced inside [low, high], at most `most` of them: steps of 1, 2 or 5 times a power of 10.

    Empty where the ends are equal or not finite.
    """
    room = high - low
    if not np.isfinite(room) or room <= 0:
        return []
    power = 10.0 ** np.floor(np.log10(room / most))
    step = next(s * power for s in (1.0, 2.0, 5.0, 10.0, 20.0) if room / (s * power) <= most - 1)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [round(k * step, 12) + 0.0 for k in range(first, last + 1)]
