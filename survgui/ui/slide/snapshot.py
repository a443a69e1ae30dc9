"""The view as a picture to keep, with its scale bar and the research-use line; a slide's name may be a patient's."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from survgui.cases.report import RESEARCH_USE
from survgui.figures.canvas import Canvas, Fill, Ink, PainterCanvas, Rect, encoded
from survgui.figures.theme import LIGHT, Type, width
from survgui.ui.slide.overlays import bar
from survgui.ui.slide.view import SlideView

FOOT = 26.0
"""px under the picture"""


def picture(view: SlideView) -> QImage:
    """The view in device pixels, on white whatever the theme, its scale bar in the lower left corner."""
    seen, ratio = view.raster.image(), view.camera.ratio
    made = QImage(seen.width(), seen.height() + round(FOOT * ratio), QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.drawImage(0, 0, seen)
    painter.scale(ratio, ratio)
    canvas = PainterCanvas(painter, LIGHT)
    wide, high = seen.width() / ratio, seen.height() / ratio
    _scale_bar(canvas, high, *bar(view.camera.downsample, view.mpp))
    _foot(canvas, QRectF(0.0, high, wide, FOOT))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def png(image: QImage) -> bytes:
    """The bytes of a PNG file; takes long enough for a thread of its own."""
    return encoded(image, "PNG")


def _scale_bar(canvas: Canvas, high: float, length: float, text: str) -> None:
    kind = Type(12.0, 500)
    panel = Rect(12.0, high - 40.0, length + width(text, kind) + 33.0, 28.0)
    canvas.box(panel, Fill("panel", 0.92), Ink("line"), radius=6.0)
    middle = panel.y + panel.height / 2
    canvas.line([(panel.x + 11.0, middle), (panel.x + 11.0 + length, middle)], Ink("text", 3.0))
    canvas.text(panel.x + 22.0 + length, middle + 4.3, text, kind)


def _foot(canvas: Canvas, at: QRectF) -> None:
    canvas.text(12.0, at.top() + 17.0, RESEARCH_USE, Type(11.0, 400, "soft"))
