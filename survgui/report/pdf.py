"""The report's pages: as PDF in memory, with vector figures, selectable text and the JSON attached, or as images.

Nothing here needs the window's thread: it may be asked from any thread that keeps a `Pages` to itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QColor, QImage, QPageSize, QPainter

from survgui.cases.report import RESEARCH_USE, ReportContent
from survgui.figures.application import offscreen
from survgui.figures.canvas import Canvas, Ink, PainterCanvas, Rect
from survgui.figures.export import pdf_of
from survgui.figures.theme import LIGHT, Type, width
from survgui.figures.type import elide
from survgui.report.blocks import Block
from survgui.report.document import TITLE, document
from survgui.report.layout import CONTENT_HEIGHT, HEAD, PAGE, SIDE, TOP, Placed, pages
from survgui.report.sections import ALL, Sections

FOOTER = Type(9.0, 400, "soft")
THUMB = 26.0


class Laid(ABC):
    """What is laid out on A4 pages, each of which can be drawn by itself.

    Args:
        blocks: Of the whole document, in reading order.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        offscreen()
        self._laid = pages(blocks, PAGE.width - 2 * SIDE, CONTENT_HEIGHT)

    def __len__(self) -> int:
        return len(self._laid)

    @abstractmethod
    def draw(self, canvas: Canvas, number: int) -> None:
        """Draw a page, the first being 0, in px of 1/96 inch from the canvas's upper left corner."""

    def image(self, number: int, wide: int) -> QImage:
        """A page, the first being 0, as an image `wide` pixels across, on white as it is printed."""
        scale = wide / PAGE.width
        made = QImage(wide, round(PAGE.height * scale), QImage.Format.Format_RGB32)
        made.fill(QColor(LIGHT.panel))
        painter = QPainter(made)
        painter.scale(scale, scale)
        self.draw(PainterCanvas(painter, LIGHT), number)
        painter.end()
        return made


class Pages(Laid):
    """A report laid out on A4 pages.

    Args:
        content: The report.
        sections: What is shown beside what always is.
    """

    def __init__(self, content: ReportContent, sections: Sections = ALL) -> None:
        super().__init__(document(content, sections))
        self.content = content

    def draw(self, canvas: Canvas, number: int) -> None:
        """See `Laid`."""
        _page(canvas, self.content, self._laid[number], number + 1, len(self))


def pdf(content: ReportContent, attachment: bytes, sections: Sections = ALL) -> bytes:
    """The report's pages as PDF bytes; `attachment` is the JSON that travels inside.

    The title in the file's metadata names the report, never the case.
    """
    made = Pages(content, sections)
    drawn = [partial(made.draw, number=number) for number in range(len(made))]
    title = f"{TITLE}, report {content.identity.report}"
    return pdf_of(drawn, QPageSize(QPageSize.PageSizeId.A4), title, ("report.json", attachment))


def _page(canvas: Canvas, content: ReportContent, page: Sequence[Placed], number: int, of: int) -> None:
    top = TOP
    if number > 1:
        _header(canvas, content)
        top += HEAD
    for placed in page:
        placed.piece.draw(canvas, SIDE, top + placed.y)
    _footer(canvas, content, number, of)


def _header(canvas: Canvas, content: ReportContent) -> None:
    """Whose page this is, with a small picture of the slide: pages get separated."""
    right = PAGE.width - SIDE
    canvas.text(SIDE, 40.0, elide(f"Case {content.identity.case}", Type(10.0, 600), 420.0), Type(10.0, 600))
    if content.pictures.slides:
        pixels = content.pictures.slides[0].pixels
        wide = min(60.0, THUMB * pixels.shape[1] / pixels.shape[0])
        canvas.picture(Rect(right - wide, 20.0, wide, THUMB), pixels[::4, ::4], "The case's slide")
        right -= wide + 10.0
    canvas.text(right, 40.0, TITLE, FOOTER, "end")
    canvas.line([(SIDE, 52.0), (PAGE.width - SIDE, 52.0)], Ink("line", 0.8))


def _footer(canvas: Canvas, content: ReportContent, number: int, of: int) -> None:
    tail = f" · report {content.identity.report[:8]} · page {number} of {of}"
    footer(canvas, content.identity.case, tail)


def footer(canvas: Canvas, name: str, tail: str) -> None:
    """What every page ends with: whose it is, cut where it is long, what follows, and the research-use line."""
    y = PAGE.height - 34.0
    canvas.line([(SIDE, y - 16.0), (PAGE.width - SIDE, y - 16.0)], Ink("line", 0.8))
    note = Type(FOOTER.px, 500, "soft")
    canvas.text(PAGE.width - SIDE, y, RESEARCH_USE, note, "end")
    room = PAGE.width - 2 * SIDE - width(RESEARCH_USE, note) - 24.0
    canvas.text(SIDE, y, elide(name, FOOTER, room - width(tail, FOOTER)) + tail, FOOTER)
