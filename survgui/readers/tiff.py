"""What a TIFF's index says, looked at before OpenSlide decodes anything.

OpenSlide opens a 16-bit or fluorescence TIFF silently, cutting it to 8 bits and three channels, and has one
sentence for everything that it does not open. The index tells what is really there.
"""

from __future__ import annotations

import logging
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.errors import ReadError, UnsupportedFormat

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

INCOMPLETE = "the file ends before its {what} ({size:,} bytes are there); the copy is incomplete: copy it again"


def check_tiff(path: Path) -> tuple[str, ...]:
    """Check that a TIFF is whole and holds what an H&E slide holds.

    Returns:
        Notes for the user: such as that the slide is grey.

    Raises:
        ReadError: The file ends before its index or before a tile begins.
        UnsupportedFormat: 16 bits, floating point, CMYK, or more than four channels.
    """
    with _Quiet():
        pages, size = _pages(path)
    for page in pages:
        starts = [int(start) for start in page.dataoffsets]
        if starts and max(starts) >= size:
            raise ReadError(path, INCOMPLETE.format(what="last tile", size=size), "SLD-07")
    return _check_pixels(path, pages[0])


def compression(path: Path) -> str:
    """Name of the first image's compression, such as `WEBP`; empty if the index cannot be read."""
    try:
        with _Quiet():
            pages, _ = _pages(path)
    except ReadError:
        return ""
    coding = pages[0].compression
    return getattr(coding, "name", None) or f"no. {int(coding)}"


def is_tiled(path: Path) -> bool:
    """Whether the first image is stored in tiles, without which OpenSlide takes no TIFF."""
    with _Quiet():
        return bool(_pages(path)[0][0].is_tiled)


def refusal(path: Path) -> UnsupportedFormat:
    """The error for a TIFF that is whole and yet no slide."""
    if is_tiled(path):
        reason = f"this TIFF (compression {compression(path)}) is not one that OpenSlide reads"
    else:
        reason = f"this TIFF has no tiles, so it is no {path.suffix} slide"
    return UnsupportedFormat(path, f"{reason}; convert it to a pyramidal TIFF with tiles", "SLD-06")


class _Quiet:
    """Keeps tifffile from logging what is about to be told as an error."""

    def __enter__(self) -> None:
        logging.getLogger("tifffile").addFilter(_nothing)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("tifffile").removeFilter(_nothing)


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _pages(path: Path) -> tuple[list[TiffPage], int]:
    """The images of a TIFF (at least one) and the size of the file in bytes."""
    import tifffile

    size = path.stat().st_size
    try:
        with tifffile.TiffFile(path) as file:
            pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage)]
            whole = bool(pages) and _next_offset(file, pages[-1]) < size
    except Exception as error:  # tifffile meets broken files with many types, ZeroDivisionError among them
        raise ReadError(path, INCOMPLETE.format(what="index", size=size), "SLD-07") from error
    if not whole:
        raise ReadError(path, INCOMPLETE.format(what="index", size=size), "SLD-07")
    return pages, size


def _next_offset(file: TiffFile, page: TiffPage) -> int:
    """Where the image after `page` is described; 0 after the last. tifffile stops in silence where that is cut off."""
    form, handle = file.tiff, file.filehandle
    handle.seek(page.offset)
    (tags,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    handle.seek(page.offset + form.tagnosize + tags * form.tagsize)
    (offset,) = struct.unpack(form.offsetformat, handle.read(form.offsetsize))
    return int(offset)


def _check_pixels(path: Path, page: TiffPage) -> tuple[str, ...]:
    import tifffile

    dtype, channels = page.dtype, page.samplesperpixel
    if dtype is None or dtype.kind == "f" or dtype.itemsize > 1:
        kind = "floating point" if dtype is not None and dtype.kind == "f" else f"{page.bitspersample} bits"
        raise _not_h_and_e(path, f"it holds {kind} a channel")
    if page.photometric == tifffile.PHOTOMETRIC.SEPARATED:
        raise _not_h_and_e(path, "its colours are CMYK (print)")
    if channels > 4:
        raise _not_h_and_e(path, f"it holds {channels} channels (fluorescence?)")
    grey = tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.MINISWHITE
    return ("the slide is grey; models are made on H&E in colour",) if page.photometric in grey else ()


def _not_h_and_e(path: Path, what: str) -> UnsupportedFormat:
    return UnsupportedFormat(path, f"{what}; export the slide as 8-bit RGB (bright field H&E)", "SLD-08")
