"""Features on disk, so that nothing is encoded twice: found by content, resumed where a run was ended.

    features/<key>.h5           a finished slide
    features/<key>.npz          a finished MRI, or the chosen tiles of a slide
    features/<key>.parts/       a slide in work: one file for every 512 tiles
        00000.npz
    features/.in-use-*          what each running job has used so far

The key is made of everything that decides the features: the content of the files (not their names), the
encoder and the hash of its weights, the pixel size, and the precision. Every file is complete or not there.

What was not used for longest goes where all of it takes more room than the settings allow; never what a running job
has used, for it may have to be resumed.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from survgui import paths, settings, storage
from survgui.cases.case import Source
from survgui.cases.cohort import Bag, Tiles
from survgui.encoders import volumes
from survgui.encoders.volumes import Prepared
from survgui.errors import ReadError, StorageError
from survgui.readers.bag import read_bag, write_bag
from survgui.readers.volume import parts
from survgui.workspace.presence import Presence

RECIPE = "tiles 1"
"""to be changed with whatever changes which tiles are taken"""
VOLUMES = "volume 2"
"""to be changed with whatever changes how a volume is prepared"""
CHUNK = 512
"""tiles between two writes: 2 to 10 seconds of work that a kill can cost"""
SPARE = 100 * 2**20
"""bytes that stay free on the disk"""

Chunk = tuple[NDArray[np.float32], NDArray[np.int64]]
"""(N, D) features of those tiles that could be read, and their (N,) rows of the grid."""


def key(*parts: object) -> str:
    """The name of a cache entry that is decided by these."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def content_of(files: Iterable[Path]) -> str:
    """One hash of the content of several files, in this order.

    Raises:
        ReadError: A file cannot be read to its end.
    """
    digests = []
    for file in files:
        try:
            digests.append(storage.sha256(file))
        except OSError as error:
            reason = f"the file became unreadable ({error.strerror or error}); is its drive still there?"
            raise ReadError(file, reason, "ENC-04") from error
    return digests[0] if len(digests) == 1 else key(*digests)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the cache holds under one key.

    Attributes:
        used: When it was last made, added to or read, s since 1970.
    """

    name: str
    bytes: int
    used: float


_noted: list[set[str]] = []
"""of every block of `noting` that is being run in this process"""


@contextmanager
def noting() -> Iterator[set[str]]:
    """The keys that are used while the block runs."""
    names: set[str] = set()
    _noted.append(names)
    try:
        yield names
    finally:
        _noted[:] = [other for other in _noted if other is not names]


@contextmanager
def in_use(folder: Path | None = None) -> Iterator[None]:
    """Nothing that the block uses is removed before it ends, by this process or another one."""
    _sweep(_folder(folder))
    names = _Pins(_folder(folder) / f".in-use-{secrets.token_hex(8)}.lock")
    _noted.append(names)
    try:
        yield
    finally:
        _noted[:] = [other for other in _noted if other is not names]
        names.forget()
        if names:
            trim(folder)


class _Pins(set[str]):
    """Keys that are also written down where other processes look, from the first one on."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._job = Presence(file)

    def add(self, name: str) -> None:
        if name not in self:
            super().add(name)
            with suppress(OSError, StorageError):  # a cache that cannot be written keeps nothing either
                self._job.take()
                with self._job.file.with_suffix(".txt").open("a", encoding="ascii") as file:
                    file.write(f"{name}\n")

    def forget(self) -> None:
        if self._job.held:
            self._job.leave()
            _forget(self._job)


def entries(folder: Path | None = None) -> list[Entry]:
    """All that is in the cache, what was not used for longest first."""
    found: dict[str, tuple[int, float]] = {}
    folder = _folder(folder)
    for file in (*folder.glob("*.h5"), *folder.glob("*.npz"), *folder.glob("*.parts/*.npz")):
        name = (file.parent if file.parent != folder else file).name.split(".")[0]
        with suppress(OSError):  # removed meanwhile
            state, (size, used) = file.stat(), found.get(name, (0, 0.0))
            found[name] = size + state.st_size, max(used, state.st_mtime)
    return sorted((Entry(name, *facts) for name, facts in found.items()), key=lambda entry: (entry.used, entry.name))


