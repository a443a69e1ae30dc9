"""Lines over a common axis, such as the losses of a training by epoch, each with its name at its end."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale, apart
from survgui.figures.canvas import Canvas, Ink, Rect
from survgui.figures.theme import Type, text_role, width
from survgui.figures.words import count

Vector = NDArray[np.float64]

TICK = Type(11.0, 400, "soft")
LABEL = Type(11.0, 500)
GAP = 14.0
"""between two names, in px"""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line; it is broken where `y` is not finite.

    Attributes:
        x, y: (n,) each, `x` rising.
        dash: Lines are told apart by it, never by colour alone.
    """

    name: str
    x: Vector
    y: Vector
    role: str = "accent"
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class LinesFigure:
    """What is drawn.

    Attributes:
        limit: Right end of the x axis; lines may end before.
        unit: What the x axis counts.
        floor: A value that the y axis must reach down to.
    """

    lines: tuple[Line, ...]
    limit: float
    unit: str = "epoch"
    floor: float = 0.0


def ticks(low: float, high: float, most: int = 5) -> Vector:
    """Round values from `low` to `high`, at most `most` steps of 1, 2 or 5 times a power of ten, both ends covered."""
    if not high > low:
        return np.array([low, low + 1.0])
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return np.arange(first, last + 1, dtype=np.float64) * np.float64(step)


def draw_lines(canvas: Canvas, rect: Rect, figure: LinesFigure) -> None:
    """Horizontal grid only; names stand at the ends of their lines, kept apart."""
    highest = max((float(np.nanmax(line.y)) for line in _drawn(figure)), default=1.0)
    levels = ticks(figure.floor, max(highest, figure.floor + 1e-6))
    left = max(width(_tick(level, levels), TICK) for level in levels) + 8.0
    right = max((width(line.name, LABEL) for line in figure.lines), default=0.0) + 12.0
    inner = rect.inset(left, 8.0, right, 34.0)
    x = Scale((0.0, max(figure.limit, 1.0)), (inner.x, inner.right))
    y = Scale((float(levels[0]), float(levels[-1])), (inner.bottom, inner.y))
    for level in levels:
        at = y(float(level))
        canvas.line([(inner.x, at), (inner.right, at)], Ink("line" if level == levels[0] else "grid"))
        canvas.text(inner.x - 8.0, at + 3.9, _tick(float(level), levels), TICK, "end")
    _below(canvas, inner, x, figure)
    for line in _drawn(figure):
        _line(canvas, x, y, line)
    _names(canvas, inner, x, y, figure)


def lines_table(figure: LinesFigure) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV, one a point."""
    points = [(line.name, float(a), float(b)) for line in figure.lines for a, b in zip(line.x, line.y, strict=True)]
    return ["line", figure.unit, "value"], [list(point) for point in points]


def _drawn(figure: LinesFigure) -> list[Line]:
    return [line for line in figure.lines if np.isfinite(line.y).any()]


def _below(canvas: Canvas, inner: Rect, x: Scale, figure: LinesFigure) -> None:
    levels = ticks(0.0, max(figure.limit, 1.0), 4 if inner.width < 300 else 8)
    for level in levels[levels <= max(figure.limit, 1.0) + 1e-9]:
        if level == round(level):
            canvas.text(x(float(level)), inner.bottom + 17.0, count(round(level)), TICK, "middle")
    canvas.text(inner.right, inner.bottom + 32.0, figure.unit, TICK, "end")


def _line(canvas: Canvas, x: Scale, y: Scale, line: Line) -> None:
    finite = np.isfinite(line.y)
    starts = np.flatnonzero(finite & ~np.append(False, finite[:-1]))
    ends = np.flatnonzero(finite & ~np.append(finite[1:], False)) + 1
    for start, end in zip(starts, ends, strict=True):
        points = np.column_stack([x.of(line.x[start:end]), y.of(line.y[start:end])])
        if len(points) == 1:  # a line needs two points: one is as wide as the stroke is
            points = np.repeat(points, 2, axis=0) + np.array([[-1.0, 0.0], [1.0, 0.0]])
        canvas.line(points, Ink(line.role, 1.7, line.dash))


def _names(canvas: Canvas, inner: Rect, x: Scale, y: Scale, figure: LinesFigure) -> None:
    """The names in one column, right of the line that reaches farthest."""
    lines = _drawn(figure)
    last = [int(np.flatnonzero(np.isfinite(line.y))[-1]) for line in lines]
    ends = [(x(float(line.x[k])), y(float(line.y[k]))) for line, k in zip(lines, last, strict=True)]
    column = max((at for at, _ in ends), default=inner.x)
    placed = apart([at for _, at in ends], GAP, inner.y, inner.bottom)
    for line, (end, level), at in zip(lines, ends, placed, strict=True):
        if abs(at - level) > 2.0 or column - end > 2.0:
            canvas.line([(end + 1.0, level), (column + 8.0, at)], Ink(line.role, 0.7, (), 0.6))
        canvas.text(column + 10.0, at + 3.9, line.name, Type(LABEL.px, LABEL.weight, text_role(line.role)))


def _tick(value: float, levels: Vector) -> str:
    step = float(levels[1] - levels[0])
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{decimals}f}".replace("-", "−")
