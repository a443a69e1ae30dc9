"""A lock that ends with its process, whatever ends that and on every system: SQLite's, held for as long as it is open.

Nothing is ever stored in the file; a lock that is left by a crash is free the moment its process is gone.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from survgui.errors import StorageError


class Presence:
    """Says that this process is there, or looks whether another one is.

    Args:
        file: The lock; its folder is made where it is missing.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._held: sqlite3.Connection | None = None

    @property
    def held(self) -> bool:
        """Whether it is this object that holds the lock."""
        return self._held is not None

    def take(self, patience: float = 0.0) -> bool:
        """Hold the lock from now on, unless somebody else does.

        Args:
            patience: Seconds to wait for whoever is only looking.

        Raises:
            StorageError: The folder cannot be written.
        """
        if self.held:
            return True
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            lock = self._connected(patience)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            if _busy(error):
                return False
            raise self._unusable(error) from error
        self._held = lock
        return True

    def _unusable(self, error: Exception) -> StorageError:
        what = f"the folder {self.file.parent.name} cannot be used ({error})"
        return StorageError(f"{what}: free some room on its disk, or give yourself the right to write there [WRK-03]")

    def leave(self) -> None:
        """Let go of the lock; may be called again."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def taken(self) -> bool:
        """Whether anybody holds it, this process or another."""
        if not self.file.is_file():
            return False
        try:
            with closing(self._connected(0.0)) as look:
                look.execute("SELECT 1 FROM sqlite_master").fetchall()
                return False
        except sqlite3.OperationalError as error:
            return _busy(error)

    def _connected(self, timeout: float) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=timeout, isolation_level=None, check_same_thread=False)


def _busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
