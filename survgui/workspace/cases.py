"""Cases: what the list says of each, and the folder with its `case.toml` and its last prediction.

    workspace/
        workspace.db            the list
        backups/                of the list
        cases/<key>/case.toml   where the patient's files are, in the form that everyone may write by hand
                    prediction-<run>.json
        drafts/                 what is being made; emptied of what a killed process left behind

A key is random: no path, log or window title holds a patient's id. The files come first and the row last, so a case
is in the list whole or not at all; a folder without a row is what a killed process left, and is removed.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import sqlite3
import threading
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from survgui import paths, storage
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.errors import UsageError
from survgui.workspace import database

log = logging.getLogger(__name__)

CASE = "case.toml"
_KEY = re.compile(r"[0-9a-f]{16}")
_DRAFT_SECONDS = 24 * 3600
"""age from which a draft is taken for one that nobody works on"""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One line of the list.

    Attributes:
        key: Random; names the case's folder.
        id: The patient's id, for the screen only.
        subject: Age, sex and the like in words.
        modalities: What each is: a state of the last prediction, or `given` where there is none yet.
        details: What was given, in words, by modality.
        bundle: Name and version that predicted, or empty.
        risk_group: One of `GROUPS`, or empty.
        percentile: Rank of the risk in the development cohort, 0 to 100, or None.
        created, updated: ISO 8601, UTC; updated when its files or its prediction change.
        stale: Why a source is missing, one sentence; empty where all are there.
        demo: Whether it is the simulated demo.
    """

    key: str
    id: str
    subject: str
    modalities: Mapping[Modality, State | Literal["given"]]
    bundle: str
    risk_group: str
    percentile: float | None
    created: str
    updated: str
    stale: str = ""
    details: Mapping[Modality, str] = field(default_factory=dict)
    demo: bool = False


