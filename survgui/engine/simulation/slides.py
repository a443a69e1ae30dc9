"""Pyramidal slide files that OpenSlide opens, with a pixel size, in the layout of a scanner's `.svs`.

The TIFF structure is written here: tiles compressed as JPEG need no more than a header, the tiles and one
directory of tags per level, and the libraries at hand cannot write them tiled.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

from PIL import Image as Pillow

from survgui import storage
from survgui.engine.simulation.histology import MPP, Image

TILE = 256
LEVELS = 3
_QUALITY = 72
_SHORT, _LONG, _RATIONAL, _ASCII = 3, 4, 5, 2
_FORMAT = {_SHORT: "H", _LONG: "I", _RATIONAL: "II"}

Tag = tuple[int, int, tuple[int, ...] | bytes]
"""Number, type, and values (for text its bytes with the closing zero)."""


def write_slide(path: Path, image: Image) -> None:
    """Write an RGB image as a tiled pyramid of `LEVELS` halvings.

    The description begins as Aperio's does, for OpenSlide to take pixel size and magnification from it; the
    resolution tags say the same to other readers.

    Args:
        image: (H, W, 3) at 0.5 µm per pixel, sides divisible by `TILE` at every level.

    Raises:
        StorageError: The file could not be written.
    """
    content = bytearray(b"II*\0" + struct.pack("<I", 0))
    level = Pillow.fromarray(image)
    link = 4  # where the offset of the next directory goes
    for halvings in range(LEVELS):
        tiles = _tiles(level)
        offsets = []
        for tile in tiles:
            offsets.append(len(content))
            content += tile
        tags = _tags(level.size, offsets, [len(tile) for tile in tiles], halvings)
        link = _append_directory(content, tags, link)
        level = level.reduce(2)
    storage.write_bytes(path, bytes(content))


def _tags(size: tuple[int, int], offsets: list[int], lengths: list[int], halvings: int) -> list[Tag]:
    """The tags of one level, in the order of their numbers that TIFF asks for."""
    mpp = MPP * 2**halvings
    per_cm = (round(1e4 / mpp), 1)
    text = f"Aperio format, simulated by survgui|AppMag = 20|MPP = {mpp}\0".encode("ascii")
    return [
        (254, _LONG, (1 if halvings else 0,)),  # a smaller version of the first
        (256, _LONG, (size[0],)),
        (257, _LONG, (size[1],)),
        (258, _SHORT, (8, 8, 8)),
        (259, _SHORT, (7,)),  # JPEG
        (262, _SHORT, (6,)),  # YCbCr
        (270, _ASCII, text),
        (277, _SHORT, (3,)),
        (282, _RATIONAL, per_cm),
        (283, _RATIONAL, per_cm),
        (284, _SHORT, (1,)),
        (296, _SHORT, (3,)),  # per centimetre
        (322, _LONG, (TILE,)),
        (323, _LONG, (TILE,)),
        (324, _LONG, tuple(offsets)),
        (325, _LONG, tuple(lengths)),
        (530, _SHORT, (2, 2)),  # colour at half resolution
    ]


def _append_directory(content: bytearray, tags: list[Tag], link: int) -> int:
    """Append a directory, enter it at `link`, and return where the link to the next one goes."""
    entries = b""
    for number, kind, values in tags:
        packed = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_FORMAT[kind][0]}", *values)
        count = len(values) // 2 if kind == _RATIONAL else len(values)
        if len(packed) > 4:  # does not fit into the entry: stored before the directory
            content += bytes(len(content) % 2)
            place = len(content)
            content += packed
            packed = struct.pack("<I", place)
        entries += struct.pack("<HHI", number, kind, count) + packed.ljust(4, b"\0")
    content += bytes(len(content) % 2)
    start = len(content)
    content += struct.pack("<H", len(tags)) + entries + bytes(4)
    content[link : link + 4] = struct.pack("<I", start)
    return len(content) - 4


def _tiles(level: Pillow.Image) -> list[bytes]:
    return [
        _jpeg(level.crop((left, top, left + TILE, top + TILE)))
        for top in range(0, level.height, TILE)
        for left in range(0, level.width, TILE)
    ]


def _jpeg(tile: Pillow.Image) -> bytes:
    stream = io.BytesIO()
    tile.save(stream, "JPEG", quality=_QUALITY, subsampling="4:2:0")
    return stream.getvalue()
