"""Pictures without tiles or levels (PNG, JPEG, BMP, TIFF in strips), read as a whole through Pillow.

Pillow cuts 16-bit PNGs to 8 bits without a word, so what it decodes is checked here first.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import tiff
from survgui.readers.sniff import Content

if TYPE_CHECKING:
    from PIL import Image

MAX_SIDE = 20_000
"""Pixels per side: the picture is held in memory, 1.2 GB at most."""


def is_picture(path: Path, kind: Content) -> bool:
    """Whether a file of this content is a picture without tiles."""
    return kind in (Content.PNG, Content.JPEG, Content.BMP) or (
        kind is Content.TIFF and not tiff.read_index(path).tiled
    )


def read_picture(path: Path) -> tuple[NDArray[np.uint8], dict[str, str], tuple[str, ...]]:
    """Read a picture as a whole.

    Returns:
        (H, W, 3) RGB, transparent parts on white; the pixel size as OpenSlide's properties, if the file says
        one; and notes for the user.

    Raises:
        UnsupportedFormat: No picture, or one of more than 8 bits a channel or other colours than RGB and grey.
        ReadError: Damaged, incomplete, or more than `MAX_SIDE` pixels a side.
    """
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # Pillow would warn at 9,500 pixels a side; ours is checked before any is decoded
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=("PNG", "JPEG", "BMP", "TIFF")) as image,
        ):
            _check_picture(path, image)
            image.load()
            grey = image.mode in ("1", "L", "LA")
            resolution = image.info.get("dpi", (0, 0))
            pixels = _on_white(image)
    except UnidentifiedImageError as error:
        raise UnsupportedFormat(path, "this picture cannot be read; export it as 8-bit RGB PNG", "SLD-06") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # Pillow's many names for a broken file
        raise ReadError(path, "the picture ends early or is damaged; copy it again", "SLD-07") from error
    per_inch = [float(value) for value in resolution if value and math.isfinite(float(value))]
    found = {f"openslide.mpp-{axis}": f"{25_400 / value:.6g}" for axis, value in zip("xy", per_inch, strict=False)}
    return pixels, found, (tiff.GREY,) if grey else ()


def _check_picture(path: Path, image: Image.Image) -> None:
    """Refuse what would be cut to 8-bit RGB without a word, and what does not fit in memory."""
    if max(image.size) > MAX_SIDE:
        raise _too_large(path)
    with path.open("rb") as file:
        deep_png = image.format == "PNG" and file.read(25)[24:] == b"\x10"  # bits a channel, in the header
    if deep_png or image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA"):
        kind = "16 bits a channel" if deep_png or image.mode.startswith("I") else f"{image.mode} colours"
        raise UnsupportedFormat(path, f"it holds {kind}; export it as 8-bit RGB (bright field H&E)", "SLD-08")


def _too_large(path: Path) -> ReadError:
    reason = (
        f"a picture of more than {MAX_SIDE:,} pixels a side has no levels to read from; "
        "convert it to a pyramidal TIFF with tiles (libvips: vips tiffsave --tile --pyramid)"
    )
    return ReadError(path, reason, "SLD-09")


def _on_white(image: Image.Image) -> NDArray[np.uint8]:
    from PIL import Image

    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    return np.array(image.convert("RGB"))
