"""The audit log beside the case list: one line a deed, only ever added to.

    audit.jsonl   a JSON object a line; each holds the SHA-256 of the line before
    audit.head    how many lines there are, the SHA-256 of the last, and the salt of the users' hashes

A line that was changed, taken out or moved no longer fits the one after it; lines that were cut off at the end are
missed by the head. Whoever rewrites both files whole leaves no trace in them: against that stands the head that is
printed in every report (`verify(contains=...)`). The form of the chain is our choice.

Only whoever holds the lock adds a line. It is on the disk when `record` returns; what a process leaves half written
when it is killed was never acknowledged, and is dropped by the next one.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from survgui import paths, settings, storage
from survgui.cases.audit import NOTHING, Action, Chain, Entry, Trail, named
from survgui.cases.prediction import BundleName
from survgui.errors import StorageError
from survgui.workspace.presence import Presence

LOG, HEAD, LOCK = "audit.jsonl", "audit.head", "audit.lock"
PATIENCE = 15.0
"""seconds that one process waits for another's line"""
LABEL = 64
"""letters of what a user is called"""
BLOCK = 65536
"""bytes that are read from the end to find the last line"""


@dataclass(frozen=True, slots=True)
class _Head:
    lines: int
    sha256: str
    salt: str


class AuditLog:
    """The audit log of a workspace's folder; opened by every call anew, so it may be kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log, self._head = folder / LOG, folder / HEAD

    def record(
        self,
        what: Action,
        cases: Iterable[str] = (),
        *,
        inputs: Mapping[str, str] | None = None,
        outputs: Mapping[str, str] | None = None,
        about: str = "",
    ) -> Entry:
        """Add a line; when this returns it is on the disk.

        Args:
            cases: Keys of the workspace.
            inputs, outputs: SHA-256 by what it is of.
            about: A few words of survgui's own.

        Raises:
            StorageError: The disk is full or the folder cannot be written; nothing was added.
            ValueError: A word that could be a patient's name.
        """
        with self._alone():
            head = self._read_head()
            if head is None:
                head = _Head(0, NOTHING, secrets.token_hex(16))
                number, before = self._end(head, lost=True)
                self._head.unlink(missing_ok=True)
                self._write_head(head)  # first, so that a log without one is always a log that lost it
            else:
                number, before = self._end(head)
            entry = Entry(
                n=number + 1,
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                who=_who(head.salt),
                what=what,
                cases=tuple(cases),
                inputs=dict(inputs or {}),
                outputs=dict(outputs or {}),
                about=about,
                before=before,
            )
            line = _as_line(entry)
            self._append(line)
            self._write_head(_Head(entry.n, _sha(line), head.salt))
        return entry

    def bundle(
        self, what: Action, bundle: BundleName, cases: Iterable[str] = (), outputs: Mapping[str, str] | None = None
    ) -> Entry:
        """Add what was done with a bundle: cases were predicted, or it was installed; as `record`."""
        about, inputs = named(bundle)
        return self.record(what, cases, inputs=inputs, outputs=outputs, about=about)

    def cohort(self, what: Action, cohort: Path, outputs: Mapping[str, str], about: str) -> Entry:
        """Add what was done with the patients of a cohort, which goes by the hash of its file; as `record`."""
        inputs = dict(zip(("cohort",), file_hashes([cohort]).values(), strict=False))  # none where it is gone by now
        return self.record(what, inputs=inputs, outputs=outputs, about=about)

    def trained(self, bundle: BundleName, cohort: Path) -> Entry:
        """Add that a bundle was trained on a cohort; as `record`."""
        about, outputs = named(bundle)
        return self.cohort(Action.TRAIN, cohort, outputs, about)

    def entries(self, case: str = "") -> tuple[Entry, ...]:
        """The lines that can be read, of one case or of all, the first first."""
        found = (_as_entry(line) for line in self._lines())
        return tuple(entry for entry in found if entry is not None and (not case or case in entry.cases))

    def trail(self, case: str) -> Trail:
        """What was done with a case, and whether the log is whole."""
        return Trail(self.entries(case), self.verify())

    def verify(self, contains: str = "") -> Chain:
        """Follow the chain from its first line to the head.

        Args:
            contains: A head as it was printed, or its beginning, that must be the hash of one of the lines.

        Raises:
            StorageError: The log cannot be read.
        """
        before, number, first, last, seen = NOTHING, 0, "", "", not contains
        head = self._read_head()
        for number, line in enumerate(self._lines(), 1):
            entry = _as_entry(line)
            why = _fault(entry, number, before)
            if why or entry is None:
                return Chain(number, before, number, why, first, last)
            before, first, last = _sha(line), first or entry.at, entry.at
            if head is not None and number == head.lines and before != head.sha256:
                return Chain(number, before, number, "it is not the line that was written last", first, last)
            seen = seen or before.startswith(contains)
        chain = Chain(number, before, 0, "", first, last)
        return _with_end(chain, head, seen)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = Presence(self._folder / LOCK)
        if not lock.take(PATIENCE):
            raise StorageError("the audit log is in use by another survgui; close it, then try again [AUD-02]")
        try:
            yield
        except OSError as error:
            why = error.strerror or error
            raise StorageError(f"the audit log could not be written ({why}); nothing was done [AUD-03]") from error
        finally:
            lock.leave()

    def _end(self, head: _Head, lost: bool = False) -> tuple[int, str]:
        """Number and hash that the next line follows.

        Args:
            lost: Whether there was a head that is not there any more.

        Where the file does not end as the head says, the line follows the head all the same, so that the chain stays
        broken where it was broken.
        """
        if not self._log.exists():
            return head.lines, head.sha256
        with self._log.open("r+b") as file:
            last, rest = _last_line(file)
            entry = _as_entry(last)
            end = (entry.n, _sha(last)) if entry is not None else (0, NOTHING)
            # the head is behind where a process was killed before it wrote it, or the power failed
            behind = end[0] > head.lines and not lost and not self.verify().broken
            known = end == (head.lines, head.sha256) or behind
            if rest and known:
                file.seek(-len(rest), os.SEEK_END)
                file.truncate()
            elif rest:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
        return end if known else (head.lines, head.sha256)

    def _append(self, line: bytes) -> None:
        new = not self._log.exists()
        with self._log.open("ab", buffering=0) as file:  # a buffer would write its rest when it is closed, full or not
            if new:
                self._log.chmod(0o600)
            size, content = file.tell(), memoryview(line + b"\n")
            try:
                while content:
                    content = content[file.write(content) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise

    def _lines(self) -> Iterator[bytes]:
        """The lines that were written whole."""
        try:
            with self._log.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield line[:-1]
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"the audit log cannot be read ({error.strerror or error})") from error

    def _read_head(self) -> _Head | None:
        try:
            content: dict[str, Any] = json.loads(self._head.read_text("ascii"))
            return _Head(int(content["lines"]), str(content["sha256"]), str(content["salt"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _write_head(self, head: _Head) -> None:
        """In place, always of the same length, and not synced: one that lags behind is no harm, a wait at each line is.

        A whole file is renamed into place only where there is none yet.
        """
        text = json.dumps({**asdict(head), "lines": f"{head.lines:020}"}) + "\n"
        if not self._head.exists():
            storage.write_text(self._head, text)
            return
        with self._head.open("r+b") as file:
            file.write(text.encode("ascii"))


def default_log() -> AuditLog:
    """The log of this user's workspace, which need not be opened for it."""
    return AuditLog(paths.user_data() / "workspace")


