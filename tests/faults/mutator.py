"""Faults that files have in the field, made on purpose: each changes one file, the same way every time.

truncate(30)(path)          # what a broken copy leaves
becomes(b"%PDF-1.7")(path)  # another kind of file under the name
text("1,5", "1;5")(path)    # an edit of a text file
Fault                       # all of them: called with the path of a good file, which they spoil in place
"""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

Fault = Callable[[Path], None]
"""Spoils the file at a path."""


def bytes_of(change: Callable[[bytes], bytes]) -> Fault:
    """A fault of a file's bytes."""

    def spoil(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return spoil


def both(*faults: Fault) -> Fault:
    """One fault after the other."""

    def spoil(path: Path) -> None:
        for fault in faults:
            fault(path)

    return spoil


def nothing(path: Path) -> None:
    """No fault: the file is not right for what it is given as, or only seems wrong."""


# What the file system has in the place of a file


def missing(path: Path) -> None:
    """Nothing is there."""
    path.unlink()


def empty(path: Path) -> None:
    """A file of 0 bytes."""
    path.write_bytes(b"")


def a_folder(path: Path) -> None:
    """A folder of the file's name."""
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    """A named pipe, which whoever opens it waits on."""
    path.unlink()
    os.mkfifo(path)


def a_device(path: Path) -> None:
    """A link to a device that never ends."""
    path.unlink()
    path.symlink_to("/dev/zero")


def a_dead_link(path: Path) -> None:
    """A link to what is no longer there."""
    path.unlink()
    path.symlink_to(path.with_name("gone"))


def a_link_to_itself(path: Path) -> None:
    """A link that leads to itself."""
    path.unlink()
    path.symlink_to(path.name)


def locked(path: Path) -> None:
    """A file that nobody may read."""
    path.chmod(0)


# What happens to bytes


def truncate(percent: float) -> Fault:
    """The first part of the file, as an interrupted copy leaves it."""
    return bytes_of(lambda content: content[: int(len(content) * percent / 100)])


def zeros(start: float, length: int) -> Fault:
    """Zeros in the place of `length` bytes from `start` % on, as a bad sector leaves them."""

    def change(content: bytes) -> bytes:
        at = int(len(content) * start / 100)
        return content[:at] + bytes(min(length, len(content) - at)) + content[at + length :]

    return bytes_of(change)


def flips(bits: int, seed: int = 0) -> Fault:
    """Bits that have turned over, anywhere."""

    def change(content: bytes) -> bytes:
        values = np.frombuffer(content, np.uint8).copy()
        draw = np.random.default_rng(seed)
        where, which = draw.integers(0, len(values), bits), draw.integers(0, 8, bits)
        np.bitwise_xor.at(values, where, (1 << which).astype(np.uint8))
        return values.tobytes()

    return bytes_of(change)


def at(offset: int, content: bytes) -> Fault:
    """Other bytes at an offset: an edited header; a negative offset counts from the end."""

    def change(old: bytes) -> bytes:
        start = offset if offset >= 0 else len(old) + offset
        return old[:start] + content + old[start + len(content) :]

    return bytes_of(change)


def before(content: bytes) -> Fault:
    """Bytes before the first one."""
    return bytes_of(lambda old: content + old)


def after(content: bytes) -> Fault:
    """Bytes after the last one."""
    return bytes_of(lambda old: old + content)


def becomes(content: bytes) -> Fault:
    """Something else altogether under the same name."""
    return bytes_of(lambda _: content)


def made(maker: Callable[[], bytes]) -> Fault:
    """The same with bytes that are made when they are needed."""
    return bytes_of(lambda _: maker())


def noise(path: Path) -> None:
    """Random bytes of the same length."""
    path.write_bytes(np.random.default_rng(1).bytes(max(path.stat().st_size, 2048)))


# What happens to text


def text(old: str, new: str, count: int = -1) -> Fault:
    """Other words in the place of some, which must be there."""

    def change(content: bytes) -> bytes:
        assert old.encode() in content, f"{old!r} is not in the good file"
        return content.replace(old.encode(), new.encode(), count)

    return bytes_of(change)


def pattern(old: str, new: str, count: int = 0) -> Fault:
    """The same by a regular expression, line by line."""

    def change(content: bytes) -> bytes:
        made, times = re.subn(old, new, content.decode(), count=count, flags=re.MULTILINE)
        assert times, f"{old!r} does not meet the good file"
        return made.encode()

    return bytes_of(change)


def encoded(encoding: str) -> Fault:
    """The text in another encoding."""
    return bytes_of(lambda content: content.decode().encode(encoding))


def lines(change: Callable[[list[str]], list[str]]) -> Fault:
    """The lines of a text, changed."""
    return bytes_of(lambda content: ("\n".join(change(content.decode().splitlines())) + "\n").encode())


def columns(change: Callable[[list[str]], list[str]]) -> Fault:
    """The cells of every line of a csv file, changed."""
    return lines(lambda rows: [",".join(change(row.split(","))) for row in rows])


def cell(row: int, column: int, value: str) -> Fault:
    """One cell of a csv file; row 0 is the header."""

    def change(rows: list[str]) -> list[str]:
        cells = rows[row].split(",")
        cells[column] = value
        return [*rows[:row], ",".join(cells), *rows[row + 1 :]]

    return lines(change)


def column(number: int, value: Callable[[int], object] | object, first: int = 1) -> Fault:
    """A column of a csv file from row `first` on: the same value in every row, or what a function of the row gives."""

    def change(rows: list[str]) -> list[str]:
        made = rows[:first]
        for at, row in enumerate(rows[first:], first):
            cells = row.split(",")
            cells[number] = str(value(at) if callable(value) else value)
            made.append(",".join(cells))
        return made

    return lines(change)


def added(*rows: str) -> Fault:
    """More rows at the end."""
    return lines(lambda before: [*before, *rows])


# What packs a file


def zipped(*names: str) -> Fault:
    """A zip archive with the file as each of these members."""

    def change(content: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, content)
        return made.getvalue()

    return bytes_of(change)


def gzipped(times: int = 1) -> Fault:
    """The file compressed by gzip, once or more."""

    def change(content: bytes) -> bytes:
        for _ in range(times):
            content = gzip.compress(content, mtime=0)
        return content

    return bytes_of(change)


def encrypted(path: Path) -> None:
    """A zip archive whose member says that it is encrypted."""
    zipped("table.csv")(path)
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag, in the member's header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def replaced_by(maker: Callable[[Path], object]) -> Fault:
    """Whatever a function writes there instead."""

    def spoil(path: Path) -> None:
        path.unlink()
        maker(path)

    return spoil


def beside(name: str, fault: Fault) -> Fault:
    """A fault of another file in the same folder."""
    return lambda path: fault(path.parent / name)
