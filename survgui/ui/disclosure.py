"""What the window tells of a patient, and that it was told: label images on request, saved reports, the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from survgui.cases.audit import Trail
from survgui.errors import Trouble
from survgui.ui import tasks
from survgui.ui.overlay import Question

if TYPE_CHECKING:
    from survgui.ui.jobs import Job
    from survgui.ui.window import Window

ASKED = (
    "It may show the patient's name, birth date or number. It is shown once, is not kept and goes into no export; that "
    "you looked at it is written to the audit log."
)


class Disclosure(QObject):
    """Connects one window with its audit log."""

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._wanted: tuple[Path, str] | None = None
        self._job: Job | None = None
        self._shown = ""
        self.question = Question(window.frame)
        self.question.answered.connect(self._answered)

    def connect_page(self, name: str) -> None:
        """Connect a page or dialog that was just made."""
        window = self._window
        if name == "case_page":
            window.case_page.slide.label_requested.connect(self.ask_label)
        elif name == "cases":
            window.cases.details.history_asked.connect(self.show_history)
        elif name == "report":
            window.report.saved.connect(self._report_saved)

    # Label images

    @Slot(Path, str)
    def ask_label(self, path: Path, name: str) -> None:
        """Ask before a slide's label or macro image is read."""
        self._wanted = path, name
        answers = (("cancel", "Cancel", "plain"), ("show", f"Show the {name} image", "primary"))
        self.question.ask(f"Show the slide's {name} image?", ASKED, answers)

    @Slot(str)
    def _answered(self, key: str) -> None:
        wanted, case = self._wanted, self._window.session.case_now
        if key != "show" or wanted is None or case is None:
            return
        request = tasks.reveal(case.key, *wanted)
        self._job = self._window.lanes.submit(request, done=self._revealed, failed=self._failed)

    @Slot(object)
    def _revealed(self, pixels: NDArray[np.uint8]) -> None:
        case, wanted = self._window.session.case_now, self._wanted
        if case is not None and wanted is not None and wanted[0] in {slide.path for slide in case.slides}:
            self._window.label_dialog(wanted[1], pixels).open()

    # The log

    @Slot(str)
    def show_history(self, key: str) -> None:
        """Show what was done with a case of the list."""
        chosen = [record for record in self._window.cases.selected() if record.key == key]
        self._shown = chosen[0].id if chosen else ""
        self._window.lanes.submit(tasks.audit_trail(key), done=self._read, failed=self._failed)

    @Slot(object)
    def _read(self, trail: Trail) -> None:
        self._window.history_dialog(self._shown, trail).open()

    @Slot(object, str)
    def _report_saved(self, saved: list[Path], status: str) -> None:
        case = self._window.session.case_now
        if case is not None:
            self._window.lanes.submit(tasks.note_saved(case.key, saved, status), failed=self._failed)

    @Slot(object)
    def _failed(self, trouble: Trouble) -> None:
        self._window.toasts.say("error", trouble.text)
