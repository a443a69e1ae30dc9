"""Pictures behind a slide's interface."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers.picture import is_picture
from survgui.readers.slide import open_slide
from survgui.readers.sniff import Content


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_the_same_pixels_as_stored(files: SimpleNamespace, tmp_path: Path, suffix: str) -> None:
    stored = files.noise(300)[:200]
    Image.fromarray(stored).save(tmp_path / f"p{suffix}")
    with open_slide(tmp_path / f"p{suffix}") as slide:
        assert (slide.vendor, slide.levels, slide.downsamples, slide.mpp) == ("picture", ((300, 200),), (1.0,), None)
        np.testing.assert_array_equal(slide.read(0, 0, 0, 300, 200), stored)
        np.testing.assert_array_equal(slide.read(250, 150, 0, 80, 80)[:50, :50], stored[150:, 250:])
        assert (slide.read(250, 150, 0, 80, 80)[50:] == 255).all()
        assert (slide.read(-500, -500, 0, 80, 80) == 255).all()
        assert slide.thumbnail(30).shape == (20, 30, 3)
        assert slide.damaged == []


def test_a_jpeg_by_another_name(files: SimpleNamespace, tmp_path: Path) -> None:
    Image.fromarray(files.noise(64)).save(tmp_path / "p.png", format="JPEG")
    with open_slide(tmp_path / "p.png") as slide:
        assert slide.levels == ((64, 64),)


def test_resolution_is_taken_where_a_microscope_could_have_it(files: SimpleNamespace, tmp_path: Path) -> None:
    image = Image.fromarray(files.noise(64))
    image.save(tmp_path / "scan.png", dpi=(50_800, 50_800))
    image.save(tmp_path / "screen.png", dpi=(72, 72))
    assert open_slide(tmp_path / "scan.png").mpp == pytest.approx(0.5, rel=1e-3)
    assert open_slide(tmp_path / "screen.png").mpp is None


def test_transparent_is_white_and_grey_is_noted(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    Image.new("L", (8, 8), 90).save(tmp_path / "grey.png")
    assert (open_slide(tmp_path / "clear.png").read(0, 0, 0, 8, 8) == 255).all()
    grey = open_slide(tmp_path / "grey.png")
    assert (grey.read(0, 0, 0, 8, 8) == 90).all()
    assert "grey" in grey.notes[0]


def deep_png() -> bytes:
    """A 4 x 4 RGB PNG of 16 bits a channel, which Pillow cuts to 8 bits in silence."""
    rows = b"".join(b"\0" + bytes(4 * 3 * 2) for _ in range(4))
    return png(4, 4, 16, rows)


def png(width: int, height: int, depth: int, rows: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_more_than_8_bits_or_other_colours_are_refused(tmp_path: Path) -> None:
    (tmp_path / "deep.png").write_bytes(deep_png())
    Image.new("I;16", (8, 8)).save(tmp_path / "grey16.png")
    Image.new("CMYK", (8, 8)).save(tmp_path / "print.jpg")
    for name, named in (("deep.png", "16 bits"), ("grey16.png", "16 bits"), ("print.jpg", "CMYK")):
        with pytest.raises(UnsupportedFormat, match=rf"{named}.*SLD-08"):
            open_slide(tmp_path / name)


@pytest.mark.parametrize("side", [20_001, 2**31 - 1])
def test_a_huge_one_is_refused_before_it_is_unpacked(tmp_path: Path, side: int) -> None:
    (tmp_path / "huge.png").write_bytes(png(side, 20_000, 8, b""))
    with pytest.raises(ReadError, match=r"pyramidal TIFF.*SLD-09"):
        open_slide(tmp_path / "huge.png")


def test_strips_make_a_picture_and_tiles_do_not(files: SimpleNamespace, tmp_path: Path) -> None:
    files.slide(tmp_path / "tiles.tif", levels=1)
    files.slide(tmp_path / "strips.tif", levels=1, tile=0)
    assert not is_picture(tmp_path / "tiles.tif", Content.TIFF)
    assert is_picture(tmp_path / "strips.tif", Content.TIFF)
    with open_slide(tmp_path / "strips.tif") as slide:
        np.testing.assert_array_equal(slide.read(0, 0, 0, 1024, 1024), files.noise(1024))
        assert slide.mpp == pytest.approx(0.25, rel=1e-3)
