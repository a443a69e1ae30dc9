"""Whether a case's files are there, and still those that it was predicted from.

A file counts as the same while its size and time are; where they differ, its content decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from survgui import paths
from survgui.cases.bundle import MANIFEST, list_bundles, read_manifest
from survgui.errors import BundleError, SurvguiError
from survgui.readers import case_sources
from survgui.readers.spec import CaseSpec, read_case_spec
from survgui.storage import sha256
from survgui.workspace import SourceState, Workspace
from survgui.workspace.cases import CHANGED


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a case's files has shown.

    Attributes:
        missing: Which are gone, one sentence, or empty.
        stale: Why the prediction is no longer that of the case as it is, one sentence, or empty.
        now: The files that are there.
    """

    missing: str
    stale: str
    now: tuple[SourceState, ...]


def states(case_file: Path, known: Iterable[SourceState] = ()) -> tuple[SourceState, ...]:
    """The files of a case that are there; read only where they are not as they are known.

    Raises:
        CohortError: The case file is not valid.
    """
    return _states(read_case_spec(case_file), known)


def look(workspace: Workspace, key: str) -> Look:
    """Look at a case's files, and note in the list what has changed.

    Raises:
        UsageError: The case is no longer in the list.
        CohortError: Its case file is not there or not valid.
    """
    spec = read_case_spec(workspace.case_file(key))
    before = workspace.sources(key)
    now = _states(spec, before) if before else ()
    missing = missing_words(spec)
    stale = CHANGED if workspace.description_changed(key) else _difference(before, now)
    same = not missing and not stale and before and set(now) != set(before)
    if workspace.holder is None:
        workspace.mark(key, missing, stale, now if same else None)
    return Look(missing, stale, now)


def look_at_some(workspace: Workspace, most: int) -> Iterator[bool]:
    """Look at the cases that were not looked at for longest, one by one; whether the list says otherwise now."""
    for key in workspace.not_looked_at(most):
        before = workspace.record(key)
        try:
            look(workspace, key)
            yield workspace.record(key) != before
        except (OSError, SurvguiError):
            yield False  # it says why when it is opened


def missing_words(spec: CaseSpec) -> str:
    """Which files of a case are gone, one sentence; empty where none is."""
    gone = list(dict.fromkeys(path.name for path in case_sources.named(spec) if not path.exists()))
    if not gone:
        return ""
    others = "" if len(gone) == 1 else " and 1 other file" if len(gone) == 2 else f" and {len(gone) - 1} other files"
    return f"{gone[0]}{others} {'are' if others else 'is'} no longer where the case was made from"


def installed_bundles() -> dict[str, tuple[str, str]]:
    """Version and SHA-256 of the manifest of every bundle that can be used by name: none of its files is missing."""
    found: dict[str, tuple[str, str]] = {}
    for folder in list_bundles(paths.bundle_folders()):
        try:
            manifest = read_manifest(folder)
            if all((folder / name).is_file() for name in manifest.files):
                found[manifest.name] = manifest.version, sha256(folder / MANIFEST)
        except (BundleError, OSError):
            continue  # it is listed with what is wrong with it
    return found


def state_of(path: Path, known: Mapping[Path, SourceState]) -> SourceState | None:
    """A named file as it is; None where it is not there or cannot be read."""
    try:
        files = case_sources.parts(path)
        stamps = [file.stat() for file in files]
        size, modified = sum(s.st_size for s in stamps), max((s.st_mtime_ns for s in stamps), default=0)
        last = known.get(path)
        if last is not None and (last.bytes, last.modified) == (size, modified):
            return last
        return SourceState(path, size, modified, case_sources.fingerprint(files))
    except (OSError, SurvguiError):
        return None


def _states(spec: CaseSpec, known: Iterable[SourceState]) -> tuple[SourceState, ...]:
    by_path = {state.path: state for state in known}
    found = (state_of(path, by_path) for path in case_sources.named(spec))
    return tuple(state for state in found if state is not None)


def _difference(before: Sequence[SourceState], now: Sequence[SourceState]) -> str:
    """Why files are no longer those of a prediction; those that are gone say so elsewhere."""
    read, known = {state.sha256 for state in before}, {state.path for state in before}
    for state in now:
        if state.sha256 not in read:
            verb = "has changed" if state.path in known else "was added"
            return f"{state.path.name} {verb} since it was predicted"
    return ""
