"""The same probability as a hundred dots: natural frequencies, which are read more reliably than percentages."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survgui.figures.canvas import Canvas, Fill, Ink, Rect

COLUMNS = 25


@dataclass(frozen=True, slots=True)
class Dots:
    """Of 100 patients: alive in every imputation (`sure`), alive in some (`open_`), and the others."""

    sure: int
    open_: int

    @classmethod
    def of(cls, survival: float, low: float, high: float) -> Dots:
        """From a probability and its imputation spread (equal to it where nothing is imputed)."""
        if low == high:
            return cls(round(100 * survival), 0)
        sure = round(100 * low)
        return cls(sure, round(100 * high) - sure)


def dots_height(wide: float) -> float:
    """Height in px for a width."""
    return wide / COLUMNS * math.ceil(100 / COLUMNS)


def draw_dots(canvas: Canvas, rect: Rect, figure: Dots) -> None:
    """Alive: filled. Depends on what is imputed: hatched in a dashed ring. Dead: pale."""
    step = rect.width / COLUMNS
    radius = 0.36 * step
    for i in range(100):
        x, y = rect.x + (i % COLUMNS + 0.5) * step, rect.y + (i // COLUMNS + 0.5) * step
        if i < figure.sure:
            canvas.disc(x, y, radius, Fill("accent"))
        elif i < figure.sure + figure.open_:
            _hatched(canvas, x, y, radius)
        else:
            canvas.disc(x, y, radius, Fill("line"))


def _hatched(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.disc(x, y, radius, Fill("tint"), Ink("accent", 0.8, (1.8, 1.2)))
    for shift in (-0.5, 0.0, 0.5):  # chords of the circle at 45 degrees
        half = radius * math.sqrt(1.0 - shift**2) * math.sqrt(0.5)
        dx = dy = shift * radius * math.sqrt(0.5)
        canvas.line([(x + dx - half, y + dy + half), (x + dx + half, y + dy - half)], Ink("accent", 0.8))
