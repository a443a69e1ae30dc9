"""C-index of methods (columns) by what was given at test time (rows), as a heat map with its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.figures.words import count

HEAD = Type(11.0, 500, "soft")
OWN_HEAD = Type(11.0, 600, "accent")
VALUE = Type(11.5, 400)
BEST = Type(11.5, 700)
SMALL = Type(11.0, 400, "soft")
ROW, GROUP, KEY = 22.0, 24.0, 34.0
"""heights of a row, of the line over rows of as many modalities, and of the key of the colours"""
STEP, LINE = 17.0, 14.0
"""between two modalities' dots, and between two lines of the head"""
COUNT, APART, WIDEST, NARROWEST = 66.0, 10.0, 118.0, 46.0
"""widths in px: of the patients' column, of the gap before the references, and of a method's column"""
STRONGEST = 0.48
"""opacity of the farthest colour: text on it keeps a contrast of 4.5 in both themes"""
ABOVE, BELOW = "low", "intermediate"
"""colour roles of a C-index above and below the middle one: blue and amber, told apart by everyone"""

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """What is drawn.

    Attributes:
        modalities: Short names of the M modalities.
        given: (R, M) what each row had at test time; rows of as many modalities stand together.
        methods: Names of the C columns.
        own: How many of the first columns are forms of the model; the others are what it is judged beside.
        values: (R, C) C-index, NaN where there is none; higher is better.
        patients: (R,) test patients, NaN where it is not known.
        oracle: (R,) C-index of the true risk, NaN where it is not known; without any the column is left out.
    """

    modalities: tuple[str, ...]
    given: NDArray[np.bool_]
    methods: tuple[str, ...]
    own: int
    values: Vector
    patients: Vector
    oracle: Vector

    @cached_property
    def middle(self) -> float:
        """The median of all figures, where the colours change; one half where there is none."""
        known = self.values[np.isfinite(self.values)]
        return float(np.median(known)) if len(known) else 0.5

    @cached_property
    def reach(self) -> float:
        """How far from the middle the colour is full: nine of ten figures are nearer, the others have the same colour.

        At least 0.02, so that noise gets no strong colour.
        """
        away = np.abs(self.values[np.isfinite(self.values)] - self.middle)
        return max(0.02, float(np.percentile(away, 90))) if len(away) else 0.02

    @cached_property
    def best(self) -> NDArray[np.bool_]:
        """(R, C) the highest figure of each row, as far as the three decimals tell; nobody is the best alone."""
        several = np.isfinite(self.values).sum(axis=1, keepdims=True) > 1
        rounded = np.round(np.where(several, self.values, np.nan), 3)
        most = np.nanmax(np.where(np.isfinite(rounded), rounded, -np.inf), axis=1, keepdims=True, initial=-np.inf)
        return np.asarray(rounded == most)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(R,) modalities given."""
        return np.asarray(self.given.sum(axis=1), dtype=np.int64)

    @cached_property
    def tops(self) -> Vector:
        """(R,) upper side of each row in px below the head."""
        new = np.diff(self.sizes, prepend=-1) != 0
        return np.asarray(np.arange(len(self.sizes)) * ROW + np.cumsum(new) * GROUP, dtype=float)

    def shade(self, value: float) -> Fill | None:
        """The colour of a figure: stronger the farther it is from the middle, in even steps."""
        away = (value - self.middle) / self.reach
        return Fill(ABOVE if away > 0 else BELOW, STRONGEST * min(1.0, abs(away)))


@dataclass(frozen=True, slots=True)
class _Places:
    """Left sides of the columns."""

    dots: float
    counts: float
    columns: tuple[float, ...]
    wide: float
    oracle: float | None


def head_height(figure: HeatMap) -> float:
    """Height of the head in px: a line for each modality's name."""
    return max(2, len(figure.modalities)) * LINE + 10.0


def heat_map_height(figure: HeatMap) -> float:
    """Height in px."""
    rows = float(figure.tops[-1]) + ROW if len(figure.tops) else 0.0
    return head_height(figure) + rows + KEY


