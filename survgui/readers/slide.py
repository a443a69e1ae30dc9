"""Whole-slide images: any OpenSlide format, DICOM folders, and plain pictures behind the same interface.

Frames and units: (x, y) is the upper left corner in level-0 pixels, x to the right and y down; sizes are in
pixels of the level that is read; `mpp` is µm per level-0 pixel. Pixels are (H, W, 3) uint8 RGB, fresh arrays.

A slide is shared between threads: OpenSlide reads in parallel on one handle. Its errors are sticky, so after
one damaged tile the handle is dropped and opened again; what stays unreadable is white and listed in
`Slide.damaged`.
"""

from __future__ import annotations

import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from survgui.errors import PixelSizeMissing, ReadError, UnsupportedFormat, UsageError
from survgui.readers import dicom, picture, sniff, tiff
from survgui.readers.sniff import Content

if TYPE_CHECKING:
    from openslide.lowlevel import _OpenSlide

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB."""
Area = tuple[int, int, int, int]
"""x, y, width, height in level-0 pixels."""

_Piece = tuple[int, int, int]  # number of a stored tile along one axis; first and last+1 of the pixels in it

MPP_RANGE = (0.05, 10.0)
"""µm per pixel that a microscope gives; outside of it a file's number is taken for garbage (our choice)."""
MAX_SIDE = 2**20
"""Pixels per side beyond which a header is not believed."""

_BLOCK = 4096  # pixels per side that are decoded at once
_TILE = 256  # pixels per side that are given up where a format does not tell the size of its tiles
_MAX_DAMAGED = 1000
_CACHE_BYTES = 64 * 2**20  # a row of 256-px tiles across a slide of 60,000 px
_PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
_WHITE = (255, 255, 255)


