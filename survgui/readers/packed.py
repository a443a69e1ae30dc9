"""What a table file holds, told by its content: names lie (`x.csv.zip` inside a zip, a workbook called `.csv`)."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import sniff

LIMIT = 4 * 2**30
"""Bytes that an archive may unpack to; more is taken for a bomb or a mistake."""

_DEPTH = 4
_FOREIGN = (
    *(sniff.Content.TIFF, sniff.Content.PNG, sniff.Content.JPEG, sniff.Content.DICOM, sniff.Content.NIFTI),
    *(sniff.Content.HDF5, sniff.Content.PICKLE, sniff.Content.PDF, sniff.Content.MATLAB),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Content:
    """The unpacked bytes of a table file.

    Attributes:
        form: `text`, `parquet`, `xlsx` or `npz`.
    """

    form: str
    data: bytes


def unpack(path: Path) -> Content:
    """Read a file through any gzip and single-member zip around its content.

    Raises:
        ReadError: Not there, empty, damaged, several members, larger than `LIMIT` unpacked.
        UnsupportedFormat: Content that is no table.
    """
    data = _bytes(path)
    try:
        for _ in range(_DEPTH):
            if not data:
                raise ReadError(path, "the file is empty; export the table again", "TBL-04")
            if data.startswith(b"\x1f\x8b"):
                data = _bounded(path, gzip.GzipFile(fileobj=io.BytesIO(data)))
            elif data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
                form = _zip_form(path, data)
                if form:
                    return Content(form, data)
                data = _member(path, data)
            else:
                return Content(_plain_form(path, data), data)
    except (NotImplementedError, RuntimeError):  # how zipfile says that a password or a compression is beyond it
        reason = "the archive is encrypted or packed in a way that cannot be read; unpack the table first"
        raise ReadError(path, reason, "TBL-10") from None
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        raise ReadError(path, "the archive is damaged or incomplete; copy it again", "TBL-10") from None
    raise ReadError(path, f"archives inside archives, more than {_DEPTH} deep; unpack the table first", "TBL-13")


def _bytes(path: Path) -> bytes:
    sniff.inspect(path, "TBL")
    try:
        return path.read_bytes()
    except OSError as error:
        raise sniff.unreachable(path, error, "TBL") from None


def _zip_form(path: Path, data: bytes) -> str | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        total = sum(member.file_size for member in archive.infolist())
    if total > LIMIT:
        raise _too_large(path)
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "npz" if names and all(name.endswith(".npy") for name in names) else None


def _member(path: Path, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            names = ", ".join(m.filename for m in members[:5]) or "none"
            reason = f"the archive must hold one table, it holds {len(members)} ({names}); unpack it and give the one"
            raise ReadError(path, reason, "TBL-13")
        with archive.open(members[0]) as file:
            return _bounded(path, file)


def _bounded(path: Path, file: IO[bytes] | gzip.GzipFile) -> bytes:
    data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise _too_large(path)
    return data


def _too_large(path: Path) -> ReadError:
    return ReadError(path, f"unpacks to more than {LIMIT // 2**30} GB; give a smaller table", "TBL-09")


def _plain_form(path: Path, data: bytes) -> str:
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(_OLD_EXCEL):
        raise UnsupportedFormat(path, "this is an old Excel workbook (.xls); save it as .xlsx or .csv", "TBL-06")
    if data[: sniff.HEAD].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise UnsupportedFormat(path, "this is a web page, not a table; download the table again", "TBL-06")
    kind = sniff.content(data[: sniff.HEAD])
    if kind in _FOREIGN:
        raise UnsupportedFormat(path, f"this is {kind}, not a table; give it as `files`, or export the table", "TBL-06")
    return "text"
