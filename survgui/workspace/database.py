"""The file behind the list of cases: SQLite, opened so that nothing that was acknowledged is lost.

Every change is a transaction that is on the disk when it ends (write-ahead log, on network shares a rollback journal;
`synchronous = FULL`), and several processes may change the list at once. A file of a later survgui is left alone. A
damaged one is moved aside, never deleted; the newest sound backup takes its place. There is a backup a day, and one
before the schema changes.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from survgui import paths, storage
from survgui.errors import StorageError

FILE = "workspace.db"
BACKUPS = "backups"
KEPT = 5
"""backups"""
WRITTEN = 60.0
"""seconds in which a backup is written"""
WAIT = 15.0
"""seconds that one process waits for another's transaction"""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE cases (
        key TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        subject TEXT NOT NULL,
        given TEXT NOT NULL,
        origin TEXT NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        opened TEXT NOT NULL,
        stale TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX cases_opened ON cases (opened);
    CREATE UNIQUE INDEX cases_origin ON cases (origin) WHERE origin != '';
    CREATE TABLE predictions (
        key TEXT PRIMARY KEY REFERENCES cases (key) ON DELETE CASCADE,
        run TEXT NOT NULL,
        bundle TEXT NOT NULL,
        version TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        risk REAL NOT NULL,
        risk_group TEXT NOT NULL,
        percentile REAL NOT NULL,
        states TEXT NOT NULL,
        created TEXT NOT NULL
    ) STRICT;
    """,
    """
    ALTER TABLE cases RENAME COLUMN stale TO missing;
    ALTER TABLE cases ADD COLUMN looked TEXT NOT NULL DEFAULT '';
    CREATE INDEX cases_looked ON cases (looked);
    ALTER TABLE predictions ADD COLUMN description TEXT NOT NULL DEFAULT '';
    ALTER TABLE predictions ADD COLUMN input_stale TEXT NOT NULL DEFAULT '';
    ALTER TABLE predictions ADD COLUMN bundle_stale TEXT NOT NULL DEFAULT '';
    CREATE TABLE sources (
        key TEXT NOT NULL REFERENCES cases (key) ON DELETE CASCADE,
        path TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (key, path)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE features (
        entry TEXT NOT NULL,
        key TEXT NOT NULL REFERENCES cases (key) ON DELETE CASCADE,
        PRIMARY KEY (entry, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX features_key ON features (key);
    CREATE TABLE reports (
        key TEXT NOT NULL REFERENCES cases (key) ON DELETE CASCADE,
        prediction TEXT NOT NULL,
        report TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (key, prediction)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE edits (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL REFERENCES cases (key) ON DELETE CASCADE,
        at TEXT NOT NULL,
        what TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        same INTEGER NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX edits_key ON edits (key);
    """,
)
"""What makes each version of the schema out of the one before; only ever added to."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is ready.

    Attributes:
        rebuild: Whether the list may lack cases whose folders are there: the file was damaged or missing.
        aside: Name of the damaged file that was kept, or empty.
    """

    connection: sqlite3.Connection
    rebuild: bool = False
    aside: str = ""


def open_database(folder: Path, occupied: bool) -> Opened:
    """Open the list in `folder`, or begin one.

    Args:
        occupied: Whether there are cases in the folder, so that a list without any is one that was lost.

    Raises:
        StorageError: A later survgui wrote it, the disk is full, or the folder cannot be written.
    """
    with guarded():
        lost = occupied and not _begun(folder / FILE)
        aside = ""
        try:
            connection = _ready(folder)
        except _Damaged:
            aside, lost = _move_aside(folder), True
            _restore(folder)
            connection = _ready(folder)
        _back_up_daily(connection, folder)
        return Opened(connection, lost, aside)


def join(folder: Path) -> sqlite3.Connection | None:
    """The list as another process has opened and checked it; None where it is not there, or not of this schema.

    Raises:
        StorageError: A later survgui wrote it, or it cannot be read.
    """
    with guarded():
        if not _begun(folder / FILE):
            return None
        connection = _connect(folder / FILE)
        try:
            if _version(connection) == len(MIGRATIONS):
                _set_up(connection)
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time, whatever the system: a lock that ends with its process."""
    with guarded(), closing(_connect(folder / "opening.lock")) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
        lock.execute("ROLLBACK")


@contextmanager
def guarded() -> Iterator[None]:
    """Say what SQLite or the system could not do, as a `StorageError`."""
    try:
        yield
    except sqlite3.Error as error:
        hint = (
            "it is damaged; start survgui again, which puts it right"
            if _is_damage(error)
            else "nothing was changed; free some room or check the folder's permissions, then try again"
        )
        raise StorageError(f"the list of cases cannot be used ({error}); {hint} [WRK-02]") from error
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"the folder of the cases cannot be used ({why}); may you write to it? [WRK-03]") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the block's changes or none; other processes wait meanwhile."""
    with guarded():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def back_up(connection: sqlite3.Connection, folder: Path) -> Path:
    """Write a compact copy and let go of the oldest ones."""
    target = folder / BACKUPS / f"{_stamp()}.db"
    with storage.replacing(target) as part:
        part.unlink(missing_ok=True)  # of a process that had this number and was killed
        connection.execute("VACUUM INTO ?", (str(part),))
    for old in _backups(folder)[KEPT:]:
        old.unlink(missing_ok=True)
    storage.sweep(target.parent, after=WRITTEN)  # half a copy, of a process that was killed, names patients too
    return target


def forget_backups(connection: sqlite3.Connection, folder: Path) -> None:
    """What was deleted from the list must be in no backup either: one new copy takes the place of all.

    On a full disk, which may be why something was deleted, there is none until the next start.
    """
    fresh = None
    with suppress(StorageError), guarded():
        fresh = back_up(connection, folder)
    for old in _backups(folder):
        if old != fresh:
            old.unlink(missing_ok=True)


def forget_damaged(folder: Path) -> None:
    """What was deleted from the list must not be in a damaged one either that was moved aside."""
    for old in folder.glob("damaged-*.db*"):
        with suppress(FileNotFoundError):
            old.unlink()


class _Damaged(Exception):
    """The file is no database, or not a sound one."""


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _begun(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=WAIT, isolation_level=None, check_same_thread=False)


def _ready(folder: Path) -> sqlite3.Connection:
    """A connection to a sound database of this version's schema."""
    connection = _connect(folder / FILE)
    try:
        version = _version(connection)
        # the log's index is memory that the machines of a network share do not have in common
        connection.execute(f"PRAGMA journal_mode = {'DELETE' if paths.is_shared(folder) else 'WAL'}")
        _set_up(connection)
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _Damaged
        _migrate(connection, folder, version)
        return connection
    except sqlite3.DatabaseError as error:
        connection.close()
        if _is_damage(error):
            raise _Damaged from error
        raise
    except BaseException:
        connection.close()
        raise


def _set_up(connection: sqlite3.Connection) -> None:
    for name, value in (("synchronous", "FULL"), ("foreign_keys", "ON"), ("secure_delete", "ON")):
        connection.execute(f"PRAGMA {name} = {value}")


def _version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StorageError(
            f"the list of cases was written by a later survgui (schema {version}, this one knows {len(MIGRATIONS)}); "
            "start that version; nothing was changed [WRK-04]"
        )
    return version


def _migrate(connection: sqlite3.Connection, folder: Path, version: int) -> None:
    if 0 < version < len(MIGRATIONS):
        back_up(connection, folder)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _backups(folder: Path) -> list[Path]:
    """Newest first; those of a clock that was wrong, so that they are of a time to come, last."""
    now = _stamp()
    return sorted((folder / BACKUPS).glob("*.db"), key=lambda file: (file.stem <= now, file.stem), reverse=True)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")


def _back_up_daily(connection: sqlite3.Connection, folder: Path) -> None:
    today = _stamp()[:8]
    if not any(backup.name.startswith(today) for backup in _backups(folder)):
        with suppress(StorageError), guarded():  # a full disk is no reason not to show the cases
            back_up(connection, folder)


def _move_aside(folder: Path) -> str:
    name = f"damaged-{_stamp()}.db"
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            (folder / f"{FILE}{ending}").rename(folder / f"{name}{ending}")
    return name


def _restore(folder: Path) -> None:
    """The newest backup that is sound takes the list's place; without one the list begins empty."""
    for backup in _backups(folder):
        if _is_sound(backup):
            with storage.replacing(folder / FILE) as part:
                shutil.copyfile(backup, part)
            return


def _is_sound(backup: Path) -> bool:
    try:
        with closing(_connect(backup)) as connection:
            return _version(connection) > 0 and connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except (sqlite3.Error, StorageError):
        return False
