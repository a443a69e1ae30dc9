"""The code for measured, imputed and absent, the same everywhere: swatches and the bars' filling."""

from __future__ import annotations

from survgui.cases.case import State
from survgui.figures.canvas import Canvas, Fill, Ink, Rect, hatch

DASH = (2.6, 1.8)


def draw_swatch(canvas: Canvas, rect: Rect, state: State) -> None:
    """A small square: filled, hatched in a dashed border, hollow, or hollow with a stroke through it.

    Unusable and unused are not absent: something was given, so the square is crossed out.
    """
    if state is State.MEASURED:
        canvas.box(rect, Fill("text"), radius=1.5)
    elif state is State.IMPUTED:
        hatch(canvas, rect, "accent", 2.8, 0.9)
        canvas.box(rect, None, Ink("accent", 0.9, (2.0, 1.3)), 1.5)
    else:
        role = "warn" if state is State.UNUSABLE else "faint"
        canvas.box(rect, None, Ink(role, 0.9), 1.5)
        if state is not State.ABSENT:
            canvas.line([(rect.x, rect.bottom), (rect.right, rect.y)], Ink(role, 0.9))


def draw_bar(canvas: Canvas, rect: Rect, role: str, state: State) -> None:
    """A bar of a chart: solid where measured, hatched in a dashed border where imputed."""
    if state is State.MEASURED:
        canvas.box(rect, Fill(role), radius=1.5)
        return
    canvas.box(rect, Fill(role, 0.10), radius=1.5)
    hatch(canvas, rect, role, 4.0, 1.2)
    canvas.box(rect, None, Ink(role, 0.9, DASH), 1.5)
