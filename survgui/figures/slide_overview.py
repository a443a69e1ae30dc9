"""Where the model looked, or what it took: a slide with its attention or frames, and single tiles, with their scale."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from survgui.cases.report import Pixels, SlidePicture, Tile
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import THIN, count, plural

MAGMA = np.frombuffer(
    bytes.fromhex(
        "000004 090721 1C1046 35106A 50127B 691C81 822581 9B2E7F B63679"
        "CF406F E55063 F4695C FB8761 FEA571 FEC287 FDE0A1 FCFDBF"
    ),
    dtype=np.uint8,
).reshape(-1, 3)
"""17 even stops of the magma colour map (S. van der Walt and N. Smith, CC0), dark to light"""
SMALL = Type(9.0, 400, "soft")
TILE_GAP = 8.0
SMALLEST_FRAME = 4.0
"""px per side of the frame of a tile, however large its slide"""
KEY = 20.0
"""px below a slide for the key of the colours"""


def heat(ranks: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3) colours 0 to 1 to multiply tissue with: near white for rank 0, dark violet for rank 1."""
    place = (1.0 - 0.8 * np.clip(ranks, 0.0, 1.0)) * (len(MAGMA) - 1)  # the darkest fifth would hide the tissue
    stops = np.arange(len(MAGMA))
    return np.stack([np.interp(place, stops, MAGMA[:, c]) for c in range(3)], axis=-1).astype(np.float32) / 255.0


def overlay(picture: SlidePicture, opacity: float = 0.65) -> Pixels:
    """The thumbnail multiplied by the heat map; only where patches lie, which is on tissue."""
    if not len(picture.ranks):
        return picture.pixels
    tint = np.ones(picture.pixels.shape, dtype=np.float32)
    scale = np.array([picture.pixels.shape[1] / picture.extent[0], picture.pixels.shape[0] / picture.extent[1]])
    first = np.floor(picture.coords * scale).astype(int)
    last = np.maximum(np.floor((picture.coords + picture.patch) * scale).astype(int), first + 1)
    for (x0, y0), (x1, y1), shade in zip(first, last, heat(picture.ranks), strict=True):
        tint[max(0, y0) : y1, max(0, x0) : x1] = 1.0 - opacity * (1.0 - shade)
    return np.asarray(picture.pixels * tint, dtype=np.uint8)


def overview_height(picture: SlidePicture, wide: float, most: float = 300.0) -> float:
    """Height in px of the overview in a width."""
    across = (wide - TILE_GAP) / 2 if _twice(picture) else wide
    return float(min(most, across * picture.pixels.shape[0] / picture.pixels.shape[1])) + KEY


def draw_overview(canvas: Canvas, rect: Rect, picture: SlidePicture) -> None:
    """The slide with its heat map or the frames of the tiles that were taken, a scale bar, and the key of the colours.

    A tall slide leaves room beside it, where it is shown without the heat map first.
    """
    space = rect.inset(0, 0, 0, KEY)
    shape = picture.pixels.shape
    twice = _twice(picture)
    room = (space.width - TILE_GAP) / 2 if twice else space.width
    factor = min(room / shape[1], space.height / shape[0])
    at = Rect(space.x, space.y, shape[1] * factor, shape[0] * factor)
    if len(picture.ranks):
        _key(canvas, at.x, at.bottom + 8.0)
    if twice:
        _slide(canvas, at, picture, picture.pixels, f"Slide {picture.name}")
        at = Rect(at.right + TILE_GAP, at.y, at.width, at.height)
    _slide(canvas, at, picture, overlay(picture), about(picture))
    if not len(picture.ranks):
        _frames(canvas, at, picture)


def about(picture: SlidePicture) -> str:
    """What the overview shows, for who cannot see it."""
    if len(picture.ranks):
        return f"Slide {picture.name} with the rank of attention"
    return f"Slide {picture.name}" + (" with the tiles that the model took" if len(picture.coords) else "")


def _frames(canvas: Canvas, at: Rect, picture: SlidePicture) -> None:
    factor = at.width / picture.extent[0]
    for x, y in picture.coords.tolist() if picture.patch > 0 else ():
        side = max(picture.patch * factor, SMALLEST_FRAME)
        frame = Rect(at.x + x * factor, at.y + y * factor, side, side)
        canvas.box(frame, None, Ink("panel", 3.0))
        canvas.box(frame, None, Ink("text", 1.2))


