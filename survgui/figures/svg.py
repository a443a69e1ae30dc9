"""A canvas that writes SVG: text stays text, and colours may follow the page's light or dark scheme."""

from __future__ import annotations

import base64
from html import escape

import numpy as np
from numpy.typing import NDArray

from survgui.figures.canvas import Anchor, Fill, Ink, Points, Rect, encoded, image
from survgui.figures.theme import FALLBACK, Theme, Type, width


class SvgCanvas:
    """Collects SVG elements.

    Args:
        theme: Fixed colours, or None for the CSS variables `--accent` and so on of the page around it.
    """

    def __init__(self, theme: Theme | None) -> None:
        self.theme = theme
        self.elements: list[str] = []

    def line(self, points: Points, ink: Ink) -> None:
        """See `Canvas`."""
        self._add(f'<polyline points="{_points(points)}"{self._paint(None, ink)}/>')

    def area(self, points: Points, fill: Fill) -> None:
        """See `Canvas`."""
        self._add(f'<polygon points="{_points(points)}"{self._paint(fill, None)}/>')

    def box(self, rect: Rect, fill: Fill | None = None, ink: Ink | None = None, radius: float = 0.0) -> None:
        """See `Canvas`."""
        self._add(
            f'<rect x="{rect.x:.2f}" y="{rect.y:.2f}" width="{rect.width:.2f}" height="{rect.height:.2f}"'
            f' rx="{radius:g}"{self._paint(fill, ink)}/>'
        )

    def disc(self, x: float, y: float, radius: float, fill: Fill | None = None, ink: Ink | None = None) -> None:
        """See `Canvas`."""
        self._add(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}"{self._paint(fill, ink)}/>')

    def text(self, x: float, y: float, text: str, kind: Type, anchor: Anchor = "start") -> None:
        """See `Canvas`."""
        turn = "" if anchor == "start" else f' text-anchor="{anchor}"'
        # The width is given, so that a reader's other typeface cannot run into what stands beside it.
        self._add(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{kind.px:g}" font-weight="{kind.weight}"'
            f' textLength="{width(text, kind):.2f}" lengthAdjust="spacingAndGlyphs"'
            f' style="fill:{self._colour(kind.colour)}"{turn}>{escape(text)}</text>'
        )

    def picture(self, rect: Rect, pixels: NDArray[np.uint8], about: str = "") -> None:
        """See `Canvas`."""
        self._add(
            f'<image x="{rect.x:.2f}" y="{rect.y:.2f}" width="{rect.width:.2f}" height="{rect.height:.2f}"'
            f' preserveAspectRatio="none" href="{data_uri(pixels, rect)}"><title>{escape(about)}</title></image>'
        )

    def document(self, wide: float, high: float, about: str) -> str:
        """The collected elements as one `<svg>` element, with `about` for those who cannot see it."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" width="{wide:g}"'
            f' height="{high:g}" role="img" aria-label="{escape(about)}" font-family="{escape(FALLBACK)}"'
            f' style="font-variant-numeric:tabular-nums"><title>{escape(about)}</title>\n'
            + "\n".join(self.elements)
            + "\n</svg>"
        )

    def _add(self, element: str) -> None:
        self.elements.append(element)

    def _colour(self, role: str) -> str:
        if self.theme is None:
            return role if role.startswith("#") else f"var(--{role.replace('_', '-')})"
        return self.theme[role]

    def _paint(self, fill: Fill | None, ink: Ink | None) -> str:
        """Fill and stroke as one style; presentation attributes could not hold the page's variables."""
        parts = ["fill:none" if fill is None else f"fill:{self._colour(fill.colour)}"]
        if fill and fill.opacity < 1.0:
            parts.append(f"fill-opacity:{fill.opacity:g}")
        if ink:
            parts += [f"stroke:{self._colour(ink.colour)}", f"stroke-width:{ink.width:g}", "stroke-linejoin:round"]
            if ink.dash:
                parts.append("stroke-dasharray:" + ",".join(f"{d:g}" for d in ink.dash))
            if ink.opacity < 1.0:
                parts.append(f"stroke-opacity:{ink.opacity:g}")
        return f' style="{";".join(parts)}"'


def data_uri(pixels: NDArray[np.uint8], rect: Rect) -> str:
    """(h, w) grey or (h, w, 3) RGB pixels as a `data:` address of a JPEG file, no finer than `rect` needs."""
    return "data:image/jpeg;base64," + base64.b64encode(encoded(image(pixels, rect), "JPEG", 88)).decode("ascii")


def _points(points: Points) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
