"""Tiles, read by two threads and kept by how many bytes they take decoded.

The window asks for what it wants to see, newest first, and every change of the view replaces what it asked before.
The threads alone open slides and read them; what they send belongs to a generation, and what comes for an earlier
slide is dropped.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Condition

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage

from survgui.errors import SurvguiError
from survgui.readers.slide import Slide, open_slide
from survgui.ui.slide.geometry import Pyramid, Tile

log = logging.getLogger(__name__)

Pixels = NDArray[np.uint8]

READERS = 2
MOST_BYTES = 2**30
_AT_ONCE = 2048
"""pixels per side of what is read in one go, so that a thread can stop in the middle of a large tile"""


def default_limit() -> int:
    """Bytes of decoded tiles to keep: a quarter of the memory, 1 GB at most."""
    return min(MOST_BYTES, _memory() // 4)


def _memory() -> int:
    """Bytes of memory of this machine, or 2 GB where it does not say."""
    if sys.platform != "win32":
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (ValueError, OSError):
            log.info("the size of the memory is not known")
    return 2 * 2**30


class TileCache:
    """The tiles that were used last, by decoded bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._images: OrderedDict[Tile, QImage] = OrderedDict()

    def __contains__(self, tile: Tile) -> bool:
        return tile in self._images

    def __len__(self) -> int:
        return len(self._images)

    def get(self, tile: Tile) -> QImage | None:
        """A tile's image, which then counts as used."""
        image = self._images.get(tile)
        if image is not None:
            self._images.move_to_end(tile)
        return image

    def put(self, tile: Tile, image: QImage) -> None:
        """Keep an image, and let go of those not used for longest."""
        old = self._images.pop(tile, None)
        self.bytes += image.sizeInBytes() - (old.sizeInBytes() if old is not None else 0)
        self._images[tile] = image
        while self.bytes > self.limit and len(self._images) > 1:
            _, gone = self._images.popitem(last=False)
            self.bytes -= gone.sizeInBytes()

    def clear(self) -> None:
        """Let go of everything."""
        self._images.clear()
        self.bytes = 0


@dataclass(frozen=True, slots=True)
class Source:
    """The slide that is read: a generation for each time that one is shown."""

    generation: int
    path: Path
    mpp: float | None
    pyramid: Pyramid


@dataclass(frozen=True, slots=True)
class Patch:
    """A square of the slide as a small picture: corner and side in level-0 pixels, and pixels per side."""

    x: float
    y: float
    side: float
    pixels: int


Job = Tile | Patch


