"""A figure per fold of a cross-validation as dots, with their mean, beside methods on the same folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale, apart
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.lines import ticks
from survgui.figures.theme import Type, width

TICK = Type(11.0, 400, "soft")
VALUE = Type(11.0, 600)


@dataclass(frozen=True, slots=True)
class Folds:
    """What is drawn.

    Attributes:
        values: C-index of each finished fold by its number from 0.
        total: Folds there will be.
        name: What the mean is of.
        beside: Mean C-index of reference methods on the same folds, by name.
    """

    values: Mapping[int, float]
    total: int
    name: str = "MUST"
    beside: Mapping[str, float] = field(default_factory=dict)


def draw_folds(canvas: Canvas, rect: Rect, figure: Folds) -> None:
    """One dot a fold, hollow below while it is not finished; the mean as a line with its name at the end."""
    found = [v for v in figure.values.values() if np.isfinite(v)]
    levels = _levels([*found, *figure.beside.values()])
    ends = _ends(figure, found)
    left = max(width(_two(float(level)), TICK) for level in levels) + 8.0
    names = [name for name, *_ in ends]
    inner = rect.inset(left, 10.0, max((width(n, VALUE) for n in names), default=0.0) + 14.0, 34.0)
    y = Scale((float(levels[0]), float(levels[-1])), (inner.bottom, inner.y))
    for level in levels:
        at = y(float(level))
        canvas.line([(inner.x, at), (inner.right, at)], Ink("line" if level == levels[0] else "grid"))
        canvas.text(inner.x - 8.0, at + 3.9, _two(float(level)), TICK, "end")
    placed = apart([y(value) for _, value, *_ in ends], 14.0, inner.y, inner.bottom)
    for (name, value, role, dash), at in zip(ends, placed, strict=True):
        canvas.line([(inner.x, y(value)), (inner.right, y(value))], Ink(role, 1.1, dash))
        canvas.text(inner.right + 8.0, at + 3.9, name, Type(11.0, 500, role))
    _dots(canvas, inner, y, figure)
    canvas.text(inner.right, inner.bottom + 32.0, "fold", TICK, "end")


def folds_table(figure: Folds) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [[figure.name, fold + 1, value] for fold, value in sorted(figure.values.items())]
    rows += [[name, "mean", value] for name, value in figure.beside.items()]
    return ["method", "fold", "c_index"], rows


def _levels(values: list[float]) -> NDArray[np.float64]:
    """Grid lines around the values, for which the whole range from 0 to 1 would leave no room to differ."""
    if not values:
        return ticks(0.5, 1.0, 5)
    return ticks(max(0.0, min(values) - 0.12), min(1.0, max(values) + 0.06), 5)


def _ends(figure: Folds, found: list[float]) -> list[tuple[str, float, str, tuple[float, ...]]]:
    """Lines over all folds: name, value, colour role and dash."""
    dotted = (1.5, 2.0)
    made: list[tuple[str, float, str, tuple[float, ...]]] = []
    if found:
        mean = float(np.mean(found))
        made.append((f"{figure.name} mean {_two(mean)}", mean, "accent", (4.0, 2.5)))
    return made + [(f"{name} {_two(value)}", value, "soft", dotted) for name, value in figure.beside.items()]


def _dots(canvas: Canvas, inner: Rect, y: Scale, figure: Folds) -> None:
    step = inner.width / max(1, figure.total)
    mean = np.mean([v for v in figure.values.values() if np.isfinite(v)] or [0.0])
    for fold in range(figure.total):
        x = inner.x + (fold + 0.5) * step
        canvas.text(x, inner.bottom + 17.0, str(fold + 1), TICK, "middle")
        value = figure.values.get(fold)
        if value is None or not np.isfinite(value):
            canvas.disc(x, inner.bottom - 7.0, 3.6, Fill("panel"), Ink("faint", 1.1))
            continue
        canvas.disc(x, y(value), 4.4, Fill("accent"))
        if step < width(_two(value), VALUE) + 6.0:
            continue  # the neighbours' would run together; the axis tells
        above = value >= mean and y(value) - 9.0 > inner.y + 4.0  # away from the mean's line
        canvas.text(x, y(value) - 9.0 if above else y(value) + 18.0, _two(value), VALUE, "middle")


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
