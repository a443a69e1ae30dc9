"""The patients of a cohort: follow-up, what became of them, and which modalities each of them has."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from survgui.cases.case import Modality, State
from survgui.cases.display import CohortFacts
from survgui.figures.canvas import PainterCanvas, Rect
from survgui.figures.chips import draw_swatch
from survgui.figures.theme import Type, width
from survgui.figures.words import count, plural
from survgui.ui import background, style
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.table import Column, Csv, Table, searched_texts

SHORT = {
    Modality.CLINICAL: "Clinical",
    Modality.PATHOLOGY: "Slide",
    Modality.RNA: "RNA",
    Modality.DNAM: "Methyl.",
    Modality.CNV: "CNV",
    Modality.MUTATION: "Mutat.",
    Modality.MIRNA: "miRNA",
    Modality.MRI: "MRI",
}
"""heads of the narrow columns; the tooltip has the whole title"""
HEAD, PADDING = Type(12.5, 500), 20
"""letters of a head, and the px beside them"""
AT_ONCE = 500
"""patients that are listed within a few ms"""
UNKNOWN = "not known"


def outcome_word(months: float, event: bool) -> str:
    """What became of a patient, in a word."""
    if not np.isfinite(months):
        return UNKNOWN
    return "died" if event else "alive"


def columns(facts: CohortFacts) -> list[Column]:
    """The table's columns: id, months, outcome, and one narrow column a modality."""
    words = [outcome_word(m, e) for m, e in zip(facts.months, facts.events, strict=True)]
    made = [
        Column("Patient", list(facts.ids), width=0, tip="As the cohort file names them; for the screen only"),
        Column("Months", facts.months, "right", 68, _months, searched=False, tip="Follow-up in months"),
        Column("Outcome", words, width=76, role=_outcome_role, tip="died = the event; alive = follow-up ended"),
    ]
    for modality, here in facts.present.items():
        head, wide = SHORT[modality], round(width(SHORT[modality], HEAD)) + PADDING  # ids need what can be spared
        made.append(Column(head, here, "left", wide, _Word(modality), tip=f"{modality.title}: measured or absent"))
    return made


class PatientsCard(Card):
    """The table with its filter; what is exported holds the patients' ids, and the button says so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Patients", " ", parent)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter: id, died, alive, slide, rna")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter the patients")
        self.filter.setToolTip("Every word must be found: an id, died or alive, or a modality that is there (Ctrl+F)")
        self.filter.setFixedWidth(232)
        self.filter.textChanged.connect(self._filter)
        self.export = Button("Export table with ids…", tip="Saves the rows shown as CSV, with the patients' ids")
        self.export.clicked.connect(self._ask)
        self.table = Table("patients of the cohort")
        self.table.setMinimumHeight(120)
        self._marks = _Marks(self.table)
        self.head.addWidget(self.filter)
        self.head.addWidget(self.export)
        self.body.addWidget(self.table, 1)
        self._total = 0
        self._coming: CohortFacts | None = None
        self._asked: Csv | None = None

    def set_cohort(self, facts: CohortFacts) -> None:
        """Show another cohort's patients, without a filter; many are made ready in the background first."""
        self._total, self._coming = len(facts.ids), facts
        self.filter.clear()
        if self._total > AT_ONCE:
            self.table.set_columns(())
            background.shared().run(_Listing(facts), done=self._listed)
        else:
            self._listed(_Listing(facts)())
        self._count()

    @Slot(object)
    def _listed(self, found: tuple[CohortFacts, list[Column], list[str]]) -> None:
        facts, made, texts = found
        if facts is not self._coming:
            return
        self.table.set_columns(made, texts)
        for place in range(3, len(made)):
            self.table.setItemDelegateForColumn(place, self._marks)
        self._filter(self.filter.text())

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.table.set_filter(text)
        self._count()

    def _count(self) -> None:
        shown = self.table.model_.rowCount()
        whole = plural(self._total, "patient")
        self.set_hint(whole if shown == self._total else f"{count(shown)} of {whole}")

    @Slot()
    def _ask(self) -> None:
        self._asked = self.table.as_csv()  # another cohort may come while the user looks for a place
        files.ask_save(self, "Export table with ids…", "patients.csv", "CSV table (*.csv)", self._write)

    @Slot(object)
    def _write(self, path: object) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            files.write(files.as_path(path), asked)


class _Listing:
    """Makes the columns and what is searched in them, for the background thread."""

    def __init__(self, facts: CohortFacts) -> None:
        self._facts = facts

    def __call__(self) -> tuple[CohortFacts, list[Column], list[str]]:
        made = columns(self._facts)
        return self._facts, made, searched_texts(made)


class _Word:
    """How a modality's presence is found by the filter and read aloud: by its name, or not at all."""

    def __init__(self, modality: Modality) -> None:
        self._word = SHORT[modality].lower().rstrip(".")

    def __call__(self, here: bool) -> str:
        return f"{self._word} measured" if here else "absent"


class _Marks(QStyledItemDelegate):
    """Measured is a filled square, absent a hollow one, as in the chips."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        rect = option.rect
        painter.save()
        if selected:
            painter.fillRect(rect, style.colour("tint"))
        state = State.MEASURED if index.data(Qt.ItemDataRole.UserRole) else State.ABSENT
        box = Rect(rect.x() + 9.0, rect.center().y() - 4.5, 10.0, 10.0)
        draw_swatch(PainterCanvas(painter, style.theme()), box, state)
        painter.restore()


def _months(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else "–"


def _outcome_role(word: str) -> str:
    return {"alive": "soft", UNKNOWN: "warn"}.get(word, "text")
