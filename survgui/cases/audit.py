"""What was done with the cases, by whom and when: lines of a log in which each holds the hash of the one before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from survgui.cases.prediction import BundleName
from survgui.cases.spreadsheet import csv_text

NOTHING = "0" * 64
"""what the first line has for the hash of the one before"""
_KEY, _SHA, _WORD = (re.compile(p) for p in (r"[0-9a-f]{16}", r"[0-9a-f]{64}", r"[a-z0-9][a-z0-9 ._-]{0,63}"))


class Action(StrEnum):
    """What is written down."""

    IMPORT = "import"
    EDIT = "edit"
    RELINK = "relink"
    ENCODE = "encode"
    PREDICT = "predict"
    REPORT = "report"
    EXPORT = "export"
    TRAIN = "train"
    EVALUATE = "evaluate"
    REVEAL = "reveal"
    DELETE = "delete"
    INSTALL = "install"
    REMOVE = "remove"

    @property
    def words(self) -> str:
        """As a past participle, for a list."""
        return _WORDS[self]


_WORDS = {
    Action.IMPORT: "added",
    Action.EDIT: "description changed",
    Action.RELINK: "moved files found again",
    Action.ENCODE: "encoded",
    Action.PREDICT: "predicted",
    Action.REPORT: "report saved",
    Action.EXPORT: "exported",
    Action.TRAIN: "model trained",
    Action.EVALUATE: "models evaluated",
    Action.REVEAL: "label image shown",
    Action.DELETE: "deleted",
    Action.INSTALL: "model installed",
    Action.REMOVE: "model removed",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. It names no patient, no file and no folder: cases go by their random keys, contents by their hashes.

    Attributes:
        n: Number of the line, from 1.
        at: ISO 8601, UTC.
        who: What the settings call this user; else a salted hash of the system's name of the user.
        cases: Keys of the workspace.
        inputs, outputs: SHA-256 by what it is of: `bundle`, `report.pdf`.
        about: A few words of survgui's own, such as a bundle's name and version.
        before: SHA-256 of the line before.

    Raises:
        ValueError: A value that could hold a patient's name: a key that is none, a hash that is none.
    """

    n: int
    at: str
    who: str
    what: Action
    cases: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    before: str = NOTHING

    def __post_init__(self) -> None:
        hashes = {**self.inputs, **self.outputs}
        good = (
            all(_KEY.fullmatch(key) for key in self.cases)
            and all(_WORD.fullmatch(name) and _SHA.fullmatch(value) for name, value in hashes.items())
            and (not self.about or _WORD.fullmatch(self.about.lower()))
            and _SHA.fullmatch(self.before)
        )
        if not good:
            raise ValueError("an entry of the audit log names keys and hashes, nothing else")


def named(bundle: BundleName) -> tuple[str, dict[str, str]]:
    """A bundle as an entry has it: its name and version where they are of the usual letters, and its hash."""
    about = f"{bundle.name} {bundle.version}"
    whole = _SHA.fullmatch(bundle.sha256) is not None
    return about if _WORD.fullmatch(about.lower()) else "", {"bundle": bundle.sha256} if whole else {}


COLUMNS = tuple(Entry.__dataclass_fields__)
"""Of the table."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether a log is whole.

    Attributes:
        lines: There are.
        head: SHA-256 of the last line; whoever has it on paper can tell later whether this line is still there.
        broken: Number of the first line that is not what was written, or 0.
        why: What is wrong with it, one sentence, or empty.
        first, last: When the log begins and ends, ISO 8601; empty where there is no line.
    """

    lines: int
    head: str = NOTHING
    broken: int = 0
    why: str = ""
    first: str = ""
    last: str = ""

    @property
    def words(self) -> str:
        """For a line below a list."""
        if self.broken:
            return f"The audit log is broken at line {self.broken}: {self.why}"
        return f"Audit log unbroken, {self.lines:,} lines, head {self.head[:12]}…"


@dataclass(frozen=True, slots=True)
class Trail:
    """What was done with one case, and whether the log that says so is whole."""

    entries: tuple[Entry, ...]
    chain: Chain


def as_csv(entries: Iterable[Entry]) -> str:
    """The lines as a table that a spreadsheet opens without running a cell."""
    return csv_text([COLUMNS, *(tuple(as_row(entry).values()) for entry in entries)])


def as_row(entry: Entry) -> dict[str, str | int]:
    """A line with each of `COLUMNS` as text."""
    return {name: _text(value) for name, value in asdict(entry).items()}


def _text(value: object) -> str | int:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={sha}" for name, sha in value.items())
    return " ".join(value) if isinstance(value, tuple) else value if isinstance(value, int) else str(value)
