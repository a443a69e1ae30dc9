"""Predicted against observed survival at the horizon: of a report's case, and before and after recalibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from survgui.cases.report import Calibration
from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import percent, plural

TICK = Type(9.0, 400, "soft")
HERE = Type(9.5, 600, "accent")
SCREEN_TICK = Type(11.0, 400, "soft")
KEY = Type(11.0, 600)
HOLLOW = (4.0, 2.5)
"""dash of what was before, which is told from after by it and by hollow points, never by colour alone"""

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How predictions and observations agree.

    Attributes:
        bands: Groups of similar predictions, lowest first.
        smooth: Predicted and observed survival along a smooth curve, or empty.
    """

    bands: tuple[Calibration, ...]
    smooth: Points = ()


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """What `draw_recalibration` draws: the model as it was, and corrected, or only the one."""

    horizon: str
    before: Agreement
    after: Agreement | None = None


def recalibrated(figures: Mapping[str, Any], horizon: str) -> Recalibrated:
    """The figure of one entry of a manifest's `calibration.figures`, or of an external validation's `groups`."""
    after = figures["after"]
    return Recalibrated(horizon, _agreement(figures["before"]), None if after is None else _agreement(after))


def draw_calibration(canvas: Canvas, rect: Rect, bands: tuple[Calibration, ...], horizon: str) -> None:
    """Points with their 95 % intervals; on the diagonal they would agree."""
    inner = rect.inset(40.0, 18.0, 12.0, 32.0)
    x, y = _frame(canvas, inner, TICK)
    for band in bands:
        _point(canvas, x, y, band)
    canvas.text(rect.x, rect.y + 9.0, f"observed alive at {horizon} months", TICK)
    canvas.text(inner.right, inner.bottom + 28.0, "predicted", TICK, "end")


def draw_recalibration(canvas: Canvas, rect: Rect, figure: Recalibrated) -> None:
    """Hollow points and a dashed curve before, filled points with 95 % intervals and a full curve after."""
    inner = rect.inset(48.0, 44.0, 16.0, 40.0)
    x, y = _frame(canvas, inner, SCREEN_TICK)
    only = figure.after is None
    if figure.after is not None:
        _curve(canvas, x, y, figure.before.smooth, Ink("soft", 1.3, HOLLOW))
        for band in figure.before.bands:
            if band.observed is not None:
                canvas.disc(x(band.predicted), y(band.observed), 3.4, Fill("panel"), Ink("soft", 1.2))
    shown = figure.before if figure.after is None else figure.after
    _curve(canvas, x, y, shown.smooth, Ink("accent", 1.8))
    for band in shown.bands:
        _interval(canvas, x, y, band, "accent", 1.2)
        if band.observed is not None:
            canvas.disc(x(band.predicted), y(band.observed), 4.2, Fill("accent"))
    canvas.text(rect.x, rect.y + 11.0, f"observed alive at {figure.horizon} months", SCREEN_TICK)
    canvas.text(inner.right, inner.bottom + 36.0, "predicted", SCREEN_TICK, "end")
    if said := _size(shown.bands):
        canvas.text(inner.x, inner.bottom + 36.0, said, SCREEN_TICK)
    _key(canvas, rect.x, rect.y + 29.0, only)


def recalibration_table(figure: Recalibrated) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    states = [("before", figure.before), ("after", figure.after)]
    rows: list[list[object]] = [
        [name, b.patients, b.predicted, b.observed, b.low, b.high]
        for name, state in states
        for b in (state.bands if state else ())
    ]
    return ["recalibration", "patients", "predicted", "observed", "low", "high"], rows


def _agreement(state: Mapping[str, Any]) -> Agreement:
    bands = tuple(
        Calibration(b["predicted"], b["observed"], b["low"], b["high"], int(b["patients"])) for b in state["bands"]
    )
    return Agreement(bands, tuple((float(x), float(y)) for x, y in state["smooth"]))


def _frame(canvas: Canvas, inner: Rect, kind: Type) -> tuple[Scale, Scale]:
    """Grid, ticks of both axes and the diagonal."""
    x = Scale((0.0, 1.0), (inner.x, inner.right))
    y = Scale((0.0, 1.0), (inner.bottom, inner.y))
    middle, below = 0.355 * kind.px, 5.0 + kind.px
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        canvas.line([(inner.x, y(share)), (inner.right, y(share))], Ink("line" if share == 0.0 else "grid"))
        canvas.text(inner.x - 7.0, y(share) + middle, percent(share), kind, "end")
        canvas.text(x(share), inner.bottom + below, percent(share), kind, "middle")
    canvas.line([(x(0.0), y(0.0)), (x(1.0), y(1.0))], Ink("faint", 0.9, (3.0, 3.0)))
    return x, y


def _point(canvas: Canvas, x: Scale, y: Scale, band: Calibration) -> None:
    if band.observed is None:
        return
    role = "accent" if band.here else "soft"
    at = x(band.predicted)
    _interval(canvas, x, y, band, role, 1.6 if band.here else 0.9)
    canvas.disc(at, y(band.observed), 4.2 if band.here else 2.8, Fill(role))
    if band.here:  # beside the interval, on the side with more room
        left = band.predicted > 0.6
        canvas.text(at + (-9.0 if left else 9.0), y(band.observed) + 3.4, "this case", HERE, "end" if left else "start")


def _interval(canvas: Canvas, x: Scale, y: Scale, band: Calibration, role: str, thick: float) -> None:
    if band.low is not None and band.high is not None:
        at = x(band.predicted)
        canvas.line([(at, y(band.low)), (at, y(band.high))], Ink(role, thick))


def _curve(canvas: Canvas, x: Scale, y: Scale, points: Points, ink: Ink) -> None:
    if len(points) > 1:
        both = np.asarray(points, dtype=float)
        canvas.line(np.column_stack([x.of(both[:, 0]), y.of(both[:, 1])]), ink)


def _size(bands: Sequence[Calibration]) -> str:
    """How many patients a point stands for."""
    sizes = sorted({band.patients for band in bands})
    if not sizes:
        return ""
    return f"a point: {plural(sizes[0], 'patient')}" if len(sizes) == 1 else f"a point: {sizes[0]}–{sizes[-1]} patients"


def _key(canvas: Canvas, left: float, base: float, only: bool) -> None:
    """What filled and hollow points are, in words beside them."""
    entries = [("predicted", True)] if only else [("recalibrated", True), ("before", False)]
    for name, filled in entries:
        ink = Ink("accent", 1.8) if filled else Ink("soft", 1.3, HOLLOW)
        canvas.line([(left, base - 4.0), (left + 22.0, base - 4.0)], ink)
        if filled:
            canvas.disc(left + 11.0, base - 4.0, 4.2, Fill("accent"))
        else:
            canvas.disc(left + 11.0, base - 4.0, 3.4, Fill("panel"), Ink("soft", 1.2))
        kind = Type(KEY.px, KEY.weight, "accent" if filled else "soft")
        canvas.text(left + 28.0, base, name, kind)
        left += 28.0 + width(name, kind) + 18.0
