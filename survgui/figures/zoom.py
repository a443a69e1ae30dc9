"""A figure made for paper, larger: in the window the same drawing is read from farther away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.figures.canvas import Anchor, Canvas, Fill, Ink, Points, Rect
from survgui.figures.export import Drawing
from survgui.figures.theme import Type

WINDOW = 11.0 / 9.0
"""makes the report's smallest letters of 9 px the window's of 11"""


@dataclass(frozen=True, slots=True)
class Zoomed:
    """A canvas whose px are `factor` px of another; strokes and dashes keep their width."""

    canvas: Canvas
    factor: float

    def line(self, points: Points, ink: Ink) -> None:
        """See `Canvas`."""
        self.canvas.line(self._px(points), ink)

    def area(self, points: Points, fill: Fill) -> None:
        """See `Canvas`."""
        self.canvas.area(self._px(points), fill)

    def box(self, rect: Rect, fill: Fill | None = None, ink: Ink | None = None, radius: float = 0.0) -> None:
        """See `Canvas`."""
        self.canvas.box(scaled(rect, self.factor), fill, ink, radius * self.factor)

    def disc(self, x: float, y: float, radius: float, fill: Fill | None = None, ink: Ink | None = None) -> None:
        """See `Canvas`."""
        self.canvas.disc(x * self.factor, y * self.factor, radius * self.factor, fill, ink)

    def text(self, x: float, y: float, text: str, kind: Type, anchor: Anchor = "start") -> None:
        """See `Canvas`."""
        larger = Type(kind.px * self.factor, kind.weight, kind.colour)
        self.canvas.text(x * self.factor, y * self.factor, text, larger, anchor)

    def picture(self, rect: Rect, pixels: NDArray[np.uint8], about: str = "") -> None:
        """See `Canvas`."""
        self.canvas.picture(scaled(rect, self.factor), pixels, about)

    def _px(self, points: Points) -> NDArray[np.float64]:
        return np.asarray(points, dtype=float) * self.factor


@dataclass(frozen=True, slots=True)
class Zoom:
    """A drawing that draws itself `factor` times as large into the rectangle it is given."""

    draw: Drawing
    factor: float

    def __call__(self, canvas: Canvas, rect: Rect) -> None:
        """Draw."""
        self.draw(Zoomed(canvas, self.factor), scaled(rect, 1.0 / self.factor))


def scaled(rect: Rect, factor: float) -> Rect:
    """A rectangle in larger or smaller px."""
    return Rect(rect.x * factor, rect.y * factor, rect.width * factor, rect.height * factor)
