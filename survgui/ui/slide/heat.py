"""The attention of one slide as something to draw: a small grid of colours, its lines, and what lies at a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survgui.cases.prediction import Attention
from survgui.figures.slide_overview import heat
from survgui.ui.slide.geometry import Box

Codes = NDArray[np.uint8]

MOST_CELLS = 1200
"""cells per side of the grid for patches off any grid: finer than that is not seen, and costs time at every opacity"""


def ranks(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) rank of each weight among all, 0 for the least and 1 for the most; equal weights share their mean."""
    if len(weights) < 2:
        return np.ones(len(weights), dtype=np.float32)
    _, index, counts = np.unique(weights, return_inverse=True, return_counts=True)
    mean = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(mean[index] / (len(weights) - 1), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class HeatMap:
    """The patches of one slide.

    Attributes:
        coords: (N, 2) upper left corners in level-0 pixels.
        ranks: (N,) 0 to 1 among all patches of the case.
        weights: (N,) attention; sums to 1 over the case.
        patch: Side of a patch in level-0 pixels.
        total: Number of patches of the case.
    """

    coords: NDArray[np.int64]
    ranks: NDArray[np.float32]
    weights: NDArray[np.float32]
    patch: float
    total: int

    def __len__(self) -> int:
        return len(self.ranks)

    @cached_property
    def step(self) -> float:
        """Side of a cell of the grid in level-0 pixels: a patch where patches lie on one grid, else a part of it."""
        if self.regular:
            return self.patch
        return max(self.patch / 4.0, float(np.ptp(self.coords, axis=0).max() + self.patch) / MOST_CELLS)

    @cached_property
    def regular(self) -> bool:
        """Whether the patches lie side by side on one grid."""
        offsets = (self.coords - self.coords.min(axis=0)) / self.patch
        return bool(np.abs(offsets - offsets.round()).max() * self.patch <= 1.0)

    @cached_property
    def corner(self) -> tuple[float, float]:
        """Upper left corner of the grid in level-0 pixels."""
        left, top = self.coords.min(axis=0)
        return float(left), float(top)

    @cached_property
    def codes(self) -> Codes:
        """(R, C) cells: 0 where no patch lies, else 1 for the least to 255 for the most rank.

        Where patches overlap, the one of the highest rank is on top.
        """
        first = np.round((self.coords - self.coords.min(axis=0)) / self.step).astype(int)
        side = max(1, round(self.patch / self.step))
        columns, rows = first.max(axis=0) + side
        grid = np.zeros((rows, columns), np.uint8)
        values = 1 + np.round(self.ranks * 254).astype(np.uint8)
        order = np.argsort(self.ranks, kind="stable")
        for down in range(side):
            for across in range(side):
                cells = first[order, 1] + down, first[order, 0] + across
                grid[cells] = np.maximum(grid[cells], values[order])  # of several in one cell the last stays
        return grid

    @property
    def box(self) -> Box:
        """What the grid covers, in level-0 pixels."""
        (left, top), (rows, columns) = self.corner, self.codes.shape
        return left, top, left + columns * self.step, top + rows * self.step

    def tints(self, opacity: float) -> NDArray[np.uint32]:
        """(R, C) colours as 0xffRRGGBB to multiply the tissue with; white where no patch lies."""
        shades = heat(np.linspace(0.0, 1.0, 255, dtype=np.float32))
        kept = np.vstack([np.ones((1, 3), np.float32), 1.0 - opacity * (1.0 - shades)])
        red, green, blue = np.round(kept * 255).astype(np.uint32).T
        table = np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue
        return np.asarray(table[self.codes], dtype=np.uint32)

    def cells(self, box: Box) -> tuple[int, int, int, int]:
        """First and last + 1 column, first and last + 1 row of the cells that a box of level-0 pixels meets."""
        (left, top), (rows, columns) = self.corner, self.codes.shape
        return (
            int(max(0, np.floor((box[0] - left) / self.step))), int(min(columns, np.ceil((box[2] - left) / self.step))),
            int(max(0, np.floor((box[1] - top) / self.step))), int(min(rows, np.ceil((box[3] - top) / self.step))),
        )  # fmt: skip

    def outlines(self, box: Box) -> list[Box]:
        """The borders of the patches that a box meets, as (x0, y0, x1, y1) in level-0 pixels.

        On one grid, borders that continue each other are one line and those of neighbours are drawn once.
        """
        if not self.regular:
            return self._frames(box)
        first, last, upper, lower = self.cells(box)
        if first >= last or upper >= lower:
            return []
        here = np.pad(self.codes[upper:lower, first:last] > 0, 1)
        (left, top), step = self.corner, self.step
        lying = here[1:, 1:-1] | here[:-1, 1:-1]  # (rows + 1, columns)
        standing = (here[1:-1, 1:] | here[1:-1, :-1]).T  # (columns + 1, rows)
        x, y = left + first * step, top + upper * step
        return [
            *((x + a * step, y + row * step, x + b * step, y + row * step) for row, a, b in _runs(lying)),
            *((x + column * step, y + a * step, x + column * step, y + b * step) for column, a, b in _runs(standing)),
        ]

    def _frames(self, box: Box) -> list[Box]:
        met = (self.coords > np.array(box[:2]) - self.patch) & (self.coords < np.array(box[2:]))
        lines: list[Box] = []
        for left, top in self.coords[met.all(axis=1)].tolist():
            right, bottom = left + self.patch, top + self.patch
            lines += [(left, top, right, top), (left, bottom, right, bottom)]
            lines += [(left, top, left, bottom), (right, top, right, bottom)]
        return lines

    def at(self, x: float, y: float) -> int | None:
        """The patch at a place, the one of the highest rank where several lie; None where none does."""
        offsets = np.array((x, y)) - self.coords
        inside = np.flatnonzero(((offsets >= 0) & (offsets < self.patch)).all(axis=1))
        return int(inside[np.argmax(self.ranks[inside])]) if len(inside) else None

    def strongest(self, count: int) -> list[int]:
        """Patches of the highest rank, highest first."""
        return [int(k) for k in np.argsort(-self.ranks, kind="stable")[:count]]

    def weakest(self, count: int) -> list[int]:
        """Patches of the least rank, the least last."""
        return [int(k) for k in np.argsort(self.ranks, kind="stable")[:count][::-1]]


def of_slide(attention: Attention, name: str, alone: bool) -> HeatMap | None:
    """The attention over one slide, ranked among all patches of the case; None where it has no patch with a place.

    Args:
        name: The slide's file name.
        alone: Whether it is the case's one slide, whose patches need not say so.
    """
    count = len(attention.weights)
    if not count or len(attention.coords) != count:
        return None
    if attention.slides:
        mine = np.array([slide == name for slide in attention.slides], dtype=bool)
    else:
        mine = np.full(count, alone)
    if not mine.any():
        return None
    coords = np.asarray(attention.coords[mine], dtype=np.int64)
    side = attention.patch if attention.patch > 0 else _spacing(coords)
    return HeatMap(coords, ranks(attention.weights)[mine], attention.weights[mine], side, count)


def _spacing(coords: NDArray[np.int64]) -> float:
    """The distance between neighbours, for the side of patches that do not tell it."""
    gaps = np.concatenate([np.diff(np.unique(coords[:, axis])) for axis in (0, 1)])
    values, counts = np.unique(gaps, return_counts=True)
    return float(values[np.argmax(counts)]) if len(values) else 224.0


def _runs(marked: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Runs of True in each row: row, first, last + 1."""
    edges = np.diff(np.pad(marked, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(edges == 1)
    _, last = np.nonzero(edges == -1)
    return [(int(r), int(a), int(b)) for r, a, b in zip(rows, first, last, strict=True)]
