"""Finding files that were moved: by their content where it is known, else by their name; whole folders at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from survgui.cases.display import Relinked
from survgui.cases.step import Step, Task
from survgui.engine.upkeep.freshness import look, state_of
from survgui.errors import SurvguiError, UsageError
from survgui.figures.words import count
from survgui.readers import case_sources, sniff
from survgui.readers.spec import read_case_spec
from survgui.workspace import SourceState, Workspace

MOST = 500_000
"""files that a folder is searched through"""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A file that is not where a case says, and what is known of it."""

    key: str
    path: Path
    known: SourceState | None


def missing(workspace: Workspace, keys: Collection[str]) -> tuple[Relinked, ...]:
    """The files of these cases that are not where the cases say, each found nowhere yet."""
    return tuple(Relinked(gone.key, gone.path) for gone in _gone(workspace, keys))


def find(workspace: Workspace, keys: Collection[str], folder: Path) -> Task[tuple[Relinked, ...]]:
    """Look in a folder, and in those below it, for the files of cases that are gone.

    A file of the same size and content is the one that is meant. Where the content is not known, for the case was
    never predicted, or nothing has it, the one file of the same name is offered; two of that name are none, and so is
    one that is another case's: every patient's folder may have its `t1.nii.gz`.

    Returns:
        Every file that is gone, with where it is now as far as it was found.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder.name} is no folder; choose the one that the files are in now")
    gone = _gone(workspace, keys)
    wanted_names = {item.path.name for item in gone}
    wanted_sizes = {item.known.bytes for item in gone if item.known is not None}
    by_name: dict[str, list[Path]] = {}
    by_size: dict[int, list[Path]] = {}
    for number, (path, size) in enumerate(_walk(folder)):
        if number % 500 == 0:
            yield Step("search", number, 0, f"{count(number)} files looked at")
        if path.name in wanted_names:
            by_name.setdefault(path.name, []).append(path)
        if size in wanted_sizes:
            by_size.setdefault(size, []).append(path)
    hashes: dict[Path, str] = {}
    found = []
    for number, item in enumerate(gone):
        yield Step("compare", number, len(gone), f"file {number + 1} of {len(gone)}")
        found.append(_found(item, by_name, by_size, hashes))
    by_name_alone = {sniff.real_path(one.new) for one in found if one.new is not None and not one.certain}
    users = _users(workspace, by_name_alone) if by_name_alone else {}
    return tuple(_own(one, found, users) for one in found)


def apply(workspace: Workspace, found: Iterable[Relinked]) -> int:
    """Have cases name their files where they are now; each case can undo it. How many files were relinked.

    Raises:
        UsageError: A case is no longer in the list.
        StorageError: A case file cannot be written; those before it are done.
    """
    by_case: dict[str, list[Relinked]] = {}
    for one in found:
        if one.new is not None:
            by_case.setdefault(one.key, []).append(one)
    for key, moved in by_case.items():
        places = {one.old: one.new for one in moved if one.new is not None}
        change = partial(case_sources.elsewhere, folder=workspace.folder(key), moved=places)
        same = all(one.certain for one in moved)
        what = "where its files are" if same else "where its files are - found by name alone"
        workspace.edit_case_file(key, change, what, same=same)
        look(workspace, key)
    return sum(map(len, by_case.values()))


def _users(workspace: Workspace, files: Collection[Path]) -> dict[Path, set[str]]:
    """Which cases name these files."""
    found: dict[Path, set[str]] = {}
    for record in workspace.records():
        with suppress(SurvguiError):  # it says why when it is opened
            for path in case_sources.named(read_case_spec(workspace.case_file(record.key))):
                if (real := sniff.real_path(path)) in files:
                    found.setdefault(real, set()).add(record.key)
    return found


def _own(one: Relinked, found: Sequence[Relinked], users: Mapping[Path, set[str]]) -> Relinked:
    """What was found by its name alone, only where neither another case names it nor another file would be it too."""
    if one.new is None or one.certain:
        return one
    rivals = {other.old for other in found if other.new == one.new}
    disputed = len(rivals) > 1 or bool(users.get(sniff.real_path(one.new), set()) - {one.key})
    return replace(one, new=None) if disputed else one


def _gone(workspace: Workspace, keys: Collection[str]) -> list[_Gone]:
    found = []
    for key in keys:
        try:
            spec = read_case_spec(workspace.case_file(key))
        except SurvguiError:
            continue  # it says why when it is opened
        known = {state.path: state for state in workspace.sources(key)}
        found += [_Gone(key, path, known.get(path)) for path in case_sources.named(spec) if not path.exists()]
    return found


def _walk(folder: Path) -> Iterator[tuple[Path, int]]:
    """Files below a folder with their sizes; links to folders are not followed, for they may lead in circles."""
    seen = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in (*folders, *sorted(names)):
            path = Path(place, name)
            try:
                yield path, path.stat().st_size if name in names else -1
            except OSError:
                continue
        seen += len(names)
        if seen > MOST:
            return


def _found(
    item: _Gone, by_name: Mapping[str, Sequence[Path]], by_size: Mapping[int, Sequence[Path]], hashes: dict[Path, str]
) -> Relinked:
    one = Relinked(item.key, item.path, sha256=item.known.sha256 if item.known else "")
    named = by_name.get(item.path.name, ())
    if item.known is not None:
        candidates = [*named, *(path for path in by_size.get(item.known.bytes, ()) if path not in named)]
        for path in candidates:
            if path not in hashes:
                state = state_of(path, {})
                hashes[path] = state.sha256 if state is not None else ""
            if hashes[path] == item.known.sha256:
                return replace(one, new=path, certain=True)
    return replace(one, new=named[0]) if len(named) == 1 else one