class Slide(ABC):
    """A slide, open for reading; a context manager.

    Attributes:
        path: The file (of a DICOM folder: the file by which it was opened).
        levels: (width, height) of every level, level 0 first.
        downsamples: Level-0 pixels per pixel of each level; the first is 1.
        mpp: µm per level-0 pixel, or None if neither file nor user says; never guessed from the objective.
        mpp_by_user: Whether `mpp` was given by the user.
        objective_power: Magnification that the file names, such as 40, from which a question may propose `mpp`.
        vendor: OpenSlide's name of the format, or `picture`.
        properties: OpenSlide's own properties. A vendor's are left out: they hold names, dates, barcodes.
        background: RGB of what was not scanned.
        associated_images: Names of label, macro and the like, which are read only by name.
        notes: What the user should know of this slide, one sentence each.
    """

    def __init__(self, path: Path, properties: Mapping[str, str], mpp: float | None) -> None:
        self.path = path
        self.properties = MappingProxyType(dict(properties))
        self.mpp_by_user = mpp is not None
        self.mpp = mpp if mpp is not None else _declared_mpp(properties)
        self.objective_power = _number(properties.get("openslide.objective-power"))
        self.vendor = properties.get("openslide.vendor", "picture")
        self.background = _colour(properties.get("openslide.background-color"))
        self.levels: tuple[tuple[int, int], ...] = ()
        self.downsamples: tuple[float, ...] = ()
        self.associated_images: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()
        self._damaged: dict[tuple[int, int, int], Area] = {}  # by level, column and row of the tile

    @property
    def width(self) -> int:
        """Width of level 0 in pixels."""
        return self.levels[0][0]

    @property
    def height(self) -> int:
        """Height of level 0 in pixels."""
        return self.levels[0][1]

    @property
    def damaged(self) -> list[Area]:
        """Areas that could not be decoded so far, in level-0 pixels; they were read as white."""
        return list(self._damaged.values())

    def require_mpp(self) -> float:
        """µm per level-0 pixel.

        Raises:
            PixelSizeMissing: Neither the file nor the user says.
        """
        if self.mpp is None:
            raise PixelSizeMissing(self.path)
        return self.mpp

    def read(self, x: int, y: int, level: int, width: int, height: int) -> Pixels:
        """Pixels of one level.

        Args:
            x: Left edge in level-0 pixels; may be outside of the slide, where all is white.
            y: Upper edge in level-0 pixels.
            level: Index into `levels`.
            width: Columns to read, in pixels of the level.
            height: Rows to read, in pixels of the level.

        Returns:
            (height, width, 3) uint8 RGB.

        Raises:
            ReadError: The file can no longer be reached, or is damaged nearly everywhere.
            ValueError: No such level, an empty or huge region, or a closed slide.
        """
        if not 0 <= level < len(self.levels):
            raise ValueError(f"level {level} of {len(self.levels)}")
        if min(width, height) < 1 or width * height > 2 * _BLOCK**2:
            raise ValueError(f"a region of {width} x {height} pixels")
        return self._read(x, y, level, width, height)

    def read_scaled(self, x: float, y: float, side_level0: float, pixels: int) -> Pixels:
        """A square region at any resolution.

        Args:
            x: Left edge in level-0 pixels.
            y: Upper edge in level-0 pixels.
            side_level0: Side of the region in level-0 pixels.
            pixels: Side of the result in pixels.

        Returns:
            (pixels, pixels, 3) uint8 RGB, averaged over area where it shrinks, bilinear where it grows.
        """
        return self._scaled((x, y, side_level0, side_level0), (pixels, pixels))

    def thumbnail(self, max_side: int) -> Pixels:
        """The whole slide, its longer side at most `max_side` pixels, never enlarged."""
        scale = min(1.0, max_side / max(self.width, self.height))
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return self._scaled((0.0, 0.0, float(self.width), float(self.height)), size)

    @abstractmethod
    def read_associated(self, name: str) -> Pixels:
        """One of `associated_images`; a label or macro image may show the patient's name."""

    @abstractmethod
    def close(self) -> None:
        """Release the file; may be called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def _read(self, x: int, y: int, level: int, width: int, height: int) -> Pixels:
        """As `read`, with arguments that were checked."""

    def _scaled(self, region: tuple[float, float, float, float], size: tuple[int, int]) -> Pixels:
        """A region (x, y, width, height in level-0 pixels) as `size` (columns, rows) pixels."""
        x, y, width, height = region
        columns, rows = size
        if not (width > 0 and height > 0 and columns > 0 and rows > 0):
            raise ValueError(f"a region of {width} x {height} as {columns} x {rows} pixels")
        level = self._level_for(min(width / columns, height / rows))
        scale = self.downsamples[level]
        if (width / scale) * (height / scale) > _BLOCK**2 and max(size) > 1:
            return self._halves(region, size)
        left, top = math.floor(x / scale + 1e-6), math.floor(y / scale + 1e-6)
        box = x / scale - left, y / scale - top, (x + width) / scale - left, (y + height) / scale - top
        wide, high = math.ceil(box[2] - 1e-3), math.ceil(box[3] - 1e-3)
        block = self.read(round(left * scale), round(top * scale), level, wide, high)
        return _resized(block, size, (max(box[0], 0.0), max(box[1], 0.0), min(box[2], wide), min(box[3], high)))

    def _halves(self, region: tuple[float, float, float, float], size: tuple[int, int]) -> Pixels:
        """As `_scaled`, in two parts, so that a slide without small levels is never in memory as a whole."""
        x, y, width, height = region
        columns, rows = size
        if columns >= rows:
            half, axis = columns // 2, 1
            cut = width * half / columns
            parts = ((x, y, cut, height), (half, rows)), ((x + cut, y, width - cut, height), (columns - half, rows))
        else:
            half, axis = rows // 2, 0
            cut = height * half / rows
            parts = ((x, y, width, cut), (columns, half)), ((x, y + cut, width, height - cut), (columns, rows - half))
        return np.concatenate([self._scaled(*part) for part in parts], axis=axis)

    def _level_for(self, downsample: float) -> int:
        """The coarsest level that is no coarser than `downsample`; 1 % is taken for rounding of the level's size."""
        fits = [level for level, scale in enumerate(self.downsamples) if scale <= downsample * 1.01]
        return max(fits, key=lambda level: self.downsamples[level], default=0)