class Workspace:
    """The cases of one user; a context manager. Several processes and threads may use the same folder.

    Attributes:
        notice: What had to be put right at opening, for the user to read; empty as a rule.
    """

    def __init__(self, folder: Path) -> None:
        """Open the workspace in a folder, or begin one there.

        Raises:
            StorageError: A later survgui wrote it, or the folder cannot be written.
        """
        self._root, self._cases, self._drafts = folder, folder / "cases", folder / "drafts"
        self._lock = threading.RLock()
        with database.guarded():
            self._cases.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        with database.alone(folder):
            opened = database.open_database(folder, occupied=any(self._cases.glob(f"*/{CASE}")))
            self._connection = opened.connection
            self.notice = self._rebuild(opened) if opened.rebuild else ""
            self._sweep()

    @classmethod
    def default(cls) -> Self:
        """The workspace of this user."""
        return cls(paths.user_data() / "workspace")

    def close(self) -> None:
        """Let go of the file; may be called again."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def records(self) -> tuple[CaseRecord, ...]:
        """All cases, the last changed first."""
        return self._select("ORDER BY updated DESC, key")

    def recent(self, n: int) -> tuple[CaseRecord, ...]:
        """The `n` cases that were opened last."""
        return self._select("ORDER BY opened DESC, key LIMIT ?", n)

    def record(self, key: str) -> CaseRecord:
        """One case.

        Raises:
            UsageError: It is not in the list (any longer).
        """
        found = self._select("WHERE cases.key = ?", key)
        if not found:
            raise UsageError("the case is no longer in the list; it was deleted")
        return found[0]

    def of_origin(self, origin: str) -> CaseRecord | None:
        """The case that was made from one of survgui's own sources, such as `demo`."""
        return next(iter(self._select("WHERE origin = ?", origin)), None)

    def folder(self, key: str) -> Path:
        """Where survgui keeps its own files of a case."""
        if not _KEY.fullmatch(key):
            raise UsageError("this is no case's key")
        return self._cases / key

    def case_file(self, key: str) -> Path:
        """The `case.toml` of a case."""
        return self.folder(key) / CASE

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """An empty folder to fill before a case is added from it; gone afterwards."""
        folder = self._drafts / secrets.token_hex(8)
        with database.guarded():
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def add(
        self,
        id: str,
        subject: str,
        case_toml_text: str,
        given: Mapping[Modality, str],
        *,
        files: Path | None = None,
        origin: str = "",
    ) -> CaseRecord:
        """Add a case; when this returns it is on the disk.

        Args:
            given: What there is of each modality, in words.
            files: A draft folder whose content moves into the case's folder.
            origin: Name of survgui's own source that may be there once only, such as `demo`.

        Returns:
            The new case, or the one that is there already of this origin.

        Raises:
            StorageError: The disk is full or the folder cannot be written; nothing was added.
        """
        key = secrets.token_hex(8)
        with self._write() as connection:
            there = self.of_origin(origin) if origin else None
            if there is not None:
                return there
            try:
                self._write_folder(key, case_toml_text, files)
                now = _now()
                row = (key, id, subject, _words(given), origin, now, now, now)
                connection.execute(
                    "INSERT INTO cases (key, id, subject, given, origin, created, updated, opened) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
            except BaseException:
                shutil.rmtree(self.folder(key), ignore_errors=True)
                raise
        return self.record(key)

    def describe(self, key: str, subject: str, given: Mapping[Modality, str], stale: str = "") -> CaseRecord:
        """Note what opening a case has shown of it, and that it was opened now.

        Raises:
            UsageError: The case is no longer in the list.
        """
        with self._write() as connection:
            self._must_be_there(key)
            connection.execute(
                "UPDATE cases SET subject = ?, given = ?, stale = ?, opened = ? WHERE key = ?",
                (subject, _words(given), stale, _now(), key),
            )
        return self.record(key)

    def edit_case_file(self, key: str, change: Callable[[str], str]) -> None:
        """Replace a `case.toml` by what `change` makes of it; nobody else changes it meanwhile.

        Raises:
            UsageError: The case is no longer in the list.
            StorageError: The file cannot be read or written; it is as it was.
        """
        with self._write() as connection:
            self._must_be_there(key)
            path = self.case_file(key)
            storage.write_text(path, change(path.read_text("utf-8")))
            connection.execute("UPDATE cases SET updated = ? WHERE key = ?", (_now(), key))

    def keep_prediction(
        self,
        key: str,
        bundle: BundleName,
        risk: float,
        group: str,
        percentile: float,
        states: Mapping[Modality, State],
        content: Mapping[str, Any],
    ) -> None:
        """Keep a case's last prediction; the one before goes.

        Args:
            content: What `prediction` gives back; JSON without NaN.

        Raises:
            UsageError: The case is no longer in the list.
            StorageError: The disk is full; the prediction before is still there.
        """
        run = secrets.token_hex(4)
        with self._write() as connection:
            self._must_be_there(key)
            before = self._runs(key)
            storage.write_json(self._run_file(key, run), content)
            now = _now()
            row = (
                *(key, run, bundle.name, bundle.version, bundle.sha256),
                *(float(risk), group, float(percentile), _words(states), now),
            )
            connection.execute("INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute("UPDATE cases SET updated = ?, opened = ? WHERE key = ?", (now, now, key))
        for old in before:
            old.unlink(missing_ok=True)

    def prediction(self, key: str) -> dict[str, Any] | None:
        """What was kept of the last prediction, or None."""
        with self._lock, database.guarded():
            row = self._connection.execute("SELECT run FROM predictions WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            try:
                content: dict[str, Any] = json.loads(self._run_file(key, row[0]).read_text("utf-8"))
                return content
            except (FileNotFoundError, ValueError) as error:
                log.warning("the prediction of case %s cannot be read (%s)", key, type(error).__name__)
                return None

    def delete(self, keys: Iterable[str]) -> None:
        """Delete cases: their rows, then their folders, also from old lists; never the user's own files.

        Raises:
            StorageError: The list cannot be written; all cases are still there.
        """
        folders = [self.folder(key) for key in keys]
        with self._write() as connection:
            connection.executemany("DELETE FROM cases WHERE key = ?", [(folder.name,) for folder in folders])
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)  # what is in use elsewhere goes at the next start
        with self._lock, database.guarded():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            database.forget_backups(self._connection, self._root)
            database.forget_damaged(self._root)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock, database.transaction(self._connection) as connection:
            yield connection

    def _select(self, rest: str, *values: str | int) -> tuple[CaseRecord, ...]:
        query = (
            "SELECT cases.key, id, subject, given, origin, cases.created, updated, stale, "
            "bundle, version, risk_group, percentile, states FROM cases LEFT JOIN predictions USING (key) "
        )
        with self._lock, database.guarded():
            return tuple(_record(row) for row in self._connection.execute(query + rest, values))

    def _must_be_there(self, key: str) -> None:
        if self._connection.execute("SELECT 1 FROM cases WHERE key = ?", (key,)).fetchone() is None:
            raise UsageError("the case is no longer in the list; it was deleted")

    def _run_file(self, key: str, run: str) -> Path:
        return self.folder(key) / f"prediction-{run}.json"

    def _runs(self, key: str) -> list[Path]:
        return list(self.folder(key).glob("prediction-*.json"))

    def _write_folder(self, key: str, text: str, files: Path | None) -> None:
        with storage.replacing_folder(self.folder(key)) as part:
            for item in files.iterdir() if files else ():
                item.rename(part / item.name)
            (part / CASE).write_text(text, "utf-8", newline="\n")

    def _sweep(self) -> None:
        """Remove folders without a row, and drafts that nobody works on."""
        with self._write() as connection:
            known = {key for (key,) in connection.execute("SELECT key FROM cases")}
            for folder in self._cases.iterdir():
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)
        for draft in self._drafts.glob("*"):
            with suppress(OSError):  # another process has just removed it
                if time.time() - draft.stat().st_mtime > _DRAFT_SECONDS:
                    shutil.rmtree(draft, ignore_errors=True)

    def _rebuild(self, opened: database.Opened) -> str:
        """Bring the list in line with the folders that are there; what to tell the user."""
        with self._write() as connection:
            listed = {key for (key,) in connection.execute("SELECT key FROM cases")}
            there = {folder.name for folder in self._cases.iterdir() if _KEY.fullmatch(folder.name)}
            connection.executemany("DELETE FROM cases WHERE key = ?", [(key,) for key in listed - there])
            rows = [row for key in sorted(there - listed) if (row := _row_of(self.case_file(key)))]
            connection.executemany("INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        what = f"was damaged and is kept as {opened.aside}" if opened.aside else "was missing"
        again = len(rows)
        said = f"{again} {'case has' if again == 1 else 'cases have'} to be predicted again" if again else ""
        return f"The list of cases {what}; a new one was made from the backup and the cases' folders. {said}".strip()


def _record(row: Sequence[Any]) -> CaseRecord:
    key, identifier, subject, given, origin, created, updated, stale, bundle, version, group, percentile, states = row
    details = {Modality(name): words for name, words in json.loads(given).items()}
    modalities: dict[Modality, State | Literal["given"]] = dict.fromkeys(details, "given")
    if states:
        modalities = {Modality(name): State(state) for name, state in json.loads(states).items()}
    return CaseRecord(
        key=key,
        id=identifier,
        subject=subject,
        modalities=modalities,
        bundle=f"{bundle} {version}" if bundle else "",
        risk_group=group or "",
        percentile=percentile,
        created=created,
        updated=updated,
        stale=stale,
        details=details,
        demo=bool(origin),
    )


def _row_of(file: Path) -> tuple[str, ...] | None:
    """The row that a case file makes, as far as it says; None where it is no case file."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        when = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="milliseconds")
        given = {Modality(name): "" for name in content.get("modality", {})}
        return (file.parent.name, str(content["id"]), "", _words(given), "", when, when, when, "")
    except (OSError, ValueError, KeyError, AttributeError):
        return None


def _words(values: Mapping[Modality, str]) -> str:
    return json.dumps({str(modality): str(value) for modality, value in values.items()})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
