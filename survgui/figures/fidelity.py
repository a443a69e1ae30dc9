"""How well each measured modality is told by its parts, beside what is usual among development patients."""

from __future__ import annotations

from survgui.cases.case import State
from survgui.cases.report import InputRow
from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.chips import draw_bar
from survgui.figures.theme import Type, width
from survgui.figures.words import plain

NAME = Type(10.0, 400)
VALUE = Type(10.0, 500)
SMALL = Type(9.0, 400, "soft")
ROW = 19.0
KEY = 18.0


def with_fidelity(rows: tuple[InputRow, ...]) -> tuple[InputRow, ...]:
    """The inputs of which there is a fidelity."""
    return tuple(row for row in rows if row.fidelity is not None)


def fidelity_height(rows: tuple[InputRow, ...]) -> float:
    """Height in px."""
    return ROW * len(with_fidelity(rows)) + KEY


def draw_fidelity(canvas: Canvas, rect: Rect, rows: tuple[InputRow, ...]) -> None:
    """A bar a modality from 0 to 1; a tick where the lowest twentieth of the development patients ends."""
    shown = with_fidelity(rows)
    left = max((width(row.modality.title, NAME) for row in shown), default=0.0) + 12.0
    x = Scale((0.0, 1.0), (rect.x + left, rect.right - 36.0))
    for k, row in enumerate(shown):
        y, value = rect.y + (k + 0.5) * ROW, row.fidelity or 0.0
        low = row.usual is not None and value < row.usual
        role = "warn" if low else "soft"
        canvas.text(rect.x, y + 3.6, row.modality.title, NAME)
        canvas.box(Rect(x(0.0), y - 3.0, x(1.0) - x(0.0), 6.0), Fill("grid"), radius=1.5)
        draw_bar(canvas, Rect(x(0.0), y - 3.0, x(min(max(value, 0.0), 1.0)) - x(0.0), 6.0), role, State.MEASURED)
        if row.usual is not None:
            _tick(canvas, x(min(max(row.usual, 0.0), 1.0)), y)
        canvas.text(
            rect.right, y + 3.6, plain(value), Type(VALUE.px, 600 if low else 500, "warn" if low else "text"), "end"
        )
    _tick(canvas, rect.x + 1.5, rect.y + ROW * len(shown) + 9.0)
    canvas.text(rect.x + 8.0, rect.y + ROW * len(shown) + 12.4, "5th percentile of development patients", SMALL)


def fidelity_table(rows: tuple[InputRow, ...]) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    return ["modality", "fidelity", "development_5th_percentile"], [
        [str(row.modality), row.fidelity, row.usual] for row in with_fidelity(rows)
    ]


def _tick(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x, y - 6.0), (x, y + 6.0)], Ink("panel", 3.6))
    canvas.line([(x, y - 6.0), (x, y + 6.0)], Ink("text", 1.6))
