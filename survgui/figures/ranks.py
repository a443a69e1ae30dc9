"""Where the measured values lie among their imputation draws: even ranks mean that the spread is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import count, plain

TICK = Type(9.0, 400, "soft")
LABEL = Type(9.5, 600, "soft")


@dataclass(frozen=True, slots=True, eq=False)
class RankHistogram:
    """Counts of ranks.

    Attributes:
        edges: (b+1,) of the bins, 0 to 1.
        counts: (b,) values in each bin.
        expected: (b,) what even ranks would give.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    expected: NDArray[np.float64]

    @classmethod
    def of(cls, ranks: NDArray[np.float64], draws: int) -> RankHistogram:
        """From ranks 0 to 1 among `draws` draws.

        A value has one of `draws + 1` places among them. Bins hold equally many places where that number has a
        divisor from 5 to 12, so that even ranks are level; elsewhere ten bins that differ by one place at most.
        """
        places = draws + 1
        bins = max((b for b in range(5, 13) if places % b == 0), default=min(10, places))
        starts = np.array([part[0] for part in np.array_split(np.arange(places), bins)])
        at = np.clip(np.floor(ranks * draws + 0.5), 0, draws)
        counts = np.bincount(np.searchsorted(starts, at, side="right") - 1, minlength=bins)
        edges = np.append(starts, places) / places
        return cls(edges, counts.astype(np.int64), np.diff(edges) * len(ranks))


def draw_ranks(canvas: Canvas, rect: Rect, figure: RankHistogram) -> None:
    """Bars, and a dashed line at what even ranks would give."""
    top = max(float(figure.counts.max()), float(figure.expected.max())) * 1.15 or 1.0
    ticks = even_ticks(0.0, top, 5)
    left = max((width(count(int(t)), TICK) for t in ticks), default=0.0) + 8.0
    inner = rect.inset(left, 16.0, width("expected", LABEL) + 12.0, 32.0)
    x, y = Scale((0.0, 1.0), (inner.x, inner.right)), Scale((0.0, top), (inner.bottom, inner.y))
    for t in ticks:
        canvas.line([(inner.x, y(t)), (inner.right, y(t))], Ink("line" if t == 0.0 else "grid"))
        if float(t).is_integer():
            canvas.text(inner.x - 6.0, y(t) + 3.2, count(int(t)), TICK, "end")
    for a, b, n in zip(figure.edges[:-1], figure.edges[1:], figure.counts, strict=True):
        if n:
            bar = Rect(x(a) + 1.0, y(float(n)), x(b) - x(a) - 2.0, inner.bottom - y(float(n)))
            canvas.box(bar, Fill("accent", 0.75), radius=1.5)
    level = np.column_stack([np.repeat(figure.edges, 2)[1:-1], np.repeat(figure.expected, 2)])
    canvas.line(np.column_stack([x.of(level[:, 0]), y.of(level[:, 1])]), Ink("text", 1.2, (4.0, 2.5)))
    canvas.text(inner.right + 6.0, y(float(figure.expected[-1])) + 3.2, "expected", LABEL)
    for share, said in ((0.0, "lowest"), (0.5, plain(0.5)), (1.0, "highest")):
        canvas.text(x(share), inner.bottom + 14.0, said, TICK, ("start", "middle", "end")[round(2 * share)])
    canvas.text(rect.x, rect.y + 8.0, "values", TICK)
    canvas.text(inner.right, inner.bottom + 27.0, "rank among the draws", TICK, "end")


def ranks_table(figure: RankHistogram) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows = zip(figure.edges[:-1], figure.edges[1:], figure.counts, figure.expected, strict=True)
    return ["rank_from", "rank_to", "values", "expected"], [
        [float(a), float(b), int(n), float(e)] for a, b, n, e in rows
    ]
