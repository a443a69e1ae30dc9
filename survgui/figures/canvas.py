"""What figures draw on: seven primitives, on a Qt painter (window, PDF, PNG) or as SVG text (see svg.py).

A figure is a function `draw_x(canvas, rect, data)`. It names colours by their role in the theme, lays itself
out by measured text, and is the same in the window, in a PDF and in a page of HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPen, QPolygonF

from survgui.figures.theme import EM, Theme, Type, colour, font, width

Points = Sequence[tuple[float, float]] | NDArray[np.float64]
Anchor = Literal["start", "middle", "end"]


class Rect(NamedTuple):
    """A rectangle in px, y downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """x of the right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """y of the lower side."""
        return self.y + self.height

    def inset(self, left: float, top: float, right: float, bottom: float) -> Rect:
        """The rectangle without a margin on each side."""
        return Rect(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)


@dataclass(frozen=True, slots=True)
class Ink:
    """A stroke: colour role, width in px, dashes and gaps in px."""

    colour: str = "text"
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled area: colour role and opacity."""

    colour: str
    opacity: float = 1.0


class Canvas(Protocol):
    """Where a figure is drawn, in px of 1/96 inch."""

    def line(self, points: Points, ink: Ink) -> None:
        """An open polyline through (n, 2) points."""

    def area(self, points: Points, fill: Fill) -> None:
        """A closed polygon."""

    def box(self, rect: Rect, fill: Fill | None = None, ink: Ink | None = None, radius: float = 0.0) -> None:
        """A rectangle, its corners rounded by `radius`."""

    def disc(self, x: float, y: float, radius: float, fill: Fill | None = None, ink: Ink | None = None) -> None:
        """A circle."""

    def text(self, x: float, y: float, text: str, kind: Type, anchor: Anchor = "start") -> None:
        """One line of text, `y` its baseline."""

    def picture(self, rect: Rect, pixels: NDArray[np.uint8], about: str = "") -> None:
        """An image, (h, w) grey or (h, w, 3) RGB, stretched to `rect`; `about` says what it shows."""


class PainterCanvas:
    """A canvas on a Qt painter."""

    def __init__(self, painter: QPainter, theme: Theme) -> None:
        self.painter, self.theme = painter, theme
        self._brushes: dict[Fill, QBrush] = {}
        self._pens: dict[Ink, QPen] = {}
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)

    def line(self, points: Points, ink: Ink) -> None:
        """See `Canvas`."""
        self._use(None, ink)
        self.painter.drawPolyline(_polygon(points))

    def area(self, points: Points, fill: Fill) -> None:
        """See `Canvas`."""
        self._use(fill, None)
        self.painter.drawPolygon(_polygon(points))

    def box(self, rect: Rect, fill: Fill | None = None, ink: Ink | None = None, radius: float = 0.0) -> None:
        """See `Canvas`."""
        self._use(fill, ink)
        self.painter.drawRoundedRect(QRectF(*rect), radius, radius)

    def disc(self, x: float, y: float, radius: float, fill: Fill | None = None, ink: Ink | None = None) -> None:
        """See `Canvas`."""
        self._use(fill, ink)
        self.painter.drawEllipse(QPointF(x, y), radius, radius)

    def text(self, x: float, y: float, text: str, kind: Type, anchor: Anchor = "start") -> None:
        """See `Canvas`."""
        painter = self.painter
        left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width(text, kind)
        painter.save()
        painter.setPen(colour(self.theme, kind.colour))
        painter.setFont(font(kind.weight))
        painter.translate(left, y)
        painter.scale(kind.px / EM, kind.px / EM)
        painter.drawText(QPointF(0.0, 0.0), text)
        painter.restore()

    def picture(self, rect: Rect, pixels: NDArray[np.uint8], about: str = "") -> None:
        """See `Canvas`."""
        self.painter.drawImage(QRectF(*rect), image(pixels, rect))

    def _use(self, fill: Fill | None, ink: Ink | None) -> None:
        """Set brush and pen; each is made once, for figures of hundreds of equal parts."""
        if fill is not None and fill not in self._brushes:
            self._brushes[fill] = QBrush(colour(self.theme, fill.colour, fill.opacity))
        if ink is not None and ink not in self._pens:
            self._pens[ink] = _pen(self.theme, ink)
        self.painter.setBrush(self._brushes[fill] if fill is not None else Qt.BrushStyle.NoBrush)
        self.painter.setPen(self._pens[ink] if ink is not None else Qt.PenStyle.NoPen)


FINEST = 3.0
"""pixels of an image to a px of the page, 288 to the inch; more only makes files large"""


def image(pixels: NDArray[np.uint8], rect: Rect | None = None) -> QImage:
    """A Qt image with its own copy of (h, w) grey or (h, w, 3) RGB pixels, no finer than `rect` needs."""
    whole = np.ascontiguousarray(pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2))
    height, across, _ = whole.shape
    made = QImage(whole.tobytes(), across, height, 3 * across, QImage.Format.Format_RGB888).copy()
    if rect is None or across <= FINEST * rect.width:
        return made
    smooth = Qt.TransformationMode.SmoothTransformation
    return made.scaledToWidth(max(1, round(FINEST * rect.width)), smooth)


def encoded(made: QImage, kind: Literal["PNG", "JPEG"], quality: int = -1) -> bytes:
    """The bytes of an image file; `quality` 0 to 100 of a JPEG, or -1 for Qt's own.

    Raises:
        ValueError: The image is empty.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not made.save(buffer, kind, quality):  # type: ignore[call-overload]  # the stub wants bytes
        raise ValueError(f"an image of {made.width()} x {made.height()} pixels could not be written as {kind}")
    return bytes(buffer.data().data())


def step_points(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2n-1, 2) corners of the staircase that keeps each y until the next x."""
    return np.column_stack([np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]])


def hatch(canvas: Canvas, rect: Rect, role: str, gap: float = 4.0, thick: float = 1.0) -> None:
    """Diagonal lines inside `rect`, the mark of what is imputed; clipped by arithmetic, for SVG and PDF alike."""
    x, y, w, h = rect
    for c in np.arange(gap / 2, w + h, gap):  # the line from (x + c, y) down to the left
        start = (x + min(c, w), y + max(0.0, c - w))
        end = (x + max(0.0, c - h), y + min(c, h))
        canvas.line([start, end], Ink(role, thick))


def _polygon(points: Points) -> QPolygonF:
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])


def _pen(theme: Theme, ink: Ink) -> QPen:
    pen = QPen(colour(theme, ink.colour, ink.opacity), ink.width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if ink.dash:
        pen.setDashPattern([length / ink.width for length in ink.dash])  # Qt counts dashes in pen widths
    return pen
