"""Methods on the same folds: their C-index with its spread over folds, and the other figures beside."""

from __future__ import annotations

from dataclasses import dataclass

from survgui.figures.axes import Scale, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.heat_map import three
from survgui.figures.theme import Type, width
from survgui.figures.type import Run, wrap
from survgui.figures.words import MINUS

HEAD = Type(11.0, 400, "soft")
NAME = Type(12.0, 400)
VALUE = Type(12.0, 400)
BEST = Type(12.0, 700)
SMALL = Type(11.0, 400, "soft")
ROW, TOP, FOOT = 24.0, 24.0, 26.0
"""heights of a row, of the titles over the rows and of the axis under them"""
GAP, TRACK, NOTE = 16.0, 150.0, 140.0
"""px between columns; least length of the axis; least room for notes"""


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One method.

    Attributes:
        name: As it is read.
        own: Whether it is a form of the model.
        c_index, deviation: On what patients naturally have: mean and s.d. over folds; higher is better.
        complete: C-index on patients who have every modality.
        cs, ibs: (C + 1 - IBS) / 2, higher is better, and the integrated Brier score, lower is better.
        oracle_share: C-index over that of the true risk, of simulated patients.
        change: C-index less the model's on the same folds, and the standard error of that difference.
        against: The model's name.
        note: Why there is no figure, or what the method cannot do.
    """

    name: str
    own: bool = False
    c_index: float | None = None
    deviation: float | None = None
    complete: float | None = None
    cs: float | None = None
    ibs: float | None = None
    oracle_share: float | None = None
    change: tuple[float, float | None] | None = None
    against: str = "MUST"
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    texts: tuple[str, ...]
    bold: frozenset[int] = frozenset()

    @property
    def wide(self) -> float:
        return max(width(self.title, HEAD), *(width(text, BEST) for text in self.texts))


def methods_height(rows: tuple[MethodRow, ...]) -> float:
    """Height in px."""
    return TOP + ROW * len(rows) + FOOT


def draw_methods(canvas: Canvas, rect: Rect, rows: tuple[MethodRow, ...]) -> None:
    """A dot with its whisker a row: filled for what patients have, hollow for those with everything; figures beside."""
    columns = _columns(rows)
    names = max((width(row.name, BEST) for row in rows), default=0.0)
    told = any(row.note for row in rows)
    free = rect.width - names - sum(column.wide + GAP for column in columns) - 2 * GAP
    note = min(320.0, free - TRACK - GAP) if told and free >= TRACK + NOTE + GAP else 0.0
    track = Rect(rect.x + names + GAP, rect.y, max(60.0, free - note - (GAP if note else 0.0)), rect.height)
    _axis(canvas, track, rows)
    _key(canvas, rect.x, rect.y, rows)
    x = _scale(track, rows)
    for k, row in enumerate(rows):
        y = rect.y + TOP + (k + 0.5) * ROW
        if k:
            canvas.line([(rect.x, y - ROW / 2), (rect.right, y - ROW / 2)], Ink("grid"))
        canvas.text(rect.x, y + 4.2, row.name, Type(12.0, 600 if row.own else 400, "accent" if row.own else "text"))
        _dots(canvas, x, y, row)
    at = track.right + GAP
    for column in columns:
        at += column.wide + GAP
        canvas.text(at - GAP, rect.y + 11.0, column.title, HEAD, "end")
        for k, text in enumerate(column.texts):
            kind = BEST if k in column.bold else VALUE
            canvas.text(at - GAP, rect.y + TOP + (k + 0.5) * ROW + 4.2, text, kind, "end")
    for k, row in enumerate(rows):
        if note and row.note:
            (line,) = wrap([Run(row.note, SMALL)], rect.right - at, most=1)
            canvas.text(at, rect.y + TOP + (k + 0.5) * ROW + 4.0, line[0].text, SMALL)


def methods_rows(rect: Rect, rows: tuple[MethodRow, ...]) -> list[tuple[Rect, MethodRow]]:
    """The strip of each method, for pointing at it."""
    return [(Rect(rect.x, rect.y + TOP + k * ROW, rect.width, ROW), row) for k, row in enumerate(rows)]


def methods_table(rows: tuple[MethodRow, ...]) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    header = ["method", "c_index", "c_index_sd", "c_index_complete", "cs", "ibs", "c_over_oracle"]
    header += [f"difference_to_{_against(rows).lower()}", "standard_error", "note"]
    return header, [
        [r.name, r.c_index, r.deviation, r.complete, r.cs, r.ibs, r.oracle_share, *(r.change or (None, None)), r.note]
        for r in rows
    ]


def change_text(change: tuple[float, float | None] | None) -> str:
    """`+.012 ± .008`; what rounds to zero has no sign."""
    if change is None:
        return "–"
    value, error = change
    text = three(abs(value))
    sign = "" if float(text) == 0.0 else "+" if value > 0 else MINUS
    return f"{sign}{text}" + ("" if error is None else f" ± {three(error)}")


def _against(rows: tuple[MethodRow, ...]) -> str:
    return rows[0].against if rows else MethodRow("").against


def _columns(rows: tuple[MethodRow, ...]) -> list[_Column]:
    """The columns of which any row has a figure; the best C-index is bold, whosever it is."""
    c = [_mean(row) for row in rows]
    made = [_Column("C-index ± s.d.", tuple(c), _best([row.c_index for row in rows]))]
    complete = [row.complete for row in rows]
    optional = (
        ("complete", complete, _best(complete)),
        ("CS", [row.cs for row in rows], frozenset[int]()),
        ("IBS", [row.ibs for row in rows], frozenset[int]()),
        ("of oracle", [row.oracle_share for row in rows], frozenset[int]()),
    )
    for title, values, bold in optional:
        if any(value is not None for value in values):
            made.append(_Column(title, tuple("–" if v is None else three(v) for v in values), bold))
    if any(row.change is not None for row in rows):
        made.append(_Column(f"Δ {_against(rows)} ± s.e.", tuple(change_text(row.change) for row in rows)))
    return made


def _mean(row: MethodRow) -> str:
    if row.c_index is None:
        return "–"
    return three(row.c_index) + ("" if row.deviation is None else f" ± {three(row.deviation)}")


def _best(values: list[float | None]) -> frozenset[int]:
    known = [round(v, 3) for v in values if v is not None]
    return frozenset(k for k, v in enumerate(values) if v is not None and round(v, 3) == max(known))


def _scale(track: Rect, rows: tuple[MethodRow, ...]) -> Scale:
    return Scale(_span(rows), (track.x + 6.0, track.right - 6.0))


def _span(rows: tuple[MethodRow, ...]) -> tuple[float, float]:
    """The least and the greatest end of a whisker, with a little room."""
    ends = [v for row in rows for v in (row.complete, *_whisker(row)) if v is not None]
    if not ends:
        return 0.5, 1.0
    low, high = max(0.0, min(ends) - 0.01), min(1.0, max(ends) + 0.01)
    return (low, high) if high - low >= 0.04 else (low - 0.02, high + 0.02)


def _whisker(row: MethodRow) -> tuple[float, ...]:
    if row.c_index is None:
        return ()
    spread = row.deviation or 0.0
    return row.c_index - spread, row.c_index + spread


def _axis(canvas: Canvas, track: Rect, rows: tuple[MethodRow, ...]) -> None:
    x, bottom = _scale(track, rows), track.y + TOP + ROW * len(rows)
    own = next((row.c_index for row in rows if row.own and row.c_index is not None), None)
    for tick in even_ticks(*_span(rows), most=max(5, int(track.width / 45.0))):
        canvas.line([(x(tick), track.y + TOP - 4.0), (x(tick), bottom)], Ink("grid"))
        canvas.text(x(tick), bottom + 15.0, f"{tick:.2f}", HEAD, "middle")
    if own is not None:
        canvas.line([(x(own), track.y + TOP - 4.0), (x(own), bottom)], Ink("accent", 1.0, (3.0, 3.0)))


def _key(canvas: Canvas, x: float, y: float, rows: tuple[MethodRow, ...]) -> None:
    """What the two kinds of dots are."""
    canvas.disc(x + 4.0, y + 7.0, 3.6, Fill("soft"))
    canvas.text(x + 12.0, y + 11.0, "as they come", HEAD)
    if any(row.complete is not None for row in rows):
        after = x + 12.0 + width("as they come", HEAD) + 14.0
        canvas.disc(after, y + 7.0, 3.2, Fill("panel"), Ink("soft", 1.2))
        canvas.text(after + 8.0, y + 11.0, "complete", HEAD)


def _dots(canvas: Canvas, x: Scale, y: float, row: MethodRow) -> None:
    role = "accent" if row.own else "soft"
    if row.c_index is not None:
        low, high = _whisker(row)
        canvas.line([(x(low), y), (x(high), y)], Ink(role, 1.6))
        canvas.disc(x(row.c_index), y, 4.2, Fill(role))
    if row.complete is not None:
        canvas.disc(x(row.complete), y, 3.4, Fill("panel"), Ink(role, 1.2))