def trim(folder: Path | None = None, most: float | None = None) -> int:
    """Remove what was not used for longest until the cache takes at most so many bytes; how many went.

    Args:
        most: Bytes; by default what the settings allow.
    """
    if most is None:
        most = settings.load().cache_gigabytes * 1e9
    there = entries(folder)
    surplus = sum(entry.bytes for entry in there) - most
    if surplus <= 0:
        return 0
    busy, gone = used_by_jobs(folder), 0
    for entry in there:
        if gone >= surplus:
            break
        if entry.name not in busy:
            gone += remove([entry], folder)
    return gone


def remove(unwanted: Collection[Entry], folder: Path | None = None) -> int:
    """Remove entries whatever the room; how many bytes went."""
    gone, folder = 0, _folder(folder)
    for entry in unwanted:
        with suppress(OSError):  # on Windows, a file that is being read
            for kind in ("h5", "npz"):
                (folder / f"{entry.name}.{kind}").unlink(missing_ok=True)
            shutil.rmtree(folder / f"{entry.name}.parts", ignore_errors=True)
            gone += entry.bytes
    return gone


def used_by_jobs(folder: Path | None = None) -> frozenset[str]:
    """Keys that running jobs have used; what a killed one left is tidied up."""
    busy: set[str] = set()
    for file in _folder(folder).glob(".in-use-*.lock"):
        job = Presence(file)
        if not job.taken():
            _forget(job)
            continue
        with suppress(OSError):
            busy |= set(file.with_suffix(".txt").read_text("ascii").split())
    return frozenset(busy)


def _sweep(folder: Path) -> None:
    """What killed processes have left: half files, parts of what is whole by now, and folders of parts without any."""
    storage.sweep(folder)
    for slide in folder.glob("*.parts"):
        if slide.with_suffix(".h5").is_file():
            shutil.rmtree(slide, ignore_errors=True)
        storage.sweep(slide)
        with suppress(OSError):  # there are parts in it
            if time.time() - slide.stat().st_mtime > storage.LEFT:
                slide.rmdir()