def open_slide(path: Path, mpp: float | None = None) -> Slide:
    """Open a slide.

    Args:
        path: A file of any OpenSlide format, a folder with one DICOM slide, or a picture (PNG, JPEG, TIFF).
        mpp: µm per level-0 pixel if the user gives it; overrides the file's.

    Raises:
        UnsupportedFormat: Not a slide; says what it is instead.
        ReadError: Not there, empty, incomplete, damaged, or of impossible size.
        UsageError: `mpp` is no pixel size of a microscope.
    """
    if mpp is not None and not MPP_RANGE[0] <= mpp <= MPP_RANGE[1]:
        raise UsageError(f"{mpp:g} µm per pixel is no pixel size of a slide; give one between 0.05 and 10")
    path = Path(path)
    if path.is_dir():
        path = _dicom_in(path)
    kind = sniff.inspect(path, "SLD")
    notes = tiff.check_tiff(path) if kind is Content.TIFF else ()
    import openslide

    if openslide.OpenSlide.detect_format(path) is not None:
        slide: Slide = WholeSlide(path, mpp)
    elif path.suffix.lower() in _PICTURE_SUFFIXES and picture.is_picture(path, kind):
        slide = PictureSlide(path, mpp)
    else:
        raise _no_slide(path, kind)
    slide.notes = notes + slide.notes
    return slide


