"""What a TIFF's index gives away."""

from __future__ import annotations

import struct
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import tiff
from survgui.readers.slide import open_slide


def patch_tag(path: Path, number: int, value: int) -> None:
    """Overwrite a tag's value in the first image of a little-endian classic TIFF."""
    content = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, start)
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from("<HH", content, at)
        if tag == number:
            struct.pack_into("<H" if kind == 3 else "<I", content, at + 8, value)
    path.write_bytes(content)


def write(path: Path, data: np.ndarray, **options: object) -> Path:
    import tifffile

    tifffile.imwrite(path, data, tile=(256, 256), metadata=None, **options)
    return path


@pytest.mark.parametrize(
    ("data", "options", "named"),
    [
        (np.zeros((512, 512, 3), np.uint16), {"photometric": "rgb"}, "16 bits"),
        (np.zeros((512, 512), np.float32), {"photometric": "minisblack"}, "floating-point"),
        (np.zeros((512, 512, 4), np.uint8), {"photometric": "separated"}, "CMYK"),
        (np.zeros((512, 512, 5), np.uint8), {"photometric": "rgb", "planarconfig": "contig"}, "5 channels"),
    ],
    ids=["16-bit", "float", "cmyk", "channels"],
)
def test_what_is_no_h_and_e(tmp_path: Path, data: np.ndarray, options: dict[str, object], named: str) -> None:
    path = write(tmp_path / "s.tif", data, **options)
    with pytest.raises(UnsupportedFormat, match=rf"{named}.*8-bit RGB.*SLD-08"):
        open_slide(path)


def test_the_compression_is_named(files: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "s.tif"
    files.slide(path, levels=1)
    assert tiff.read_index(path).compression.endswith("DEFLATE")
    patch_tag(path, 259, 50001)
    with pytest.raises(UnsupportedFormat, match=r"compression WEBP is not supported.*SLD-08"):
        open_slide(path)


def test_an_impossible_size_allocates_nothing(files: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "s.tif"
    files.slide(path, levels=1)
    patch_tag(path, 256, 2_000_000_000)
    patch_tag(path, 257, 2_000_000_000)
    with pytest.raises(ReadError, match=r"SLD-(09|10|07)"):
        open_slide(path)


def test_tiles_and_strips(files: SimpleNamespace, tmp_path: Path) -> None:
    files.slide(tmp_path / "tiles.tif", levels=1)
    files.slide(tmp_path / "strips.tif", levels=1, tile=0)
    assert tiff.read_index(tmp_path / "tiles.tif").tiled
    assert not tiff.read_index(tmp_path / "strips.tif").tiled


def test_a_missing_second_image_is_noticed(files: SimpleNamespace, tmp_path: Path) -> None:
    """The first level is whole, only the description of the others is gone: as in a copy that broke off late."""
    path = tmp_path / "s.tif"
    files.slide(path)
    content = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, start)
    struct.pack_into("<I", content, start + 2 + 12 * count, len(content) + 1000)
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"ends before its index.*SLD-07"):
        tiff.check_tiff(path)


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "s.tif").write_bytes(b"II*\0" + bytes(200))
    with pytest.raises(ReadError):
        tiff.check_tiff(tmp_path / "s.tif")
    assert caplog.records == []
