"""A zip file with a manifest, from anybody: everything in it is checked before any of it is used.

    manifest.json       `files`: size and SHA-256 of every other member, by name; the rest is the writer's
    ...

Members are plain files with relative names below the archive's root. What is encrypted, a link, listed twice, not
listed, larger than it says, or packed a thousand to one, is refused; nothing is ever written outside the folder.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any
from unicodedata import normalize

from survgui import storage
from survgui.cases.step import Step, Task
from survgui.errors import ReadError

MANIFEST, SUFFIX = "manifest.json", ".survcase"
MOST_MEMBERS, MOST_MANIFEST = 20_000, 16 * 2**20
MOST_BYTES = 500 * 10**9
"""of all members, unpacked"""
RATIO = 200
"""unpacked bytes for one packed that no honest member has: what would come near it is not packed at all"""
BLOCK = 8 * 2**20
LOOKS, LOOK = 16, 2**16
"""how many places of a file, and how many bytes of each, tell how it packs"""
_WINDOWS = re.compile(r'[<>:"|?*\x00-\x1f\\]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
"""names that a file cannot have everywhere"""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive, as the manifest has it."""

    name: str
    bytes: int
    sha256: str


def pack(target: Path, manifest: Mapping[str, Any], files: Mapping[str, Path]) -> Task[None]:
    """Write an archive, whole or not at all.

    Args:
        manifest: What it is of; `files` is added.
        files: The members' contents by name.

    Raises:
        StorageError: The disk is full, a file cannot be read, or the folder cannot be written; `target` is as it was.
    """
    total, done, listed = sum(path.stat().st_size for path in files.values()), 0, {}
    storage.forget_killed(target)  # it may be as large as a slide
    with storage.replacing(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as zipped:
        for name, path in files.items():
            digest, size = hashlib.sha256(), 0
            info = _plain(name, zipfile.ZIP_DEFLATED if _is_worth_packing(path) else zipfile.ZIP_STORED)
            with path.open("rb") as source, zipped.open(info, "w", force_zip64=True) as member:
                while block := source.read(BLOCK):
                    member.write(block)
                    digest.update(block)
                    size += len(block)
                    done += len(block)
                    yield Step("pack", done // 2**20, total // 2**20, "MB written")
            listed[name] = {"bytes": size, "sha256": digest.hexdigest()}
        text = json.dumps({**manifest, "files": listed}, indent=1, allow_nan=False)
        zipped.writestr(_plain(MANIFEST), text)


@contextmanager
def opened(path: Path) -> Iterator[tuple[dict[str, Any], Opened]]:
    """The manifest of an archive and what unpacks it, once its list of members is sound.

    Raises:
        ReadError: Not such an archive, damaged, or made to do harm.
    """
    try:
        with zipfile.ZipFile(path) as zipped:
            manifest = _manifest(path, zipped)
            yield manifest, Opened(path, zipped, _members(path, manifest, zipped))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise _damaged(path) from error
    except OSError as error:
        raise ReadError(path, f"it cannot be read ({error.strerror or error}); copy it again", "ARC-01") from error


class Opened:
    """An archive whose members can be unpacked."""

    def __init__(self, path: Path, zipped: zipfile.ZipFile, members: tuple[Member, ...]) -> None:
        self._path, self._zipped, self.members = path, zipped, members

    def unpack(self, folder: Path) -> Task[None]:
        """Write every member below a folder; each is as the manifest says.

        Raises:
            ReadError: One is not what the manifest says.
            OSError: The folder cannot be written.
        """
        done, total = 0, sum(member.bytes for member in self.members)
        for member in self.members:
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            digest, size = hashlib.sha256(), 0
            with self._zipped.open(member.name) as source, target.open("xb") as file:
                for block in _blocks(source):
                    size += len(block)
                    if size > member.bytes:
                        break
                    digest.update(block)
                    file.write(block)
                    done += len(block)
                    yield Step("unpack", done // 2**20, total // 2**20, "MB read")
            if size != member.bytes or digest.hexdigest() != member.sha256:
                raise ReadError(
                    self._path,
                    f"{member.name} is not as its manifest says (SHA-256 {member.sha256[:12]}… expected, "
                    f"{digest.hexdigest()[:12]}… found); nothing was taken in; copy the file again from where it came",
                    "ARC-04",
                )


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block


def _is_worth_packing(path: Path) -> bool:
    """Whether it becomes smaller, and nowhere so much so that it would look like a bomb (a mask is mostly zeros)."""
    size, some = path.stat().st_size, list[bytes]()
    with path.open("rb") as file:
        for number in range(LOOKS):
            file.seek(max(0, size - LOOK) * number // (LOOKS - 1))
            some.append(file.read(LOOK))
    packed = [len(zlib.compress(part, 1)) for part in some]
    densest = max(len(part) / size for part, size in zip(some, packed, strict=True))
    return densest < RATIO / 4 and sum(packed) < 0.9 * sum(map(len, some))


def _plain(name: str, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """A member without the time, the user and the rights of this machine."""
    info = zipfile.ZipInfo(name)
    info.compress_type = packing
    info.external_attr = 0o600 << 16
    return info


def _manifest(path: Path, zipped: zipfile.ZipFile) -> dict[str, Any]:
    infos = [info for info in zipped.infolist() if info.filename == MANIFEST]
    if len(infos) != 1:
        raise ReadError(path, "it holds no manifest of survgui; give a .survcase that survgui has written", "ARC-02")
    if infos[0].file_size > MOST_MANIFEST or _suspicious(infos[0]):
        raise _harmful(path, "its manifest is too large")
    with zipped.open(infos[0]) as file:
        text = file.read(MOST_MANIFEST + 1)
    try:
        content = json.loads(text)
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()  # half characters and 1e999 can be read alone
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(content, dict) or not isinstance(content.get("files"), dict):
        raise _damaged(path)
    return content


def _members(path: Path, manifest: Mapping[str, Any], zipped: zipfile.ZipFile) -> tuple[Member, ...]:
    """The manifest's list, each of them in the archive once and nothing beside them."""
    infos = [info for info in zipped.infolist() if info.filename != MANIFEST]
    names = [info.filename for info in infos]
    folded = {normalize("NFC", name).casefold() for name in names}  # one file, where letters differ in nothing else
    total = sum(info.file_size for info in infos)
    # members that lie over each other are each packed honestly, and all of them together a thousand to one
    if len(infos) > MOST_MEMBERS or total > min(MOST_BYTES, RATIO * path.stat().st_size + 2**20):
        raise _harmful(path, "it unpacks to more than any case takes")
    for info in infos:
        if not is_safe(info.filename):
            raise _harmful(path, "a name in it leads out of its folder, or cannot be a file's")
        if _suspicious(info):
            raise _harmful(path, "it holds a link, an encrypted file, or one that is packed as no case's file is")
    folders = {parent.as_posix() for name in folded for parent in PurePosixPath(name).parents}
    if len(folded) != len(names) or folded & folders or set(names) != set(manifest["files"]):
        raise _harmful(path, "its files are not those that its manifest lists")
    try:
        members = tuple(Member(n, int(f["bytes"]), str(f["sha256"])) for n, f in manifest["files"].items())
    except (KeyError, TypeError, ValueError):
        raise _damaged(path) from None
    sizes = {info.filename: info.file_size for info in infos}
    if any(sizes[member.name] != member.bytes for member in members):
        raise _damaged(path)
    return members


def is_safe(name: str) -> bool:
    """Whether a member may be called so: a path below the root that is one on every system."""
    parts = name.split("/")
    return all(part not in ("", ".", "..") and not _WINDOWS.search(part) for part in parts) and len(name) < 1024


def _suspicious(info: zipfile.ZipInfo) -> bool:
    mode = info.external_attr >> 16
    link = bool(mode) and stat.S_IFMT(mode) not in (0, stat.S_IFREG)
    bomb = info.file_size > RATIO * max(info.compress_size, 1) and info.file_size > 2**20
    return link or bomb or bool(info.flag_bits & 0x1) or info.is_dir()


def _damaged(path: Path) -> ReadError:
    return ReadError(path, "it is damaged; nothing was taken in; copy it again from where it came", "ARC-03")


def _harmful(path: Path, why: str) -> ReadError:
    reason = f"{why}; it was refused, and nothing was taken in; ask whoever sent it for a new one"
    return ReadError(path, reason, "ARC-05")