def draw_heat_map(canvas: Canvas, rect: Rect, figure: HeatMap) -> None:
    """Dots say what was given; a ring marks the best of a row; a hollow cell has no figure."""
    places = _places(rect, figure)
    _head(canvas, rect, figure, places)
    body = rect.y + head_height(figure)
    for row, top in enumerate(figure.tops):
        y = body + float(top)
        if row == 0 or figure.sizes[row] != figure.sizes[row - 1]:
            _group(canvas, rect, y, int(figure.sizes[row]), len(figure.modalities))
        _given(canvas, y + ROW / 2, figure, row, places)
        for column, x in enumerate(places.columns):
            _cell(canvas, Rect(x, y, places.wide, ROW), figure, row, column)
        if places.oracle is not None and np.isfinite(figure.oracle[row]):
            canvas.text(places.oracle + places.wide / 2, y + 15.0, three(float(figure.oracle[row])), SMALL, "middle")
    _key(canvas, rect, figure)


def heat_map_cells(rect: Rect, figure: HeatMap) -> list[tuple[Rect, int, int]]:
    """Place, row and column of every cell, for pointing at it; column -1 is what was given."""
    places, body = _places(rect, figure), rect.y + head_height(figure)
    found = []
    for row, top in enumerate(figure.tops):
        y = body + float(top)
        found.append((Rect(places.dots, y, places.columns[0] - places.dots, ROW), row, -1))
        found += [(Rect(x, y, places.wide, ROW), row, column) for column, x in enumerate(places.columns)]
    return found


def heat_map_heads(rect: Rect, figure: HeatMap) -> list[tuple[Rect, int]]:
    """Place of every method's name and its column."""
    places = _places(rect, figure)
    tall = head_height(figure)
    return [(Rect(x, rect.y + tall - 40.0, places.wide, 40.0), column) for column, x in enumerate(places.columns)]


def heat_map_table(figure: HeatMap) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    known = bool(np.isfinite(figure.oracle).any())
    rows: list[list[object]] = []
    for row, given in enumerate(figure.given):
        names = "+".join(name for name, there in zip(figure.modalities, given, strict=True) if there)
        line: list[object] = [names, _or_none(figure.patients[row]), *map(_or_none, figure.values[row])]
        rows.append([*line, _or_none(figure.oracle[row])] if known else line)
    return ["given", "patients", *figure.methods, *(["oracle"] if known else [])], rows


def three(value: float) -> str:
    """A C-index with three decimals, as tables of them are written: `.869`, `1.000`."""
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0") else text


def _places(rect: Rect, figure: HeatMap) -> _Places:
    dots = rect.x + 2.0
    counts = dots + STEP * len(figure.modalities) + 4.0
    first = counts + COUNT
    with_oracle = bool(np.isfinite(figure.oracle).any())
    columns = len(figure.methods) + with_oracle
    gaps = APART * (0 < figure.own < len(figure.methods)) + APART * with_oracle
    wide = min(WIDEST, max(NARROWEST, (rect.right - first - gaps) / max(1, columns)))
    lefts = [first + k * wide + (APART if k >= figure.own > 0 else 0.0) for k in range(len(figure.methods))]
    return _Places(dots, counts, tuple(lefts), wide, lefts[-1] + wide + APART if with_oracle else None)


def _head(canvas: Canvas, rect: Rect, figure: HeatMap, places: _Places) -> None:
    bottom = rect.y + head_height(figure) - 4.0
    for k, name in enumerate(figure.modalities):  # a staircase: each name is over its dots and right of those before
        x, y = places.dots + (k + 0.5) * STEP, rect.y + (k + 1) * LINE - 3.0
        canvas.line([(x, y + 3.0), (x, bottom)], Ink("line"))
        canvas.text(x - 3.0, y, name, SMALL)
    canvas.text(places.columns[0] - 12.0, bottom - 4.0, "n", SMALL, "end")
    for k, x in enumerate(places.columns):
        _name(canvas, x, bottom, figure.methods[k], places.wide, OWN_HEAD if k < figure.own else HEAD)
    if places.oracle is not None:
        _name(canvas, places.oracle, bottom, "oracle", places.wide, SMALL)


