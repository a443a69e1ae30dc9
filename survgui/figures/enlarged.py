"""A figure made for paper, drawn larger: the window's smallest letters are of 11 px, the report's of 9."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from survgui.figures.canvas import Anchor, Canvas, Fill, Ink, Points, Rect
from survgui.figures.export import Drawing
from survgui.figures.theme import Type

WINDOW = 11.0 / 9.0
"""makes tick labels of 9 px ones of 11 px"""


def enlarged(draw: Drawing, factor: float = WINDOW) -> Drawing:
    """The same figure, everything `factor` times as large, in the rectangle that it is given."""
    return _Enlarged(draw, factor)


class _Enlarged:
    def __init__(self, draw: Drawing, factor: float) -> None:
        self._draw, self._factor = draw, factor

    def __call__(self, canvas: Canvas, rect: Rect) -> None:
        self._draw(_Canvas(canvas, self._factor), Rect(*(value / self._factor for value in rect)))


class _Canvas:
    """Passes everything on, `factor` times as large."""

    def __init__(self, canvas: Canvas, factor: float) -> None:
        self._canvas, self._factor = canvas, factor

    def line(self, points: Points, ink: Ink) -> None:
        self._canvas.line(self._points(points), self._ink(ink))

    def area(self, points: Points, fill: Fill) -> None:
        self._canvas.area(self._points(points), fill)

    def box(self, rect: Rect, fill: Fill | None = None, ink: Ink | None = None, radius: float = 0.0) -> None:
        self._canvas.box(self._rect(rect), fill, ink and self._ink(ink), radius * self._factor)

    def disc(self, x: float, y: float, radius: float, fill: Fill | None = None, ink: Ink | None = None) -> None:
        k = self._factor
        self._canvas.disc(x * k, y * k, radius * k, fill, ink and self._ink(ink))

    def text(self, x: float, y: float, text: str, kind: Type, anchor: Anchor = "start") -> None:
        k = self._factor
        self._canvas.text(x * k, y * k, text, replace(kind, px=kind.px * k), anchor)

    def picture(self, rect: Rect, pixels: NDArray[np.uint8], about: str = "") -> None:
        self._canvas.picture(self._rect(rect), pixels, about)

    def _points(self, points: Points) -> NDArray[np.float64]:
        return np.asarray(points, dtype=float) * self._factor

    def _rect(self, rect: Rect) -> Rect:
        return Rect(*(value * self._factor for value in rect))

    def _ink(self, ink: Ink) -> Ink:
        k = self._factor
        return replace(ink, width=ink.width * k, dash=tuple(length * k for length in ink.dash))
