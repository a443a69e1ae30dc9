"""Connects batches with the window: who asks for them, where they are shown, what is said of them, their table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from survgui.errors import Trouble
from survgui.ui.batch_queue import Batch
from survgui.ui.docks.batches import BatchTree, Exported, question, summary
from survgui.ui.overlay import Question
from survgui.ui.widgets import files

if TYPE_CHECKING:
    from survgui.ui.window import Window
    from survgui.workspace import CaseRecord

GO_ON = "batch:"
"""What begins the name of a toast's action that lets a batch go on; its key follows."""


class Batching(QObject):
    """Batches of one window.

    Args:
        window: Its session holds the queue.
    """

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._queue = window, window.session.batches
        self._names: dict[str, str] = {}
        self._asked: Batch | None = None
        self._keys: list[str] = []
        self.tree = BatchTree(self._queue)
        self.question = Question(window.frame)
        self.question.answered.connect(self._answered)
        window.jobs.add_before(self.tree)
        self.tree.export_asked.connect(self._ask)
        self.tree.opened.connect(self._open)
        self._queue.ended.connect(self._ended)
        self._queue.interrupted.connect(self._interrupted)
        self._queue.trouble.connect(self._failed)
        window.session.records.connect(self._named)
        window.toasts.acted.connect(self._acted)

    def connect_cases(self) -> None:
        """Take what the list of cases asks for."""
        page = self._window.cases
        page.predict_many.connect(self._predict)
        page.encode_many.connect(self._encode)
        page.report_many.connect(self._ask_folder)

    @Slot(list)
    def _predict(self, keys: list[str]) -> None:
        self._window.session.predict_many(keys)
        self._show()

    @Slot(list)
    def _encode(self, keys: list[str]) -> None:
        self._window.session.encode_many(keys)
        self._show()

    @Slot(list)
    def _ask_folder(self, keys: list[str]) -> None:
        self._keys = keys
        files.ask_folder(self._window, "Folder of the reports", self._report)

    @Slot(object)
    def _report(self, folder: object) -> None:
        self._window.session.report_many(self._keys, files.as_path(folder))
        self._show()

    def _show(self) -> None:
        if self._queue.batches and not self.tree.isVisible():
            self._window.show_jobs()

    @Slot(object)
    def _named(self, records: tuple[CaseRecord, ...]) -> None:
        self._names = {record.key: record.id for record in records}
        self.tree.set_names(self._names)

    @Slot(str)
    def _open(self, key: str) -> None:
        self._window.wiring.open_case(key)

    @Slot(object)
    def _ended(self, batch: Batch) -> None:
        said = summary(batch)
        if self.tree.isVisible():
            return  # it is seen there, and a message would lie over it
        if batch.failures:
            self._window.toasts.say("warning", f"{said} The list of jobs says why.")
        else:
            self._window.toasts.say("info", said)

    @Slot(object)
    def _interrupted(self, batch: Batch) -> None:
        if not self.tree.isVisible():
            self._window.toasts.say("info", question(batch), ((f"{GO_ON}{batch.facts.key}", "Go on"),))

    @Slot(str)
    def _acted(self, action: str) -> None:
        if action.startswith(GO_ON):
            self._queue.go_on(action.removeprefix(GO_ON))
            self._show()

    @Slot(object)
    def _failed(self, trouble: Trouble) -> None:
        self._window.wiring.show_trouble("many", trouble)

    # The table

    @Slot(object)
    def _ask(self, batch: Batch) -> None:
        """Patients' ids leave the window only where that is asked for."""
        self._asked = batch
        self.question.ask(
            "Save the table of this batch",
            "One line a case with its result, or the reason why there is none. What should cases be called in it? "
            "Reasons that name a file are left as they are: look them over before the table leaves your hands.",
            (("cancel", "Cancel", "plain"), ("ids", "Patients’ ids", "plain"), ("keys", "Pseudonyms", "primary")),
        )

    @Slot(str)
    def _answered(self, key: str) -> None:
        batch, self._asked = self._asked, None
        if batch is None or key not in ("ids", "keys"):
            return
        self._table = Exported(batch, self._called(batch, with_ids=key == "ids"))
        files.ask_save(self._window, "Save the table…", "batch.csv", "Tables (*.csv)", self._save)

    def _called(self, batch: Batch, *, with_ids: bool) -> Mapping[str, str]:
        pseudonyms = {item.name: f"Case {item.name[:8].upper()}" for item in batch.facts.items}
        return {**pseudonyms, **{key: self._names[key] for key in pseudonyms if with_ids and key in self._names}}

    @Slot(object)
    def _save(self, path: object) -> None:
        files.write(files.as_path(path), self._table)
