"""Cases: what the list says of each, and the folder with its `case.toml` and its last prediction.

    workspace/
        workspace.db            the list
        backups/                of the list
        lease.lock, lease.json  who may change them
        cases/<key>/case.toml   where the patient's files are, in the form that everyone may write by hand
                    origin      of survgui's own cases, such as `demo`
                    prediction-<run>.json
        drafts/                 what is being made; emptied of what a killed process left behind

A key is random: no path, log or window title holds a patient's id. The files come first and the row last, so a case
is in the list whole or not at all. A folder without a row is one that was being deleted, and goes, or one that a
list restored from a backup lacks, and is listed again.
"""

from __future__ import annotations

import json
import logging
import math
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from survgui import paths, storage
from survgui.cases.audit import Action
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.cases.safe_harbor import Words, called, names_of
from survgui.errors import UsageError
from survgui.workspace import database, history, lease, traces, upkeep
from survgui.workspace.audit import AuditLog
from survgui.workspace.history import Edit
from survgui.workspace.record import COLUMNS, CaseRecord, record_of, words
from survgui.workspace.traces import SourceState
from survgui.workspace.upkeep import CASE, KEY, ORIGIN

log = logging.getLogger(__name__)

CHANGED = "the case's description was changed after it was predicted"


class Workspace:
    """The cases of one user; a context manager. Several processes and threads may use the same folder.

    Attributes:
        notice: What had to be put right at opening, for the user to read; empty as a rule.
        audit: What was done; each change is written there before it is acknowledged, or is not made.
    """

    def __init__(self, folder: Path, *, check: bool = False) -> None:
        """Open the workspace in a folder, or begin one there.

        Args:
            check: Look for damage and leftovers, as the window does that has just taken the lease; also done while
                nobody has it.

        Raises:
            StorageError: A later survgui wrote it, or the folder cannot be written.
        """
        self._root, self._cases, self.drafts = folder, folder / "cases", folder / "drafts"
        self._lock = threading.RLock()
        self.notice, self.audit = "", AuditLog(folder)
        joined = database.join(folder) if not check and lease.holder_of(folder) is not None else None
        if joined is not None:
            self._connection = joined
        else:
            self._open()

    def _open(self) -> None:
        with database.guarded():
            self._cases.mkdir(parents=True, exist_ok=True)
            self._root.chmod(0o700)
        with database.alone(self._root):
            opened = database.open_database(self._root, occupied=any(self._cases.glob(f"*/{CASE}")))
            self._connection = opened.connection
            if self.holder is None:
                with self._write() as connection:
                    self.notice = upkeep.align(connection, self._cases, self.audit, opened)
                    upkeep.sweep(connection, self._cases, self.drafts)

    @classmethod
    def default(cls, *, check: bool = False) -> Self:
        """The workspace of this user."""
        return cls(cls.default_folder(), check=check)

    @staticmethod
    def default_folder() -> Path:
        """Where the workspace of this user is."""
        return paths.user_data() / "workspace"

    @property
    def holder(self) -> lease.Holder | None:
        """The other window that has the cases, so that they are read-only here; None where there is none."""
        return lease.of_others(self._root)

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
        if not KEY.fullmatch(key):
            raise UsageError("this is no case's key")
        return self._cases / key

    def case_file(self, key: str) -> Path:
        """The `case.toml` of a case."""
        return self.folder(key) / CASE

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """An empty folder to fill before a case is added from it; gone afterwards."""
        folder = self.drafts / secrets.token_hex(8)
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
                self._write_folder(key, case_toml_text, files, origin)
                now = _now()
                row = (key, id, subject, words(given), origin, now, now, now)
                connection.execute(
                    "INSERT INTO cases (key, id, subject, given, origin, created, updated, opened) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
                self.audit.record(Action.IMPORT, [key], outputs={"description": _sha(case_toml_text)})
            except BaseException:
                shutil.rmtree(self.folder(key), ignore_errors=True)
                raise
        return self.record(key)

    def describe(self, key: str, subject: str, given: Mapping[Modality, str], missing: str = "") -> CaseRecord:
        """Note what opening a case has shown of it, and that it was opened now; nothing where it is read-only.

        Raises:
            UsageError: The case is no longer in the list.
        """
        if self.holder is not None:
            return self.record(key)
        with self._write() as connection:
            self._must_be_there(key)
            connection.execute(
                "UPDATE cases SET subject = ?, given = ?, missing = ?, opened = ? WHERE key = ?",
                (subject, words(given), missing, _now(), key),
            )
        return self.record(key)

    def edit_case_file(self, key: str, change: Callable[[str], str], what: str, *, same: bool = False) -> None:
        """Replace a `case.toml` by what `change` makes of it; nobody else changes it meanwhile. It can be undone.

        Args:
            what: What is changed, in words of survgui's own that follow "Undo" and go into the audit log: `pixel size`.
            same: Whether it makes no difference to a prediction, such as where a file lies.

        Raises:
            UsageError: The case is no longer in the list.
            ReadError: The description is no text any more.
            StorageError: The file cannot be read or written; it is as it was.
        """
        with self._write() as connection:
            self._must_be_there(key)
            before = history.description(self.case_file(key))
            edit = Edit(0, what, before, change(before), same)
            if edit.after != before:
                history.note(connection, key, edit, _now())
                self._replace(connection, key, edit.before, edit.after, same, what)

    def undo(self, key: str) -> str:
        """Take back the last change of a case's description; what it was.

        Raises:
            UsageError: There is nothing to undo, or the description was changed by hand since.
        """
        return self._step(key, back=True)

    def redo(self, key: str) -> str:
        """Make the change again that was undone last; what it was.

        Raises:
            UsageError: There is nothing to redo, or the description was changed by hand since.
        """
        return self._step(key, back=False)

    def undoable(self, key: str) -> tuple[str, str]:
        """What `undo` and `redo` would change, in words; empty where they would do nothing."""
        with self._lock, database.guarded():
            both = history.last(self._connection, key), history.undone(self._connection, key)
        return both[0].what if both[0] else "", both[1].what if both[1] else ""

    def _step(self, key: str, back: bool) -> str:
        with self._write() as connection:
            self._must_be_there(key)
            edit = history.last(connection, key) if back else history.undone(connection, key)
            if edit is None:
                raise UsageError(f"there is nothing to {'undo' if back else 'redo'} in this case")
            old, new = (edit.after, edit.before) if back else (edit.before, edit.after)
            if history.description(self.case_file(key)) != old:
                raise UsageError("the case's description was changed by hand since; change it there")
            history.mark(connection, edit, back)
            self._replace(connection, key, old, new, edit.same, f"{'undo' if back else 'redo'} {edit.what}")
            return edit.what

    def _replace(self, connection: sqlite3.Connection, key: str, old: str, new: str, same: bool, what: str) -> None:
        """Write another description; the last in a transaction, for a file is not rolled back."""
        shas = {"description": _sha(old)}, {"description": _sha(new)}
        self.audit.record(Action.RELINK if same else Action.EDIT, [key], inputs=shas[0], outputs=shas[1], about=what)
        if same:
            moved = (_sha(new), key, _sha(old))
            connection.execute("UPDATE predictions SET description = ? WHERE key = ? AND description = ?", moved)
        connection.execute(
            "UPDATE predictions SET input_stale = CASE WHEN description IN ('', ?) THEN '' ELSE ? END WHERE key = ?",
            (_sha(new), CHANGED, key),
        )
        connection.execute("UPDATE cases SET updated = ? WHERE key = ?", (_now(), key))
        storage.write_text(self.case_file(key), new)

    def keep_prediction(
        self,
        key: str,
        bundle: BundleName,
        risk: float,
        group: str,
        percentile: float,
        states: Mapping[Modality, State],
        content: Mapping[str, Any],
        sources: Iterable[SourceState] = (),
        current: bool = True,
        began: float = math.inf,
    ) -> None:
        """Keep a case's last prediction; the one before goes.

        Args:
            content: What `prediction` gives back, with the key in place of the id and of files' names; without NaN.
            sources: The files that it was made of.
            current: Whether it is of the case's description as it is.
            began: When its files began to be read, s since 1970; what was written since then is not what was predicted.

        Raises:
            UsageError: The case is no longer in the list.
            StorageError: The disk is full; the prediction before is still there.
        """
        run, sources = secrets.token_hex(4), tuple(sources)
        with self._write() as connection:
            self._must_be_there(key)
            before = self._runs(key)
            storage.write_json(self._run_file(key, run), self._nameless(key, content, sources))
            current = current and not traces.written_since(began, self.case_file(key), sources)
            now = _now()
            row = (
                *(key, run, bundle.name, bundle.version, bundle.sha256),
                *(float(risk), group, float(percentile), words(states), now),
                _sha(self.case_file(key).read_text("utf-8", "replace")) if current else "-",
            )
            connection.execute(
                "INSERT OR REPLACE INTO predictions (key, run, bundle, version, sha256, risk, risk_group, percentile, "
                "states, created, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            traces.keep_sources(connection, key, sources)
            connection.execute("UPDATE cases SET updated = ?, opened = ? WHERE key = ?", (now, now, key))
            sha = storage.sha256(self._run_file(key, run))
            self.audit.bundle(Action.PREDICT, bundle, [key], {"prediction": sha})
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

    def kept(self, key: str) -> dict[str, Any] | None:
        """What the list says of the last prediction, plain values by name; None where there is none."""
        names = ("bundle", "version", "sha256", "risk", "risk_group", "percentile", "states")
        with self._lock, database.guarded():
            query = f"SELECT {', '.join(names)} FROM predictions WHERE key = ?"
            row = self._connection.execute(query, (key,)).fetchone()
        if row is None:
            return None
        found = dict(zip(names, row, strict=True))
        return {**found, "states": json.loads(found["states"]), "current": not self.description_changed(key)}

    def description_changed(self, key: str) -> bool:
        """Whether a case's `case.toml` is another one than it was predicted with."""
        with self._lock, database.guarded():
            row = self._connection.execute("SELECT description FROM predictions WHERE key = ?", (key,)).fetchone()
            return bool(row and row[0]) and row[0] != _sha(self.case_file(key).read_text("utf-8", "replace"))

    def sources(self, key: str) -> tuple[SourceState, ...]:
        """The files of the last prediction, as they were then."""
        with self._lock, database.guarded():
            return traces.sources_of(self._connection, key)

    def mark(self, key: str, missing: str, stale: str, sources: Iterable[SourceState] | None = None) -> None:
        """Note what a look at a case's files has shown; nothing where the case is gone.

        Args:
            missing: Which are gone, one sentence, or empty.
            stale: Why the prediction is no longer that of these files, one sentence, or empty.
            sources: The files of the prediction, where they have only moved or were copied.
        """
        with self._write() as connection:
            looked = (missing, _now(), key)
            connection.execute("UPDATE cases SET missing = ?, looked = ? WHERE key = ?", looked)
            connection.execute("UPDATE predictions SET input_stale = ? WHERE key = ?", (stale, key))
            if sources is not None:
                traces.keep_sources(connection, key, sources)

    def not_looked_at(self, most: int) -> tuple[str, ...]:
        """Keys of the cases whose files were not looked at for longest."""
        with self._lock, database.guarded():
            rows = self._connection.execute("SELECT key FROM cases ORDER BY looked, key LIMIT ?", (most,))
            return tuple(key for (key,) in rows)

    def compare_bundles(self, installed: Mapping[str, tuple[str, str]]) -> int:
        """Mark the predictions of bundles that are others now; how many lines are not as they were.

        Args:
            installed: Version and SHA-256 of the manifest, by name.
        """
        with self._write() as connection:
            return traces.compare_bundles(connection, installed)

    def note_features(self, key: str, entries: Collection[str]) -> None:
        """Remember which entries of the feature cache were made for a case."""
        with self._write() as connection:
            self._must_be_there(key)
            traces.note_features(connection, key, entries)

    def features(self, key: str) -> frozenset[str]:
        """Entries of the feature cache that were made for a case."""
        with self._lock, database.guarded():
            return traces.features_of(self._connection, key)

    def keep_report(self, key: str, prediction: str, report: str) -> None:
        """Remember that a final report of a prediction was saved.

        Args:
            prediction: What tells the prediction from others.
            report: The report's own id.

        Raises:
            UsageError: The case is no longer in the list.
        """
        with self._write() as connection:
            self._must_be_there(key)
            row = (key, prediction, report, _now())
            connection.execute("INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?)", row)

    def reports(self, key: str) -> dict[str, str]:
        """Ids of a case's final reports, by prediction."""
        with self._lock, database.guarded():
            rows = self._connection.execute("SELECT prediction, report FROM reports WHERE key = ?", (key,))
            return dict(rows.fetchall())

    def delete(self, keys: Iterable[str]) -> frozenset[str]:
        """Delete cases: their rows, then their folders, also from old lists; never the user's own files.

        Returns:
            Entries of the feature cache that were made for these cases alone; whoever has the cache removes them.

        Raises:
            StorageError: The list cannot be written; all cases are still there.
        """
        folders = [self.folder(key) for key in keys]
        with self._write() as connection:
            own = frozenset[str]().union(*(traces.features_of(connection, folder.name) for folder in folders))
            connection.executemany("DELETE FROM cases WHERE key = ?", [(folder.name,) for folder in folders])
            self.audit.record(Action.DELETE, [folder.name for folder in folders])
            shared = {entry for (entry,) in connection.execute("SELECT DISTINCT entry FROM features")}
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)  # what is in use elsewhere goes at the next start
        with self._lock, database.guarded():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            database.forget_backups(self._connection, self._root)
            database.forget_damaged(self._root)
        return own - shared

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        holder = self.holder
        if holder is not None:
            raise lease.ReadOnly(holder)
        with self._lock, database.transaction(self._connection) as connection:
            yield connection

    def _select(self, rest: str, *values: str | int) -> tuple[CaseRecord, ...]:
        query = f"SELECT {COLUMNS} FROM cases LEFT JOIN predictions USING (key) "
        with self._lock, database.guarded():
            return tuple(record_of(row) for row in self._connection.execute(query + rest, values))

    def _nameless(self, key: str, content: Mapping[str, Any], sources: Iterable[SourceState]) -> dict[str, Any]:
        files = names_of(source.path for source in sources)
        names = (*called(self.record(key).id), str(content.get("case") or ""), *files)
        clean = Words.of(dict.fromkeys(names, key)).out(content)
        return {**clean, **{name: content[name] for name in ("bundle",) if name in content}}

    def _must_be_there(self, key: str) -> None:
        if self._connection.execute("SELECT 1 FROM cases WHERE key = ?", (key,)).fetchone() is None:
            raise UsageError("the case is no longer in the list; it was deleted")

    def _run_file(self, key: str, run: str) -> Path:
        return self.folder(key) / f"prediction-{run}.json"

    def _runs(self, key: str) -> list[Path]:
        return list(self.folder(key).glob("prediction-*.json"))

    def _write_folder(self, key: str, text: str, files: Path | None, origin: str) -> None:
        with storage.replacing_folder(self.folder(key)) as part:
            for item in files.iterdir() if files else ():
                item.rename(part / item.name)
            (part / CASE).write_text(text, "utf-8", newline="\n")
            if origin:
                (part / ORIGIN).write_text(origin, "utf-8", newline="\n")


def _sha(text: str) -> str:
    return storage.sha256_of([text.encode()])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
