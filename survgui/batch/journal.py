"""The rows of a batch on disk, so that one that was stopped or killed goes on where it was.

A row is a file of its own that is written whole or not at all, under a name that says nothing of the patient.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from survgui import storage
from survgui.cases.batch import Row, row_json, row_of


class Journal:
    """Keeps rows in a folder.

    Args:
        clean: What is written of a row that is finished: nobody needs the names of its files. One that failed is
            written as it is, for its reason says which file.
    """

    def __init__(self, folder: Path, clean: Callable[[Row], Row] | None = None) -> None:
        self._folder, self._clean = folder, clean

    def keep(self, row: Row) -> None:
        """Keep a row; when this returns it is on the disk.

        Raises:
            StorageError: The disk is full or the folder cannot be written; an earlier row of the item is still there.
        """
        if not self._folder.is_dir():
            with suppress(OSError):  # what is wrong with the folder is said by the write below
                self._folder.mkdir(parents=True, mode=0o700)
        storage.write_json(self._file(row.item), row_json(self._clean(row) if self._clean and row.done else row))

    def rows(self) -> dict[str, Row]:
        """Every row that is whole, by the item's name."""
        found = (_read(file) for file in sorted(self._folder.glob("*.json")))
        return {row.item: row for row in found if row is not None}

    def row(self, item: str) -> Row | None:
        """The row of an item, or None."""
        return _read(self._file(item))

    def forget(self, item: str) -> None:
        """Let go of a row."""
        self._file(item).unlink(missing_ok=True)

    def clear(self) -> None:
        """Let go of all rows."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, item: str) -> Path:
        return self._folder / f"{hashlib.sha256(item.encode()).hexdigest()[:32]}.json"


def _read(file: Path) -> Row | None:
    try:
        return row_of(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError):  # not there, or not ours
        return None
