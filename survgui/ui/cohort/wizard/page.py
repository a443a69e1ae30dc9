"""The import of a cohort as a page: five steps, what is read for them, and the way back from every change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.proposal import Endpoint, Proposal, ProposedSource
from survgui.cases.review import Review
from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.ui.cohort.wizard import words
from survgui.ui.cohort.wizard.check_step import CheckStep
from survgui.ui.cohort.wizard.draft import Draft, essence, mapping
from survgui.ui.cohort.wizard.files_step import FilesStep
from survgui.ui.cohort.wizard.finish_step import FinishStep
from survgui.ui.cohort.wizard.folds_step import FoldsStep
from survgui.ui.cohort.wizard.imports import Imports
from survgui.ui.cohort.wizard.outcome_step import OutcomeStep
from survgui.ui.cohort.wizard.revisions import Revisions
from survgui.ui.cohort.wizard.steps import Steps
from survgui.ui.jobs import Lanes
from survgui.ui.overlay import Question
from survgui.ui.title import TitleHeader
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner, BannerPlace
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Elided

STEPS = ("Files", "Outcome", "Check", "Folds", "Report")
FILES, OUTCOME, CHECK, FOLDS, REPORT = range(len(STEPS))
NAMES = "All files (*)"


class ImportPage(QWidget):
    """The wizard.

    Signals:
        closed(): Back to the cohort.
        open_requested(path), train_requested(path): Go on with a cohort that was written.
        hidden(paths): Names that no log may show.
    """

    closed = Signal()
    open_requested = Signal(object)
    train_requested = Signal(object)
    hidden = Signal(object)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self.draft, self.imports = Draft(self), Imports(lanes, self)
        self.revisions = Revisions(self.draft, self.imports, self)
        self.paths: tuple[Path, ...] = ()
        self._given_before: tuple[Path, ...] = ()
        self._more: tuple[Path, ...] = ()
        self._reviewing: Proposal | None = None
        self._make()
        self._lay_out()
        self._connect()
        self.go(FILES)

    @property
    def step(self) -> int:
        """The step that is on."""
        return self._stack.currentIndex()

    def give(self, paths: Collection[Path]) -> None:
        """Look at files; where some were given before, at all of them together, which takes what was changed."""
        if self.question.isVisible():
            return
        if not self.draft.undoable:
            self._look_at(paths)
            return
        self._more = tuple(paths)
        self.question.ask(
            "Look at everything again?",
            "With further files all of them are recognised anew. What you have changed in this import is lost.",
            (("cancel", "Keep the changes", "plain"), ("more", "Look again", "danger")),
        )

    @property
    def unwritten(self) -> bool:
        """Whether the user has changed something that is not in a written cohort."""
        return bool(self.draft.undoable) and self.finish.file is None

    @Slot()
    def reset(self) -> None:
        """Nothing is given."""
        self.imports.stop()
        self._discard()
        self.paths = self._given_before = ()
        self._begin(None)
        self.over.clear()
        self.files.set_busy(None)
        self.go(FILES)

    @Slot(int)
    def go(self, step: int) -> None:
        """Show a step, and have read what it needs."""
        if step > self._reachable:
            return
        self._stack.setCurrentIndex(step)
        if step == OUTCOME:
            self.outcome.begin()
        if step >= CHECK:
            self._need_review()
        if step == REPORT:
            self.finish.begin()
        self._update()

    def event(self, event: QEvent) -> bool:
        """The keys of undo are the import's here, not those of the open case."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_ours(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Z undoes the last change, Ctrl+Shift+Z has it again."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.draft.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.draft.redo()
        else:
            super().keyPressEvent(event)

    # Making it

    def _make(self) -> None:
        self.undo, self.redo = Button("Undo", tip="Nothing to undo"), Button("Redo", tip="Nothing to redo")
        self.undo.clicked.connect(self.draft.undo)
        self.redo.clicked.connect(self.draft.redo)
        self.cancel = Button("Close the import", tip="Nothing is kept but what was written")
        self.cancel.clicked.connect(self._ask_close)
        self.question = Question(self)
        self.question.answered.connect(self._answered)
        self.header = TitleHeader("Import a cohort", (self.undo, self.redo, self.cancel))
        self.steps = Steps(STEPS)
        self.steps.chosen.connect(self.go)
        self.over = BannerPlace()
        self.files, self.outcome = FilesStep(self.draft), OutcomeStep(self.draft)
        self.check, self.folds, self.finish = CheckStep(self.draft), FoldsStep(self.draft), FinishStep(self.draft)
        self.says = Elided("", "soft", cut="end")
        self.back, self.next = Button("Back"), Button("Next", "primary")
        self.back.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for step in (self.files, self.outcome, self.check, self.folds, self.finish):
            self._stack.addWidget(step)
        bar = QFrame()
        bar.setProperty("kind", "footer")
        row = QHBoxLayout(bar)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(10)
        row.addWidget(self.says, 1)
        row.addWidget(self.back)
        row.addWidget(self.next)
        chips = QHBoxLayout()
        chips.setContentsMargins(12, 10, 12, 8)
        chips.addWidget(self.steps)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self.over)
        column.addLayout(chips)
        column.addWidget(self._stack, 1)
        column.addWidget(bar)

    def _connect(self) -> None:
        imports, draft = self.imports, self.draft
        imports.proposed.connect(self._proposed)
        imports.recounted.connect(self._recounted)
        imports.outcome.connect(self._outcome_read)
        imports.table.connect(self.files.editor.set_table)
        imports.table.connect(self.outcome.set_table)
        imports.reviewed.connect(self._reviewed)
        imports.masked.connect(self._masked)
        imports.written.connect(self.finish.set_written)
        imports.stepped.connect(self._stepped)
        imports.trouble.connect(self._failed)
        imports.cancelled.connect(self._cancelled)
        draft.changed.connect(self._changed)
        draft.read.connect(self._update)
        zone = self.files.zone
        zone.files_requested.connect(self.ask_files)
        zone.folder_requested.connect(self.ask_folder)
        zone.stop_requested.connect(self._look_no_more)
        self.files.more_requested.connect(self.ask_files)
        self.files.revise_requested.connect(self.revisions.add)
        self.files.look_requested.connect(self._look)
        self.outcome.read_requested.connect(self._read_outcome)
        self.outcome.look_requested.connect(imports.look)
        self.folds.review_requested.connect(self._need_review)
        self.finish.write_requested.connect(self._write)
        self.finish.renamed.connect(self._rename)
        self.finish.open_requested.connect(self.open_requested)
        self.finish.train_requested.connect(self.train_requested)

    # What comes back

    @Slot(object)
    def _proposed(self, proposal: Proposal) -> None:
        self._discard()  # of the files before
        self._begin(proposal)
        self.hidden.emit([path for source in proposal.sources for path in source.paths])
        self.files.set_busy(None)

    @Slot(object)
    def _read_outcome(self, endpoint: Endpoint) -> None:
        self.imports.read_outcome(endpoint)

    @Slot(object)
    def _outcome_read(self, found: object) -> None:
        before = self.draft.outcome
        self.draft.set_outcome(found)  # type: ignore[arg-type]  # what the task gives
        proposal = self.draft.proposal
        if before is not self.draft.outcome and proposal is not None:
            self.imports.recount(proposal)

    @Slot(object)
    def _recounted(self, proposal: Proposal) -> None:
        """Numbers alone are taken in: folds and sources may have been changed meanwhile."""
        now, outcome = self.draft.proposal, proposal.outcome
        if now is None or outcome is None or mapping(now.outcome) != mapping(outcome):
            return
        matched = {source.key: source.matched for source in proposal.sources}
        counted = tuple(replace(s, matched=matched.get(s.key, s.matched)) for s in now.sources)
        self.draft.count(replace(now, sources=counted, notes=proposal.notes).with_endpoint(outcome))

    @Slot(object)
    def _reviewed(self, review: Review) -> None:
        """The cohort as it was judged, unless it is another by now."""
        if essence(self._reviewing) == essence(self.draft.proposal):
            self.draft.set_review(review)
        self._update()

    @Slot(object)
    def _masked(self, c_index: float | None) -> None:
        if essence(self._reviewing) != essence(self.draft.proposal):
            return
        self.check.set_mask(c_index)
        if self.draft.review is not None:
            self.draft.set_review(self.draft.review.with_mask(c_index))

    @Slot(str, object)
    def _stepped(self, kind: str, step: Step) -> None:
        if kind == "propose":
            self.files.set_busy(step.text, step.done, step.total)
        self._update()

    @Slot(str, object)
    def _failed(self, kind: str, trouble: Trouble) -> None:
        if kind == "write":
            self.finish.set_failed(trouble)
            return
        if kind == "propose":
            self._look_no_more()
        elif kind == "revise":
            self.revisions.withdraw()
        elif kind == "review":
            self.check.set_failed(trouble.text)
        elif kind == "mask":
            self.check.set_mask(None)
        if kind != "look":  # a table that has no columns to offer is told of where it is used
            self.over.put(Banner("error", trouble.text[:1].upper() + trouble.text[1:]))
        self._update()

    @Slot(str)
    def _cancelled(self, kind: str) -> None:
        if kind == "propose":
            self._look_no_more()
        elif kind == "review":
            self.check.set_failed("It was cancelled. Go back and on again to have it read.")
        self._update()

    # What is asked for

    @Slot()
    def ask_files(self) -> None:
        """Choose files of the cohort."""
        files.ask_open(self, "Files of the cohort", NAMES, self._given, many=True)

    @Slot()
    def ask_folder(self) -> None:
        """Choose a folder of the cohort."""
        files.ask_folder(self, "Folder of the cohort's files", self._given)

    @Slot(object)
    def _given(self, given: object) -> None:
        self.give(given if isinstance(given, list) else [files.as_path(given)])

    @Slot(object)
    def _look(self, source: ProposedSource) -> None:
        if source.table is not None and source.plan is not None:
            self.imports.look(source.table, source.plan.sheet, source.plan.array)

    @Slot()
    def _need_review(self) -> None:
        proposal = self.draft.proposal
        asked = self.imports.at_work("review") and essence(self._reviewing) == essence(proposal)
        if proposal is None or self.draft.review is not None or self._problem or asked:
            return
        self._reviewing = proposal
        self.check.reset_mask()
        self.imports.review(proposal)

    @Slot(object, bool)
    def _write(self, folder: Path, overwrite: bool) -> None:
        if self.draft.proposal is not None:
            self.imports.write(self.draft.proposal, folder, overwrite)

    @Slot(str)
    def _rename(self, name: str) -> None:
        self.draft.rename(name)
        self._update()

    @Slot()
    def _go_back(self) -> None:
        self.go(max(FILES, self.step - 1))

    @Slot()
    def _go_on(self) -> None:
        self.go(min(REPORT, self.step + 1))

    @Slot()
    def _ask_close(self) -> None:
        if not self.unwritten:
            self._close()
            return
        self.question.ask(
            "Close without writing the cohort?",
            "What you have changed in this import is lost. Your files stay as they are.",
            (("cancel", "Go on", "plain"), ("close", "Close the import", "danger")),
        )

    @Slot(str)
    def _answered(self, key: str) -> None:
        if key == "close":
            self._close()
        elif key == "more":
            self._look_at(self._more)

    def _close(self) -> None:
        self.reset()
        self.closed.emit()

    def _look_at(self, paths: Collection[Path]) -> None:
        if not self.imports.at_work("propose"):
            self._given_before = self.paths
        self.paths = tuple(dict.fromkeys((*self.paths, *paths)))
        self.hidden.emit(self.paths)
        self.over.clear()
        self.imports.propose(self.paths)
        self.files.set_busy("looking for files")
        self.go(FILES)

    @Slot()
    def _look_no_more(self) -> None:
        """What was recognised before these files stays."""
        if self.draft.proposal is None:
            self.reset()
            return
        self.imports.stop()
        self.paths = self._given_before
        self.revisions.go_on()
        self.files.set_busy(None)
        self.go(FILES)

    def _begin(self, proposal: Proposal | None) -> None:
        self.revisions.clear()
        self.draft.begin(proposal)

    def _discard(self) -> None:
        """What was unpacked for this import is not needed any more."""
        proposal = self.draft.proposal
        if proposal is not None and proposal.workspace is not None:
            self.imports.discard(proposal.workspace)

    # Saying where it stands

    @property
    def _problem(self) -> str:
        """Why there is nothing to check yet, or empty."""
        proposal = self.draft.proposal
        if proposal is None:
            return "Give the files of the cohort first."
        if not proposal.modalities:
            return "No source is taken for a modality: say what at least one of them is."
        if proposal.outcome is None:
            return "Choose the table and the columns of the outcome."
        if not proposal.outcome.time or not proposal.outcome.event:
            return "Choose the columns of time and event."
        return ""

    @property
    def _reachable(self) -> int:
        """The last step that can be gone to."""
        if self.draft.proposal is None or self.imports.at_work("propose"):
            return FILES
        return OUTCOME if self._problem else REPORT

    @Slot()
    def _changed(self) -> None:
        """Another proposal: where its review is looked at, it is judged anew."""
        self._update()
        if self.step >= CHECK:
            self._need_review()

    @Slot()
    def _update(self) -> None:
        if self.step > self._reachable:
            self._stack.setCurrentIndex(self._reachable)
        proposal = self.draft.proposal
        self.steps.set_now(self.step, self._reachable)
        self.header.hint.setText(words.headline(proposal) if proposal is not None else "from the files that there are")
        self.undo.setEnabled(bool(self.draft.undoable))
        self.undo.setToolTip(f"Undo: {self.draft.undoable} (Ctrl+Z)" if self.draft.undoable else "Nothing to undo")
        self.redo.setEnabled(bool(self.draft.redoable))
        self.redo.setToolTip(
            f"Redo: {self.draft.redoable} (Ctrl+Shift+Z)" if self.draft.redoable else "Nothing to redo"
        )
        self.back.setEnabled(self.step > FILES)
        self.next.setEnabled(self.step < self._reachable)
        self.next.setVisible(self.step < REPORT)
        self.next.setText(f"Next: {STEPS[self.step + 1].lower()}" if self.step < REPORT else "")
        waits = self.imports.at_work("revise", "recount", "outcome", "review")
        looking = self.imports.at_work("propose")  # the step itself says how far that is
        self.says.setText("" if looking else self._problem or ("Reading…" if waits else ""))


def _is_ours(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
