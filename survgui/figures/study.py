"""What a setting does: C-index and reconstruction error at each of its values, and methods under kinds of missingness.

References and values with their names stand at the right; what is left where nobody studies it is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale, apart
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.heat_map import three
from survgui.figures.lines import ticks
from survgui.figures.theme import Type, text_role, width

TICK = Type(11.0, 400, "soft")
NAME = Type(11.0, 500)
VALUE = Type(11.0, 600, "accent")
SOFT = "soft"
FOOT, TOP = 36.0, 20.0
"""px under the axis and over it"""
LOOKS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("accent", ()), ("high", (5.0, 2.5)), ("good", (1.5, 2.0)), ("intermediate", (7.0, 2.0, 1.5, 2.0)),
    ("low", (3.0, 3.0)), ("text", ()), ("soft", (5.0, 2.5)), ("faint", ()),
)  # fmt: skip
"""Colour role and dash of each modality: told apart by both, and named at the end of the line."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """The values that were tried.

    Attributes:
        name: Of the setting.
        labels: n values as they are read.
        places: (n,) where they stand, rising.
        default: Of the n values the one that is taken where nobody studies it; -1 where it is none of them.
    """

    name: str
    labels: tuple[str, ...]
    places: Vector
    default: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class SettingFigure:
    """C-index by value.

    Attributes:
        c_index, deviation: (n,) mean and s.d. over folds; NaN where there is none.
        references: C-index of what no value changes, by name.
    """

    axis: Axis
    c_index: Vector
    deviation: Vector
    references: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ErrorsFigure:
    """Relative squared error of hidden modalities by value; 1 is filling with the mean.

    Attributes:
        errors: (n,) by modality; NaN where there is none.
        ridge: Error of a ridge regression in the place of the network, by modality.
    """

    axis: Axis
    errors: Mapping[str, Vector]
    ridge: Mapping[str, float] = field(default_factory=dict)


def draw_setting(canvas: Canvas, rect: Rect, figure: SettingFigure) -> None:
    """Dots with whiskers of one s.d. over folds; dashed lines of the references; the default value in a band."""
    names = _setting_names(figure)
    inner, x, y = _frame(canvas, rect, figure.axis, _setting_levels(figure), names)
    dashes = ((4.0, 2.5), (1.5, 2.0), (7.0, 2.0, 1.5, 2.0), (2.0, 4.0))
    ends = apart([y(c) for c in figure.references.values()], 14.0, inner.y, inner.bottom)
    for k, (name, c, at) in enumerate(zip(names, figure.references.values(), ends, strict=True)):
        canvas.line([(inner.x, y(c)), (inner.right, y(c))], Ink(SOFT, 1.1, dashes[k % len(dashes)]))
        _named(canvas, inner, name, (inner.right + 1.0, y(c)), at, SOFT)
    _path(canvas, x, y, figure.axis.places, figure.c_index, Ink("accent", 1.2, (), 0.45))
    for place, c, sd in zip(figure.axis.places, figure.c_index, figure.deviation, strict=True):
        if not np.isfinite(c):
            continue
        at = x(float(place))
        if np.isfinite(sd):
            canvas.line([(at, y(float(c - sd))), (at, y(float(c + sd)))], Ink("accent", 1.6))
        canvas.disc(at, y(float(c)), 4.4, Fill("accent"))
        _value(canvas, at + 8.0, y(float(c)) - 6.0, three(float(c)))


def setting_places(rect: Rect, figure: SettingFigure) -> list[Rect]:
    """The strip of each value, for pointing at it."""
    inner, x = _room(rect, figure.axis, _setting_levels(figure), _setting_names(figure), "")
    return [Rect(x(float(place)) - 14.0, inner.y, 28.0, inner.height) for place in figure.axis.places]


def setting_table(figure: SettingFigure) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [
        [label, _known(c), _known(sd)]
        for label, c, sd in zip(figure.axis.labels, figure.c_index, figure.deviation, strict=True)
    ]
    return [figure.axis.name, "c_index", "c_index_sd"], rows + [[n, c, None] for n, c in figure.references.items()]


def draw_errors(canvas: Canvas, rect: Rect, figure: ErrorsFigure) -> None:
    """A line a modality, a hollow dot for the ridge regression right of the values, and the mean's error at 1."""
    known = [1.0, *figure.ridge.values(), *(float(v) for line in figure.errors.values() for v in line)]
    levels = _levels(known)
    axis = figure.axis
    inner, x, y = _frame(canvas, rect, axis, levels, list(figure.errors), beside="ridge" if figure.ridge else "")
    canvas.line([(inner.x, y(1.0)), (inner.right, y(1.0))], Ink(SOFT, 1.1, (4.0, 2.5)))
    canvas.text(inner.x + 4.0, y(1.0) - 5.0, "filling with the mean", TICK)
    drawn = {name: line for name, line in figure.errors.items() if np.isfinite(line).any()}
    last = {name: int(np.flatnonzero(np.isfinite(line))[-1]) for name, line in drawn.items()}
    ends = apart([y(float(drawn[name][k])) for name, k in last.items()], 14.0, inner.y, inner.bottom)
    for (name, line), at in zip(drawn.items(), ends, strict=True):
        role, dash = LOOKS[list(figure.errors).index(name) % len(LOOKS)]
        _path(canvas, x, y, axis.places, line, Ink(role, 1.6, dash))
        for place, value in zip(axis.places, line, strict=True):
            if np.isfinite(value):
                canvas.disc(x(float(place)), y(float(value)), 3.4, Fill(role))
        if name in figure.ridge:
            canvas.disc(_beside(inner), y(figure.ridge[name]), 4.0, Fill("panel"), Ink(role, 1.6))
        k = last[name]
        _named(canvas, inner, name, (x(float(axis.places[k])) + 5.0, y(float(line[k]))), at, role)


