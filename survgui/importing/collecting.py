"""The files in what a user gives: folders are looked through, archives of several files are unpacked."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from survgui import storage
from survgui.cases.cohort import Note
from survgui.cases.step import Step, Task
from survgui.errors import ReadError, StorageError, UsageError
from survgui.readers.recognise import look_through

MOST_FILES = 200_000
"""Files that are looked at in one import; a download of the GDC has a folder or two per patient."""
LARGEST = 64 * 2**30
"""Bytes that archives may unpack to."""

_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz")
_IGNORED = (
    *("manifest.txt", "annotations.txt", "license", "readme.md", "readme.txt", "readme"),
    *(".ds_store", "thumbs.db", "desktop.ini"),
)

_ANEW = "if you trust whoever packed it, unpack it yourself and give the folder"


def collect(paths: Iterable[Path], workspace: Path) -> Task[tuple[list[Path], list[Note]]]:
    """Files to look at, and notes on archives that could not be unpacked.

    Args:
        workspace: Folder into which archives are unpacked.

    Raises:
        UsageError: Nothing there, or more than `MOST_FILES` files.
    """
    given = [Path(path) for path in paths]
    lost = [path for path in given if not path.exists()]
    if lost:
        raise UsageError(f"{lost[0]} is not there; give files or folders that are")
    yield Step("look", 0, 1, "looking for files")
    found: list[Path] = []
    notes: list[Note] = []
    inside = yield from look_through(given, MOST_FILES)
    for number, path in enumerate(inside):
        if not is_archive(path):
            found.append(path)
            continue
        yield Step("look", 0, 1, f"unpacking {path.name}")
        target = workspace / "unpacked" / f"{number}-{path.name.split('.')[0]}"
        try:
            unpack(path, target)
        except ReadError as error:
            notes.append(Note("warning", error.code, str(error)))
            continue
        found += yield from look_through([target], MOST_FILES)
    named = set(given)
    return [path for path in found if path in named or not _is_aside(path.name.lower())], notes


def _is_aside(name: str) -> bool:
    """Whether a file of a folder is no data: a manifest, a read-me, what Office leaves beside a table that is open."""
    return name in _IGNORED or name.startswith("~$")


def is_archive(path: Path) -> bool:
    """Whether a file is a tar, or a zip of several files; workbooks, .npz and zips of one table are read in place."""
    name = path.name.lower()
    if name.endswith(_TAR):
        return True
    if not name.endswith(".zip"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            members = _wanted(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
    return len(members) > 1 and "xl/workbook.xml" not in members and not all(m.endswith(".npy") for m in members)


def unpack(path: Path, target: Path) -> None:
    """Unpack an archive into a folder; what would land outside of it, and links, are refused.

    Raises:
        ReadError: Damaged, too large, or unsafe.
        StorageError: The disk is full.
    """
    try:
        if zipfile.is_zipfile(path):
            _unzip(path, target)
        else:
            _untar(path, target)
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError) as error:
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in storage.FULL:
            raise StorageError(
                f"{path.name} could not be unpacked ({error.strerror}); free some room, or unpack it yourself on "
                "another disk and give the folder [STO-01]"
            ) from error
        reason = "the archive is damaged, protected or incomplete; unpack it yourself"
        raise ReadError(path, f"{reason} and give the folder", "TBL-10") from error


def _unzip(path: Path, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = _wanted(archive.namelist())
        _check_size(path, sum(archive.getinfo(name).file_size for name in members))
        for name in members:
            place = target / name
            if not place.resolve().is_relative_to(target.resolve()):
                raise ReadError(path, f"a member would be written outside of its folder ({name!r}); {_ANEW}", "TBL-12")
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, place.open("wb") as file:
                shutil.copyfileobj(source, file, 2**20)


def _untar(path: Path, target: Path) -> None:
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        _check_size(path, sum(member.size for member in members))
        target.mkdir(parents=True, exist_ok=True)
        try:
            archive.extractall(target, members, filter="data")
        except tarfile.FilterError as error:
            raise ReadError(path, f"a member would be written outside of its folder; {_ANEW}", "TBL-12") from error


def _check_size(path: Path, size: int) -> None:
    if size > LARGEST:
        raise ReadError(path, f"unpacks to {size / 2**30:,.0f} GB; unpack it yourself and give the folder", "TBL-09")


def _wanted(names: Iterable[str]) -> list[str]:
    def hidden(name: str) -> Iterator[bool]:
        return (part == "__MACOSX" or (part[:1] == "." and part != "..") for part in Path(name).parts)

    return [name for name in names if not name.endswith("/") and not any(hidden(name))]
