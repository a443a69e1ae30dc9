"""Who may change the cases: one window at a time, and its worker processes; any other opens them read-only.

The right is a lock on `lease.lock` that ends with its process (survgui.workspace.presence), so that no crash leaves
anybody locked out. Who holds it stands in `lease.json`; where that is still there when the lock is free, a window did
not end in order.

A window names itself to its worker processes by the environment's `SURVGUI_SESSION`. Commands hold no lease: they may
change the cases while no window has them, and while the window is their own.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from survgui import storage
from survgui.errors import StorageError
from survgui.workspace.presence import Presence

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
        self._lock = Presence(folder / LOCK)
        self._over = False
        self.holder: Holder | None = None
        self.unclean = ""
        self.session = os.environ.setdefault(SESSION, secrets.token_hex(8))

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._lock.held

    def take(self) -> bool:
        """Have it from now on, unless somebody else has; may be asked again.

        Raises:
            StorageError: The folder cannot be written.
        """
        if self.held or self._over:
            return self.held
        if not self._lock.take(PATIENCE):
            self.holder = _named(self._folder) or NOBODY
            return False
        self.holder = None
        last = _named(self._folder)
        self.unclean = last.since if last is not None else ""
        mine = Holder(self.session, os.getpid(), platform.node(), datetime.now(UTC).isoformat(timespec="seconds"))
        storage.write_json(self._folder / HOLDER, asdict(mine))
        return True

    def release(self) -> None:
        """Let go of it for good; may be called again."""
        self._over = True
        if self.held:
            with suppress(OSError):
                (self._folder / HOLDER).unlink(missing_ok=True)
            self._lock.leave()


def holder_of(folder: Path) -> Holder | None:
    """Who holds the lease of a folder; None where nobody does."""
    return (_named(folder) or NOBODY) if Presence(folder / LOCK).taken() else None


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
