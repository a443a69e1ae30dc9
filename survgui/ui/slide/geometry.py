"""Where things are: the pyramid of tiles that a slide is shown from, and the camera that looks at it.

Three frames, x to the right and y down in all of them: *slide* is level-0 pixels; *world* is the slide at the
camera's scale in whole device pixels, so that a pan moves everything by whole pixels; *view* is the widget in px,
with `ratio` device pixels to each.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

TILE = 512
"""pixels per side of a tile: half the calls of 256 when it is painted, and 4 ms to decode"""
NEAR = 0.015
"""by how much a scale may be off a level's to be taken for it; 0.499 µm per pixel is 20x"""
CHEAP = 1_500_000
"""pixels that are read in the time of a few tiles"""

Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


class Tile(NamedTuple):
    """A tile's place: level of the pyramid, column and row."""

    level: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the pyramid.

    Attributes:
        downsample: Level-0 pixels per pixel.
        width: Pixels.
        height: Pixels.
        native: The slide's own level that it is, or None where it is made by averaging a finer one.
    """

    downsample: float
    width: int
    height: int
    native: int | None


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The levels that a slide is shown from: its own, and halvings between and beyond them, down to one tile.

    A view then never shrinks a tile by more than two, which costs little and does not alias.
    """

    levels: tuple[Level, ...]

    @classmethod
    def of(cls, sizes: Sequence[tuple[int, int]], downsamples: Sequence[float]) -> Pyramid:
        """The pyramid of a slide with levels of these sizes (width, height), level 0 first."""
        wide, high = sizes[0]
        levels: list[Level] = []
        for native, (size, scale) in enumerate(zip(sizes, downsamples, strict=True)):
            if levels and scale <= levels[-1].downsample * (1.0 + NEAR):
                continue
            if levels:
                levels += _between(levels[-1].downsample, scale, wide, high)
            levels.append(Level(scale, *size, native))
        while max(levels[-1].width, levels[-1].height) > TILE:
            levels.append(_made(levels[-1].downsample * 2.0, wide, high))
        single = next(k for k, level in enumerate(levels) if max(level.width, level.height) <= TILE)
        return cls(tuple(levels[: single + 1]))

    @property
    def width(self) -> int:
        """Of the slide, in level-0 pixels."""
        return self.levels[0].width

    @property
    def height(self) -> int:
        """Of the slide, in level-0 pixels."""
        return self.levels[0].height

    @property
    def top(self) -> Tile:
        """The one tile that shows the whole slide."""
        return Tile(len(self.levels) - 1, 0, 0)

    @property
    def top_is_cheap(self) -> bool:
        """Whether the top tile can be read at once: there is a level of the slide's own that is nearly as small."""
        own = max(level.downsample for level in self.levels if level.native is not None)
        return self.width * self.height / own**2 <= CHEAP

    def level_for(self, downsample: float) -> int:
        """The coarsest level that is no coarser than `downsample` level-0 pixels per device pixel."""
        fits = [k for k, level in enumerate(self.levels) if level.downsample <= downsample * (1.0 + NEAR)]
        return fits[-1] if fits else 0

    def snapped(self, downsample: float) -> float:
        """The downsample of a level that is as good as the same, so that its pixels are shown as they are."""
        near = [level.downsample for level in self.levels if abs(level.downsample / downsample - 1.0) <= NEAR]
        return near[0] if near else downsample

    def size(self, tile: Tile) -> tuple[int, int]:
        """Columns and rows of a tile's pixels; fewer at the right and lower edge."""
        level = self.levels[tile.level]
        return min(TILE, level.width - tile.column * TILE), min(TILE, level.height - tile.row * TILE)

    def box(self, tile: Tile) -> Box:
        """What a tile covers, in level-0 pixels; the last ones may reach over the edge by less than a pixel."""
        scale, (columns, rows) = self.levels[tile.level].downsample, self.size(tile)
        left, top = tile.column * TILE * scale, tile.row * TILE * scale
        return left, top, left + columns * scale, top + rows * scale

    def tiles(self, level: int, box: Box) -> Iterator[Tile]:
        """The tiles of a level that a box of level-0 pixels meets, those nearest to its centre first."""
        at = self.levels[level]
        side = TILE * at.downsample
        columns = range(max(0, math.floor(box[0] / side)), min(-(-at.width // TILE), math.ceil(box[2] / side)))
        rows = range(max(0, math.floor(box[1] / side)), min(-(-at.height // TILE), math.ceil(box[3] / side)))
        middle = (box[0] + box[2]) / side / 2.0 - 0.5, (box[1] + box[3]) / side / 2.0 - 0.5
        found = [Tile(level, column, row) for row in rows for column in columns]
        found.sort(key=lambda tile: (tile.column - middle[0]) ** 2 + (tile.row - middle[1]) ** 2)
        return iter(found)

    def parent(self, tile: Tile, level: int) -> tuple[Tile, Box]:
        """The tile of a coarser level over a tile's centre, and the part of its pixels that the tile covers.

        The part is cut at the parent's edge; halvings that are not exact leave it a fraction short there.
        """
        box, scale = self.box(tile), self.levels[level].downsample
        column = math.floor((box[0] + box[2]) / 2.0 / scale / TILE)
        row = math.floor((box[1] + box[3]) / 2.0 / scale / TILE)
        last = self.levels[level]
        above = Tile(level, min(column, (last.width - 1) // TILE), min(row, (last.height - 1) // TILE))
        left, top, _, _ = self.box(above)
        columns, rows = self.size(above)
        return above, (
            max(0.0, (box[0] - left) / scale), max(0.0, (box[1] - top) / scale),
            min(float(columns), (box[2] - left) / scale), min(float(rows), (box[3] - top) / scale),
        )  # fmt: skip


def _between(fine: float, coarse: float, wide: int, high: int) -> list[Level]:
    steps = max(1, round(math.log2(coarse / fine)))
    return [_made(fine * (coarse / fine) ** (step / steps), wide, high) for step in range(1, steps)]


def _made(scale: float, wide: int, high: int) -> Level:
    return Level(scale, max(1, math.ceil(wide / scale - 1e-6)), max(1, math.ceil(high / scale - 1e-6)), None)


@dataclass(frozen=True, slots=True)
class Camera:
    """What of a slide a widget shows.

    Attributes:
        x, y: The view's centre in level-0 pixels.
        downsample: Level-0 pixels per px of the view.
        width, height: Of the view in px.
        ratio: Device pixels per px.
    """

    x: float = 0.0
    y: float = 0.0
    downsample: float = 1.0
    width: int = 1
    height: int = 1
    ratio: float = 1.0

    @property
    def scale(self) -> float:
        """Level-0 pixels per device pixel."""
        return self.downsample / self.ratio

    @property
    def device(self) -> tuple[int, int]:
        """Width and height of the view in device pixels."""
        return max(1, math.ceil(self.width * self.ratio)), max(1, math.ceil(self.height * self.ratio))

    @property
    def origin(self) -> tuple[int, int]:
        """The view's upper left corner in the world, whole device pixels."""
        wide, high = self.device
        return math.floor(self.x / self.scale - wide / 2.0 + 0.5), math.floor(self.y / self.scale - high / 2.0 + 0.5)

    @property
    def box(self) -> Box:
        """What is seen, in level-0 pixels."""
        (left, top), (wide, high), scale = self.origin, self.device, self.scale
        return left * scale, top * scale, (left + wide) * scale, (top + high) * scale

    def edge(self, at: float) -> int:
        """An edge of a tile or a patch, given in level-0 pixels, in the world."""
        return math.floor(at / self.scale + 0.5)

    def to_slide(self, x: float, y: float) -> tuple[float, float]:
        """The place under a point of the view, in level-0 pixels."""
        left, top = self.origin
        return (left + x * self.ratio) * self.scale, (top + y * self.ratio) * self.scale

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the slide is in the view, in px."""
        left, top = self.origin
        return (x / self.scale - left) / self.ratio, (y / self.scale - top) / self.ratio

    def moved(self, across: float, down: float) -> Camera:
        """The camera after the slide was pushed by so many px, to the right and down."""
        return replace(self, x=self.x - across * self.downsample, y=self.y - down * self.downsample)

    def zoomed(self, downsample: float, x: float, y: float) -> Camera:
        """Another scale, with the same place under the point (x, y) of the view."""
        at, below = self.to_slide(x, y)
        wide, high = self.device
        return replace(
            self, downsample=downsample,
            x=at + (wide / self.ratio / 2.0 - x) * downsample, y=below + (high / self.ratio / 2.0 - y) * downsample,
        )  # fmt: skip

    def fitting(self, width: float, height: float, margin: float = 12.0) -> Camera:
        """The whole of a slide of that many level-0 pixels, with a margin in px."""
        room = max(1.0, self.width - 2 * margin), max(1.0, self.height - 2 * margin)
        return replace(
            self, x=width / 2.0, y=height / 2.0, downsample=max(width / room[0], height / room[1], MOST_ENLARGED)
        )

    def held(self, width: float, height: float, coarsest: float) -> Camera:
        """The camera with its centre on the slide and its scale within what can be of use."""
        return replace(
            self,
            x=min(max(self.x, 0.0), width), y=min(max(self.y, 0.0), height),
            downsample=min(max(self.downsample, MOST_ENLARGED), max(coarsest, MOST_ENLARGED)),
        )  # fmt: skip


MOST_ENLARGED = 1.0 / 16.0
"""level-0 pixels per px of the view, at the least"""
POWER_MPP = 10.0
"""µm per px of the view times the magnification: 40x is 0.25 µm"""
POWERS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
RATIOS = (16.0, 8.0, 4.0, 2.0, 1.0, 0.5)
"""level-0 pixels per px of the view, in place of `POWERS` where the pixel size is not known"""


def downsample_of(power: float, mpp: float) -> float:
    """Level-0 pixels per px of the view at a magnification, where a level-0 pixel is `mpp` µm."""
    return POWER_MPP / power / mpp


def stops(mpp: float | None) -> tuple[tuple[str, float], ...]:
    """What the keys 1 to 6 go to: its name and level-0 pixels per px of the view."""
    if mpp is None:
        return tuple((f"1:{r:g}" if r >= 1 else f"{1 / r:g}:1", r) for r in RATIOS)
    return tuple((f"{power:g}×", downsample_of(power, mpp)) for power in POWERS)
