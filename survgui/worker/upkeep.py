"""Keeping cases in order: looking after their files, relinking, cases as one file, room on the disk.

No step names a file or a patient.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from survgui.cases.display import DiskUse, Relinked
from survgui.cases.step import Step, Task
from survgui.engine.upkeep import disk_use, freshness, relink, transfer
from survgui.workspace import CaseRecord, Workspace

AT_ONCE = 300
"""cases whose files are looked at in one go"""


def look() -> Task[bool]:
    """Compare kept results with the bundles that are installed, and those cases with their files that were not looked
    at for longest; whether the list says otherwise now.
    """
    yield Step("look", 0, AT_ONCE, "models")
    with Workspace.default() as workspace:
        if workspace.holder is not None:
            return False
        changed = workspace.compare_bundles(freshness.installed_bundles()) > 0
        for number, other in enumerate(freshness.look_at_some(workspace, AT_ONCE)):
            changed |= other
            yield Step("look", number, AT_ONCE, "files of cases")
        return changed


def missing(keys: Collection[str]) -> Task[tuple[Relinked, ...]]:
    """The files of these cases that are not where the cases say; of no case, those of all."""
    yield Step("search", 0, 1, "what is missing")
    with Workspace.default() as workspace:
        return relink.missing(workspace, _meant(workspace, keys))


def find(keys: Collection[str], folder: Path) -> Task[tuple[Relinked, ...]]:
    """Look in a folder for the missing files of these cases; of no case, for those of all.

    Raises:
        UsageError: There is no such folder.
    """
    with Workspace.default() as workspace:
        return (yield from relink.find(workspace, _meant(workspace, keys), folder))


def apply(found: Collection[Relinked]) -> Task[int]:
    """Have cases name their files where they are now; how many.

    Raises:
        StorageError: A case file cannot be written, or the cases are read-only.
    """
    yield Step("relink", 0, 1, "writing where the files are")
    with Workspace.default() as workspace:
        return relink.apply(workspace, found)


def export(key: str, target: Path, embed: bool) -> Task[Path]:
    """Write a case as one file.

    Args:
        embed: With the user's files.

    Raises:
        UsageError: The case is gone, or one of its files is.
        StorageError: The disk is full; `target` is as it was.
    """
    with Workspace.default() as workspace:
        return (yield from transfer.export(workspace, key, target, embed=embed))


def take_in(path: Path) -> Task[CaseRecord]:
    """Make a case of a `.survcase`.

    Raises:
        ReadError: It is damaged, or made to do harm; nothing was taken in.
        StorageError: The disk is full, or the cases are read-only.
    """
    with Workspace.default() as workspace:
        return (yield from transfer.take_in(workspace, path))


def keep_report(key: str, prediction: str, report: str) -> Task[None]:
    """Remember that a final report of a prediction was saved.

    Raises:
        StorageError: The cases are read-only, or the disk is full.
    """
    yield Step("report", 0, 1, "noting the final report")
    with Workspace.default() as workspace:
        workspace.keep_report(key, prediction, report)


def usage() -> Task[tuple[DiskUse, ...]]:
    """What survgui keeps on this machine, by kind."""
    yield Step("count", 0, 1, "files")
    return disk_use.usage()


def clear(kind: str) -> Task[tuple[DiskUse, ...]]:
    """Remove what can be made again of a kind, and count anew.

    Raises:
        UsageError: It cannot be cleared, or not while a job runs.
        StorageError: Something could not be removed.
    """
    yield Step("clear", 0, 1, "files")
    disk_use.clear(kind)
    return disk_use.usage()


def trim() -> Task[int]:
    """Have the feature cache take no more room than the settings allow; how many bytes went."""
    yield Step("clear", 0, 1, "what was not used for longest")
    return disk_use.trim()


def _meant(workspace: Workspace, keys: Collection[str]) -> tuple[str, ...]:
    return tuple(keys) or tuple(record.key for record in workspace.records())
