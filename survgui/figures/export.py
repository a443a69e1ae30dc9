"""A figure as PNG, SVG or PDF in memory, with the research-use line; its numbers as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter

from survgui import __version__
from survgui.cases.report import RESEARCH_USE
from survgui.figures.application import offscreen
from survgui.figures.canvas import Canvas, PainterCanvas, Rect
from survgui.figures.svg import SvgCanvas
from survgui.figures.theme import LIGHT, Theme, Type

Drawing = Callable[[Canvas, Rect], None]
"""A figure with its data bound: draws itself on a canvas into a rectangle."""

MARGIN = 12.0
NOTE = 16.0
DPI = 1152
"""of PDF pages: twelve device units to a px, so that nothing is rounded visibly"""


def png(draw: Drawing, width: float, height: float, theme: Theme = LIGHT, scale: float = 2.0) -> bytes:
    """PNG bytes of a figure of `width` x `height` px; `scale` image pixels for each of them."""
    offscreen()
    image = QImage(round(width * scale), round((height + NOTE) * scale), QImage.Format.Format_RGB32)
    image.fill(QColor(theme["panel"]))
    painter = QPainter(image)
    painter.scale(scale, scale)
    _draw(PainterCanvas(painter, theme), draw, width, height)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes
    return bytes(buffer.data().data())


def svg(draw: Drawing, width: float, height: float, theme: Theme = LIGHT, about: str = "Figure") -> bytes:
    """SVG bytes; text is text, in the shipped typeface where it is installed and the system's elsewhere."""
    offscreen()
    canvas = SvgCanvas(theme)
    _draw(canvas, draw, width, height)
    return canvas.document(width, height + NOTE, about).encode("utf-8")


def pdf(draw: Drawing, width: float, height: float, title: str = "Figure") -> bytes:
    """PDF bytes of one page of the figure's size, vector, with selectable text."""
    offscreen()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = pdf_writer(buffer, title)
    writer.setPageSize(QPageSize(QSizeF(width * 0.75, (height + NOTE) * 0.75), QPageSize.Unit.Point, "figure"))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    painter.scale(DPI / 96, DPI / 96)
    _draw(PainterCanvas(painter, LIGHT), draw, width, height)
    painter.end()
    return bytes(buffer.data().data())


def pdf_writer(buffer: QBuffer, title: str) -> QPdfWriter:
    """A writer into memory whose metadata name the program and the title, no person and no path."""
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setTitle(title)
    writer.setCreator(f"survgui {__version__}")
    writer.setAuthor("")
    return writer


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV with the research-use line first; a text that a spreadsheet would run as a formula gets a quote mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    out.write(f"# {RESEARCH_USE}\n")
    writer.writerow([_cell(name) for name in header])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def _draw(canvas: Canvas, draw: Drawing, width: float, height: float) -> None:
    draw(canvas, Rect(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN))
    canvas.text(MARGIN, height + NOTE - 8.0, RESEARCH_USE, Type(8.5, 400, "soft"))
