"""Hazard ratios with their 95 % intervals on a logarithmic axis, a row each (a forest plot)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survgui.figures.axes import Scale
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import THIN, count

NAME, VALUE = Type(12.5, 400), Type(12.0, 500)
SOFT, TICK = Type(12.0, 400, "soft"), Type(11.0, 400, "soft")
ROW, FOOT, HEAD = 24.0, 34.0, 18.0
GAP = 16.0
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
WIDEST = 12.0
"""ratio beyond which an interval is cut with an arrow"""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One row.

    Attributes:
        groups: How many patients are in either group, in words.
        value: None where there is none; `reason` then says why.
    """

    name: str
    groups: str
    value: float | None = None
    low: float = 0.0
    high: float = 0.0
    reason: str = ""

    @property
    def words(self) -> str:
        """The ratio with its interval: `1.42 (1.05–1.93)`."""
        return self.reason if self.value is None else f"{self.value:.2f} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Forest:
    """What is drawn; left and right say what lies on either side of 1."""

    rows: tuple[Ratio, ...]
    groups: str = "n without / with"
    left: str = "die later"
    right: str = "die earlier"


def forest_height(figure: Forest) -> float:
    """Height in px."""
    return HEAD + ROW * len(figure.rows) + FOOT


def draw_forest(canvas: Canvas, rect: Rect, figure: Forest) -> None:
    """Names and numbers at the left, the ratio in words at the right, dots with their intervals between."""
    left = max((width(row.name, NAME) for row in figure.rows), default=0.0) + GAP
    groups = max([width(figure.groups, TICK), *(width(row.groups, SOFT) for row in figure.rows)]) + GAP
    words = max([width(_HEADING, TICK), *(width(row.words, VALUE) for row in figure.rows)]) + GAP
    plot = Rect(
        rect.x + left + groups,
        rect.y + HEAD,
        max(60.0, rect.width - left - groups - words),
        ROW * len(figure.rows),
    )
    canvas.text(rect.x + left + groups - GAP, rect.y + 9.0, figure.groups, TICK, "end")
    canvas.text(rect.right, rect.y + 9.0, _HEADING, TICK, "end")
    x = _axis(canvas, plot, figure)
    for number, row in enumerate(figure.rows):
        y = plot.y + (number + 0.5) * ROW
        canvas.text(rect.x, y + 4.2, row.name, NAME)
        canvas.text(rect.x + left + groups - GAP, y + 4.2, row.groups, SOFT, "end")
        canvas.text(rect.right, y + 4.2, row.words, SOFT if row.value is None else VALUE, "end")
        if row.value is not None:
            _interval(canvas, plot, x, y, row, row.value)


def forest_table(figure: Forest) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [[r.name, r.groups, r.value, r.low, r.high, r.reason] for r in figure.rows]
    return ["name", figure.groups, "hazard_ratio", "low", "high", "reason"], rows


def groups_words(without: int, having: int) -> str:
    """`20 / 353`."""
    return f"{count(without)}{THIN}/{THIN}{count(having)}"


_HEADING = "hazard ratio (95\u202f% CI)"


def _axis(canvas: Canvas, plot: Rect, figure: Forest) -> Scale:
    found = [v for row in figure.rows if row.value is not None for v in (row.low, row.high)]
    reach = 1.06 * math.log(min(WIDEST, max([2.2, *found, *(1 / v for v in found if v > 0)])))
    x = Scale((-reach, reach), (plot.x, plot.right))
    for tick in TICKS:
        at = math.log(tick)
        if abs(at) <= reach + 1e-9:
            ink = Ink("faint", 1.0) if tick == 1.0 else Ink("grid")
            canvas.line([(x(at), plot.y), (x(at), plot.bottom + 2.0)], ink)
            canvas.text(x(at), plot.bottom + 14.0, f"{tick:g}", TICK, "middle")
    canvas.text(x(0.0) - 10.0, plot.bottom + 29.0, f"← {figure.left}", TICK, "end")
    canvas.text(x(0.0) + 10.0, plot.bottom + 29.0, f"{figure.right} →", TICK)
    return x


def _interval(canvas: Canvas, plot: Rect, x: Scale, y: float, row: Ratio, value: float) -> None:
    """The interval as a line, cut with an arrow where it leaves the plot; the ratio as a dot: filled where 1 is out."""
    wanted = [x(math.log(max(v, 1e-6))) for v in (row.low, row.high)]
    ends = [min(max(at, plot.x), plot.right) for at in wanted]
    out = not row.low <= 1.0 <= row.high
    role = "warn" if out else "text"
    canvas.line([(ends[0], y), (ends[1], y)], Ink(role, 1.6))
    for end, asked, side in zip(ends, wanted, (1.0, -1.0), strict=True):
        if abs(end - asked) > 0.5:
            canvas.line([(end + 4.0 * side, y - 3.5), (end, y), (end + 4.0 * side, y + 3.5)], Ink(role, 1.4))
    at = min(max(x(math.log(value)), plot.x), plot.right)
    canvas.disc(at, y, 4.4, Fill(role if out else "panel"), Ink(role, 1.6))
