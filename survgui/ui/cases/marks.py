"""What a case has of each modality, small: a swatch in the state's code and a short name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from survgui.cases.case import Modality, State
from survgui.cases.prediction import GROUPS
from survgui.figures.canvas import Canvas, Fill, Rect
from survgui.figures.chips import draw_swatch
from survgui.figures.theme import Type, text_role, width
from survgui.figures.words import ordinal, short

Found = State | Literal["given"]

KIND = Type(12.0, 400)
SWATCH, GAP, BETWEEN = 9.0, 5.0, 12.0
BADGE = Type(12.0, 600)
BADGE_HEIGHT = 22.0


def state_of(found: Found) -> State:
    """How it is drawn; what was given is drawn as measured."""
    return found if isinstance(found, State) else State.MEASURED


def in_words(modalities: Mapping[Modality, Found]) -> str:
    """`Slide, RNA-seq (imputed), MRI (absent)`."""
    return ", ".join(
        modality.title if state_of(found) is State.MEASURED else f"{modality.title} ({found})"
        for modality, found in modalities.items()
    )


def draw_marks(canvas: Canvas, x: float, middle: float, wide: float, modalities: Mapping[Modality, Found]) -> None:
    """The marks from `x` on, centred on the line `middle`; those that do not fit are counted."""
    end = x + wide
    for place, (modality, found) in enumerate(modalities.items()):
        state, word = state_of(found), short(modality)
        left = len(modalities) - place
        needed = SWATCH + GAP + width(word, KIND)
        room = end - x - (0.0 if left == 1 else BETWEEN + width(f"+{left - 1}", KIND))
        if needed > room:
            canvas.text(x, middle + 4.2, f"+{left}", Type(KIND.px, 500, "soft"))
            return
        draw_swatch(canvas, Rect(x, middle - SWATCH / 2, SWATCH, SWATCH), state)
        canvas.text(x + SWATCH + GAP, middle + 4.2, word, Type(KIND.px, KIND.weight, _role(state)))
        x += needed + BETWEEN


def badge_text(group: str, percentile: float | None) -> str:
    """`High · 87th pct`, as the case itself says it."""
    rank = "" if percentile is None else f" · {ordinal(percentile)} pct"
    return f"{group.capitalize()}{rank}" if group else ""


def badge_width(text: str) -> float:
    """Width of a badge in px."""
    return width(text, BADGE) + 20.0


def draw_badge(canvas: Canvas, x: float, middle: float, group: str, text: str) -> None:
    """A risk group in its colour on its own tint; the word says it too."""
    role = group if group in GROUPS else "faint"
    rect = Rect(x, middle - BADGE_HEIGHT / 2, badge_width(text), BADGE_HEIGHT)
    canvas.box(rect, Fill(role, 0.16), None, BADGE_HEIGHT / 2)
    canvas.text(x + 10.0, middle + 4.2, text, Type(BADGE.px, BADGE.weight, text_role(role)))


def _role(state: State) -> str:
    if state is State.MEASURED:
        return "text"
    return "accent" if state is State.IMPUTED else "soft"