class WholeSlide(Slide):
    """A slide that OpenSlide reads."""

    def __init__(self, path: Path, mpp: float | None) -> None:
        from openslide import lowlevel

        self._lock = threading.Lock()
        handle = self._opened(path)
        self._handle: _OpenSlide | None = handle
        names = [name for name in lowlevel.get_property_names(handle) if name.startswith("openslide.")]
        private = {"openslide.comment", "openslide.barcode"}
        found = {name: lowlevel.get_property_value(handle, name) for name in names if name not in private}
        super().__init__(path, found, mpp)
        count = range(lowlevel.get_level_count(handle))
        self.levels = tuple(lowlevel.get_level_dimensions(handle, level) for level in count)
        self.downsamples = tuple(lowlevel.get_level_downsample(handle, level) for level in count)
        self._tiles = [(_tile(found, level, "width"), _tile(found, level, "height")) for level in count]
        self.associated_images = tuple(lowlevel.get_associated_image_names(handle))
        if not 0 < min(self.levels[0]) <= max(self.levels[0]) <= MAX_SIDE:
            raise ReadError(path, f"impossible size of {self.width:,} x {self.height:,} pixels", "SLD-09")

    def close(self) -> None:
        """Release the file; may be called again, also while another thread reads."""
        # The handle closes itself when the last reading thread lets go of it; closing it under one is a crash.
        self._handle = None

    def read_associated(self, name: str) -> Pixels:
        """One of `associated_images`; a label or macro image may show the patient's name."""
        from openslide import OpenSlideError, lowlevel

        if name not in self.associated_images:
            raise ValueError(f"no image named {name!r}")
        handle = self._opened(self.path, "SLD-11")  # of its own: a damaged label must not cost the slide
        try:
            return np.array(lowlevel.read_associated_image(handle, name).convert("RGB"))
        except OpenSlideError as error:
            raise ReadError(self.path, f"its {name} image is damaged", "SLD-10") from error

    def _read(self, x: int, y: int, level: int, width: int, height: int) -> Pixels:
        tiles = self._tiles_under(x, y, level, width, height) if self._damaged else ()
        known = any((level, column, row) in self._damaged for (column, *_), (row, *_) in tiles)
        whole = None if known else self._tried(x, y, level, width, height)
        return self._tile_by_tile(x, y, level, width, height) if whole is None else whole

    def _tried(self, x: int, y: int, level: int, width: int, height: int) -> Pixels | None:
        """The region, or None if a handle of its own cannot decode it either."""
        from openslide import OpenSlideError

        shared = self._handle
        if shared is None:
            raise ValueError("the slide is closed")
        try:
            return self._decoded(shared, x, y, level, width, height)
        except OpenSlideError:  # here, or in another thread on the same handle, or the network was away
            fresh = self._opened(self.path, "SLD-11")
        try:
            pixels = self._decoded(fresh, x, y, level, width, height)
        except OpenSlideError:
            self._replace(shared, self._opened(self.path, "SLD-11"))
            return None
        self._replace(shared, fresh)
        return pixels

    def _replace(self, broken: _OpenSlide, fresh: _OpenSlide) -> None:
        """Share the fresh handle, unless another thread was first or the slide has been closed."""
        with self._lock:
            if self._handle is broken:
                self._handle = fresh

    def _tile_by_tile(self, x: int, y: int, level: int, width: int, height: int) -> Pixels:
        """As `_read` on a level with damage: along the grid of stored tiles, so that only the damaged ones are lost."""
        result = _blank(width, height)
        scale = self.downsamples[level]
        for (column, left, right), (row, top, bottom) in self._tiles_under(x, y, level, width, height):
            if (level, column, row) in self._damaged:
                continue
            at = x + round(left * scale), y + round(top * scale)
            piece = self._tried(*at, level, right - left, bottom - top)
            if piece is None:
                self._give_up(level, column, row)
            else:
                result[top:bottom, left:right] = piece
        return result

    def _tiles_under(self, x: int, y: int, level: int, width: int, height: int) -> Iterator[tuple[_Piece, _Piece]]:
        """The part of a region in each stored tile: columns, then rows."""
        scale, (wide, high) = self.downsamples[level], self._tiles[level]
        rows = tuple(_pieces(y / scale, height, high))
        return ((column, row) for row in rows for column in _pieces(x / scale, width, wide))

    def _give_up(self, level: int, column: int, row: int) -> None:
        scale, (wide, high) = self.downsamples[level], self._tiles[level]
        left, right = (min(round(n * wide * scale), self.width) for n in (column, column + 1))
        top, bottom = (min(round(n * high * scale), self.height) for n in (row, row + 1))
        self._damaged[level, column, row] = left, top, right - left, bottom - top
        if len(self._damaged) > _MAX_DAMAGED:
            raise ReadError(self.path, f"more than {_MAX_DAMAGED:,} tiles are damaged; copy the slide again", "SLD-10")

    def _decoded(self, handle: _OpenSlide, x: int, y: int, level: int, width: int, height: int) -> Pixels:
        from ctypes import POINTER, c_uint32

        from openslide import lowlevel

        argb = np.empty((height, width), np.uint32)  # premultiplied, in the machine's byte order
        pointer = argb.ctypes.data_as(POINTER(c_uint32))
        lowlevel._read_region(handle, pointer, x, y, level, width, height)
        bgra = argb.astype("<u4", copy=False).view(np.uint8).reshape(height, width, 4)
        rgb = np.empty((height, width, 3), np.uint8)
        for channel in range(3):  # three times as fast as one reversed copy
            rgb[..., channel] = bgra[..., 2 - channel]
        if argb.min() < 0xFF000000:  # not opaque everywhere
            self._lay_on_ground(rgb, 255 - bgra[..., 3], x, y, level)
        return rgb

    def _lay_on_ground(self, rgb: Pixels, clear: NDArray[np.uint8], x: int, y: int, level: int) -> None:
        """Put premultiplied colours on white, and on the slide's own background where the slide is, in place."""
        rgb += clear[..., None]
        if self.background == _WHITE:
            return
        height, width = clear.shape
        scale = self.downsamples[level]
        on_slide = _span(y, scale, height, self.height), _span(x, scale, width, self.width)
        darker = 255 - np.array(self.background, np.uint16)
        rgb[on_slide] -= ((clear[on_slide][..., None] * darker + 127) // 255).astype(np.uint8)

    @staticmethod
    def _opened(path: Path, code: str = "SLD-10") -> _OpenSlide:
        from openslide import OpenSlideError, lowlevel

        try:
            handle = lowlevel.open(path)
            lowlevel.set_cache(handle, lowlevel.cache_create(_CACHE_BYTES))
            return handle
        except OpenSlideError as error:
            raise _not_opened(path, str(error), code) from error


class PictureSlide(Slide):
    """A picture without tiles (PNG, JPEG, TIFF in strips), held in memory."""

    def __init__(self, path: Path, mpp: float | None) -> None:
        self._pixels, found, notes = picture.read_picture(path)
        super().__init__(path, found, mpp)
        self.levels = ((self._pixels.shape[1], self._pixels.shape[0]),)
        self.downsamples = (1.0,)
        self.notes = notes

    def close(self) -> None:
        """Let go of the pixels; may be called again."""
        self._pixels = _blank(0, 0)

    def read_associated(self, name: str) -> Pixels:
        """A picture has none."""
        raise ValueError(f"no image named {name!r}")

    def _read(self, x: int, y: int, level: int, width: int, height: int) -> Pixels:
        if not self._pixels.size:
            raise ValueError("the slide is closed")
        result = _blank(width, height)
        left, top = max(x, 0), max(y, 0)
        part = self._pixels[top : max(y + height, 0), left : max(x + width, 0)]
        result[top - y : top - y + part.shape[0], left - x : left - x + part.shape[1]] = part
        return result


def _resized(block: Pixels, size: tuple[int, int], box: tuple[float, float, float, float]) -> Pixels:
    """The part `box` (left, upper, right, lower) of a block as `size` (columns, rows) pixels."""
    from PIL import Image

    if block.shape[1::-1] == size and box == (0, 0, *size):
        return block
    shrinks = box[2] - box[0] >= size[0] and box[3] - box[1] >= size[1]
    how = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return np.array(Image.fromarray(block).resize(size, how, box))


def _blank(width: int, height: int) -> Pixels:
    return np.full((height, width, 3), 255, np.uint8)


def _pieces(start: float, count: int, tile: int) -> Iterator[_Piece]:
    """The tiles that `count` pixels from `start`, in pixels of the level, meet."""
    for number in range(math.floor(start / tile), math.ceil((start + count) / tile)):
        first, last = max(round(number * tile - start), 0), min(round((number + 1) * tile - start), count)
        if first < last:
            yield number, first, last


def _tile(properties: Mapping[str, str], level: int, side: str) -> int:
    return int(_number(properties.get(f"openslide.level[{level}].tile-{side}")) or _TILE)


def _span(start: int, scale: float, count: int, side: int) -> slice:
    """Those of `count` pixels, `scale` level-0 pixels each, whose centre lies on a slide of `side` level-0 pixels."""
    first, last = math.ceil(-start / scale - 0.5), math.ceil((side - start) / scale - 0.5)
    return slice(max(first, 0), max(min(last, count), 0))


def _number(text: str | None) -> float | None:
    """A property's number, with a point or a comma; None if it is none."""
    try:
        value = float((text or "").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _declared_mpp(properties: Mapping[str, str]) -> float | None:
    """Mean of the file's two pixel sizes, of those that can be."""
    found = [_number(properties.get(f"openslide.mpp-{axis}")) for axis in "xy"]
    sane = [value for value in found if value is not None and MPP_RANGE[0] <= value <= MPP_RANGE[1]]
    return sum(sane) / len(sane) if sane else None


def _colour(text: str | None) -> tuple[int, int, int]:
    try:
        red, green, blue = bytes.fromhex((text or "").removeprefix("#"))
    except ValueError:
        return _WHITE
    return red, green, blue


def _dicom_in(folder: Path) -> Path:
    """A file of the one DICOM slide in a folder.

    Raises:
        ReadError: No DICOM slide there, or several.
    """
    slides = [series.path for series in dicom.series_in(folder) if series.is_slide]
    if not slides:
        raise ReadError(folder, "this is a folder without a DICOM slide; choose the slide's file", "SLD-02")
    if len(slides) > 1:
        raise ReadError(folder, f"the folder holds {len(slides)} DICOM slides; choose one of the files", "SLD-02")
    return slides[0]


def _not_opened(path: Path, said: str, code: str) -> ReadError:
    """The error for a file that OpenSlide recognises and does not open."""
    if "compression" in said.lower():
        coding = tiff.read_index(path).compression if sniff.inspect(path, "SLD") is Content.TIFF else ""
        reason = f"its compression {coding} is not supported; save the slide with JPEG or JPEG 2000 compression"
        return UnsupportedFormat(path, reason, "SLD-08")
    if any(word in said.lower() for word in ("short read", "end of file", "beyond end")):
        return ReadError(path, tiff.INCOMPLETE.format(what="last tile", size=path.stat().st_size), "SLD-07")
    said = said.replace(str(path), path.name)
    if code == "SLD-11":
        return ReadError(path, f"the slide can no longer be read ({said}); is the drive connected?", code)
    return ReadError(path, f"the slide is damaged or incomplete ({said}); copy it again", code)


def _no_slide(path: Path, kind: Content) -> ReadError:
    """The error for a file that OpenSlide does not recognise."""
    if kind is Content.TIFF:
        return tiff.refusal(path)
    if kind is Content.DICOM:
        return UnsupportedFormat(path, "this DICOM file is not a whole-slide image; choose one of those", "SLD-06")
    if path.suffix.lower() == ".mrxs":
        reason = f"its data, the folder {path.stem}, is not beside it or incomplete; copy both"
        return ReadError(path, reason, "SLD-07")
    known = "SVS, NDPI, SCN, MRXS, BIF, CZI, DICOM, tiled TIFF, or a picture (PNG, JPEG)"
    return UnsupportedFormat(path, f"this is {kind}, not a slide; choose one of: {known}", "SLD-06")
