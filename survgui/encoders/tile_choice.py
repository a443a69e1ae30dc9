"""A few tiles of a slide, as pixels, where the cells are: what a masked autoencoder takes of a slide.

Our choice, in the spirit of the paper (1,000 tiles scored by their cells, of the best 100 the first ten by name): the
tissue is cut into eight stretches of equal size, and each gives the one of up to eight of its tiles with most nuclei.
So the tiles are spread over the slide, none is glass or bare stroma where there is better beside it, and the same
slide always gives the same tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Tiles
from survgui.encoders.tiles import Grid

NAME = "tiles-256"
COUNT = 8
"""tiles of a patient"""
PIXELS, MPP = 256, 0.5
"""side of a tile, and its resolution in µm per pixel"""
TRIED = 8
"""tiles of a stretch whose nuclei are counted"""
_STAINS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
"""optical density (R, G, B) of haematoxylin, eosin and DAB (Ruifrok & Johnston, 2001)"""
_HAEMATOXYLIN = np.linalg.inv(_STAINS / np.linalg.norm(_STAINS, axis=1, keepdims=True))[:, 0].astype(np.float32)
_NUCLEUS = 0.35, 1.6
"""optical density of haematoxylin: cytoplasm has less, pigment, ink and folds more"""


def candidates(grid: Grid) -> tuple[Grid, NDArray[np.intp]]:
    """The tiles that are looked at, and (C,) the stretch of tissue that each lies in.

    Tiles are put in Z-order (Morton, 1966), in which neighbours on the slide are neighbours in the list; its
    pieces of equal length are the stretches.
    """
    cells = np.round((grid.coords - grid.coords.min(axis=0)) / grid.side).astype(np.int64)
    stretches = np.array_split(np.argsort(_interleaved(cells), kind="stable"), COUNT)
    tried = [rows[np.arange(n := min(TRIED, len(rows))) * len(rows) // max(1, n)] for rows in stretches]
    coords = grid.coords[np.concatenate(tried)]
    return Grid(coords, grid.side, grid.pixels, grid.coverage), np.repeat(np.arange(COUNT), [*map(len, tried)])


def nuclei(tiles: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(B,) share of each tile's pixels that lie on a nucleus, from (B, S, S, 3) RGB."""
    density = -np.log10((tiles.astype(np.float32) + 1.0) / 256.0) @ _HAEMATOXYLIN
    low, high = _NUCLEUS
    return np.asarray(((density > low) & (density < high)).mean(axis=(1, 2)), dtype=np.float64)


def choose(scores: NDArray[np.float64], stretch: NDArray[np.intp]) -> NDArray[np.intp]:
    """Rows of up to `COUNT` candidates, those with most nuclei first.

    Args:
        scores: (C,) higher is better.
        stretch: (C,) each gives its best; where one has none, the best of the others take its place.
    """
    order = np.lexsort((np.arange(len(scores)), -scores))
    best = np.zeros(len(scores), dtype=bool)
    best[[order[np.flatnonzero(stretch[order] == s)[0]] for s in np.unique(stretch)]] = True
    taken = np.concatenate([order[best[order]], order[~best[order]]])[:COUNT]
    return np.asarray(taken[np.argsort(-scores[taken], kind="stable")])


def shared(slides: Sequence[Tiles]) -> Tiles:
    """A patient's tiles: every slide's first, then every slide's second, until there are `COUNT`.

    The side is 0 where the slides differ in it.
    """
    turns = zip_longest(*([(at, row) for row in range(len(tiles))] for at, tiles in enumerate(slides)))
    taken = [pick for turn in turns for pick in turn if pick is not None][:COUNT]
    sides = {round(tiles.side, 3) for tiles in slides}
    return Tiles(
        np.stack([slides[at].values[row] for at, row in taken]),
        np.stack([slides[at].coords[row] for at, row in taken]),
        slides[0].side if len(sides) == 1 else 0.0,
        tuple(slides[at].slides[row] for at, row in taken if slides[at].slides),
    )


def _interleaved(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) numbers whose bits are those of (N, 2) columns and rows in turn."""
    code = np.zeros(len(cells), dtype=np.int64)
    for bit in range(24):
        code |= ((cells[:, 0] >> bit) & 1) << (2 * bit)
        code |= ((cells[:, 1] >> bit) & 1) << (2 * bit + 1)
    return code
