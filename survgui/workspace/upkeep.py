"""Putting the cases' folders and their list in line: what a killed process left, and a list that was lost."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from survgui.cases.audit import Action
from survgui.cases.case import Modality
from survgui.errors import StorageError
from survgui.workspace.audit import AuditLog
from survgui.workspace.database import Opened
from survgui.workspace.record import words

CASE, ORIGIN = "case.toml", "origin"
KEY = re.compile(r"[0-9a-f]{16}")
UNREADABLE = "description unreadable"
"""what a case is called whose description cannot be read; opening it says why"""
DRAFT_SECONDS = 24 * 3600
"""age from which a draft is taken for one that nobody works on"""


def sweep(connection: sqlite3.Connection, cases: Path, drafts: Path) -> None:
    """Remove folders of ours without a row, and drafts that nobody works on; in a transaction, after `align`."""
    known = _listed(connection)
    for folder in cases.iterdir():
        ours = KEY.fullmatch(folder.name) or folder.name.endswith(".part")  # the user may have put something there
        if ours and folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)
    for draft in drafts.glob("*"):
        with suppress(OSError):  # another process has just removed it
            if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)


def align(connection: sqlite3.Connection, cases: Path, audit: AuditLog, opened: Opened) -> str:
    """Bring the list in line with the folders that are there, in a transaction; what to tell the user, or nothing.

    It may have been lost, or be one that the user restored from last week, or a process was killed before it had
    listed what it added. Folders of deleted cases, which a killed process left, are not listed again: that they were
    deleted is in the audit log.
    """
    there = {folder.name for folder in cases.iterdir() if KEY.fullmatch(folder.name)}
    if opened.rebuild:
        connection.executemany("DELETE FROM cases WHERE key = ?", [(key,) for key in _listed(connection) - there])
    added = _adopt(connection, cases, there - _listed(connection), audit)
    said = f"{added} {'case has' if added == 1 else 'cases have'} to be predicted again" if added > 0 else ""
    if opened.rebuild:
        what = f"was damaged and is kept as {opened.aside}" if opened.aside else "was missing"
        return f"The list of cases {what}; a new one was made from the backup and the cases' folders. {said}".strip()
    return f"The list of cases lacked some whose folders are there; they were listed again. {said}" if said else ""


def _adopt(connection: sqlite3.Connection, cases: Path, lost: set[str], audit: AuditLog) -> int:
    """List folders that have no row; how many."""
    if not lost:
        return 0
    with suppress(StorageError):  # who cannot be asked has not said that anything was deleted
        lost = lost - {key for entry in audit.entries() if entry.what is Action.DELETE for key in entry.cases}
    rows = [row for key in sorted(lost) if (row := _row_of(cases / key / CASE))]
    return connection.executemany(
        "INSERT OR IGNORE INTO cases (key, id, subject, given, origin, created, updated, opened) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    ).rowcount


def _listed(connection: sqlite3.Connection) -> set[str]:
    return {key for (key,) in connection.execute("SELECT key FROM cases")}


def _row_of(file: Path) -> tuple[str, ...] | None:
    """The row that a case file makes, as far as it says; None where there is none.

    One that cannot be read keeps its line all the same: what has none is swept, with the files that came with the case.
    """
    if not file.exists():
        return None
    identifier, given, origin, when = UNREADABLE, dict[Modality, str](), "", datetime.now(UTC)
    with suppress(OSError, ValueError, KeyError, AttributeError):
        when = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        of_ours = file.with_name(ORIGIN)
        origin = of_ours.read_text("utf-8") if of_ours.is_file() else ""
        content = tomllib.loads(file.read_text("utf-8"))
        identifier, given = str(content["id"]), {Modality(name): "" for name in content.get("modality", {})}
    at = when.isoformat(timespec="milliseconds")
    return (file.parent.name, identifier, "", words(given), origin, at, at, at)
