"""Every change of a case's description can be undone and redone, in this session or a later one."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from survgui.errors import ReadError

KEPT = 100
"""changes of one case that can be undone"""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a `case.toml`.

    Attributes:
        what: In words that follow "Undo": `pixel size of a slide`.
        same: Whether what was changed makes no difference to a prediction, such as where a file lies.
    """

    number: int
    what: str
    before: str
    after: str
    same: bool


def description(case_file: Path) -> str:
    """The text of a `case.toml`, as it is edited.

    Raises:
        ReadError: Somebody saved it in another encoding, or it is damaged.
        OSError: It cannot be read.
    """
    try:
        return case_file.read_text("utf-8")
    except UnicodeDecodeError:
        reason = "the description is no text in UTF-8; save it as such, or add the case's files anew"
        raise ReadError(case_file, reason, "COH-05") from None


def note(connection: sqlite3.Connection, key: str, edit: Edit, at: str) -> None:
    """Add a change; what was undone before it cannot be redone any more."""
    connection.execute("DELETE FROM edits WHERE key = ? AND undone = 1", (key,))
    connection.execute(
        "INSERT INTO edits (key, at, what, before, after, same) VALUES (?, ?, ?, ?, ?, ?)",
        (key, at, edit.what, edit.before, edit.after, int(edit.same)),
    )
    connection.execute(
        "DELETE FROM edits WHERE key = ?1 AND number NOT IN "
        "(SELECT number FROM edits WHERE key = ?1 ORDER BY number DESC LIMIT ?2)",
        (key, KEPT),
    )


def last(connection: sqlite3.Connection, key: str) -> Edit | None:
    """What would be undone next."""
    return _one(connection, key, "undone = 0 ORDER BY number DESC")


def undone(connection: sqlite3.Connection, key: str) -> Edit | None:
    """What would be redone next."""
    return _one(connection, key, "undone = 1 ORDER BY number")


def mark(connection: sqlite3.Connection, edit: Edit, is_undone: bool) -> None:
    """Say that a change was undone, or done again."""
    connection.execute("UPDATE edits SET undone = ? WHERE number = ?", (int(is_undone), edit.number))


def _one(connection: sqlite3.Connection, key: str, rest: str) -> Edit | None:
    query = f"SELECT number, what, before, after, same FROM edits WHERE key = ? AND {rest} LIMIT 1"
    row = connection.execute(query, (key,)).fetchone()
    if row is None:
        return None
    number, what, before, after, same = row
    return Edit(number, what, before, after, bool(same))
