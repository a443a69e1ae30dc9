"""The tiles of a slide at an encoder's resolution, row by row, where there is tissue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.encoders.tissue import find_tissue
from survgui.errors import ReadError
from survgui.readers.slide import Area, Slide

LEAST_TISSUE = 0.5
"""share of a tile that must be tissue (our choice)"""
TRIED = 8
"""places that are tried for every random tile"""
SMALLEST = 0.1
"""sides of a tile that a slide must have; below that its pixel size is more likely wrong than the slide so small"""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Tiles of a slide.

    Attributes:
        coords: (N, 2) upper left corners, x and y in level-0 pixels, row by row.
        side: Side of a tile in level-0 pixels, not rounded.
        pixels: Side of a tile as it is encoded.
        coverage: Share of the slide that is tissue.
    """

    coords: NDArray[np.int64]
    side: float
    pixels: int
    coverage: float

    def __len__(self) -> int:
        return len(self.coords)


def tile_grid(slide: Slide, pixels: int, mpp: float, least: float = LEAST_TISSUE) -> Grid:
    """The tiles of a slide that hold tissue, side by side without overlap.

    A slide smaller than a tile is in the middle of one, with white around it, and taken whole: somebody has
    cut it out for its content, and its own statistics say too little of what on it is tissue.

    Args:
        pixels: Side of a tile.
        mpp: Resolution at which the encoder wants its tiles, µm per pixel.
        least: Share of a tile that must be tissue.

    Raises:
        PixelSizeMissing: The slide holds no pixel size and none was given.
        ReadError: No tissue, or a slide of no size.
    """
    side = pixels * mpp / slide.require_mpp()
    if max(slide.width, slide.height) < SMALLEST * side:
        raise ReadError(
            slide.path,
            f"the slide is far smaller than one tile of {pixels * mpp:.0f} µm; check its pixel size, or leave it out",
            "SLD-21",
        )
    corners = _corners(slide.width, slide.height, side)
    if max(slide.width, slide.height) < side:
        return Grid(corners, side, pixels, 1.0)
    tissue = find_tissue(slide)
    share = tissue.share(corners, side)
    # a biopsy thinner than a tile fills none of them by half: then its fullest tiles are taken
    kept = corners[share >= min(least, float(share.max()))] if share.max() > 0 else corners[:0]
    if not len(kept):
        raise ReadError(
            slide.path, "the tissue on the slide lies outside every whole tile; leave the slide out", "SLD-22"
        )
    return Grid(kept, side, pixels, tissue.coverage)


def random_tiles(slide: Slide, pixels: int, mpp: float, count: int, draw: np.random.Generator) -> Grid:
    """Up to `count` tiles at random places that hold tissue; they may overlap. Of a small slide the one of its grid.

    Raises:
        PixelSizeMissing, ReadError: See `tile_grid`.
    """
    grid = tile_grid(slide, pixels, mpp)
    room = np.array([slide.width, slide.height]) - grid.side
    if room.min() <= 0:
        return grid
    corners = np.floor(draw.random((TRIED * count, 2)) * room).astype(np.int64)
    kept = corners[find_tissue(slide).share(corners, grid.side) >= LEAST_TISSUE][:count]
    return Grid(kept, grid.side, pixels, grid.coverage) if len(kept) else grid


def read_tiles(
    slide: Slide, grid: Grid, rows: range, batch: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Batches of tiles; the next one is read in another thread while the caller works on this one.

    Args:
        rows: Which tiles of the grid.
        batch: Tiles at once.

    Yields:
        (B, P, P, 3) uint8 RGB, and the (B,) rows of the grid. Tiles that cannot be read are left out, so a
        batch can be smaller, or empty.
    """
    parts = [rows[at : at + batch] for at in range(0, len(rows), batch)]
    with ThreadPoolExecutor(1, thread_name_prefix="tiles") as reader:
        ahead = reader.submit(_read, slide, grid, parts[0]) if parts else None
        for part in [*parts[1:], None]:
            if ahead is None:
                return
            ready = ahead.result()
            ahead = None if part is None else reader.submit(_read, slide, grid, part)
            yield ready


def _read(slide: Slide, grid: Grid, rows: range) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """One batch, without the tiles that the slide could not decode: it reads them as white."""
    shape = (len(rows), grid.pixels, grid.pixels, 3)
    tiles = np.empty(shape, dtype=np.uint8)
    for at, row in enumerate(rows):
        x, y = grid.coords[row]
        tiles[at] = slide.read_scaled(int(x), int(y), grid.side, grid.pixels)
    whole = ~_overlaps(grid.coords[rows.start : rows.stop], grid.side, slide.damaged)
    return tiles[whole], np.array(rows, dtype=np.int64)[whole]


def _overlaps(corners: NDArray[np.int64], side: float, areas: Sequence[Area]) -> NDArray[np.bool_]:
    """(N,) whether a tile shares pixels with any of the areas."""
    found = np.zeros(len(corners), dtype=np.bool_)
    for x, y, width, height in areas:
        beside = (corners[:, 0] < x + width) & (corners[:, 0] + side > x)
        found |= beside & (corners[:, 1] < y + height) & (corners[:, 1] + side > y)
    return found


def _corners(width: int, height: int, side: float) -> NDArray[np.int64]:
    """(N, 2) corners of all whole tiles, at least one, row by row, the remainder shared by both margins."""
    across, down = (_starts(length, side) for length in (width, height))
    y, x = np.meshgrid(down, across, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _starts(length: int, side: float) -> NDArray[np.int64]:
    count = max(1, int(length / side + 1e-6))
    margin = (length - count * side) / 2
    starts: NDArray[np.int64] = np.floor(margin + np.arange(count) * side + 1e-6).astype(np.int64)
    return starts
