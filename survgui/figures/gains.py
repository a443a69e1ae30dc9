"""What a reconstruction is worth beside ridge regression: the share of the mean's error that each takes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survgui.figures.axes import Scale, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import MINUS, THIN, count

NAME = Type(12.0, 500)
SMALL = Type(11.0, 400, "soft")
FLAT = Type(11.0, 500, "warn")
OWN_VALUE, VALUE = Type(11.0, 600, "accent"), Type(11.0, 500, "soft")
TOP, ROW, FOOT = 28.0, 44.0, 40.0
"""heights of the key, of a modality, and of the axis with its title"""
BAR, APART, GAP = 9.0, 13.0, 14.0
"""height of a bar, between the two bars' middles, and px beside the names"""
LEAST, LOWEST = 0.1, -1.0
"""the axis reaches at least to the one, and no lower than the other: a bar that does is cut, its figure is not"""
OWN, RIDGE, PART = "impuTMAE", "ridge", "half of its own patches"
COLLAPSED = " · collapsed"
AXIS = "share of the mean's error taken away"


@dataclass(frozen=True, slots=True)
class Gain:
    """One modality, hidden from held-out patients and reconstructed from all else that they have.

    Attributes:
        patients: n.
        gain, ridge: 1 - error / error of the training patients' mean: 1 is perfect, 0 no better than the mean.
        part: `gain` where half of the modality's own patches are shown too.
        collapsed: Whether reconstructions hardly differ from the mean.
    """

    name: str
    patients: int
    gain: float
    ridge: float | None = None
    part: float | None = None
    collapsed: bool = False


def gains_height(rows: Sequence[Gain]) -> float:
    """Height in px."""
    return TOP + ROW * len(rows) + FOOT


def draw_gains(canvas: Canvas, rect: Rect, rows: Sequence[Gain]) -> None:
    """Two bars a modality from the line of the mean, left of it where they are worse; a ring with half of it shown."""
    names = max((max(width(row.name, NAME), width(_under(row), FLAT)) for row in rows), default=0.0)
    values = max((width(_percent(v), OWN_VALUE) for row in rows for v in (row.gain, row.ridge or 0.0)), default=0.0)
    inner = Rect(rect.x + names + GAP, rect.y + TOP, 0.0, ROW * len(rows))
    x = _scale(rows, inner.x + 6.0, rect.right - values - 12.0)
    _key(canvas, rect, rows)
    for tick in even_ticks(*_span(rows), most=6):
        canvas.line([(x(tick), inner.y), (x(tick), inner.bottom)], Ink("grid"))
        canvas.text(x(tick), inner.bottom + 15.0, _percent(tick), SMALL, "middle")
    canvas.line([(x(0.0), inner.y - 2.0), (x(0.0), inner.bottom + 2.0)], Ink("soft"))
    canvas.text(rect.right, inner.bottom + 33.0, AXIS, SMALL, "end")
    for k, row in enumerate(rows):
        middle = inner.y + (k + 0.5) * ROW
        canvas.text(rect.x, middle - 2.0, row.name, NAME)
        canvas.text(rect.x, middle + 13.0, _people(row), SMALL)
        if row.collapsed:
            canvas.text(rect.x + width(_people(row), SMALL), middle + 13.0, COLLAPSED, FLAT)
        _bars(canvas, x, middle, row, rect.right)


def gains_table(rows: Sequence[Gain]) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    header = ["modality", "patients", "gain_over_mean", "ridge_gain_over_mean", "gain_half_shown", "collapsed"]
    gains = [[None if v is None else round(v, 4) for v in (r.gain, r.ridge, r.part)] for r in rows]
    return header, [[r.name, r.patients, *found, r.collapsed] for r, found in zip(rows, gains, strict=True)]


def _bars(canvas: Canvas, x: Scale, middle: float, row: Gain, right: float) -> None:
    """Bars, their figures at the right edge: beside a bar one could be taken for that of the ring."""
    bars = [(row.gain, "accent", OWN_VALUE)] + ([] if row.ridge is None else [(row.ridge, "faint", VALUE)])
    for place, (value, role, kind) in enumerate(bars):
        y = middle + (place - (len(bars) - 1) / 2) * APART
        ends = sorted((x(0.0), x(max(value, LOWEST))))
        canvas.box(Rect(ends[0], y - BAR / 2, max(ends[1] - ends[0], 1.0), BAR), Fill(role), radius=1.5)
        canvas.text(right, y + 4.0, _percent(value), kind, "end")
    if row.part is not None:
        y = middle - (len(bars) - 1) / 2 * APART
        canvas.disc(x(max(row.part, LOWEST)), y, 4.0, Fill("panel"), Ink("accent", 1.4))


def _key(canvas: Canvas, rect: Rect, rows: Sequence[Gain]) -> None:
    """What the bars and the ring are."""
    x, y = rect.x, rect.y + 6.0
    for name, role in ((OWN, "accent"), (RIDGE, "faint")):
        canvas.box(Rect(x, y, BAR, BAR), Fill(role), radius=1.5)
        canvas.text(x + 14.0, y + 8.5, name, SMALL)
        x += 14.0 + width(name, SMALL) + 14.0
    if any(row.part is not None for row in rows):
        canvas.disc(x + 4.0, y + 4.5, 4.0, Fill("panel"), Ink("accent", 1.4))
        canvas.text(x + 14.0, y + 8.5, PART, SMALL)


def _span(rows: Sequence[Gain]) -> tuple[float, float]:
    """From the worst to the best, the line of the mean always in it."""
    values = [v for row in rows for v in (row.gain, row.ridge, row.part) if v is not None]
    return max(LOWEST, min([0.0, *values])), max([LEAST, *values])


def _scale(rows: Sequence[Gain], left: float, right: float) -> Scale:
    return Scale(_span(rows), (left, max(right, left + 40.0)))


def _people(row: Gain) -> str:
    return f"n = {count(row.patients)}"


def _under(row: Gain) -> str:
    return _people(row) + (COLLAPSED if row.collapsed else "")


def _percent(value: float) -> str:
    """A share in whole percent, with a real minus sign where it is not zero."""
    return f"{round(100 * value)}{THIN}%".replace("-", MINUS)
