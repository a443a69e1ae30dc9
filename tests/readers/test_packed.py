"""What an archive holds is told by content, layer by layer."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers.packed import unpack


def zipped(*members: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n",
        gzip.compress(b"a,b\n", mtime=0),
        zipped(("x.zip", b"a,b\n")),
        zipped(("x", gzip.compress(b"a,b\n", mtime=0))),
    ],
    ids=["plain", "gzip", "zip", "gzip in a zip"],
)
def test_layers_are_looked_through(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    assert unpack(tmp_path / "t").data == b"a,b\n"
    assert unpack(tmp_path / "t").form == "text"


def test_what_macs_add_to_a_zip_is_no_member(tmp_path: Path) -> None:
    (tmp_path / "t.zip").write_bytes(zipped(("t.csv", b"a\n1\n"), ("__MACOSX/._t.csv", b"x")))
    assert unpack(tmp_path / "t.zip").data == b"a\n1\n"


def test_endless_archives_are_refused(tmp_path: Path) -> None:
    content = b"a,b\n"
    for _ in range(6):
        content = gzip.compress(content)
    (tmp_path / "t.gz").write_bytes(content)
    with pytest.raises(ReadError, match="TBL-13"):
        unpack(tmp_path / "t.gz")


def test_a_locked_zip_is_said_to_be_unreadable(tmp_path: Path) -> None:
    locked = bytearray(zipped(("t.csv", b"a\n1\n")))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(magic) + offset] |= 1  # the flag of an encrypted member
    (tmp_path / "t.zip").write_bytes(bytes(locked))
    with pytest.raises(ReadError, match="TBL-10"):
        unpack(tmp_path / "t.zip")


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><html>404</html>", b"\n<html><body>a,b</body></html>\n"])
def test_a_web_page_under_a_tables_name_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rna.csv").write_bytes(content)
    with pytest.raises(UnsupportedFormat, match="web page, not a table; download"):
        unpack(tmp_path / "rna.csv")