def _twice(picture: SlidePicture) -> bool:
    return len(picture.ranks) > 0 and picture.pixels.shape[0] > 1.15 * picture.pixels.shape[1]


def _slide(canvas: Canvas, at: Rect, picture: SlidePicture, pixels: Pixels, about: str) -> None:
    canvas.picture(at, pixels, about)
    canvas.box(at, None, Ink("line"))
    if picture.mpp:
        _scale_bar(canvas, at, picture.mpp * picture.extent[0] / at.width)


def tiles_height(tiles: tuple[Tile, ...], wide: float, columns: int) -> float:
    """Height in px of a block of tiles."""
    side = _side(wide, columns)
    return math.ceil(len(tiles) / columns) * (side + 18.0)


def draw_tiles(canvas: Canvas, rect: Rect, tiles: tuple[Tile, ...], columns: int) -> None:
    """Tiles in rows, the rank or number of each below it."""
    side = _side(rect.width, columns)
    for k, tile in enumerate(tiles):
        x = rect.x + (k % columns) * (side + TILE_GAP)
        y = rect.y + (k // columns) * (side + 18.0)
        at = Rect(x, y, side, side)
        ranked = tile.rank is not None
        text = f"rank {tile.rank:.2f}" if ranked else f"tile {k + 1}"
        canvas.picture(at, tile.pixels, f"Tile of attention {text}" if ranked else f"Tile {k + 1} that the model took")
        canvas.box(at, None, Ink("line"))
        if tile.side_um:
            _scale_bar(canvas, at, tile.side_um / side)
        canvas.text(x, y + side + 11.0, text, SMALL)


def round_length(longest: float) -> float:
    """The greatest of 1, 2, 5, 10, 20, ... that is not longer than `longest`."""
    power = math.pow(10.0, math.floor(math.log10(longest)))
    return power * next(m for m in (5.0, 2.0, 1.0) if m * power <= longest * (1 + 1e-9))


def length_text(um: float) -> str:
    """`200 µm`, `2 mm`."""
    return f"{um / 1000:g}{THIN}mm" if um >= 1000 else f"{um:g}{THIN}µm"


def _scale_bar(canvas: Canvas, at: Rect, um_per_px: float) -> None:
    """A bar of a round length on a panel of its own, readable on any tissue."""
    um = round_length(0.3 * at.width * um_per_px)
    long, text = um / um_per_px, length_text(um)
    kind = Type(8.0 if at.width < 120 else 9.0, 500)
    wide = max(long, width(text, kind)) + 8.0
    panel = Rect(at.x + 4.0, at.bottom - 19.0, wide, 15.0)
    if panel.width > at.width - 8.0:
        return
    canvas.box(panel, Fill("panel", 0.88), radius=3.0)
    canvas.text(panel.x + 4.0, panel.y + 8.5, text, kind)
    canvas.line([(panel.x + 4.0, panel.y + 12.0), (panel.x + 4.0 + long, panel.y + 12.0)], Ink("text", 1.6))


def _key(canvas: Canvas, x: float, y: float) -> None:
    shades = np.linspace(0.0, 1.0, 64, dtype=np.float32)
    low, high = "attention: least", "most (rank)"
    canvas.text(x, y + 8.0, low, SMALL)
    x += width(low, SMALL) + 6.0
    bar = np.repeat((heat(shades)[None] * 255).astype(np.uint8), 4, axis=0)
    canvas.picture(Rect(x, y + 1.0, 80.0, 8.0), bar, "Colours of attention, least to most")
    canvas.text(x + 86.0, y + 8.0, high, SMALL)


def _side(wide: float, columns: int) -> float:
    return (wide - TILE_GAP * (columns - 1)) / columns


def caption(picture: SlidePicture) -> str:
    """What stands under the overview: the slide's name, its patches, its pixel size."""
    taken = len(picture.coords) > len(picture.ranks)
    parts = [
        picture.name,
        f"{plural(len(picture.coords), 'tile')} taken" if taken else f"{count(len(picture.ranks))} patches",
    ]
    parts.append(f"{picture.mpp:.3f}{THIN}µm/px" if picture.mpp else "pixel size not known, so no scale bar")
    return " · ".join(parts)
