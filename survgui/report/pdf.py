"""The report as PDF in memory: vector figures, selectable text, the JSON attached."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QPageSize

from survgui.cases.report import RESEARCH_USE, ReportContent
from survgui.figures.canvas import Canvas, Ink, Rect
from survgui.figures.export import pdf_of
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.report.document import TITLE, document
from survgui.report.layout import CONTENT_HEIGHT, HEAD, PAGE, SIDE, TOP, Placed, pages

FOOTER = Type(9.0, 400, "soft")
THUMB = 26.0


def pdf(content: ReportContent, attachment: bytes) -> bytes:
    """The report's pages as PDF bytes; `attachment` is the JSON that travels inside.

    The title in the file's metadata names the report, never the case.
    """
    made = pages(document(content), PAGE.width - 2 * SIDE, CONTENT_HEIGHT)
    drawn = [partial(_page, content=content, page=page, number=k, of=len(made)) for k, page in enumerate(made, 1)]
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
    y = PAGE.height - 34.0
    canvas.line([(SIDE, y - 16.0), (PAGE.width - SIDE, y - 16.0)], Ink("line", 0.8))
    page = f"page {number} of {of}"
    note = Type(FOOTER.px, 500, "soft")
    canvas.text(PAGE.width - SIDE, y, RESEARCH_USE, note, "end")
    room = PAGE.width - 2 * SIDE - width(RESEARCH_USE, note) - 24.0
    tail = f" · report {content.identity.report[:8]} · {page}"
    case = elide(content.identity.case, FOOTER, room - width(tail, FOOTER))
    canvas.text(SIDE, y, case + tail, FOOTER)
