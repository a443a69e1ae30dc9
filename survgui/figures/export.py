"""A figure as PNG, SVG or PDF in memory, with the research-use line; its numbers as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter

from survgui import __version__
from survgui.cases import spreadsheet
from survgui.cases.report import RESEARCH_USE
from survgui.figures.application import offscreen
from survgui.figures.canvas import Canvas, PainterCanvas, Rect, encoded
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
    return encoded(image, "PNG")


def svg(draw: Drawing, width: float, height: float, theme: Theme = LIGHT, about: str = "Figure") -> bytes:
    """SVG bytes; text is text, in the shipped typeface where it is installed and the system's elsewhere."""
    offscreen()
    canvas = SvgCanvas(theme)
    _draw(canvas, draw, width, height)
    return canvas.document(width, height + NOTE, about).encode("utf-8")


def pdf(draw: Drawing, width: float, height: float, title: str = "Figure") -> bytes:
    """PDF bytes of one page of the figure's size, vector, with selectable text."""
    size = QPageSize(QSizeF(width * 0.75, (height + NOTE) * 0.75), QPageSize.Unit.Point, "figure")
    return pdf_of([lambda canvas: _draw(canvas, draw, width, height)], size, title)


def pdf_of(
    pages: Sequence[Callable[[Canvas], None]], size: QPageSize, title: str, attachment: tuple[str, bytes] | None = None
) -> bytes:
    """PDF bytes of pages that draw themselves in px from the upper left corner.

    The metadata name the program and the title, no person and no path.

    Args:
        attachment: Name and bytes of a JSON file that travels inside.
    """
    offscreen()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DPI)
    writer.setTitle(title)
    writer.setCreator(f"survgui {__version__}")
    writer.setAuthor("")
    writer.setPageSize(size)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    if attachment is not None:
        writer.addFileAttachment(*attachment, "application/json")
    painter = QPainter(writer)
    painter.scale(DPI / 96, DPI / 96)
    for number, page in enumerate(pages):
        if number:
            writer.newPage()
        page(PainterCanvas(painter, LIGHT))
    painter.end()
    return bytes(buffer.data().data())


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV with the research-use line first; no text is one that a spreadsheet would run as a formula."""
    return f"# {RESEARCH_USE}\n" + spreadsheet.csv_text([header, *rows])


def _draw(canvas: Canvas, draw: Drawing, width: float, height: float) -> None:
    draw(canvas, Rect(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN))
    canvas.text(MARGIN, height + NOTE - 8.0, RESEARCH_USE, Type(8.5, 400, "soft"))