def _forget(job: Presence) -> None:
    for file in (job.file, job.file.with_suffix(".txt")):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _folder(given: Path | None) -> Path:
    return given or paths.user_cache() / "features"


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one patient's slide or MRI in the cache.

    Attributes:
        folder: Of the cache; by default in the user's cache folder.
        name: A `key`.
    """

    name: str
    folder: Path | None = None

    def bag(self) -> Bag | None:
        """The finished features of a slide, or None; a damaged file is removed."""
        file = self._file("h5")
        self._used()
        if not file.is_file():
            return None
        try:
            _touch(file)
            return read_bag(file)
        except ReadError:
            file.unlink(missing_ok=True)
            return None

    def keep_bag(self, bag: Bag, attributes: Mapping[str, str | float | int]) -> None:
        """Store the finished features of a slide, and drop its parts.

        Raises:
            StorageError: No room; the parts are still there.
        """
        self._check_room(2 * bag.values.size + 16 * len(bag))
        write_bag(self._file("h5"), bag, attributes)
        shutil.rmtree(self._file("parts"), ignore_errors=True)
        trim(self.folder)

    def chunk(self, number: int) -> Chunk | None:
        """A chunk that an earlier run has finished, or None."""
        content = _load(self._part(number))
        if content is None:
            return None
        return content["features"].astype(np.float32), content["rows"].astype(np.int64)

    def keep_chunk(self, number: int, chunk: Chunk) -> None:
        """Store a whole chunk.

        Raises:
            StorageError: No room; nothing is written.
        """
        self._save(self._part(number), features=chunk[0].astype(np.float16), rows=chunk[1])

    def volume(self) -> Prepared | None:
        """A finished MRI, or None."""
        content = self._loaded()
        if content is None:
            return None
        values, affine = content["values"].astype(np.float32), content["affine"].astype(np.float64)
        words = {name: tuple(map(str, content[name])) for name in ("missing", "notes")}
        return Prepared(values, affine, words["missing"], words["notes"], content["moves"].astype(np.float64))

    def keep_volume(self, volume: Prepared) -> None:
        """Store a finished MRI.

        Raises:
            StorageError: No room; nothing is written.
        """
        self._save(
            self._file("npz"),
            values=volume.values.astype(np.float16),
            affine=volume.affine,
            moves=volume.moves,
            missing=np.array(volume.missing, dtype=np.str_),
            notes=np.array(volume.notes, dtype=np.str_),
        )
        trim(self.folder)

    def tiles(self) -> Tiles | None:
        """The chosen tiles of a slide, or None."""
        content = self._loaded()
        if content is None:
            return None
        coords = content["coords"].astype(np.int64)
        strip = _from_png(content["png"])
        if strip is None:
            return None
        return Tiles(strip.reshape(len(coords), strip.shape[1], strip.shape[1], 3), coords, float(content["side"]))

    def keep_tiles(self, tiles: Tiles) -> None:
        """Store the chosen tiles of a slide, without loss.

        Raises:
            StorageError: No room; nothing is written.
        """
        strip = tiles.values.reshape(-1, tiles.values.shape[2], 3)
        self._save(self._file("npz"), png=_as_png(strip), coords=tiles.coords, side=np.array(tiles.side))
        trim(self.folder)

    def _file(self, kind: str) -> Path:
        return _folder(self.folder) / f"{self.name}.{kind}"

    def _loaded(self) -> dict[str, NDArray[np.generic]] | None:
        self._used()
        _touch(self._file("npz"))
        return _load(self._file("npz"))

    def _used(self) -> None:
        """Every use begins with a look whether it is there already."""
        for names in _noted:
            names.add(self.name)

    def _part(self, number: int) -> Path:
        return self._file("parts") / f"{number:05d}.npz"

    def _save(self, file: Path, **arrays: NDArray[np.generic]) -> None:
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        self._check_room(content.tell())
        storage.write_bytes(file, content.getvalue())

    def _check_room(self, needed: int) -> None:
        """A full disk is found before it is full: other programs on it fail less gracefully than we."""
        folder = self._file("h5").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            why = error.strerror or error
            raise StorageError(f"the cache {folder.name} cannot be written ({why}); may you write to it?") from error
        if free < 1.2 * needed + SPARE:
            raise StorageError(
                f"the disk of the cache has {free // 2**20:,} MB free, and {int(1.2 * needed + SPARE) // 2**20:,} MB "
                "are needed; free some room, or set SURVGUI_HOME to another disk"
            )


def volume_slot(sources: Sequence[Source], folder: Path | None = None) -> Slot:
    """The place of a patient's MRI; files that are not there, pipes and devices do not count.

    Raises:
        ReadError: A file cannot be read to its end.
    """
    there = [source for source in sources if source.path.is_file() or source.path.is_dir()]
    content = content_of(part for source in there for part in parts(source.path))
    return Slot(key(VOLUMES, content, [source.role for source in there], volumes.NAME), folder)


def _as_png(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The bytes of a PNG: two thirds of the pixels', where the compression of .npz files saves a tenth."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG", compress_level=4)
    return np.frombuffer(content.getvalue(), dtype=np.uint8)


def _from_png(content: NDArray[np.generic]) -> NDArray[np.uint8] | None:
    try:
        with Image.open(io.BytesIO(content.tobytes()), formats=("PNG",)) as picture:
            return np.array(picture, dtype=np.uint8)
    except (OSError, ValueError, SyntaxError):
        return None


def _touch(file: Path) -> None:
    """Say that it was used now."""
    with suppress(OSError):
        os.utime(file)


def _load(file: Path) -> dict[str, NDArray[np.generic]] | None:
    """The arrays of an .npz file of ours, or None if it is not there or damaged."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
