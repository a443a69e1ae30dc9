"""Slides that are not what they should be; one line a fault."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from survgui.readers.slide import open_slide
from tests.faults import good
from tests.faults.conftest import Cell, Judge, Message, refused, taken
from tests.faults.mutator import (
    Fault,
    a_device,
    a_folder,
    a_pipe,
    after,
    at,
    becomes,
    before,
    both,
    empty,
    flips,
    made,
    missing,
    noise,
    nothing,
    truncate,
    zeros,
)


def is_now(**options: object) -> Fault:
    """A slide saved with other options of the TIFF."""
    return made(lambda: good.slide(**options))


def tag(name: str, value: int, page: int = 0) -> Fault:
    """Another number in a field of the TIFF's index."""

    def spoil(path: Path) -> None:
        import tifffile

        with tifffile.TiffFile(path) as file:
            field = file.pages[page].tags[name]
            where, form = field.valueoffset, "<" + field.dtype.name[0].replace("S", "H").replace("L", "I")
        at(where, struct.pack(form, value))(path)

    return spoil


def no_tile(number: int, page: int = 0) -> Fault:
    """Zeros in the place of a tile."""

    def spoil(path: Path) -> None:
        import tifffile

        with tifffile.TiffFile(path) as file:
            start, count = file.pages[page].dataoffsets[number], file.pages[page].databytecounts[number]
        at(start, bytes(count))(path)

    return spoil


