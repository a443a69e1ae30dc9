"""Who has which modality: a bar each with its number, and beside it which are missing together (as UpSet does)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survgui.cases.case import Modality
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import count, percent, plural

NAME = Type(12.5, 400)
VALUE = Type(12.5, 500)
SMALL = Type(11.0, 400, "soft")
ROW = 24.0
HEAD = 66.0
"""over the rows: the patterns' bars with their numbers"""
STEP = 40.0
"""between two patterns"""
NARROW = 130.0
"""the least length of the bars"""


@dataclass(frozen=True, slots=True)
class Availability:
    """What is drawn.

    Attributes:
        patients: In the cohort.
        having: Patients who have each modality.
        patterns: Modalities that are there together with the number of patients, the most frequent first.
    """

    patients: int
    having: Mapping[Modality, int]
    patterns: tuple[tuple[frozenset[Modality], int], ...]


def availability_height(figure: Availability) -> float:
    """Height in px."""
    return HEAD + ROW * len(figure.having) + 2.0


def draw_availability(canvas: Canvas, rect: Rect, figure: Availability) -> None:
    """Bars at the left, patterns at the right on the same rows; as many patterns as there is room for."""
    left = max((width(m.title, NAME) for m in figure.having), default=0.0) + 14.0
    values = {m: f"{count(n)} · {percent(_share(n, figure))}" for m, n in figure.having.items()}
    wide = max((width(text, VALUE) for text in values.values()), default=0.0) + 12.0
    free = rect.width - left - wide - NARROW - 34.0
    shown = max(0, min(len(figure.patterns), int(free // STEP)))
    matrix = Rect(rect.right - shown * STEP, rect.y, shown * STEP, rect.height)
    bar = Rect(rect.x + left, rect.y, matrix.x - 34.0 - wide - rect.x - left, rect.height)
    canvas.text(rect.x, rect.y + HEAD - 12.0, f"of {plural(figure.patients, 'patient')}", SMALL)
    for row, (modality, n) in enumerate(figure.having.items()):
        y = rect.y + HEAD + (row + 0.5) * ROW
        canvas.text(rect.x, y + 4.4, modality.title, NAME)
        canvas.box(Rect(bar.x, y - 4.0, bar.width, 8.0), Fill("grid"), radius=4.0)
        if n:
            canvas.box(Rect(bar.x, y - 4.0, bar.width * _share(n, figure), 8.0), Fill("accent"), radius=4.0)
        canvas.text(bar.right + wide, y + 4.4, values[modality], VALUE, "end")
    if shown:
        _patterns(canvas, matrix, figure, shown)


def availability_table(figure: Availability) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV: modalities alone, then the patterns."""
    rows: list[list[object]] = [["having", str(m), n] for m, n in figure.having.items()]
    rows += [["having exactly", "+".join(sorted(there)), n] for there, n in figure.patterns]
    return ["what", "modalities", "patients"], rows


def _share(n: int, figure: Availability) -> float:
    return n / max(1, figure.patients)


def _patterns(canvas: Canvas, matrix: Rect, figure: Availability, shown: int) -> None:
    rest = figure.patterns[shown:]
    title = "measured together"
    if rest:
        title = f"{shown} most frequent of {count(len(figure.patterns))} patterns"
    canvas.text(matrix.right, matrix.y + 9.0, title, SMALL, "end")
    most = max(n for _, n in figure.patterns)
    modalities = list(figure.having)
    for k, (there, n) in enumerate(figure.patterns[:shown]):
        x = matrix.x + (k + 0.5) * STEP
        tall = max(1.5, 26.0 * n / most)
        canvas.box(Rect(x - 8.0, matrix.y + HEAD - 6.0 - tall, 16.0, tall), Fill("accent"), radius=1.5)
        canvas.text(x, matrix.y + HEAD - 11.0 - tall, count(n), SMALL, "middle")
        rows = [matrix.y + HEAD + (row + 0.5) * ROW for row in range(len(modalities))]
        filled = [y for y, m in zip(rows, modalities, strict=True) if m in there]
        if len(filled) > 1:
            canvas.line([(x, filled[0]), (x, filled[-1])], Ink("text", 1.4))
        for y, m in zip(rows, modalities, strict=True):
            if m in there:
                canvas.disc(x, y, 4.6, Fill("text"))
            else:
                canvas.disc(x, y, 4.2, Fill("panel"), Ink("faint", 1.0))