class _Queue:
    """What is wanted, what is being read, and the open slides; shared between the window and the threads."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._source: Source | None = None
        self._tiles: list[Tile] = []
        self._patches: list[Patch] = []
        self._busy: set[tuple[int, Job]] = set()
        self._open: dict[int, Slide] = {}
        self._opening: set[int] = set()
        self._ended = False

    def show(self, source: Source | None) -> None:
        """Another slide, or none; whatever was wanted of the last one is not wanted any more."""
        with self._changed:
            self._source, self._tiles, self._patches = source, [], []
            self._changed.notify_all()

    def want(self, tiles: Sequence[Tile]) -> None:
        """Replace the tiles that are wanted, the most wanted first."""
        with self._changed:
            self._tiles = list(tiles)
            self._changed.notify_all()

    def want_patches(self, patches: Sequence[Patch]) -> None:
        """Replace the patches that are wanted; they come after the tiles."""
        with self._changed:
            self._patches = list(patches)
            self._changed.notify_all()

    def end(self) -> None:
        """Let the threads come to their end."""
        with self._changed:
            self._ended, self._source, self._tiles, self._patches = True, None, [], []
            self._changed.notify_all()

    def take(self) -> tuple[Source, Job] | None:
        """The next job, waited for; None at the end."""
        with self._changed:
            while not self._ended:
                if self._source is not None:
                    for jobs in (self._tiles, self._patches):
                        while jobs:
                            job = jobs.pop(0)
                            if (self._source.generation, job) not in self._busy:
                                self._busy.add((self._source.generation, job))
                                return self._source, job
                self._changed.wait()
            return None

    def done(self, source: Source, job: Job) -> None:
        """A job is no longer being read."""
        with self._changed:
            self._busy.discard((source.generation, job))

    @property
    def waiting(self) -> int:
        """How many jobs are wanted or being read."""
        with self._changed:
            return len(self._tiles) + len(self._patches) + len(self._busy)

    def stale(self, source: Source) -> bool:
        """Whether another slide is shown by now, or none."""
        return self._source is not source

    def slide(self, source: Source) -> Slide | None:
        """The open slide of a source, one for both threads; None where the source is stale.

        Raises:
            ReadError: It cannot be opened.
        """
        with self._changed:
            while source.generation in self._opening and not self.stale(source):
                self._changed.wait()
            if self.stale(source) or source.generation in self._open:
                return self._open.get(source.generation)
            self._opening.add(source.generation)
        opened: Slide | None = None
        try:
            opened = open_slide(source.path, source.mpp)
        finally:
            with self._changed:
                self._opening.discard(source.generation)
                left = [self._open.pop(number) for number in list(self._open) if number != source.generation]
                if opened is not None:
                    self._open[source.generation] = opened
                self._changed.notify_all()
        for slide in left:
            slide.close()
        return opened

    def close(self) -> None:
        """Close what is open, once the threads have ended."""
        for slide in self._open.values():
            slide.close()
        self._open.clear()


class _Reader(QThread):
    """Reads until the queue ends; says so of everything that it took, whatever happened."""

    tile_read = Signal(int, object, QImage)
    patch_read = Signal(int, object, QImage)
    failed = Signal(int, object, str)
    damaged = Signal(int, int)

    def __init__(self, queue: _Queue, parent: QObject) -> None:
        super().__init__(parent)
        self._queue = queue

    def run(self) -> None:
        """The thread."""
        while (task := self._queue.take()) is not None:
            source, job = task
            try:
                self._read(source, job)
            except SurvguiError as error:
                self.failed.emit(source.generation, job, getattr(error, "reason", str(error)))
            except Exception:  # a decoder's bug costs a tile; the thread has to live on
                if not self._queue.stale(source):
                    log.exception("a tile could not be read")
                    self.failed.emit(source.generation, job, "a part of the slide could not be decoded")
            finally:
                self._queue.done(source, job)

    def _read(self, source: Source, job: Job) -> None:
        slide = self._queue.slide(source)
        if slide is None:
            return
        before = len(slide.damaged)
        if isinstance(job, Patch):
            self.patch_read.emit(
                source.generation, job, as_image(slide.read_scaled(job.x, job.y, job.side, job.pixels))
            )
        else:
            pixels = read_tile(slide, source.pyramid, job, lambda: self._queue.stale(source))
            if pixels is not None:
                self.tile_read.emit(source.generation, job, as_image(pixels))
        if len(slide.damaged) != before:
            self.damaged.emit(source.generation, len(slide.damaged))


class Loader(QObject):
    """Tiles of the slide that is shown, from two threads.

    Signals:
        tile_loaded(tile, image): A tile of the current slide.
        patch_loaded(patch, image): A patch of the current slide.
        failed(job, reason): A tile or patch of the current slide could not be read.
        damaged(count): So many areas of the current slide could not be decoded so far and are white.
    """

    tile_loaded = Signal(object, QImage)
    patch_loaded = Signal(object, QImage)
    failed = Signal(object, str)
    damaged = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.generation = 0
        self._queue = _Queue()
        self._readers: list[_Reader] = []
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)  # a thread that outlives the application ends it badly

    def show(self, path: Path | None, mpp: float | None = None, pyramid: Pyramid | None = None) -> None:
        """Read from another slide from now on, or from none."""
        self.generation += 1
        if path is None or pyramid is None:
            self._queue.show(None)
            return
        self._queue.show(Source(self.generation, path, mpp, pyramid))
        self._start()

    def want(self, tiles: Sequence[Tile]) -> None:
        """Replace the tiles that are wanted, the most wanted first."""
        self._queue.want(tiles)

    def want_patches(self, patches: Sequence[Patch]) -> None:
        """Replace the patches that are wanted; they come after the tiles."""
        self._queue.want_patches(patches)

    @Slot()
    def close(self) -> None:
        """Stop reading, wait for the threads, and close the slide. May be called again; `show` starts anew."""
        self.generation += 1
        self._queue.end()
        for reader in self._readers:
            reader.wait()
            reader.deleteLater()
        self._readers = []
        self._queue.close()
        self._queue = _Queue()

    @property
    def waiting(self) -> int:
        """How many tiles and patches are still to come."""
        return self._queue.waiting

    @property
    def running(self) -> int:
        """How many threads there are."""
        return sum(reader.isRunning() for reader in self._readers)

    def _start(self) -> None:
        queued = Qt.ConnectionType.QueuedConnection
        while len(self._readers) < READERS:
            reader = _Reader(self._queue, self)
            reader.tile_read.connect(self._tile, queued)
            reader.patch_read.connect(self._patch, queued)
            reader.failed.connect(self._failed, queued)
            reader.damaged.connect(self._damaged, queued)
            self._readers.append(reader)
            reader.start(QThread.Priority.LowPriority)

    @Slot(int, object, QImage)
    def _tile(self, generation: int, tile: object, image: QImage) -> None:
        if generation == self.generation:
            self.tile_loaded.emit(tile, image)

    @Slot(int, object, QImage)
    def _patch(self, generation: int, patch: object, image: QImage) -> None:
        if generation == self.generation:
            self.patch_loaded.emit(patch, image)

    @Slot(int, object, str)
    def _failed(self, generation: int, job: object, reason: str) -> None:
        if generation == self.generation:
            self.failed.emit(job, reason)

    @Slot(int, int)
    def _damaged(self, generation: int, count: int) -> None:
        if generation == self.generation:
            self.damaged.emit(count)


def read_tile(slide: Slide, pyramid: Pyramid, tile: Tile, stopped: Callable[[], bool]) -> Pixels | None:
    """The pixels of a tile, (rows, columns, 3): of the slide's own level as they are, else averaged over area.

    Args:
        stopped: Asked between pieces; where it says so, the tile is given up and None returned.

    Raises:
        ReadError: As `Slide.read`.
    """
    (columns, rows), level = pyramid.size(tile), pyramid.levels[tile.level]
    left, top, _, _ = pyramid.box(tile)
    if level.native is not None:
        return slide.read(round(left), round(top), level.native, columns, rows)
    result = np.empty((rows, columns, 3), np.uint8)
    finest = max(own.downsample for own in pyramid.levels[: tile.level] if own.native is not None)
    step = max(1, int(_AT_ONCE * finest / level.downsample))
    for upper in range(0, rows, step):
        for first in range(0, columns, step):
            if stopped():
                return None
            wide, high = min(step, columns - first), min(step, rows - upper)
            side = max(wide, high)
            x, y = left + first * level.downsample, top + upper * level.downsample
            piece = slide.read_scaled(x, y, side * level.downsample, side)
            result[upper : upper + high, first : first + wide] = piece[:high, :wide]
    return result


def as_image(pixels: Pixels) -> QImage:
    """(H, W, 3) RGB in the format that is painted fastest, with its own bytes."""
    height, width = pixels.shape[:2]
    wrapped = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)
