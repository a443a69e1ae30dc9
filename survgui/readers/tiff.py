"""What a TIFF's index says, looked at before OpenSlide decodes anything.

OpenSlide opens a 16-bit or fluorescence TIFF silently, cutting it to 8 bits and three channels, and has one
sentence for everything that it does not open. The index tells what is really there.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.errors import ReadError, UnsupportedFormat

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

INCOMPLETE = "the file ends before its {what} ({size:,} bytes are there); the copy is incomplete: copy it again"

GREY = "it is grey and models are made on H&E in colour: check that it is no fluorescence or X-ray image"


@dataclass(frozen=True, slots=True)
class Index:
    """What the index says of the first image, and of where all images' pixels are.

    Attributes:
        size: Of the file in bytes.
        end: Where the last tile or strip ends, in bytes.
        tiled: Whether the pixels are stored in tiles, without which OpenSlide takes no TIFF.
        compression: Its name, such as `JPEG`, or its number.
        bits: A channel.
        floating: Whether the pixels are floating-point numbers.
        channels: A pixel.
        colours: Photometric interpretation, such as `RGB`, `YCBCR`, `MINISBLACK`.
    """

    size: int
    end: int
    tiled: bool
    compression: str
    bits: int
    floating: bool
    channels: int
    colours: str


def read_index(path: Path) -> Index:
    """Read the index of a TIFF.

    Raises:
        ReadError: It is cut off or makes no sense.
    """
    import tifffile

    size = path.stat().st_size
    try:
        with _quiet(), tifffile.TiffFile(path) as file:
            pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage)]
            if _next_offset(file, pages[-1]) >= size:
                raise ValueError("the description of the next image is not there")
            first, dtype = pages[0], pages[0].dtype
            return Index(
                size=size,
                end=max((_end(page) for page in pages), default=0),
                tiled=bool(first.is_tiled),
                compression=str(getattr(first.compression, "name", first.compression)),
                bits=8 * dtype.itemsize if dtype is not None else 0,
                floating=dtype is not None and dtype.kind in "fc",
                channels=int(first.samplesperpixel),
                colours=str(getattr(first.photometric, "name", first.photometric)),
            )
    except Exception as error:  # tifffile meets broken files with many types, ZeroDivisionError among them
        raise ReadError(path, INCOMPLETE.format(what="index", size=size), "SLD-07") from error


def check_tiff(path: Path) -> tuple[str, ...]:
    """Check that a TIFF is whole and holds what an H&E slide holds.

    Returns:
        Notes for the user: such as that the slide is grey.

    Raises:
        ReadError: The file ends before its index or within a tile.
        UnsupportedFormat: 16 bits, floating point, CMYK, or more than four channels.
    """
    index = read_index(path)
    if index.end > index.size:
        raise ReadError(path, INCOMPLETE.format(what="last tile", size=index.size), "SLD-07")
    what = ""
    if index.floating:
        what = "floating-point numbers"
    elif index.bits != 8:
        what = f"{index.bits} bits a channel"
    elif index.colours == "SEPARATED":
        what = "CMYK colours (print)"
    elif index.channels > 4:
        what = f"{index.channels} channels (fluorescence?)"
    if what:
        raise UnsupportedFormat(path, f"it holds {what}; export the slide as 8-bit RGB (bright field H&E)", "SLD-08")
    return (GREY,) if index.colours.startswith("MINIS") else ()


def refusal(path: Path) -> UnsupportedFormat:
    """The error for a TIFF that is whole and yet no slide."""
    index = read_index(path)
    if index.tiled:
        reason = f"this TIFF (compression {index.compression}) is not one that OpenSlide reads"
    else:
        reason = f"this TIFF has no tiles, so it is no {path.suffix} slide"
    return UnsupportedFormat(path, f"{reason}; convert it to a pyramidal TIFF with tiles", "SLD-06")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps tifffile from logging what is about to be told as an error."""
    logger = logging.getLogger("tifffile")
    logger.addFilter(_nothing)
    try:
        yield
    finally:
        logger.removeFilter(_nothing)


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _end(page: TiffPage) -> int:
    """Where the last tile or strip of an image ends; a tile that was never written has a length of 0."""
    return max((int(at) + int(n) for at, n in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)


def _next_offset(file: TiffFile, page: TiffPage) -> int:
    """Where the image after `page` is described; 0 after the last. tifffile stops in silence where that is cut off."""
    form, handle = file.tiff, file.filehandle
    handle.seek(page.offset)
    (tags,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    handle.seek(page.offset + form.tagnosize + tags * form.tagsize)
    (offset,) = struct.unpack(form.offsetformat, handle.read(form.offsetsize))
    return int(offset)
