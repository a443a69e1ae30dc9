"""What a file is, by its first bytes; and whether it is a file that can be read at all.

Every reader of single files asks here first, so that a missing drive, a folder, a pipe or a picture under
another name is told apart in plain words. The codes mean the same under each prefix (`SLD`, `VOL`, `BAG`):

    -01 not there        -05 (slides) no pixel size       -09 impossible or too large
    -02 a folder         -06 another format               -10 damaged
    -03 not a file       -07 incomplete                   -11 cannot be reached
    -04 empty            -08 a kind of data not taken     -12 unsafe
"""

from __future__ import annotations

import stat
from enum import StrEnum
from pathlib import Path

from survgui.errors import ReadError

HEAD = 512
"""Bytes that are looked at: the largest header among the formats is NIfTI-2's, 540, told by its first 12."""


class Content(StrEnum):
    """What the first bytes say; the value is the name that a user reads, article included."""

    TIFF = "a TIFF image"
    PNG = "a PNG image"
    JPEG = "a JPEG image"
    BMP = "a BMP image"
    DICOM = "a DICOM file"
    GZIP = "a gzip-compressed file"
    NIFTI = "a NIfTI volume"
    ZIP = "a zip archive"
    HDF5 = "an HDF5 file"
    PICKLE = "a Python pickle"
    MATLAB = "a MATLAB file"
    PDF = "a PDF document"
    TEXT = "a text file"
    UNKNOWN = "a file of no known format"


_MAGIC = (
    (b"II*\0", Content.TIFF),
    (b"MM\0*", Content.TIFF),
    (b"II+\0", Content.TIFF),  # BigTIFF
    (b"MM\0+", Content.TIFF),
    (b"\x89PNG\r\n\x1a\n", Content.PNG),
    (b"\xff\xd8\xff", Content.JPEG),
    (b"BM", Content.BMP),
    (b"\x1f\x8b", Content.GZIP),
    (b"PK\x03\x04", Content.ZIP),
    (b"PK\x05\x06", Content.ZIP),  # of no member
    (b"\x89HDF\r\n\x1a\n", Content.HDF5),
    (b"\x80\x02", Content.PICKLE),  # protocol 2 is what torch writes
    (b"MATLAB 5.0 MAT-file", Content.MATLAB),
    (b"%PDF", Content.PDF),
)

_POINTER = b"version https://git-lfs.github.com/spec/"

_NIFTI = {(348).to_bytes(4, order) for order in ("little", "big")} | {
    (540).to_bytes(4, order) for order in ("little", "big")
}


def content(head: bytes) -> Content:
    """What a file is whose first bytes are `head`."""
    if head[128:132] == b"DICM":  # asked first: what stands before it is free, and may be the mark of a TIFF
        return Content.DICOM
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] in _NIFTI:  # the header's own size; the magic word is further on, and absent in Analyze 7.5
        return Content.NIFTI
    return Content.TEXT if _is_text(head) else Content.UNKNOWN


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True  # UTF-16 with its mark
    control = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in head)
    return bool(head) and control == 0


def inspect(path: Path, prefix: str) -> Content:
    """Check that `path` is a regular file with something in it, and say what its first bytes are.

    A pipe or a device is refused without being opened: opening one can wait for ever.

    Args:
        path: Any path.
        prefix: Of the reader's error codes, such as `SLD`.

    Raises:
        ReadError: Not there, a folder, not a regular file, empty, not reachable, or a pointer of Git LFS.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ReadError(path, "the file is not there; was it moved or renamed?", f"{prefix}-01") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise unreachable(path, error, prefix) from error
    if stat.S_ISDIR(status.st_mode):
        raise ReadError(path, "this is a folder; choose a file in it", f"{prefix}-02")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError(path, "this is a pipe or a device, not a regular file; choose the file itself", f"{prefix}-03")
    if not status.st_size:
        raise ReadError(path, "the file is empty (0 bytes); copy it again from where it came", f"{prefix}-04")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise unreachable(path, error, prefix) from error
    if head.startswith(_POINTER):
        reason = "this is a pointer of Git LFS in the place of the file; fetch the file itself with `git lfs pull`"
        raise ReadError(path, reason, f"{prefix}-06")
    return content(head)


def real_path(path: Path) -> Path:
    """The path without links, by which two names of one file are told; of links that lead in a circle, itself."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # ValueError: a NUL character in the name
        return path.absolute()


def unreachable(path: Path, error: Exception, prefix: str) -> ReadError:
    """The error for a file that the system does not hand out: no permission, a lost drive."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    reason = f"the file cannot be reached ({why}); is the drive connected, and may you read it?"
    return ReadError(path, reason, f"{prefix}-11")
