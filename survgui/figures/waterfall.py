"""From the cohort's mean to this case's output, one bar a component: exact Shapley values, whose sum it is."""

from __future__ import annotations

from dataclasses import dataclass

from survgui.cases.case import State
from survgui.cases.prediction import Contribution
from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Ink, Rect
from survgui.figures.chips import draw_bar
from survgui.figures.theme import Type, width
from survgui.figures.words import component, plain, signed

NAME = Type(10.0, 400)
VALUE = Type(10.0, 500)
ROW = 18.0
BAR = 9.0
OUTPUT = "log-risk of this case"


@dataclass(frozen=True, slots=True)
class Waterfall:
    """What is drawn: `base` plus the contributions is the output (log cumulative hazard; higher is worse)."""

    base: float
    contributions: tuple[Contribution, ...]

    @property
    def output(self) -> float:
        """Where the bars end."""
        return self.base + sum(c.value for c in self.contributions)


def waterfall_height(figure: Waterfall) -> float:
    """Height in px."""
    return ROW * (len(figure.contributions) + 2) + 2.0


def draw_waterfall(canvas: Canvas, rect: Rect, figure: Waterfall) -> None:
    """Bars between a column of names and a column of values; towards risk in vermillion, away in blue."""
    names = [_name(c) for c in figure.contributions]
    values = [signed(c.value) for c in figure.contributions]
    left = max(width(name, NAME) for name in [*names, OUTPUT]) + 14.0
    right = max(width(v, VALUE) for v in [*values, plain(figure.output)]) + 12.0
    x = Scale(_reach(figure), (rect.x + left, rect.right - right))
    zero = x(figure.base)
    canvas.line([(zero, rect.y + ROW * 0.8), (zero, rect.y + ROW * (len(names) + 1.2))], Ink("line"))
    _row(canvas, rect, 0, "cohort mean", plain(figure.base), Type(10.0, 400, "soft"))
    canvas.disc(zero, rect.y + ROW / 2, 2.2, None, Ink("soft", 1.2))
    at = figure.base
    for i, (c, name, value) in enumerate(zip(figure.contributions, names, values, strict=True), 1):
        role = "text" if c.state is State.MEASURED else "accent"
        _row(canvas, rect, i, name, value, Type(10.0, 500 if role == "accent" else 400, role))
        _bar(canvas, Rect(rect.x, rect.y + i * ROW, rect.width, ROW), x, at, c)
        at += c.value
        edge = rect.y + (i + 1) * ROW
        canvas.line([(x(at), edge - (ROW - BAR) / 2), (x(at), edge + (ROW - BAR) / 2)], Ink("faint", 0.7))
    last = len(names) + 1
    canvas.line([(rect.x, rect.y + last * ROW), (rect.right, rect.y + last * ROW)], Ink("line"))
    _row(canvas, rect, last, OUTPUT, plain(figure.output), Type(10.0, 600))
    canvas.disc(x(at), rect.y + (last + 0.5) * ROW, 3.0, None, Ink("text", 1.6))


def waterfall_rows(rect: Rect, figure: Waterfall) -> list[tuple[Rect, Contribution]]:
    """The strip of each component's bar, for pointing at it."""
    strips = (Rect(rect.x, rect.y + i * ROW, rect.width, ROW) for i in range(1, len(figure.contributions) + 1))
    return list(zip(strips, figure.contributions, strict=True))


def waterfall_table(figure: Waterfall) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [["cohort mean", "", figure.base, None, None]]
    for c in figure.contributions:
        low, high = c.spread or (None, None)
        rows.append([c.component, str(c.state), c.value, low, high])
    rows.append([OUTPUT, "", figure.output, None, None])
    return ["component", "state", "value", "low", "high"], rows


def _name(c: Contribution) -> str:
    name = component(c.component)
    return name if c.state is State.MEASURED else f"{name} · {c.state}"


def _row(canvas: Canvas, rect: Rect, i: int, name: str, value: str, kind: Type) -> None:
    baseline = rect.y + i * ROW + ROW / 2 + 3.6
    canvas.text(rect.x, baseline, name, kind)
    canvas.text(rect.right, baseline, value, Type(kind.px, max(500, kind.weight), kind.colour), "end")


def _bar(canvas: Canvas, row: Rect, x: Scale, at: float, c: Contribution) -> None:
    ends = sorted((x(at), x(at + c.value)))
    y = row.y + ROW / 2
    bar = Rect(ends[0], y - BAR / 2, max(ends[1] - ends[0], 0.8), BAR)
    draw_bar(canvas, bar, "high" if c.value > 0 else "low", c.state)
    if c.spread is not None:
        low, high = (x(at + value) for value in c.spread)
        canvas.line([(low, y), (high, y)], Ink("text", 1.0))
        for end in (low, high):
            canvas.line([(end, y - 3.0), (end, y + 3.0)], Ink("text", 1.0))


def _reach(figure: Waterfall) -> tuple[float, float]:
    """The least and the greatest value that a bar or a whisker touches."""
    seen, at = [figure.base], figure.base
    for c in figure.contributions:
        seen += [at + end for end in (c.spread or ())] + [at + c.value]
        at += c.value
    low, high = min(seen), max(seen)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