def one_tile_beyond(path: Path) -> None:
    """The index says that the last tile begins after the file's end."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        field = file.pages[0].tags["TileOffsets"]
        where, size = field.valueoffset + 4 * (field.count - 1), path.stat().st_size
    at(where, struct.pack("<I", size + 100))(path)


def deep(level: np.ndarray) -> np.ndarray:
    return level.astype(np.uint16) * 256


def real(level: np.ndarray) -> np.ndarray:
    return level.astype(np.float32)


def five(level: np.ndarray) -> np.ndarray:
    return np.concatenate([level, level[..., :2]], axis=2)


def grey(level: np.ndarray) -> np.ndarray:
    return level[..., 0]


def four(level: np.ndarray) -> np.ndarray:
    return np.concatenate([level, level[..., :1]], axis=2)


def white(level: np.ndarray) -> np.ndarray:
    return np.full_like(level, 255)


def tiny(level: np.ndarray) -> np.ndarray | None:
    return level[:8, :8] if level.shape[0] == 512 else None


CUT = r"ends before its (index|last tile).*the copy is incomplete"

SLIDES = (
    refused("missing", missing, "BLK-08", "no file is at slide.tif"),
    refused("an empty file", empty, "SLD-04", "is empty .0 bytes"),
    refused("a folder of its name", a_folder, "SLD-02", "a folder without a DICOM slide"),
    refused("a named pipe", a_pipe, "SLD-03", "a pipe or a device"),
    refused("a link to a device", a_device, "SLD-03", "a pipe or a device"),
    refused("the first 10 % of a copy", truncate(10), "SLD-07", CUT),
    refused("the first 30 % of a copy", truncate(30), "SLD-07", CUT),
    refused("the first 50 % of a copy", truncate(50), "SLD-07", CUT),
    refused("the first 70 % of a copy", truncate(70), "SLD-07", CUT),
    refused("the first 90 % of a copy", truncate(90), "SLD-07", CUT),
    refused("the first 99 % of a copy", truncate(99), "SLD-07", CUT),
    refused("one byte", becomes(b"I"), "SLD-06", "a text file"),
    refused("a text file", becomes(b"patient;age\n1;60\n" * 40), "SLD-06", "a text file"),
    refused("a PDF", becomes(b"%PDF-1.7\n" + bytes(600)), "SLD-06", "a PDF document"),
    refused("a zip archive", becomes(b"PK\x03\x04" + bytes(600)), "SLD-06", "a zip archive"),
    refused("an HDF5 file", becomes(b"\x89HDF\r\n\x1a\n" + bytes(600)), "SLD-06", "an HDF5 file"),
    refused("random bytes", noise, "SLD-06", "no known format"),
    refused("a wrong magic number", at(0, b"XX"), "SLD-06", "no known format"),
    refused("bytes before the header", before(b"\0" * 7), "SLD-06", "no known format"),
    refused("a DICOM file that is no slide", becomes(bytes(128) + b"DICM" + bytes(200)), "SLD-06", "whole-slide image"),
    refused("an index offset of nothing", at(4, struct.pack("<I", 0)), "SLD-07", CUT),
    refused("an index offset beyond the end", at(4, struct.pack("<I", 2**31)), "SLD-07", CUT),
    refused("an index that leads to itself", at(4, struct.pack("<I", 4)), "SLD-07", CUT),
    refused("a tile beyond the end", one_tile_beyond, "SLD-07", CUT),
    refused("2,000,000,000 pixels a side", tag("ImageWidth", 2_000_000_000), "SLD-10", "damaged or incomplete"),
    refused("no pixels at all", tag("ImageWidth", 0), "SLD-10", "damaged or incomplete"),
    refused("tiles of no width", tag("TileWidth", 0), "SLD-10", "damaged or incomplete"),
    refused("an unknown compression", tag("Compression", 50001), "SLD-08", "compression .* is not supported"),
    refused("16 bits a channel", is_now(convert=deep), "SLD-08", "16 bits a channel"),
    refused("floating-point pixels", is_now(convert=real), "SLD-08", "floating-point numbers"),
    refused("five channels", is_now(convert=five, planarconfig="contig"), "SLD-08", "5 channels .fluorescence"),
    refused("CMYK", is_now(convert=four, photometric="separated"), "SLD-08", "CMYK"),
    refused("grey", is_now(convert=grey, photometric="minisblack"), "SLD-25", "it is grey"),
    refused("no pixel size", is_now(resolution=None), "SLD-05", "no pixel size; give it"),
    refused("a pixel size of 25 mm", is_now(resolution=(0.4, 0.4)), "SLD-05", "no pixel size; give it"),
    refused("a pixel size of 0.1 nm", is_now(resolution=(10**8, 10**8)), "SLD-05", "no pixel size; give it"),
    refused("nothing but white", is_now(convert=white), "SLD-20", "no tissue was found"),
    refused("eight pixels", is_now(convert=tiny), "SLD-21", "far smaller than one tile"),
    refused("no tile readable", both(*map(no_tile, range(16))), "SLD-23", "overview is damaged"),
    taken("bytes after the end", after(bytes(1000))),
)


@pytest.mark.parametrize("cell", SLIDES, ids=str)
def test_a_slide(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "pathology", "slide.tif", good.slide())


def wide(path: Path) -> None:
    """A header that says 2,000,000,000 pixels, with the checksum that goes with it."""
    content = path.read_bytes()
    head = content[12:16] + struct.pack(">I", 2_000_000_000) + content[20:29]
    at(12, head + struct.pack(">I", zlib.crc32(head)))(path)


PICTURES = (
    refused("the first 10 % of a copy", truncate(10), "SLD-07", "ends early or is damaged"),
    refused("the first 95 % of a copy", truncate(95), "SLD-07", "ends early or is damaged"),
    refused("zeros in the middle", zeros(40, 5000), "SLD-07", "ends early or is damaged"),
    refused("a wrong magic number", at(0, b"\x88"), "SLD-06", "no known format"),
    refused("a header of 2,000,000,000 pixels", wide, "SLD-09", "20,000 pixels"),
    refused("16 bits a channel", made(lambda: good.png("I;16")), "SLD-08", "16 bits a channel"),
    refused("CMYK", made(lambda: good.png("CMYK")), "SLD-08", "CMYK"),
    refused("no pixel size", nothing, "SLD-05", "no pixel size"),
)


@pytest.mark.parametrize("cell", PICTURES, ids=str)
def test_a_picture(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "pathology", "slide.png", good.png())


DEEDS = {
    "exits": refused("a slide that ends the process", nothing, "SLD-15", "came to a sudden end .an exit"),
    "hangs": refused("a slide that never ends", nothing, "SLD-14", "could not be opened within 1 s"),
    "swallows": refused("a slide that fills the memory", nothing, "SLD-09", "more memory than this machine has"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_slide_made_to_harm(deed: str, judge: Judge, harmful: Callable[[str, str], None]) -> None:
    harmful("SLIDE", deed)
    judge.case(DEEDS[deed], "pathology", "slide.tif", good.slide())


@pytest.mark.parametrize("percent", [5, 25, 55, 85, 98])
def test_a_real_slide_cut_short(percent: float, judge: Judge, shared_data: Path) -> None:
    content = (shared_data / "wsi" / "CMU-1-Small-Region.svs").read_bytes()
    judge.case(refused(f"{percent} %", truncate(percent), "SLD-07", CUT), "pathology", "slide.svs", content)


@pytest.mark.parametrize("seed", range(5))
def test_flipped_bits_of_a_real_slide_are_read_or_told(seed: int, tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / "slide.svs"
    path.write_bytes((shared_data / "wsi" / "CMU-1-Small-Region.svs").read_bytes())
    flips(200, seed)(path)
    judge = Judge(tmp_path)

    def look() -> None:
        with open_slide(path) as slide:
            slide.read(0, 0, 0, 1024, 1024)
            for x, y, width, height in slide.damaged:
                assert 0 <= x <= slide.width - width and 0 <= y <= slide.height - height

    try:
        look()
    except Exception as error:
        judge.said(refused("", flips(1), error.code, ""), [Message("error", error.code, str(error))], "slide.svs")
