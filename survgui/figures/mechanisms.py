"""Methods under several kinds of missingness: a group of dots with whiskers a kind, figures beside."""

from __future__ import annotations

from dataclasses import dataclass

from survgui.figures.axes import Scale, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.heat_map import three
from survgui.figures.methods import change_text
from survgui.figures.theme import Type, width
from survgui.figures.type import Run, wrap

HEAD = Type(11.0, 400, "soft")
GROUP = Type(11.5, 600)
VALUE = Type(12.0, 400)
BEST = Type(12.0, 700)
ROW, TITLE, TOP, FOOT = 22.0, 30.0, 18.0, 24.0
GAP, LEAST = 18.0, 120.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One method under one kind of missingness.

    Attributes:
        own: Whether it is a form of the model, and no reference.
        c_index, deviation: Mean and s.d. over folds; None where there is none.
        change: C-index less that on what was measured, paired by fold, and its standard error.
        note: Why there is no figure.
    """

    method: str
    own: bool
    c_index: float | None
    deviation: float | None = None
    change: tuple[float, float | None] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of missingness and every method under it; without any, the note says why."""

    title: str
    dots: tuple[Dot, ...]
    note: str = ""


Groups = tuple[Group, ...]


def mechanisms_height(groups: Groups) -> float:
    """Height in px."""
    return TOP + FOOT + sum(TITLE + ROW * len(group.dots) for group in groups)


def draw_mechanisms(canvas: Canvas, rect: Rect, groups: Groups) -> None:
    """One axis for all groups; the best of each group has its figure in bold, whosever it is."""
    dots = [dot for group in groups for dot in group.dots]
    means, changes = [_mean(dot) for dot in dots], [change_text(dot.change) if dot.change else "" for dot in dots]
    names = max((width(dot.method, BEST) for dot in dots), default=0.0) + GAP
    c_wide = max([width("C-index ± s.d.", HEAD), *(width(text, BEST) for text in means)])
    d_wide = max([width("Δ as measured ± s.e.", HEAD), *(width(text, VALUE) for text in changes)])
    track = Rect(rect.x + names, rect.y, max(LEAST, rect.width - names - c_wide - d_wide - 2 * GAP), rect.height)
    ends = track.right + GAP + c_wide, track.right + 2 * GAP + c_wide + d_wide
    x, bottom = Scale(_span(dots), (track.x + 6.0, track.right - 6.0)), rect.y + mechanisms_height(groups) - FOOT
    for tick in even_ticks(*_span(dots), most=max(5, int(track.width / 50.0))):
        canvas.line([(x(tick), rect.y + TOP), (x(tick), bottom)], Ink("grid"))
        canvas.text(x(tick), bottom + 15.0, f"{tick:.2f}", HEAD, "middle")
    canvas.text(ends[0], rect.y + 11.0, "C-index ± s.d.", HEAD, "end")
    canvas.text(ends[1], rect.y + 11.0, "Δ as measured ± s.e.", HEAD, "end")
    row = 0
    for group, top in zip(groups, _tops(rect, groups), strict=True):
        canvas.line([(rect.x, top + 4.0), (rect.right, top + 4.0)], Ink("line"))
        canvas.text(rect.x, top + 21.0, group.title, GROUP)
        if group.note:
            after = rect.x + width(group.title, GROUP) + GAP
            (line,) = wrap([Run(group.note, HEAD)], rect.right - after, most=1)
            canvas.text(after, top + 21.0, line[0].text, HEAD)
        best = max((round(d.c_index, 3) for d in group.dots if d.c_index is not None), default=None)
        for k, dot in enumerate(group.dots):
            y = top + TITLE + (k + 0.5) * ROW
            _dot(canvas, rect, x, y, dot)
            lead = dot.c_index is not None and round(dot.c_index, 3) == best
            canvas.text(ends[0], y + 4.2, means[row], BEST if lead else VALUE, "end")
            canvas.text(ends[1], y + 4.2, changes[row], VALUE, "end")
            row += 1


def mechanisms_rows(rect: Rect, groups: Groups) -> list[tuple[Rect, Group, Dot]]:
    """The strip of each method of each group, for pointing at it."""
    return [
        (Rect(rect.x, top + TITLE + k * ROW, rect.width, ROW), group, dot)
        for group, top in zip(groups, _tops(rect, groups), strict=True)
        for k, dot in enumerate(group.dots)
    ]


def mechanisms_table(groups: Groups) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    header = ["missingness", "method", "c_index", "c_index_sd", "difference_to_as_measured", "standard_error", "note"]
    return header, [
        [group.title, d.method, d.c_index, d.deviation, *(d.change or (None, None)), d.note]
        for group in groups
        for d in group.dots or (Dot("", False, None, note=group.note),)
    ]


def _tops(rect: Rect, groups: Groups) -> list[float]:
    tops, at = [], rect.y + TOP
    for group in groups:
        tops.append(at)
        at += TITLE + ROW * len(group.dots)
    return tops


def _dot(canvas: Canvas, rect: Rect, x: Scale, y: float, dot: Dot) -> None:
    role = "accent" if dot.own else "soft"
    canvas.text(
        rect.x + 10.0, y + 4.2, dot.method, Type(12.0, 600 if dot.own else 400, "accent" if dot.own else "text")
    )
    if dot.c_index is None:
        return
    spread = dot.deviation or 0.0
    canvas.line([(x(dot.c_index - spread), y), (x(dot.c_index + spread), y)], Ink(role, 1.6))
    canvas.disc(x(dot.c_index), y, 4.2, Fill(role))


def _mean(dot: Dot) -> str:
    if dot.c_index is None:
        return "–"
    return three(dot.c_index) + ("" if dot.deviation is None else f" ± {three(dot.deviation)}")


def _span(dots: list[Dot]) -> tuple[float, float]:
    """The least and the greatest end of a whisker, with a little room."""
    ends = [v for d in dots if d.c_index is not None
            for v in (d.c_index - (d.deviation or 0.0), d.c_index + (d.deviation or 0.0))]  # fmt: skip
    if not ends:
        return 0.5, 1.0
    low, high = max(0.0, min(ends) - 0.01), min(1.0, max(ends) + 0.01)
    return (low, high) if high - low >= 0.04 else (low - 0.02, high + 0.02)
