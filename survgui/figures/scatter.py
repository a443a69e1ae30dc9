"""Every value of a modality's component: as measured against as imputed, with the spread of its draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import MINUS

TICK = Type(9.0, 400, "soft")

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """What is drawn.

    Attributes:
        real: (D,) as measured, in standard deviations of the development cohort.
        drawn: (S, D) imputation draws, in the same units.
    """

    real: Vector
    drawn: Vector

    @property
    def mean(self) -> Vector:
        """(D,) mean of the draws."""
        return np.asarray(self.drawn.mean(axis=0), dtype=float)

    @property
    def spread(self) -> tuple[Vector, Vector]:
        """5th and 95th percentile of the draws, each (D,)."""
        low, high = np.percentile(self.drawn, [5, 95], axis=0)
        return low, high

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(D,) whether the measured value lies within the spread."""
        low, high = self.spread
        return (low <= self.real) & (self.real <= high)


def draw_scatter(canvas: Canvas, rect: Rect, figure: Scatter) -> None:
    """Points with their spread; filled where it holds the measured value, hollow where not; a diagonal of equality."""
    low, high = figure.spread
    least = float(min(figure.real.min(), low.min()))
    most = float(max(figure.real.max(), high.max()))
    pad = 0.05 * (most - least) or 1.0
    ends = (least - pad, most + pad)
    ticks = even_ticks(*ends, 6)
    left = max((width(_number(t), TICK) for t in ticks), default=0.0) + 8.0
    inner = rect.inset(left, 16.0, 8.0, 32.0)
    x, y = Scale(ends, (inner.x, inner.right)), Scale(ends, (inner.bottom, inner.y))
    for t in ticks:
        canvas.line([(inner.x, y(t)), (inner.right, y(t))], Ink("grid"))
        canvas.text(inner.x - 6.0, y(t) + 3.2, _number(t), TICK, "end")
        canvas.text(x(t), inner.bottom + 14.0, _number(t), TICK, "middle")
    canvas.line([(x(ends[0]), y(ends[0])), (x(ends[1]), y(ends[1]))], Ink("faint", 1.0, (3.0, 3.0)))
    rows = zip(figure.real, figure.mean, low, high, figure.inside, strict=True)
    for real, mean, a, b, held in rows:
        canvas.line([(x(real), y(a)), (x(real), y(b))], Ink("accent", 0.8, (2.0, 1.3), 0.45))
        fill, ink = (Fill("accent", 0.85), None) if held else (Fill("panel"), Ink("high", 1.3))
        canvas.disc(x(real), y(mean), 2.6, fill, ink)
    canvas.text(rect.x, rect.y + 8.0, "imputed, SD", TICK)
    canvas.text(inner.right, inner.bottom + 27.0, "measured, SD of the development cohort", TICK, "end")


def scatter_table(figure: Scatter) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    low, high = figure.spread
    rows = zip(figure.real, figure.mean, low, high, figure.inside, strict=True)
    header = ["value", "measured", "imputed_mean", "imputed_low", "imputed_high", "inside"]
    return header, [[k, *map(float, row[:4]), bool(row[4])] for k, row in enumerate(rows)]


def _number(value: float) -> str:
    return f"{value:g}".replace("-", MINUS)
