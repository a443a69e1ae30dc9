"""Writing files so that no half file ever counts as whole.

Everything that survgui writes goes through here: bytes are complete in memory or in a `.part` file on the
same disk, flushed and synced, and only then renamed over the old file. A kill or a full disk at any
moment leaves the old file or the new one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import Any

from survgui.errors import StorageError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""what systems say where a file does not fit"""
LEFT = 3600.0
"""seconds after which a `.part` that nobody writes is what a killed process has left; it may be another machine's"""


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically.

    Raises:
        StorageError: The disk is full or the folder cannot be written; `path` is as it was.
    """
    with replacing(path) as part:
        with part.open("wb") as file:
            file.write(content)
        if part.stat().st_size != len(content):
            raise OSError("short write")


def write_text(path: Path, content: str) -> None:
    """Write `content` as UTF-8 to `path` atomically."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented JSON to `path` atomically; NaN is refused, for JSON has none."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a `.part` file to write; it takes the place of `path` if the block ends without an error."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StorageError(_why(path, error)) from error
    finally:
        with suppress(OSError):  # whatever went wrong before is what the user must hear of
            part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of `folder` if the block ends without an error.

    Between moving the old folder aside and the new one in, a kill leaves both under hidden names beside
    each other; `folder` itself is then missing, never half, until `put_back` is called for the folder that it is in.
    """
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    put_back(folder.parent, escape(folder.name))
    forget_killed(folder)
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        for file in sorted(p for p in part.rglob("*") if p.is_file()):
            _sync(file)
        if folder.exists():
            folder.rename(aside)
        part.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise StorageError(_why(folder, error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)


def put_back(parent: Path, name: str = "*") -> None:
    """Give folders their names again whose replacement was killed when the old one was aside and the new one not in.

    Args:
        name: Of the folder, or a pattern of names.
    """
    with suppress(OSError):  # not there, or read-only: whoever reads it says so
        for aside in sorted(parent.glob(f".{name}.*.old")):
            folder = parent / aside.name[1:].rsplit(".", 2)[0]
            if not folder.exists() and not _is_at_work(aside):
                aside.rename(folder)


def forget_killed(path: Path) -> None:
    """Remove what killed writes of a file or folder have left beside it an hour ago or earlier."""
    with suppress(OSError):
        for part in path.parent.glob(f".{escape(path.name)}.*.part"):
            if time.time() - part.lstat().st_mtime > LEFT and not _is_at_work(part):
                shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink(missing_ok=True)


def sweep(folder: Path, after: float = LEFT) -> None:
    """Remove every `.part` file in a folder, not below it, that a killed process has left there.

    Args:
        after: Seconds since it was written last.
    """
    with suppress(OSError):  # not there, or another process was first
        for part in folder.glob(".*.part"):
            if part.is_file() and time.time() - part.lstat().st_mtime >= after and not _is_at_work(part):
                part.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, as hexadecimal digits.

    Raises:
        OSError: It cannot be read; or it is a pipe or a device, which might be waited on for ever.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "no regular file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(parts: Iterable[bytes]) -> str:
    """SHA-256 of some bytes one after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _is_at_work(left: Path) -> bool:
    """Whether the process that a hidden name tells is still there; on Windows, where asking would end it, it is not."""
    number = left.name.rsplit(".", 2)[1]
    if not number.isdigit() or os.name == "nt":
        return not number.isdigit()  # another program's file is none of ours
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return int(number) != os.getpid()


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot sync a folder, and needs not to
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _why(path: Path, error: OSError) -> str:
    """The sentence a user reads; names the file, not the whole path."""
    try:
        free = shutil.disk_usage(path.parent).free // 2**20
        room = f"{free:,} MB are free there"
    except OSError:
        room = "the folder is not reachable"
    why = error.strerror or error
    return f"{path.name} could not be written ({why}; {room}); nothing was changed there: choose another place [STO-01]"
