"""Predicted against observed survival in the development cohort, the band of this case marked."""

from __future__ import annotations

from survgui.cases.report import Calibration
from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type
from survgui.figures.words import percent

TICK = Type(9.0, 400, "soft")
HERE = Type(9.5, 600, "accent")


def draw_calibration(canvas: Canvas, rect: Rect, bands: tuple[Calibration, ...], horizon: str) -> None:
    """Points with their 95 % intervals; on the diagonal they would agree."""
    inner = rect.inset(40.0, 18.0, 12.0, 32.0)
    x = Scale((0.0, 1.0), (inner.x, inner.right))
    y = Scale((0.0, 1.0), (inner.bottom, inner.y))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        canvas.line([(inner.x, y(share)), (inner.right, y(share))], Ink("line" if share == 0.0 else "grid"))
        canvas.text(inner.x - 7.0, y(share) + 3.2, percent(share), TICK, "end")
        canvas.text(x(share), inner.bottom + 14.0, percent(share), TICK, "middle")
    canvas.line([(x(0.0), y(0.0)), (x(1.0), y(1.0))], Ink("faint", 0.9, (3.0, 3.0)))
    for band in bands:
        _point(canvas, x, y, band)
    canvas.text(rect.x, rect.y + 9.0, f"observed alive at {horizon} months", TICK)
    canvas.text(inner.right, inner.bottom + 28.0, "predicted", TICK, "end")


def calibration_table(bands: tuple[Calibration, ...]) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [[b.patients, b.predicted, b.observed, b.low, b.high, b.here] for b in bands]
    return ["patients", "predicted", "observed", "low", "high", "this_case"], rows


def _point(canvas: Canvas, x: Scale, y: Scale, band: Calibration) -> None:
    if band.observed is None:
        return
    role = "accent" if band.here else "soft"
    at = x(band.predicted)
    if band.low is not None and band.high is not None:
        canvas.line([(at, y(band.low)), (at, y(band.high))], Ink(role, 1.6 if band.here else 0.9))
    canvas.disc(at, y(band.observed), 4.2 if band.here else 2.8, Fill(role))
    if band.here:  # beside the interval, on the side with more room
        left = band.predicted > 0.6
        canvas.text(at + (-9.0 if left else 9.0), y(band.observed) + 3.4, "this case", HERE, "end" if left else "start")
