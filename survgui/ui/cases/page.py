"""The Cases workspace: every case of this machine, found, compared, predicted together, deleted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.figures.words import count, plural
from survgui.ui import background
from survgui.ui.cases.details import CaseDetails
from survgui.ui.cases.filters import Filters
from survgui.ui.cases.listing import Listing
from survgui.ui.cases.rows import CaseCells, CaseTable
from survgui.ui.overlay import Question
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Label
from survgui.workspace import CaseRecord

EMPTY = "No case yet. Drop files here, or try the demo."
DEMO = "Try the demo"
READING = "Reading the list of cases…"
UNREAD = "The list of cases could not be read. Do what the message says, then start survgui again."
NO_MATCH = "No case matches."
AT_ONCE = 400
"""cases that are listed within a few ms"""
ROOM_FOR_DETAILS = 1180
"""px from which the selected case is shown beside the list"""


class CasesPage(QWidget):
    """Search, filters, the list, and the selected case beside it.

    Signals:
        opened(key): Open a case.
        delete_requested(list[str]): Delete cases; the user has confirmed.
        predict_many(list[str]), encode_many(list[str]), report_many(list[str]): Do it with cases, as a batch.
        relink_requested(list[str]): Find the missing files of cases.
        import_requested(), demo_requested(): A new case, or the demo.
    """

    opened = Signal(str)
    delete_requested = Signal(list)
    predict_many = Signal(list)
    encode_many = Signal(list)
    report_many = Signal(list)
    relink_requested = Signal(list)
    import_requested = Signal()
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.listing = Listing(())
        self._asked: list[str] = []
        self._read_only = False
        self._coming: tuple[CaseRecord, ...] = ()
        self._known = False
        self._make()
        self._lay_out()
        self.question = Question(self)
        self.question.answered.connect(self._answered)
        self._show(Listing(()))

    def set_records(self, records: Sequence[CaseRecord]) -> None:
        """Show another list; filters, order and selection stay as far as their cases do.

        A long one is made ready in the background first.
        """
        self._coming, self._known = tuple(records), True
        if not self._coming:
            self.empty.set_text(EMPTY, DEMO)
        if len(self._coming) > AT_ONCE:
            background.shared().run(_Lists(self._coming), done=self._listed)
        else:
            self._show(Listing(self._coming))

    def set_unread(self) -> None:
        """The list could not be read: say so, where none was read before."""
        if not self._known:
            self.empty.set_text(UNREAD)

    @Slot(object)
    def _listed(self, listing: Listing) -> None:
        if listing.records is self._coming:
            self._show(listing)

    def _show(self, listing: Listing) -> None:
        selected = {record.key for record in self.selected()}
        self.listing = listing
        self._cells.records = listing.records
        self.table.set_columns(listing.columns, listing.texts)
        self.filters.set_counts(self.listing.counts())
        self._filter()
        self._select(selected)

    def set_read_only(self, read_only: bool) -> None:
        """Whether another window has the cases: nothing can be added or deleted then."""
        if read_only == self._read_only:
            return
        self._read_only = read_only
        for button in (self.new_case, self.details.relink_button):
            button.setEnabled(not read_only)
        self._selection_changed()

    def selected(self) -> list[CaseRecord]:
        """The selected cases, from the top."""
        ranges = sorted((part.top(), part.bottom()) for part in self.table.selectionModel().selection().toList())
        rows = [row for top, bottom in ranges for row in range(top, bottom + 1)]
        return [self.listing.records[self.table.model_.source(row)] for row in rows]

    def _make(self) -> None:
        self.filters = Filters()
        self.filters.changed.connect(self._filter)
        self.new_case = Button("New case…", "primary", "plus", "Choose the files of one patient (Ctrl+N)")
        self.new_case.clicked.connect(self.import_requested)
        self.predict = Button("Predict", tip="Predict the selected cases as a batch")
        self.predict.clicked.connect(self._predict)
        self.encode = Button(
            "Encode", tip="Encode slides and MRI of the selected cases now, so that a prediction is quick"
        )
        self.encode.clicked.connect(self._encode)
        self.report = Button("Report…", tip="Predict the selected cases and write a report of each, without their ids")
        self.report.clicked.connect(self._report)
        self.delete = Button("Delete…", "danger", tip="Delete the selected cases (Delete)")
        self.delete.clicked.connect(self._ask)
        self.table = CaseTable()
        self.table.activated_row.connect(self._open_row)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.table.model_.modelReset.connect(self._selection_changed)
        self._cells = CaseCells(self.table)
        self.details = CaseDetails()
        self.details.open_asked.connect(self._open)
        self.details.relink_asked.connect(self._relink)
        self.empty = EmptyState(READING)
        self.empty.triggered.connect(self.demo_requested)
        self.no_match = EmptyState(NO_MATCH, "Clear filters")
        self.no_match.triggered.connect(self.filters.clear)
        self.says = Label("", "hint")
        key = QShortcut(QKeySequence.StandardKey.Delete, self.table, context=Qt.ShortcutContext.WidgetShortcut)
        key.activated.connect(self._ask)
        find = QShortcut(QKeySequence.StandardKey.Find, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._find)

    def _lay_out(self) -> None:
        for button in (self.delete, self.encode, self.report, self.predict, self.new_case):
            self.filters.tools.addWidget(button)
        self._stack = QStackedWidget()
        for view in (self.table, self.empty, self.no_match):
            self._stack.addWidget(view)
        main = Card()
        main.body.setSpacing(10)
        main.body.addWidget(self.filters)
        main.body.addWidget(self._stack, 1)
        main.body.addWidget(self.says)
        left = QVBoxLayout()
        left.addWidget(main)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(10)
        row.addLayout(left, 1)
        row.addWidget(self.details)

    # What is shown

    @Slot()
    def _filter(self) -> None:
        self.table.set_filter(self.filters.text, self.listing.mask(self.filters.wanted))
        shown, whole = self.table.model_.rowCount(), len(self.listing)
        view = self.empty if not whole else self.table if shown else self.no_match
        self._stack.setCurrentWidget(view)
        self.filters.setVisible(bool(whole))
        self._fit()
        self.says.setVisible(bool(whole))
        self.says.setText(plural(whole, "case") if shown == whole else f"{count(shown)} of {plural(whole, 'case')}")
        self._selection_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow, the list needs the room of the card beside it."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.details.setVisible(bool(len(self.listing)) and self.width() >= ROOM_FOR_DETAILS)

    def _select(self, keys: set[str]) -> None:
        """Select the cases that were selected before."""
        model, records = self.table.model_, self.listing.records
        shown = [row for row in range(model.rowCount()) if records[model.source(row)].key in keys] if keys else []
        last = len(self.table.model_.columns) - 1
        selection = QItemSelection()
        for top, bottom in _runs(shown):
            selection.append(QItemSelectionRange(model.index(top, 0), model.index(bottom, last)))
        if shown:
            self.table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    @Slot()
    def _selection_changed(self) -> None:
        chosen = self.selected()
        self.details.show_records(chosen)
        self.delete.setEnabled(bool(chosen) and not self._read_only)
        for button in (self.predict, self.encode, self.report):
            button.setEnabled(bool(chosen))

    @Slot()
    def _find(self) -> None:
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    # What is asked for

    @Slot(int)
    def _open_row(self, row: int) -> None:
        self.opened.emit(self.listing.records[row].key)

    @Slot()
    def _open(self) -> None:
        chosen = self.selected()
        if len(chosen) == 1:
            self.opened.emit(chosen[0].key)

    @Slot()
    def _relink(self) -> None:
        self.relink_requested.emit([record.key for record in self.selected()])

    @Slot()
    def _predict(self) -> None:
        self._emit(self.predict_many)

    @Slot()
    def _encode(self) -> None:
        self._emit(self.encode_many)

    @Slot()
    def _report(self) -> None:
        self._emit(self.report_many)

    def _emit(self, asked: SignalInstance) -> None:
        keys = [record.key for record in self.selected()]
        if keys:
            asked.emit(keys)

    @Slot()
    def _ask(self) -> None:
        self._asked = [record.key for record in self.selected()]
        if not self._asked or self._read_only:
            return
        these = plural(len(self._asked), "case")
        self.question.ask(
            f"Delete {these}?",
            "Deleted for good, also from the backups: the description and its history, results, final-report notes, "
            "survgui’s own copies of files, and what was encoded of slides and volumes for them alone. "
            "Your own files and the reports that you saved stay.",
            (("cancel", "Cancel", "plain"), ("delete", f"Delete {these}", "danger")),
        )

    @Slot(str)
    def _answered(self, key: str) -> None:
        keys, self._asked = self._asked, []
        if key == "delete" and keys:
            self.delete_requested.emit(keys)
        self.table.setFocus()


class _Lists:
    """Makes a long list ready, for the background thread."""

    def __init__(self, records: tuple[CaseRecord, ...]) -> None:
        self._records = records

    def __call__(self) -> Listing:
        made = Listing(self._records)
        _ = made.texts  # with the columns, kept for whoever shows them
        return made


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """First and last of every unbroken run."""
    starts = [row for place, row in enumerate(rows) if place == 0 or rows[place - 1] != row - 1]
    ends = [row for place, row in enumerate(rows) if place == len(rows) - 1 or rows[place + 1] != row + 1]
    return list(zip(starts, ends, strict=True))
