"""What the list keeps of a prediction's inputs, so that a result that is no longer the case's own is known as such."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceState:
    """A file of the user's as it was when the case was predicted.

    Attributes:
        path: Where it was; of a series in many files, their folder.
        bytes: Of all of it.
        modified: Of the file that was changed last, in ns since 1970.
        sha256: Of its content.
    """

    path: Path
    bytes: int
    modified: int
    sha256: str


def sources_of(connection: sqlite3.Connection, key: str) -> tuple[SourceState, ...]:
    """The files of the last prediction."""
    rows = connection.execute("SELECT path, bytes, modified, sha256 FROM sources WHERE key = ? ORDER BY path", (key,))
    return tuple(SourceState(Path(path), size, modified, sha) for path, size, modified, sha in rows)


def keep_sources(connection: sqlite3.Connection, key: str, sources: Iterable[SourceState]) -> None:
    """Keep these in place of those before."""
    connection.execute("DELETE FROM sources WHERE key = ?", (key,))
    rows = [(key, str(s.path), s.bytes, s.modified, s.sha256) for s in sources]
    connection.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)", rows)


def written_since(began: float, case_file: Path, sources: Iterable[SourceState]) -> bool:
    """Whether a case's description or a file of it was written after that moment; a clock that is ahead tells nothing.

    Args:
        began: s since 1970.
    """
    written = [case_file.stat().st_mtime, *(source.modified / 1e9 for source in sources)]
    return any(began < moment <= time.time() for moment in written)


def note_features(connection: sqlite3.Connection, key: str, entries: Collection[str]) -> None:
    """Remember which entries of the feature cache were made for a case."""
    rows = [(entry, key) for entry in sorted(entries)]
    connection.executemany("INSERT OR IGNORE INTO features VALUES (?, ?)", rows)


def features_of(connection: sqlite3.Connection, key: str) -> frozenset[str]:
    """Entries of the feature cache that were made for a case."""
    return frozenset(entry for (entry,) in connection.execute("SELECT entry FROM features WHERE key = ?", (key,)))


def compare_bundles(connection: sqlite3.Connection, installed: Mapping[str, tuple[str, str]]) -> int:
    """Mark predictions of bundles that are others now; how many lines changed.

    Args:
        installed: Version and SHA-256 of the manifest, by name, of bundles that are whole.
    """
    known = connection.execute("SELECT DISTINCT bundle, version, sha256 FROM predictions").fetchall()
    changed = 0
    for bundle, version, sha in known:
        reason = _why(bundle, version, sha, installed)
        changed += connection.execute(
            "UPDATE predictions SET bundle_stale = ? "
            "WHERE bundle = ? AND version = ? AND sha256 = ? AND bundle_stale != ?",
            (reason, bundle, version, sha, reason),
        ).rowcount
    return changed


def _why(bundle: str, version: str, sha: str, installed: Mapping[str, tuple[str, str]]) -> str:
    now = installed.get(bundle)
    if now is None:
        return f"it was predicted by {bundle} {version}, which is not installed any more, or not whole"
    if now[1] == sha:
        return ""
    if now[0] != version:
        return f"it was predicted by {bundle} {version}, and {now[0]} is installed now"
    return f"{bundle} {version} was replaced since it was predicted"
