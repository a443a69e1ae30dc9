"""Who may change the cases: one window at a time, and its worker processes; any other opens them read-only.

The right is a lock of the operating system on `lease.lock`, held by SQLite as it does on every system; it ends with
its process, whatever ends that, so that no crash leaves anybody locked out. Who holds it stands in `lease.json`. A
file that is still there when the lock is free tells of a window that did not end in order.

A window names itself to its worker processes by the environment's `SURVGUI_SESSION`. Commands hold no lease: they may
change the cases while no window has them, and while the window is their own.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from survgui import storage
from survgui.errors import StorageError

LOCK, HOLDER = "lease.lock", "lease.json"
SESSION = "SURVGUI_SESSION"
PATIENCE = 0.5
"""seconds that taking the lease waits for whoever is only looking at it"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the cases open.

    Attributes:
        session: Random; what its worker processes know it by.
        pid: Of the window's process, on the machine `host`.
        since: ISO 8601, UTC.
    """

    session: str
    pid: int
    host: str
    since: str

    @property
    def words(self) -> str:
        """Who and since when, for a sentence."""
        when = datetime.fromisoformat(self.since).astimezone()
        day = "" if when.date() == datetime.now().astimezone().date() else f" on {when.day} {when:%b %Y}"
        where = "this machine" if self.host == platform.node() else self.host
        return f"another survgui on {where} (process {self.pid}), opened{day} at {when:%H:%M}"


NOBODY = Holder("", 0, "", "1970-01-01T00:00:00+00:00")
"""Holds a lease of which nothing more is known."""


class ReadOnly(StorageError):
    """The cases cannot be changed: another window has them."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(
            f"the cases are read-only here: {_name(holder)} has them; close it, then choose "
            "Open for editing in this window [WRK-01]"
        )


class Lease:
    """The right of this process to change the cases of a folder.

    Attributes:
        holder: Who has it instead; None while this process has it, or has not asked.
        unclean: When the window that had it last and did not end in order was opened; empty where it did.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: sqlite3.Connection | None = None
        self._over = False
        self.holder: Holder | None = None
        self.unclean = ""
        self.session = os.environ.setdefault(SESSION, secrets.token_hex(8))

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._lock is not None

    def take(self) -> bool:
        """Have it from now on, unless somebody else has; may be asked again.

        Raises:
            StorageError: The folder cannot be written.
        """
        if self.held or self._over:
            return self.held
        lock = self._locked()
        if lock is None:
            self.holder = _named(self._folder) or NOBODY
            return False
        self._lock, self.holder = lock, None
        last = _named(self._folder)
        self.unclean = last.since if last is not None else ""
        mine = Holder(self.session, os.getpid(), platform.node(), datetime.now(UTC).isoformat(timespec="seconds"))
        storage.write_json(self._folder / HOLDER, asdict(mine))
        return True

    def _locked(self) -> sqlite3.Connection | None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = _connected(self._folder, PATIENCE)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"the folder of the cases cannot be used ({error})") from error
        try:
            lock.execute("BEGIN EXCLUSIVE")
            return lock
        except sqlite3.OperationalError as error:
            lock.close()
            if _busy(error):
                return None
            raise StorageError(f"the folder of the cases cannot be used ({error})") from error

    def release(self) -> None:
        """Let go of it for good; may be called again."""
        self._over = True
        lock, self._lock = self._lock, None
        if lock is not None:
            with suppress(OSError):
                (self._folder / HOLDER).unlink(missing_ok=True)
            lock.close()


def holder_of(folder: Path) -> Holder | None:
    """Who holds the lease of a folder; None where nobody does."""
    if not (folder / LOCK).is_file():
        return None
    try:
        with closing(_connected(folder, 0.0)) as look:
            look.execute("SELECT 1 FROM sqlite_master").fetchall()
            return None
    except sqlite3.OperationalError as error:
        return (_named(folder) or NOBODY) if _busy(error) else None


def of_others(folder: Path) -> Holder | None:
    """Who holds the lease, where that is neither this process nor the window that it works for."""
    holder = holder_of(folder)
    return holder if holder is not None and holder.session != os.environ.get(SESSION, "-") else None


def _name(holder: Holder) -> str:
    return holder.words if holder.pid else "another survgui"


def _named(folder: Path) -> Holder | None:
    try:
        content = json.loads((folder / HOLDER).read_text("utf-8"))
        holder = Holder(**{field.name: content[field.name] for field in fields(Holder)})
        datetime.fromisoformat(holder.since)
        return holder
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _connected(folder: Path, timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(folder / LOCK, timeout=timeout, isolation_level=None, check_same_thread=False)


def _busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