def file_hashes(files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files by their kind; no name of a file is in it, for that may be a patient's.

    Returns:
        `{"json": ..., "pdf": ...}`; of several files of a kind the hash of their hashes.
    """
    kinds: dict[str, list[str]] = {}
    for file in (file for file in files if file.is_file()):
        kinds.setdefault(file.suffix.lower().lstrip(".") or "file", []).append(storage.sha256(file))
    return {kind: found[0] if len(found) == 1 else _sha("".join(found).encode()) for kind, found in kinds.items()}


def _last_line(file: BinaryIO) -> tuple[bytes, bytes]:
    """The last line that was written whole, and what stands after it."""
    size, block = file.seek(0, os.SEEK_END), BLOCK
    while True:
        file.seek(max(0, size - block))
        *whole, rest = file.read().split(b"\n")
        if block >= size or len(whole) > 1:  # else the line may begin before the block
            return (whole[-1] if whole else b""), rest
        block *= 4


def _fault(entry: Entry | None, number: int, before: str) -> str:
    """What is wrong with a line, given its place and the hash of the one before it."""
    if entry is None:
        return "it is not a line that survgui writes"
    if entry.n != number:
        return f"it says that it is line {entry.n}: lines were taken out, put in or moved"
    if entry.before != before:
        return "the line before it was changed, taken out or moved"
    return ""


def _with_end(chain: Chain, head: _Head | None, seen: bool) -> Chain:
    """The chain, compared with what is known of its end."""
    why = ""
    if head is None and chain.lines:
        why = "the file audit.head is not there or damaged: whether lines at the end are missing cannot be told"
    elif head is not None and head.lines > chain.lines:
        why = f"lines are missing at the end: there were {head.lines:,}"
    elif not seen:
        why = "none of its lines has the hash that was asked for: the log was written anew, or the hash is another's"
    return Chain(chain.lines, chain.head, chain.lines + 1, why, chain.first, chain.last) if why else chain


def _as_line(entry: Entry) -> bytes:
    return json.dumps(asdict(entry), sort_keys=True, separators=(",", ":")).encode("ascii")


def _as_entry(line: bytes) -> Entry | None:
    try:
        content = json.loads(line)
        content["what"], content["cases"] = Action(content["what"]), tuple(content["cases"])
        entry = Entry(**content)
        return entry if _as_line(entry) == line else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _who(salt: str) -> str:
    label = settings.load().audit_label.strip()
    if label:
        return label[:LABEL]
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name, as in some containers
        user = str(getattr(os, "getuid", int)())
    return f"user-{_sha(f'{salt}:{user}'.encode())[:12]}"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
