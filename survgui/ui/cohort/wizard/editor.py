"""One source in full: how it is read, why it is taken for what it is, what is wrong, and its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from survgui.cases.case import Modality
from survgui.cases.import_facts import TableFacts
from survgui.cases.proposal import Conversion, ProposedSource, TablePlan, Use
from survgui.figures.words import plural
from survgui.ui.cohort.notes import NoteRow
from survgui.ui.widgets.buttons import Segmented, Switch
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Elided, Label

WIDE, BAR, FIELD = 400, 12, 226
"""width of the card, of the room that is kept for its scroll bar, and of a field, in px"""
FIRST = "the first column"
ROWS = (("first", "the first counts"), ("mean", "their mean"), ("bag", "all, as a bag"))
TRANSFORMS = (
    ("none", "none"),
    ("log1p", "log(1 + x)"),
    ("log2p1", "log2(1 + x)"),
    ("signed-log1p", "sign · log(1 + |x|)"),
    ("beta-to-m", "beta to M values"),
)
COUNTS = (
    ("unstranded", "counts, unstranded"),
    ("stranded_first", "counts, stranded first"),
    ("stranded_second", "counts, stranded second"),
    ("tpm_unstranded", "TPM"),
    ("fpkm_unstranded", "FPKM"),
    ("fpkm_uq_unstranded", "FPKM, upper quartile"),
)
"""columns of the GDC's gene counts"""


