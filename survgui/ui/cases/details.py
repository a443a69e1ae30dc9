"""The card beside the case list: the selected case, or how many are selected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from survgui.cases.case import State
from survgui.figures.words import plural
from survgui.ui.cases.listing import day
from survgui.ui.cases.marks import state_of
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.chips import GroupBadge, ModalityChip
from survgui.ui.widgets.labels import Elided, Label, line
from survgui.workspace import CaseRecord

WIDE = 292


class CaseDetails(Card):
    """Who, what there is, how it was predicted.

    Signals:
        open_asked(): Of the one case.
        history_asked(key): What was done with it.
        relink_asked(): Of its missing files.
    """

    open_asked = Signal()
    history_asked = Signal(str)
    relink_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.setFixedWidth(WIDE)
        self.setAccessibleName("Selected case")
        self.name = Elided("", "title")
        self.subject = Label("", "soft", wrap=True)
        self.badge = GroupBadge()
        self.model = Label("", "hint", wrap=True)
        self.missing, self.stale = Label("", "warn", wrap=True), Label("", "warn", wrap=True)
        self.reported = Label("", "hint", wrap=True)
        self.times = Label("", "hint", wrap=True)
        self.open_button = Button("Open", tip="Open the case (Enter, or a double click)")
        self.open_button.clicked.connect(self._open)
        self.relink_button = Button("Relink…", tip="Find the files that are missing")
        self.relink_button.clicked.connect(self._relink)
        self.history = Button("History…", "quiet", tip="What was done with this case, from the audit log")
        self.history.clicked.connect(self._ask_history)
        self._key = ""
        self._chips = QVBoxLayout()
        self._chips.setSpacing(6)
        badge = QHBoxLayout()
        badge.addWidget(self.badge)
        badge.addStretch(1)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for item in (self.name, self.subject):
            column.addWidget(item)
        column.addLayout(badge)
        column.addWidget(self.model)
        for said in (self.reported, self.missing, self.relink_button, self.stale):
            column.addWidget(said)
        self._rule = line()
        column.addWidget(self._rule)
        column.addLayout(self._chips)
        column.addStretch(1)
        column.addWidget(self.times)
        area = QScrollArea()
        area.setAccessibleName("Selected case")
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self.body.addWidget(area, 1)
        self.body.addWidget(self.history)
        self.body.addWidget(self.open_button)
        self.show_records(())

    def show_records(self, records: Sequence[CaseRecord]) -> None:
        """Show what is selected."""
        one = records[0] if len(records) == 1 else None
        self._key = one.key if one is not None else ""
        self._clear()
        for widget in (self.badge, self.model, self.times, self._rule, self.history, self.open_button):
            widget.setVisible(one is not None)
        for widget in (self.missing, self.relink_button):
            widget.setVisible(one is not None and bool(one.missing))
        self.stale.setVisible(one is not None and bool(one.stale))
        self.reported.setVisible(one is not None and bool(one.reported))
        if one is None:
            self.name.setText(plural(len(records), "case") if records else "No case selected")
            more = "are selected; they can be predicted or deleted together."
            self.subject.setText(more if records else "Select one to see what there is; Enter opens it.")
            return
        self.name.setText(one.id)
        self.subject.setText(one.subject or "No clinical fields.")
        self.badge.set_group(one.risk_group, one.percentile or 0.0)
        self.model.setText(f"by {one.bundle}" if one.bundle else "Not predicted yet.")
        self.missing.setText(f"{one.missing}." if one.missing else "")
        self.stale.setText(f"Out of date: {one.stale}. Predict it again (F5).")
        self.reported.setText(f"Final report saved {day(one.reported)}." if one.reported else "")
        self.times.setText(f"Added {day(one.created)} · changed {day(one.updated)}")
        for modality, found in one.modalities.items():
            self._add(ModalityChip(modality, state_of(found)), one.details.get(modality, ""))

    def _add(self, chip: ModalityChip, detail: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        words = Elided(detail if chip.state is not State.ABSENT else "", "hint")
        row.addWidget(chip)
        row.addWidget(words, 1)
        self._chips.addLayout(row)
        for widget in (chip, words):  # a layout that is put into another one does not show what it holds
            widget.show()

    def _clear(self) -> None:
        while (row := self._chips.takeAt(0)) is not None:
            inner = row.layout()
            while inner is not None and (item := inner.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()

    @Slot()
    def _open(self) -> None:
        self.open_asked.emit()

    @Slot()
    def _relink(self) -> None:
        self.relink_asked.emit()

    @Slot()
    def _ask_history(self) -> None:
        self.history_asked.emit(self._key)