def errors_table(figure: ErrorsFigure) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [
        [label, *(_known(line[k]) for line in figure.errors.values())] for k, label in enumerate(figure.axis.labels)
    ]
    if figure.ridge:
        rows.append(["ridge regression", *(figure.ridge.get(name) for name in figure.errors)])
    return [figure.axis.name, *(f"relative_error_{name}" for name in figure.errors)], rows


def _frame(
    canvas: Canvas, rect: Rect, axis: Axis, levels: Vector, names: Sequence[str], beside: str = ""
) -> tuple[Rect, Scale, Scale]:
    """Grid, labels and the band of the default; the room inside and both scales."""
    inner, x = _room(rect, axis, levels, names, beside)
    y = Scale((float(levels[0]), float(levels[-1])), (inner.bottom, inner.y))
    if axis.default >= 0:
        at = x(float(axis.places[axis.default]))
        canvas.box(Rect(at - 15.0, inner.y, 30.0, inner.height), Fill("tint"))
        canvas.text(at, inner.y - 6.0, "default", TICK, "middle")
    for level in levels:
        at = y(float(level))
        canvas.line([(inner.x, at), (inner.right, at)], Ink("line" if level == levels[0] else "grid"))
        canvas.text(inner.x - 8.0, at + 3.9, _two(float(level)), TICK, "end")
    for k, (label, place) in enumerate(zip(axis.labels, axis.places, strict=True)):
        kind = Type(11.0, 600, "text") if k == axis.default else TICK
        canvas.text(x(float(place)), inner.bottom + 17.0, label, kind, "middle")
    if beside:
        canvas.text(_beside(inner), inner.bottom + 17.0, beside, TICK, "middle")
    canvas.text(inner.x, inner.bottom + 33.0, axis.name, TICK)
    return inner, x, y


def _room(rect: Rect, axis: Axis, levels: Vector, names: Sequence[str], beside: str) -> tuple[Rect, Scale]:
    left = max(width(_two(level), TICK) for level in levels) + 10.0
    right = max((width(name, NAME) for name in names), default=0.0) + 18.0
    inner = rect.inset(left, TOP, right, FOOT)
    ends = (inner.x + 26.0, inner.right - (62.0 if beside else 40.0))
    return inner, Scale((float(axis.places[0]), float(axis.places[-1])), ends)


def _setting_levels(figure: SettingFigure) -> Vector:
    spread = np.nan_to_num(figure.deviation)
    return _levels([*(figure.c_index - spread), *(figure.c_index + spread), *figure.references.values()])


def _setting_names(figure: SettingFigure) -> list[str]:
    return [f"{name} {three(c)}" for name, c in figure.references.items()]


def _beside(inner: Rect) -> float:
    return inner.right - 18.0


def _named(canvas: Canvas, inner: Rect, name: str, end: tuple[float, float], at: float, role: str) -> None:
    """A name at the right of where something ends."""
    if abs(at - end[1]) > 2.0 or inner.right - end[0] > 2.0:
        canvas.line([end, (inner.right + 8.0, at)], Ink(role, 0.7, (), 0.5))
    canvas.text(inner.right + 10.0, at + 3.9, name, Type(NAME.px, NAME.weight, text_role(role)))


def _path(canvas: Canvas, x: Scale, y: Scale, places: Vector, values: Vector, ink: Ink) -> None:
    known = np.isfinite(values)
    if known.sum() > 1:
        canvas.line(np.column_stack([x.of(places[known]), y.of(values[known])]), ink)


def _levels(values: Sequence[float]) -> Vector:
    """Grid lines around the values."""
    found = [v for v in values if np.isfinite(v)]
    if not found:
        return ticks(0.5, 1.0, 5)
    room = max(0.01, 0.08 * (max(found) - min(found)))
    return ticks(max(0.0, min(found) - room), max(found) + room, 6)


def _value(canvas: Canvas, x: float, y: float, text: str) -> None:
    """A number that lines behind it leave readable."""
    canvas.box(Rect(x - 1.0, y - 9.5, width(text, VALUE) + 2.0, 12.0), Fill("panel", 0.85))
    canvas.text(x, y, text, VALUE)


def _two(value: float) -> str:
    return f"{value:.3f}".rstrip("0").ljust(4, "0")


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