class SourceEditor(Card):
    """The right card of the first step.

    Signals:
        edited(what, ProposedSource): The user reads it otherwise.
        look_requested(ProposedSource): Its columns are to be looked at.
    """

    edited = Signal(str, object)
    look_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Source", "", parent)
        self.setFixedWidth(WIDE)
        self.source: ProposedSource | None = None
        self.facts: TableFacts | None = None
        self.use = Switch("Part of the cohort", "Whether the cohort has it")
        self.use.clicked.connect(self._used)
        self.head.addWidget(self.use)
        self.name, self.make = Elided("", "strong"), Label("", "soft", wrap=True)
        self.body.addWidget(self.name)
        self.body.addWidget(self.make)
        self._made_fields()
        inside = QWidget()
        inside.setProperty("kind", "plain")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, BAR, 0)
        self._column.setSpacing(7)
        scroll = QScrollArea()
        scroll.setAccessibleName("why it is taken for this")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self.body.addWidget(scroll, 1)
        self.set_source(None)

    def set_source(self, source: ProposedSource | None) -> None:
        """Show another source, or the same as it is read now."""
        other = source is None or self.source is None or source.table != self.source.table
        self.source = source
        if other:
            self.facts = None
        self.setVisible(source is not None)
        if source is None:
            return
        self.name.setText(source.name)
        converted = "" if source.conversion is Conversion.NONE else f" · {source.conversion}"
        self.make.setText(f"{source.format}{converted}")
        self.use.setChecked(source.chosen)
        self.use.setVisible(source.use not in (Use.NONE, Use.OUTCOME, Use.IDS))
        self._fill(source)
        self._say(source)
        if other and source.table is not None and source.plan is not None:
            self.look_requested.emit(source)

    @Slot(object)
    def set_table(self, facts: TableFacts) -> None:
        """The table's columns are there to choose from."""
        if self.source is not None and facts.path == self.source.table:
            self.facts = facts
            self._fill(self.source)
            self._say(self.source)

    def _made_fields(self) -> None:
        self.case, self.rows, self.transform, self.value = (QComboBox() for _ in range(4))
        self.orientation = Segmented((("cases-in-rows", "in rows"), ("cases-in-columns", "in columns")))
        self.columns, self.sheet = QLineEdit(), QLineEdit()
        self.columns.setPlaceholderText("every column of numbers")
        self.sheet.setPlaceholderText("the first")
        grid = QWidget()
        self._grid = QGridLayout(grid)
        self._grid.setContentsMargins(0, 0, 0, 4)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self._labels: dict[QWidget, Label] = {}
        self._row("Sheet", self.sheet, "Sheet of the workbook; empty is the first")
        self._row("Patients are", self.orientation, "Whether each patient is a row or a column of the table")
        self._row("Patient ids", self.case, "The column that says whose row it is")
        self._row("Columns", self.columns, "Names with commas between, or a pattern such as *_rnaseq")
        self._row("Several rows", self.rows, "What several rows or samples of one patient are")
        self._row("Transform", self.transform, "Applied before anything is learnt")
        self._row("Value", self.value, "Which column of each patient's file is taken")
        for box, options in ((self.rows, ROWS), (self.transform, TRANSFORMS), (self.value, COUNTS)):
            for key, said in options:
                box.addItem(said, key)
        self.case.activated.connect(self._case)
        self.rows.activated.connect(self._rows)
        self.transform.activated.connect(self._transform)
        self.value.activated.connect(self._value)
        self.orientation.chosen.connect(self._orientation)
        self.columns.editingFinished.connect(self._columns)
        self.sheet.editingFinished.connect(self._sheet)
        self.body.addWidget(grid)

    def _row(self, title: str, widget: QWidget, tip: str) -> None:
        label = Label(title, "soft")
        label.setToolTip(tip)
        widget.setToolTip(tip)
        widget.setAccessibleName(title)
        if not isinstance(widget, Segmented):
            widget.setFixedWidth(FIELD)
        place = self._grid.rowCount()
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(widget, place, 1, Qt.AlignmentFlag.AlignLeft)
        self._labels[widget] = label

    def _fill(self, source: ProposedSource) -> None:
        """The fields that this source has, with what they say now."""
        plan = source.plan
        measured = plan is not None and source.use is Use.MODALITY
        in_rows = plan is not None and plan.orientation == "cases-in-rows"
        clinical = source.modality is Modality.CLINICAL
        gdc = source.conversion is Conversion.GDC
        book = source.paths[0].suffix.lower() in (".xlsx", ".xlsm") if source.paths else False
        shown = {
            self.sheet: plan is not None and book,
            self.orientation: measured and not clinical and not gdc,
            self.case: plan is not None and in_rows,
            self.columns: measured and in_rows,
            self.rows: measured and not clinical,
            self.transform: measured and not clinical,
            self.value: gdc,
        }
        for widget, there in shown.items():
            widget.setVisible(there)
            self._labels[widget].setVisible(there)
        if plan is None:
            return
        self.sheet.setText(plan.sheet or "")
        self.orientation.set_chosen(plan.orientation)
        self._offer_columns(plan)
        self.columns.setText(plan.columns if isinstance(plan.columns, str) else ", ".join(plan.columns or ()))
        self.columns.setCursorPosition(0)
        for box, key in ((self.rows, plan.rows), (self.transform, plan.transform), (self.value, plan.value)):
            box.setCurrentIndex(max(0, box.findData(key)))

    def _offer_columns(self, plan: TablePlan) -> None:
        names = self.facts.columns[:2000] if self.facts is not None else ()
        self.case.clear()
        self.case.addItem(f"{FIRST} ({names[0]})" if names else FIRST, None)
        for name in names:
            self.case.addItem(name, name)
        if plan.case is not None and self.case.findData(plan.case) < 0:
            self.case.addItem(plan.case, plan.case)
        self.case.setCurrentIndex(max(0, self.case.findData(plan.case)) if plan.case is not None else 0)

    def _say(self, source: ProposedSource) -> None:
        """Why, what is wrong, and the first rows."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if source.notes:
            self._column.addWidget(Label("To look at", "strong"))
            for note in source.notes:
                self._column.addWidget(NoteRow(note))
        self._column.addWidget(Label("Why", "strong"))
        for text in (*source.evidence, *((source.ids,) if source.ids else ()), *_gene_words(source)):
            self._column.addWidget(Label(f"· {text}", "soft", wrap=True))
        if self.facts is not None and self.facts.head:
            self._column.addWidget(Label("First rows", "strong"))
            self._column.addWidget(_Head(self.facts))
        self._column.addStretch(1)

    def _change(self, what: str, **changes: object) -> None:
        source = self.source
        if source is None or source.plan is None:
            return
        changed = replace(source, plan=replace(source.plan, **changes))  # type: ignore[arg-type]  # its fields' names
        if changed != source:
            self.edited.emit(f"{what} of {source.name}", changed)

    @Slot()
    def _used(self) -> None:
        if self.source is not None:
            self.edited.emit(f"use of {self.source.name}", replace(self.source, chosen=self.use.isChecked()))

    @Slot()
    def _case(self) -> None:
        self._change("patient ids", case=self.case.currentData())

    @Slot()
    def _rows(self) -> None:
        self._change("several rows", rows=self.rows.currentData())

    @Slot()
    def _transform(self) -> None:
        self._change("transform", transform=self.transform.currentData())

    @Slot()
    def _value(self) -> None:
        self._change("value", value=self.value.currentData())

    @Slot(str)
    def _orientation(self, key: str) -> None:
        self._change("orientation", orientation=key, case=None, columns=None)

    @Slot()
    def _columns(self) -> None:
        self._change("columns", columns=columns_of(self.columns.text()))

    @Slot()
    def _sheet(self) -> None:
        self._change("sheet", sheet=self.sheet.text().strip() or None)


def columns_of(text: str) -> str | tuple[str, ...] | None:
    """What was typed: a pattern, several names, or nothing for every column of numbers."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        return None
    return names[0] if len(names) == 1 and any(sign in names[0] for sign in "*?[") else names


def _gene_words(source: ProposedSource) -> Sequence[str]:
    genes = source.genes
    if genes is None:
        return ()
    said = [f"{genes.kind}: {genes.known:,} of {genes.total:,} are in the gene table"]
    if genes.renamed:
        said.append(f"{genes.renamed:,} of them by an old symbol, an alias or another id")
    if genes.repaired:
        said.append(f"repaired, as a spreadsheet had made dates of them: {', '.join(genes.repaired[:4])}")
    return tuple(said)


class _Head(QWidget):
    """The first rows of a table, as written."""

    def __init__(self, facts: TableFacts) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        across = 3
        for place, name in enumerate(facts.columns[:across]):
            grid.addWidget(Elided(name, "hint"), 0, place)
            grid.setColumnStretch(place, 1)
        for number, row in enumerate(facts.head):
            for place, cell in enumerate(row[:across]):
                grid.addWidget(Elided(cell), number + 1, place)
        more = len(facts.columns) - across
        said = plural(facts.rows, "row") + (f" · {plural(more, 'more column')}" if more > 0 else "")
        grid.addWidget(Label(said, "hint"), len(facts.head) + 1, 0, 1, across)
