"""Looking after the cases: who may change them, undo, files that moved, cases as one file, room on the disk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from survgui.cases.display import CaseFacts, Relinked
from survgui.errors import StorageError, Trouble
from survgui.ui import background, tasks
from survgui.ui.jobs import Lanes
from survgui.ui.studies import Studies
from survgui.workspace import CaseRecord, Holder, Lease, Workspace

if TYPE_CHECKING:
    from survgui.ui.tasks import Request


@dataclass(frozen=True, slots=True)
class ListRead:
    """The case list as it was read.

    Attributes:
        notice: What had to be put right, for the user to read; or empty.
        holder: The other window that has the cases, so that they are read-only here; or None.
        unclean: When the last window was opened that did not end in order; empty where it did.
    """

    records: tuple[CaseRecord, ...]
    notice: str = ""
    holder: Holder | None = None
    unclean: str = ""


class Housekeeping(Studies):
    """The case list, and what is asked for of its upkeep.

    Signals:
        records(tuple[CaseRecord]): The case list was read.
        access(Holder | None): Who else has the cases, so that they are read-only here.
        unclean(str): The last window did not end in order; when it was opened.
        relinkable(tuple[Relinked]): Missing files, and where they were found.
        exported(Path): A case was written as one file.
        disk(tuple[DiskUse]): What is kept on this machine.
    """

    records = Signal(object)
    access = Signal(object)
    unclean = Signal(str)
    relinkable = Signal(object)
    exported = Signal(object)
    disk = Signal(object)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(lanes, parent)
        self.case_now: CaseFacts | None = None
        self.holder: Holder | None = None
        self._lease = Lease(Workspace.default_folder())
        self._looked_after = False

    # The list

    @Slot()
    def take_over(self) -> None:
        """Have the cases for this window from now on, unless another one has them; then read the list."""
        reading = _Reading(self._lease)
        background.shared().run(reading, done=self._records_read, failed=self._workspace_failed)

    @Slot()
    def refresh_records(self) -> None:
        """Read the case list again."""
        background.shared().run(_Reading(None), done=self._records_read, failed=self._workspace_failed)

    def release(self) -> None:
        """Let another window have the cases; this one is being closed."""
        self._lease.release()

    @Slot(object)
    def _records_read(self, read: ListRead) -> None:
        if read.holder != self.holder:
            self.holder = read.holder
            self.access.emit(read.holder)
        self._know(read.records)
        self.records.emit(read.records)
        if read.notice:
            self.trouble.emit("workspace", Trouble("Notice", read.notice))
        if read.unclean:
            self.unclean.emit(read.unclean)
        if not self._looked_after and read.records and read.holder is None:
            self.look_after()

    @Slot(object)
    def _workspace_failed(self, trouble: Trouble) -> None:
        self.trouble.emit("workspace", trouble)

    def _know(self, records: tuple[CaseRecord, ...]) -> None:
        """The list is another one; for whoever has to know."""

    def look_after(self) -> None:
        """See whether kept results are still those of their cases and models."""
        self._looked_after = True
        self._submit("look", tasks.look_after(), self._looked)

    @Slot(object)
    def _looked(self, changed: bool) -> None:
        if changed:
            self.refresh_records()

    # The open case

    def step_back(self, back: bool) -> None:
        """Undo the last change of the open case's description, or redo the one that was undone last."""
        case = self.case_now
        if case is not None and (case.undo if back else case.redo):
            self._submit("case", tasks.step_back(case.key, back), self._opened)

    def _opened(self, facts: CaseFacts) -> None:
        """A case was opened; for the session."""
        raise NotImplementedError

    def export_case(self, target: Path, embed: bool) -> None:
        """Write the open case as one file; `exported` follows."""
        if self.case_now is not None:
            self._submit("export", tasks.export_case(self.case_now.key, target, embed), self._exported)

    @Slot(object)
    def _exported(self, path: object) -> None:
        self.exported.emit(path)

    def keep_report(self, key: str, prediction: str, report: str) -> None:
        """Remember that a final report of a prediction was saved."""
        self._submit("note", tasks.keep_report(key, prediction, report), self.refresh_records)

    # Files that moved

    def missing_files(self, keys: Collection[str]) -> None:
        """List the files of cases that are gone; of no case, those of all. `relinkable` follows."""
        self._ask_for_files(tasks.missing_files(keys))

    def find_files(self, keys: Collection[str], folder: Path) -> None:
        """Look for them in a folder. `relinkable` follows."""
        self._ask_for_files(tasks.find_files(keys, folder))

    def _ask_for_files(self, request: Request) -> None:
        self._submit("relink", request, self._files_found, cancels=True)

    @Slot(object)
    def _files_found(self, found: object) -> None:
        if self._current("relink"):
            self.relinkable.emit(found)

    def relink(self, found: Collection[Relinked]) -> None:
        """Have cases name their files where they are now."""
        self._submit("relink", tasks.relink(found), self._relinked)

    @Slot(object)
    def _relinked(self, count: int) -> None:
        self.refresh_records()
        if self.case_now is not None:
            self.open_case(self.case_now.key)

    def open_case(self, key: str) -> None:
        """Open a case; for the session."""
        raise NotImplementedError

    # Room

    @Slot()
    def count_disk(self) -> None:
        """Count what is kept on this machine; `disk` follows."""
        self._submit("disk", tasks.disk_use(), self._counted)

    @Slot(str)
    def clear(self, kind: str) -> None:
        """Remove what can be made again of a kind; `disk` follows."""
        self._submit("disk", tasks.clear(kind), self._counted)

    def trim(self) -> None:
        """Have the feature cache keep to another limit."""
        self._submit("trim", tasks.trim(), self._trimmed)

    @Slot(object)
    def _trimmed(self, gone: object) -> None:
        self.count_disk()

    @Slot(object)
    def _counted(self, uses: object) -> None:
        if self._current("disk"):
            self.disk.emit(uses)


class _Reading:
    """Reads the list, for the background thread.

    Args:
        lease: To be taken before; the list is checked then, and put right where it has to be.
    """

    def __init__(self, lease: Lease | None) -> None:
        self._lease = lease

    def __call__(self) -> ListRead:
        lease, taken, unclean = self._lease, False, ""
        if lease is not None:
            try:
                had = lease.held
                taken = lease.take()
                unclean = lease.unclean if taken and not had else ""
            except StorageError:
                taken = True  # where there are no locks, cases are opened as if nobody else had them
        with Workspace.default(check=taken) as workspace:
            return ListRead(workspace.records(), workspace.notice, workspace.holder, unclean)
