"""Blocks to pages: every height comes from measured text, so nothing overlaps and nothing is cut off.

A block becomes pieces; pieces are put onto pages from the top. A heading is kept with the piece after it. Only
columns can be parted: each goes on overleaf from where it had to end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, singledispatch

from survgui.cases.case import State
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.chips import draw_swatch
from survgui.figures.theme import Type, text_role, width
from survgui.figures.type import Line, Run, elide, wrap
from survgui.report.blocks import (
    BODY,
    BOLD,
    NUMBER,
    SECTION,
    SMALL,
    SOFT,
    TITLE,
    Badge,
    Block,
    Columns,
    Facts,
    Figure,
    Heading,
    Headline,
    Notice,
    Paragraph,
    Row,
    Table,
    Title,
)

PAGE = Rect(0.0, 0.0, 793.7, 1122.5)
"""A4 in px of 1/96 inch"""
SIDE, TOP, FOOT = 48.0, 44.0, 58.0
HEAD = 20.0
"""what the running head of later pages takes"""
CONTENT_HEIGHT = PAGE.height - TOP - FOOT - HEAD
GAP = 26.0
LEADING = 1.42
CELL = 3.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What stays in one: its height, and how to draw it with the upper left corner at x, y.

    Attributes:
        keep: Must be on the same page as the piece after it.
        columns: The pieces of each column and its distance from the left, if the piece is made of columns.
    """

    height: float
    draw: Callable[[Canvas, float, float], None]
    keep: bool = False
    columns: tuple[tuple[float, tuple[Piece, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece and where it begins, in px from the top of the page's content."""

    y: float
    piece: Piece


def pages(blocks: Sequence[Block], wide: float, high: float) -> list[list[Placed]]:
    """Pieces of all blocks on pages of `wide` x `high` px."""
    made: list[list[Placed]] = [[]]
    y = 0.0
    queue = deque(_kept([piece for block in blocks for piece in pieces(block, wide, high)]))
    while queue:
        group = queue.popleft()
        if y + sum(piece.height for piece in group) > high:
            parts = _parted(group[0], high - y) if len(group) == 1 else None
            if parts is not None:
                group = [parts[0]]
                queue.appendleft([parts[1]])
            elif made[-1]:
                made.append([])
                queue.appendleft(group)
                y = 0.0
                continue
        for piece in group:
            made[-1].append(Placed(y, piece))
            y += piece.height
    return made


def _parted(piece: Piece, room: float) -> tuple[Piece, Piece] | None:
    """What of columns fits into `room` px, and the rest; None where a column could not even begin."""
    first, rest = [], []
    for left, column in piece.columns:
        taken, y = 0, 0.0
        for group in _kept(column):
            y += sum(inner.height for inner in group)
            if y > room:
                break
            taken += len(group)
        if column and not taken:
            return None
        first.append((left, column[:taken]))
        rest.append((left, column[taken:]))
    return (_beside(first), _beside(rest)) if piece.columns else None


def _kept(queue: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that stay together."""
    groups: list[list[Piece]] = []
    open_ = False
    for piece in queue:
        if open_:
            groups[-1].append(piece)
        else:
            groups.append([piece])
        open_ = piece.keep
    return groups


@singledispatch
def pieces(block: Block, wide: float, high: float) -> list[Piece]:
    """The pieces of a block in a column of `wide` px on pages of `high` px."""
    raise TypeError(f"no layout for {type(block).__name__}")


@pieces.register
def _(block: Title, wide: float, high: float) -> list[Piece]:
    room = wide - 90.0
    below = wrap([Run(block.below, SOFT)], room, 3)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.text(x, y + 19.0, elide(block.title, TITLE, room), TITLE)
        canvas.text(x + wide, y + 14.0, block.right, Type(12.0, 700), "end")
        canvas.text(x + wide, y + 30.0, block.right_below, SOFT, "end")
        _lines(canvas, x, y + 26.0, below)

    return [Piece(26.0 + _height(below) + 10.0, draw)]


@pieces.register
def _(block: Notice, wide: float, high: float) -> list[Piece]:
    lines = wrap([Run(block.text, Type(10.0, 500, "warn"))], wide - 20.0, 4)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.box(Rect(x, y, wide, _height(lines) + 12.0), Fill("warn_tint"), radius=5.0)
        _lines(canvas, x + 10.0, y + 6.0, lines)

    return [Piece(_height(lines) + 22.0, draw)]


@pieces.register
def _(block: Heading, wide: float, high: float) -> list[Piece]:
    title = elide(block.title, SECTION, wide)
    note = elide(block.note, SMALL, max(0.0, wide - width(title, SECTION) - 12.0)) if block.note else ""

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.text(x, y + 16.0, title, SECTION)
        canvas.text(x + wide, y + 16.0, note, SMALL, "end")
        canvas.line([(x, y + 22.5), (x + wide, y + 22.5)], Ink("line", 0.8))

    return [Piece(29.0, draw, keep=True)]


@pieces.register
def _(block: Paragraph, wide: float, high: float) -> list[Piece]:
    lines = wrap(block.runs, wide, block.most)
    return [Piece(_height(lines) + 6.0, lambda canvas, x, y: _lines(canvas, x, y, lines))]


@pieces.register
def _(block: Headline, wide: float, high: float) -> list[Piece]:
    beside = width(block.number, NUMBER) + 14.0

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.text(x, y + 32.0, block.number, NUMBER)
        canvas.text(x + beside, y + 18.0, elide(block.first, BODY, wide - beside), BODY)
        canvas.text(x + beside, y + 32.0, elide(block.second, SOFT, wide - beside), SOFT)

    return [Piece(46.0, draw)]


@pieces.register
def _(block: Badge, wide: float, high: float) -> list[Piece]:
    kind = Type(10.5, 600, text_role(block.role))
    inner = width(block.word, kind) + 18.0
    after = wrap([Run(block.after, BODY)], wide - inner - 8.0, 3)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.box(Rect(x, y, inner, 20.0), Fill(block.role, 0.14), radius=10.0)
        canvas.text(x + 9.0, y + 13.8, block.word, kind)
        _lines(canvas, x + inner + 8.0, y + 3.0, after)

    return [Piece(max(20.0, _height(after) + 4.0) + 7.0, draw)]


@pieces.register
def _(block: Facts, wide: float, high: float) -> list[Piece]:
    swatch = 15.0 if any(row.state for row in block.rows) else 0.0
    most = wide * 0.4
    label = min(max((width(row.label, SOFT) for row in block.rows), default=0.0), most) + 14.0 + swatch
    made = []
    for row in block.rows:
        names = wrap([Run(row.label, SOFT)], label - 14.0 - swatch)
        lines = wrap(row.runs, wide - label, 12)
        draw = partial(_fact, names=names, lines=lines, label=label, state=row.state, swatch=swatch)
        made.append(Piece(max(_height(names), _height(lines)) + 2.5, draw))
    return [*made, _space(5.0)]


def _fact(
    canvas: Canvas,
    x: float,
    y: float,
    names: list[Line],
    lines: list[Line],
    label: float,
    state: State | None,
    swatch: float,
) -> None:
    if state is not None:
        draw_swatch(canvas, Rect(x, y + 3.6, 8.0, 8.0), state)
    _lines(canvas, x + swatch, y, names)
    _lines(canvas, x + label, y, lines)


@pieces.register
def _(block: Table, wide: float, high: float) -> list[Piece]:
    head = Row(block.header)
    rows = [_row(block, head, wide, Type(9.5, 400, "soft"), True)]
    for row in block.rows:
        rows.append(_row(block, row, wide, BOLD if row.bold else Type(10.0, 400), False))
    together = sum(piece.height for piece in rows) < high / 2  # a long table may go on overleaf
    rows = [replace(piece, keep=together or piece.keep) for piece in rows[:-1]] + rows[-1:]
    return [*rows, _space(8.0)]


def _row(block: Table, row: Row, wide: float, kind: Type, head: bool) -> Piece:
    swatch = 15.0 if any(r.state for r in block.rows) else 0.0
    columns = [share * wide for share in block.shares]
    cells = []
    for k, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
        style = Type(kind.px, kind.weight, "accent") if row.state is State.IMPUTED and k < 2 else kind
        cells.append(wrap([Run(cell, style)], column - 8.0 - (swatch if k == 0 else 0.0), 6))
    height = max(_height(lines) for lines in cells) + 2 * CELL

    def draw(canvas: Canvas, x: float, y: float) -> None:
        if row.state is not None:
            draw_swatch(canvas, Rect(x, y + CELL + 3.2, 8.0, 8.0), row.state)
        left = x
        for k, (lines, column) in enumerate(zip(cells, columns, strict=True)):
            start = left + (swatch if k == 0 else 0.0)
            _lines(canvas, start, y + CELL, lines, column - 2.0 if block.align[k] == "r" else None)
            left += column
        canvas.line([(x, y + height), (x + wide, y + height)], Ink("line", 0.8 if head else 0.6))

    return Piece(height, draw, keep=head)


@pieces.register
def _(block: Figure, wide: float, high: float) -> list[Piece]:
    figure = min(block.height(wide), high - 80.0)
    lines = wrap([Run(block.caption, SMALL)], wide, 4) if block.caption else []

    def draw(canvas: Canvas, x: float, y: float) -> None:
        block.draw(canvas, Rect(x, y, wide, figure))
        _lines(canvas, x, y + figure + 3.0, lines)

    return [Piece(figure + _height(lines) + 8.0, draw)]


@pieces.register
def _(block: Columns, wide: float, high: float) -> list[Piece]:
    total = sum(share for share, _ in block.parts)
    room = wide - GAP * (len(block.parts) - 1)
    columns: list[tuple[float, tuple[Piece, ...]]] = []
    left = 0.0
    for share, blocks in block.parts:
        column = room * share / total
        columns.append((left, tuple(piece for inner in blocks for piece in pieces(inner, column, high))))
        left += column + GAP
    return [_beside(columns)]


def _beside(columns: Sequence[tuple[float, tuple[Piece, ...]]]) -> Piece:
    """Columns as one piece, as high as the highest of them."""

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for shift, column in columns:
            at = y
            for piece in column:
                piece.draw(canvas, x + shift, at)
                at += piece.height

    height = max(sum(piece.height for piece in column) for _, column in columns)
    return Piece(height, draw, columns=tuple(columns))


def _space(height: float) -> Piece:
    return Piece(height, lambda canvas, x, y: None)


def _height(lines: Sequence[Line]) -> float:
    return sum(_line_height(line) for line in lines)


def _line_height(line: Line) -> float:
    return LEADING * max((run.kind.px for run in line), default=BODY.px)


def _lines(canvas: Canvas, x: float, y: float, lines: Sequence[Line], right: float | None = None) -> None:
    """Draw lines from y downwards; flush right against `x + right` if that is given."""
    for line in lines:
        height = _line_height(line)
        at = x if right is None else x + right - sum(width(run.text, run.kind) for run in line)
        for run in line:
            canvas.text(at, y + 0.74 * height, run.text, run.kind)
            at += width(run.text, run.kind)
        y += height
