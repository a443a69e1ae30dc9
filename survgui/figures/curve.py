"""The survival curve of a case over the cohort's Kaplan-Meier curves, with rows at risk under the axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.report import GroupCurve, Horizon, PatientCurve
from survgui.figures.axes import Scale, apart
from survgui.figures.canvas import Canvas, Fill, Ink, Rect, step_points
from survgui.figures.theme import GROUP_DASH, Type, text_role, width
from survgui.figures.words import count, months, percent

TICK = Type(9.0, 400, "soft")
LABEL = Type(9.5, 600)
ROW = 13.0

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CurveFigure:
    """What is drawn.

    Attributes:
        patient: The case's curve, or None for the cohort alone.
        mark: Where the case's headline number stands, or None.
        imputed: Whether the spread of the curve comes from imputation.
        rows: Which rows go under the axis: `at_risk`, `deaths`, `censored`.
        bands: Whether to draw the 95 % intervals of the cohort's curves and where follow-up ended.
        origin: What month 0 is.
        label: What stands at the end of the case's curve.
        beside: A second curve of the case, with what was measured imputed instead: dashed, with its spread.
    """

    patient: PatientCurve | None
    groups: tuple[GroupCurve, ...]
    ticks: Vector
    limit: float
    mark: Horizon | None = None
    imputed: bool = False
    rows: tuple[str, ...] = ("at_risk",)
    bands: bool = False
    origin: str = "diagnosis"
    label: str = "this patient"
    beside: PatientCurve | None = None

    @property
    def curves(self) -> tuple[tuple[str, PatientCurve], ...]:
        """Name and curve of each curve of the case."""
        own = () if self.patient is None else ((self.label, self.patient),)
        return own if self.beside is None else (*own, ("imputed", self.beside))


@dataclass(frozen=True, slots=True)
class _Plot:
    rect: Rect
    x: Scale
    y: Scale
    limit: float


def rows_height(figure: CurveFigure) -> float:
    """Height of what stands under the plot: tick labels, axis title and the rows, in px."""
    return 20.0 + len(figure.rows) * (len(figure.groups) * ROW + ROW + 3.0) + (0.0 if figure.rows else 10.0)


def draw_curve(canvas: Canvas, rect: Rect, figure: CurveFigure) -> None:
    """Curves with direct labels at their ends; solid, dashed and dotted by risk group."""
    plot = _plot(rect, figure)
    _grid(canvas, plot, figure)
    for group in figure.groups:
        _group(canvas, plot, group, figure.bands)
    if figure.beside is not None:
        _fan(canvas, plot, figure.beside)
        _own(canvas, plot, figure.beside, (5.0, 3.0))
    if figure.patient is not None:
        if figure.imputed:
            _fan(canvas, plot, figure.patient)
        _own(canvas, plot, figure.patient)
        if figure.mark is not None:
            _mark(canvas, plot, figure.mark)
    _end_labels(canvas, plot, figure)
    _rows(canvas, rect, plot, figure)


def curve_table(figure: CurveFigure) -> tuple[list[str], list[list[object]]]:
    """Header and rows of the drawn numbers, for CSV."""
    header = ["curve", "months", "survival", "low", "high"]
    rows: list[list[object]] = []
    for name, p in figure.curves:
        name = "this case" if name == "this patient" else name
        rows += [[name, *map(float, row)] for row in zip(p.months, p.survival, p.low, p.high, strict=True)]
    for g in figure.groups:
        rows += [[g.name, *map(float, row)] for row in zip(g.months, g.survival, g.low, g.high, strict=True)]
    return header, rows


def _plot(rect: Rect, figure: CurveFigure) -> _Plot:
    names = [g.name for g in figure.groups] + [name for name, _ in figure.curves]
    right = max((width(name, LABEL) for name in names), default=0.0) + 14.0
    left = width(percent(1.0), TICK) + 8.0
    if figure.rows:  # the first number of a row is centred on month 0
        half = max((width(count(g.patients), TICK) / 2 for g in figure.groups), default=0.0)
        left = max([left, *(width(g.name, TICK) + 18.0 + half + 6.0 for g in figure.groups)])
    inner = rect.inset(left, 8.0, right, rows_height(figure))
    return _Plot(
        inner,
        Scale((0.0, figure.limit), (inner.x, inner.right)),
        Scale((0.0, 1.0), (inner.bottom, inner.y)),
        figure.limit,
    )


def _grid(canvas: Canvas, plot: _Plot, figure: CurveFigure) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = plot.y(share)
        canvas.line([(plot.rect.x, y), (plot.rect.right, y)], Ink("line" if share == 0.0 else "grid"))
        canvas.text(plot.rect.x - 7.0, y + 3.2, percent(share), TICK, "end")
    for month in figure.ticks:
        canvas.text(plot.x(float(month)), plot.rect.bottom + 14.0, months(float(month)), TICK, "middle")
    canvas.text(plot.rect.right, plot.rect.bottom + 27.0, f"months since {figure.origin}", TICK, "end")


def _group(canvas: Canvas, plot: _Plot, group: GroupCurve, bands: bool) -> None:
    role = _role(group)
    ink = Ink(role, 1.4, GROUP_DASH.get(group.name, ()))
    if bands:
        low = _steps(group.months, np.nan_to_num(group.low), 0.0, plot.limit)
        high = _steps(group.months, np.nan_to_num(group.high, nan=1.0), 0.0, plot.limit)
        canvas.area(_px(plot, np.vstack([low, high[::-1]])), Fill(role, 0.10))
        _censor_marks(canvas, plot, group)
    canvas.line(_px(plot, _steps(group.months, group.survival, 0.0, min(group.thin_from, plot.limit))), ink)
    if group.thin_from < min(plot.limit, float(group.months[-1])):
        tail = _steps(group.months, group.survival, group.thin_from, plot.limit)
        canvas.line(_px(plot, tail), Ink(ink.colour, ink.width, ink.dash, 0.35))


def _censor_marks(canvas: Canvas, plot: _Plot, group: GroupCurve) -> None:
    inside = group.censored_at[group.censored_at <= plot.limit]
    at = np.searchsorted(group.months, inside, side="right") - 1
    for month, k in zip(inside, at, strict=True):
        x, y = plot.x(float(month)), plot.y(float(group.survival[k]))
        canvas.line([(x, y - 2.2), (x, y + 2.2)], Ink(_role(group), 0.7, (), 0.7))


def _fan(canvas: Canvas, plot: _Plot, curve: PatientCurve) -> None:
    low, high = (np.column_stack([curve.months, edge]) for edge in (curve.low, curve.high))
    canvas.area(_px(plot, np.vstack([low, high[::-1]])), Fill("accent", 0.13))
    for edge in (low, high):
        canvas.line(_px(plot, edge), Ink("accent", 0.8, (3.0, 2.0), 0.75))


def _own(canvas: Canvas, plot: _Plot, curve: PatientCurve, dash: tuple[float, ...] = ()) -> None:
    canvas.line(_px(plot, np.column_stack([curve.months, curve.survival])), Ink("accent", 2.6, dash))


def _mark(canvas: Canvas, plot: _Plot, mark: Horizon) -> None:
    x, y = plot.x(mark.months), plot.y(mark.survival)
    canvas.line([(x, y), (x, plot.rect.bottom)], Ink("accent", 0.9, (2.0, 2.0)))
    canvas.disc(x, y, 3.6, Fill("panel"), Ink("accent", 1.6))
    above = plot.y(mark.high) - 5.0
    below = plot.y(mark.low) + 14.0
    beside = y - 7.0  # a spread from top to bottom leaves room only inside it
    at = above if above > plot.rect.y + 10.0 else below if below < plot.rect.bottom - 4.0 else beside
    kind = Type(10.5, 700, "accent")
    said = percent(mark.survival)
    # curves of the cohort may run here: the figure stands on the panel, not on them
    canvas.box(Rect(x + 5.0, at - 9.5, width(said, kind) + 4.0, 12.5), Fill("panel", 0.85), radius=3.0)
    canvas.text(x + 7.0, at, said, kind)


def _end_labels(canvas: Canvas, plot: _Plot, figure: CurveFigure) -> None:
    ends: list[tuple[str, str, float]] = []
    for group in figure.groups:
        k = int(np.searchsorted(group.months, plot.limit, side="right")) - 1
        ends.append((group.name, _role(group), plot.y(float(group.survival[k]))))
    ends += [(name, "accent", plot.y(float(curve.survival[-1]))) for name, curve in figure.curves]
    placed = apart([y for _, _, y in ends], 12.0, plot.rect.y, plot.rect.bottom)
    for (name, role, y), at in zip(ends, placed, strict=True):
        canvas.line([(plot.rect.right, y), (plot.rect.right + 8.0, at)], Ink(role, 0.7))
        canvas.text(plot.rect.right + 11.0, at + 3.2, name, Type(LABEL.px, LABEL.weight, text_role(role)))


ROW_TITLES = {"at_risk": "at risk", "deaths": "deaths, cumulative", "censored": "follow-up ended, cumulative"}


def _rows(canvas: Canvas, rect: Rect, plot: _Plot, figure: CurveFigure) -> None:
    y = plot.rect.bottom + 14.0
    for kind in figure.rows:
        y += ROW
        canvas.text(rect.x, y, ROW_TITLES[kind], Type(9.0, 600, "soft"))
        for group in figure.groups:
            y += ROW
            dash = GROUP_DASH.get(group.name, ())
            canvas.line([(rect.x, y - 3.0), (rect.x + 13.0, y - 3.0)], Ink(_role(group), 1.4, dash))
            canvas.text(rect.x + 18.0, y, group.name, TICK)
            values = {"at_risk": group.at_risk, "deaths": group.deaths_by, "censored": group.censored_by}[kind]
            for month, value in zip(group.ticks, values, strict=True):
                canvas.text(plot.x(float(month)), y, count(int(value)), Type(9.0, 400, "text"), "middle")
        y += 3.0


def _role(group: GroupCurve) -> str:
    """A risk group's own colour; everybody together, who are no risk group, in the accent."""
    return group.name if group.name in GROUP_DASH else "accent"


def _steps(times: Vector, values: Vector, start: float, limit: float) -> Vector:
    """Corners of a step curve from `start` to `limit`, or to the end of follow-up if that comes first."""
    end = min(limit, float(times[-1]))
    inside = (times > start) & (times < end)
    first = values[max(0, int(np.searchsorted(times, start, side="right")) - 1)]
    last = values[int(np.searchsorted(times, end, side="right")) - 1]
    return step_points(
        np.concatenate([[min(start, end)], times[inside], [end]]), np.concatenate([[first], values[inside], [last]])
    )


def _px(plot: _Plot, points: Vector) -> Vector:
    return np.column_stack([plot.x.of(points[:, 0]), plot.y.of(points[:, 1])])
