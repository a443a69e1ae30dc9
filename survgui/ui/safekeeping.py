"""What the window shows of the cases' upkeep: read-only, a crash before, missing files, cases as files, room, reports.

One object, as `Wiring` is: signals of the session and of pages that are made late are connected here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from survgui import paths
from survgui.cases.display import CaseFacts, Relinked
from survgui.cases.report import ReportContent
from survgui.ui.cases.relink import LOOKING
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from survgui.ui.window import Window
    from survgui.workspace import CaseRecord, Holder

FILTER = "Case as one file (*.survcase)"


class Safekeeping(QObject):
    """Connects one window with the upkeep of its cases."""

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._session = window, window.session
        self._names: dict[str, str] = {}
        self._last = ""
        self._relinked: tuple[str, ...] = ()
        session = window.session
        session.access.connect(self._access_changed)
        session.unclean.connect(self._tell_of_crash)
        session.relinkable.connect(self._found)
        session.exported.connect(self._exported)
        session.records.connect(self._know)
        session.case.connect(self._case_changed)
        session.disk.connect(self._counted)
        window.export_question.answered.connect(self._embed_answered)

    def connect_report(self) -> None:
        """The report dialog was made."""
        dialog = self._window.report
        self._session.report.connect(self._report_ready)
        dialog.retry.connect(self._session.prepare_report)
        dialog.saved.connect(self._report_saved)
        dialog.finalised.connect(self._finalised)

    def connect_preferences(self) -> None:
        """The preferences were made."""
        card = self._window.preferences.storage
        card.clear_requested.connect(self._session.clear)
        self._window.preferences.opened.connect(self._session.count_disk)

    def connect_relink(self) -> None:
        """The dialog for missing files was made."""
        dialog = self._window.relink_dialog
        dialog.folder_given.connect(self._look_in)
        dialog.accepted_files.connect(self._relink)

    def possible(self) -> dict[str, bool]:
        """Which needs of actions are met, by their names; the list of cases is told too."""
        case, editing = self._session.case_now, self._session.holder is None
        if self._window.has("cases"):
            self._window.cases.set_read_only(not editing)
        undo, redo = (bool(case.undo), bool(case.redo)) if case is not None else (False, False)
        return {
            "editing": editing,
            "reading": not editing,
            "undo": editing and undo,
            "redo": editing and redo,
        }

    # Who may change the cases

    @Slot()
    def take_over(self) -> None:
        """Change the cases in this window, unless another one still has them."""
        self._session.take_over()

    @Slot()
    def undo(self) -> None:
        """Take back the last change of the case's description."""
        self._session.step_back(back=True)

    @Slot()
    def redo(self) -> None:
        """Make it again."""
        self._session.step_back(back=False)

    @Slot(object)
    def _access_changed(self, holder: Holder | None) -> None:
        place, window = self._window.frame.notice, self._window
        if holder is None:
            place.clear()
            window.toasts.say("info", "The cases can be changed in this window now.")
        else:
            text = f"Read-only: {holder.words}, has the cases. Look and predict as you like; nothing is kept."
            place.put(self._banner("warning", text, (("take", "Open for editing"),)))
        window.wiring.update_possible()

    @Slot(str)
    def _tell_of_crash(self, since: str) -> None:
        when = datetime.fromisoformat(since).astimezone()
        today = when.date() == datetime.now().astimezone().date()
        day = f"today at {when:%H:%M}" if today else f"on {when.day} {when:%b %Y} at {when:%H:%M}"
        text = (
            f"survgui was not closed in order the last time (it was opened {day}). What was stored is whole; "
            "what was still running has to be started again, and goes on where it can."
        )
        actions = (("restore", "Open the last case"), ("log", "Show its log"))
        self._window.frame.notice.put(self._banner("warning", text, actions if self._names else actions[1:]))

    def _banner(self, level: str, text: str, actions: tuple[tuple[str, str], ...]) -> Banner:
        banner = Banner("warning" if level == "warning" else "info", text, actions)
        banner.acted.connect(self._acted)
        return banner

    @Slot(str)
    def _acted(self, key: str) -> None:
        if key == "take":
            self.take_over()
        elif key == "log":
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.user_log())))
        elif key == "restore":
            self._window.frame.notice.clear()
            self._window.wiring.open_case(self._last)

    @Slot(object)
    def _know(self, records: tuple[CaseRecord, ...]) -> None:
        self._names = {record.key: record.id for record in records}
        self._last = max(records, key=lambda record: record.opened).key if records else ""

    # Missing files

    @Slot()
    def show_relink(self) -> None:
        """Show which files are gone: of the open case where it lacks any, else of all."""
        case = self._session.case_now
        self.relink([case.key] if case is not None and _lacks(case) else [])

    @Slot(list)
    def relink(self, keys: list[str]) -> None:
        """Show which files of these cases are gone; of no case, those of all."""
        dialog, self._relinked = self._window.relink_dialog, tuple(keys)
        dialog.set_names(self._names)
        dialog.set_busy(LOOKING)
        dialog.open()
        self._session.missing_files(self._relinked)

    @Slot(object)
    def _look_in(self, folder: Path) -> None:
        self._window.logbook.hide_paths([folder])
        self._session.find_files(self._relinked, folder)

    @Slot(object)
    def _found(self, found: tuple[Relinked, ...]) -> None:
        self._window.logbook.hide_paths([one.old for one in found])
        self._window.relink_dialog.set_found(found)

    @Slot(object)
    def _relink(self, found: tuple[Relinked, ...]) -> None:
        self._window.relink_dialog.accept()
        self._session.relink(found)

    # Cases as one file

    @Slot()
    def ask_export(self) -> None:
        """Ask whether the user's files go with the case."""
        if self._session.case_now is not None:
            self._window.export_question.ask(
                "Export the case as one file",
                "It holds the patient's id, the description, the result and the encoded features. With its files it "
                "can be opened on any machine; tables go as a whole, also rows of other patients. Without them it is "
                "small, and the files are relinked there.",
                (
                    ("cancel", "Cancel", "plain"),
                    ("slim", "Without files", "plain"),
                    ("whole", "With its files", "primary"),
                ),
            )

    @Slot(str)
    def _embed_answered(self, key: str) -> None:
        case = self._session.case_now
        if key == "cancel" or case is None:
            return
        name = f"case-{case.key[:4].upper()}.survcase"
        slot = self._export_whole if key == "whole" else self._export_slim
        files.ask_save(self._window, "Export case…", name, FILTER, slot)

    @Slot(object)
    def _export_whole(self, path: object) -> None:
        self._session.export_case(files.as_path(path), embed=True)

    @Slot(object)
    def _export_slim(self, path: object) -> None:
        self._session.export_case(files.as_path(path), embed=False)

    @Slot(object)
    def _exported(self, path: Path) -> None:
        self._window.toasts.say("info", f"The case was written to {path.name}.")

    # Reports

    @Slot(object)
    def _case_changed(self, facts: CaseFacts | None) -> None:
        if facts is not None and self._window.has("report"):
            self._window.report.know(facts.reports)

    @Slot(object)
    def _report_ready(self, content: ReportContent | None) -> None:
        """Add what the user has compared of the case to what a worker gathered."""
        window, case = self._window, self._session.case_now
        compared = window.case_page.compare.reconstructions if content is not None else ()
        if content is not None and compared:
            content = replace(content, pictures=replace(content.pictures, compared=compared))
        window.report.know(case.reports if case is not None else {})
        window.report.set_content(content)

    @Slot(object, str)
    def _report_saved(self, saved: list[Path], status: str) -> None:
        self._window.toasts.say("info", f"The {status} report was saved: {', '.join(path.name for path in saved)}.")

    @Slot(str, str)
    def _finalised(self, prediction: str, report: str) -> None:
        case = self._session.case_now
        if case is not None:
            self._session.keep_report(case.key, prediction, report)

    # Room

    @Slot(object)
    def trim(self, _: object) -> None:
        """The cache was given less room."""
        self._session.trim()

    @Slot(object)
    def _counted(self, uses: object) -> None:
        if self._window.has("preferences"):
            self._window.preferences.storage.set_uses(uses)  # type: ignore[arg-type]  # what the worker gives


def _lacks(case: CaseFacts) -> bool:
    return any(note.code == "CAS-01" for note in case.notes)
