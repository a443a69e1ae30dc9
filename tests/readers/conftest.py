"""Small files made by code: slides, volumes, and the picture that a slide was made of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def noise(side: int, seed: int = 0, grain: int = 16) -> Pixels:
    """(side, side, 3): squares of random colour."""
    squares = np.random.default_rng(seed).integers(0, 255, (-(-side // grain), -(-side // grain), 3), dtype=np.uint8)
    return squares.repeat(grain, 0).repeat(grain, 1)[:side, :side]


def halved(pixels: Pixels) -> Pixels:
    """Half the size, each pixel the mean of four."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    blocks = pixels[: 2 * height, : 2 * width].reshape(height, 2, width, 2, 3)
    return blocks.mean(axis=(1, 3)).round().astype(np.uint8)


def write_slide(
    path: Path, pixels: Pixels | None = None, levels: int = 3, mpp: float | None = 0.25, tile: int = 256, **options: Any
) -> Pixels:
    """Write a generic pyramidal TIFF without loss; returns level 0."""
    import tifffile

    first = level = noise(1024) if pixels is None else pixels
    with tifffile.TiffWriter(path) as file:
        for number in range(levels):
            dpcm = None if mpp is None else (10_000 / mpp / 2**number,) * 2
            planar = options.get("planarconfig") == "separate"
            file.write(
                np.moveaxis(level, -1, 0) if planar else level,
                tile=(tile, tile) if tile else None,
                compression=options.get("compression", "deflate"),
                photometric=options.get("photometric", "rgb"),
                planarconfig=options.get("planarconfig", "contig") if level.ndim == 3 else None,
                extrasamples=options.get("extrasamples"),
                subfiletype=int(number > 0),
                resolution=dpcm,
                resolutionunit=None if dpcm is None else "CENTIMETER",
                metadata=None,
            )
            level = halved(level) if number + 1 < levels else level
    return first


def damage_tile(path: Path, number: int, page: int = 0) -> None:
    """Overwrite a tile's bytes with zeros."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        start, count = file.pages[page].dataoffsets[number], file.pages[page].databytecounts[number]
    content = bytearray(path.read_bytes())
    content[start : start + count] = bytes(count)
    path.write_bytes(content)


def write_volume(path: Path, data: NDArray[Any] | None = None, affine: Any = None) -> NDArray[Any]:
    """Write a NIfTI-1 volume; returns what was stored."""
    import nibabel

    if data is None:
        data = np.random.default_rng(0).integers(0, 4000, (16, 17, 18)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4) if affine is None else affine), path)
    return data


@pytest.fixture(scope="session")
def files() -> SimpleNamespace:
    """The functions above, for tests to call."""
    return SimpleNamespace(noise=noise, halved=halved, slide=write_slide, damage_tile=damage_tile, volume=write_volume)
