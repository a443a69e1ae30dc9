"""The code for measured, imputed and absent, the same everywhere: swatches, chips and the bars' filling."""

from __future__ import annotations

from survgui.cases.case import State
from survgui.figures.canvas import Canvas, Fill, Ink, Rect, hatch
from survgui.figures.theme import Type, width
from survgui.figures.words import state_role

DASH = (2.6, 1.8)
CHIP = Type(10.5, 500)
CHIP_HEIGHT = 22.0


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


def chip_text(title: str, state: State) -> str:
    """What a chip says: `Slide`, `RNA-seq · imputed`."""
    return title if state is State.MEASURED else f"{title} · {state}"


def chip_width(title: str, state: State) -> float:
    """Width of a chip in px."""
    return width(chip_text(title, state), CHIP) + 36.0


def draw_chip(canvas: Canvas, x: float, y: float, title: str, state: State) -> None:
    """A modality's chip, its upper left corner at x, y."""
    rect = Rect(x, y, chip_width(title, state), CHIP_HEIGHT)
    imputed = state is State.IMPUTED
    fill = Fill("tint" if imputed else "background") if state in (State.MEASURED, State.IMPUTED) else None
    ink = Ink("accent", 1.0, DASH) if imputed else Ink("line")
    canvas.box(rect, fill, ink, CHIP_HEIGHT / 2)
    draw_swatch(canvas, Rect(x + 11.0, y + 6.5, 9.0, 9.0), state)
    canvas.text(x + 26.0, y + 15.0, chip_text(title, state), Type(CHIP.px, CHIP.weight, state_role(state)))


def draw_bar(canvas: Canvas, rect: Rect, role: str, state: State) -> None:
    """A bar of a chart: solid where measured, hatched in a dashed border where imputed."""
    if state is State.MEASURED:
        canvas.box(rect, Fill(role), radius=1.5)
        return
    canvas.box(rect, Fill(role, 0.10), radius=1.5)
    hatch(canvas, rect, role, 4.0, 1.2)
    canvas.box(rect, None, Ink(role, 0.9, DASH), 1.5)
