"""How alike every draw is to the measured part: one dot a draw on an axis of cosines, the median marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import plain

TICK = Type(9.0, 400, "soft")
LABEL = Type(10.0, 600, "accent")
RADIUS = 3.0
STRIP_HEIGHT = 74.0

Vector = NDArray[np.float64]


def draw_strip(canvas: Canvas, rect: Rect, cosine: Vector) -> None:
    """Dots stacked where they would cover each other; 1 is identical, 0 unrelated."""
    least = -1.0 if cosine.min() < 0.0 else 0.0
    inner = rect.inset(14.0, 16.0, 14.0, 30.0)
    x = Scale((least, 1.0), (inner.x, inner.right))
    for share in np.linspace(least, 1.0, 5):
        at = x(float(share))
        canvas.line([(at, inner.y), (at, inner.bottom)], Ink("line" if share == 0.0 else "grid"))
        canvas.text(at, inner.bottom + 13.0, plain(float(share)), TICK, "middle")
    across, level = stacked(x.of(cosine), 2 * RADIUS + 0.6)
    up = min(2 * RADIUS + 0.6, (inner.height - 2 * RADIUS) / max(1, int(level.max(initial=0))))
    for at, k in zip(across, level, strict=True):
        canvas.disc(
            float(at), inner.bottom - RADIUS - 1.0 - up * int(k), RADIUS, Fill("accent", 0.55), Ink("accent", 0.8)
        )
    median = float(np.median(cosine))
    canvas.line([(x(median), inner.y - 2.0), (x(median), inner.bottom)], Ink("text", 1.4))
    said = f"median {plain(median)}"
    half = width(said, LABEL) / 2
    canvas.text(min(max(x(median), rect.x + half), rect.right - half), inner.y - 6.0, said, LABEL, "middle")
    canvas.text(rect.right, inner.bottom + 26.0, "cosine with the measured part", TICK, "end")


def strip_table(cosine: Vector) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    return ["draw", "cosine"], [[k, float(value)] for k, value in enumerate(cosine)]


def stacked(wanted: Vector, gap: float) -> tuple[Vector, NDArray[np.int64]]:
    """Positions and the level of each dot, 0 at the bottom, so that dots of a level are at least `gap` apart."""
    level = np.zeros(len(wanted), dtype=np.int64)
    last: list[float] = []
    for k in np.argsort(wanted, kind="stable"):
        free = next((j for j, end in enumerate(last) if wanted[k] - end >= gap), len(last))
        last[free : free + 1] = [float(wanted[k])]
        level[k] = free
    return wanted, level