def _name(canvas: Canvas, x: float, bottom: float, name: str, wide: float, kind: Type) -> None:
    """A method's name in one line or, cut after a comma, in two."""
    first, comma, rest = name.partition(", ")
    lines = [first + comma.rstrip(), rest] if rest and width(name, kind) > wide - 8.0 else [name]
    for k, line in enumerate(lines):
        y = bottom - 4.0 - (len(lines) - 1 - k) * LINE
        canvas.text(x + wide / 2, y, elide(line, kind, wide - 6.0), kind, "middle")


def _group(canvas: Canvas, rect: Rect, y: float, size: int, of: int) -> None:
    canvas.line([(rect.x, y - GROUP + 3.0), (rect.right, y - GROUP + 3.0)], Ink("line"))
    canvas.text(rect.x, y - 6.0, "everything measured" if size == of else f"{size} of {of} measured", SMALL)


def _given(canvas: Canvas, y: float, figure: HeatMap, row: int, places: _Places) -> None:
    centres = [places.dots + (k + 0.5) * STEP for k in range(len(figure.modalities))]
    there = [x for x, given in zip(centres, figure.given[row], strict=True) if given]
    if len(there) > 1:
        canvas.line([(there[0], y), (there[-1], y)], Ink("soft", 1.0))
    for x, given in zip(centres, figure.given[row], strict=True):
        canvas.disc(x, y, 4.2 if given else 3.8, Fill("text" if given else "panel"), None if given else Ink("faint"))
    if np.isfinite(figure.patients[row]):
        canvas.text(places.columns[0] - 12.0, y + 4.0, count(int(figure.patients[row])), SMALL, "end")


def _cell(canvas: Canvas, at: Rect, figure: HeatMap, row: int, column: int) -> None:
    value = float(figure.values[row, column])
    box = at.inset(1.0, 1.0, 1.0, 1.0)
    if not np.isfinite(value):
        canvas.box(box.inset(0.5, 0.5, 0.5, 0.5), None, Ink("line", 1.0, (3.0, 2.0)), 3.0)
        return
    best = bool(figure.best[row, column])
    canvas.box(box, figure.shade(value), None, 3.0)
    if best:
        canvas.box(box.inset(0.75, 0.75, 0.75, 0.75), None, Ink("text", 1.5), 3.0)
    canvas.text(at.x + at.width / 2, at.y + 15.0, three(value), BEST if best else VALUE, "middle")


def _key(canvas: Canvas, rect: Rect, figure: HeatMap) -> None:
    y = rect.y + heat_map_height(figure) - 18.0
    middle, reach = figure.middle, figure.reach
    x = _said(canvas, rect.x, y, f"≤ {three(max(0.0, middle - reach))}") + 8.0
    for k in range(15):
        canvas.box(Rect(x + 8.0 * k, y, 8.0, 10.0), figure.shade(middle + reach * (k - 7) / 7))
    canvas.line([(x + 60.0, y - 3.0), (x + 60.0, y + 13.0)], Ink("soft"))
    x = _said(canvas, x + 128.0, y, f"≥ {three(min(1.0, middle + reach))}, the line at the median {three(middle)}")
    canvas.box(Rect(x + 24.0, y - 2.0, 18.0, 14.0), None, Ink("text", 1.5), 3.0)
    x = _said(canvas, x + 48.0, y, "best of the row")
    canvas.box(Rect(x + 20.0, y - 2.0, 18.0, 14.0), None, Ink("faint", 1.0, (3.0, 2.0)), 3.0)
    _said(canvas, x + 44.0, y, "no figure")


def _said(canvas: Canvas, x: float, y: float, text: str) -> float:
    """Write a word of the key; where it ends."""
    canvas.text(x, y + 9.0, text, SMALL)
    return x + width(text, SMALL)


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
