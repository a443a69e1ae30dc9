"""The omics tab: the features of a case, how far they lie from the development cohort, and what is missing."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.case import Modality
from survgui.cases.display import OmicsTable
from survgui.figures.distribution import Distribution, distribution_table, draw_distribution
from survgui.figures.export import csv_text
from survgui.figures.words import MINUS, count, inside, plural
from survgui.ui import background, style
from survgui.ui.omics.bars import BarDelegate
from survgui.ui.omics.coverage import CoverageCard, unit_words
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button, Segmented, Switch
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label, line
from survgui.ui.widgets.table import Column, Table

NO_OMICS = "No omics in this case. Drop a table here, or predict without it: the model can impute its part."
ADD = "Add omics…"
AGAIN = "Try again"
READING = "Reading the omics tables…"
FAR = 2.0
"""standard deviations from which on a feature is called far"""
WIDE = 800
"""px from which on there is room for long bars"""
Z = 2
"""column of the z values"""


class OmicsPane(QWidget):
    """One block at a time: table, coverage, distribution.

    Signals:
        requested(): The pane is looked at and has no tables yet.
        import_requested(): The user wants to add a table to the case.
    """

    requested = Signal()
    import_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tables: tuple[OmicsTable, ...] | None = None
        self._block: OmicsTable | None = None
        self._chosen: dict[Modality, int] = {}
        self._asked = False
        self._failed = False
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._ask)
        self.empty = EmptyState(READING)
        self.empty.triggered.connect(self._act)
        self.modalities = Segmented()
        self.modalities.chosen.connect(self._choose_modality)
        self.search = QLineEdit(placeholderText="Find a feature", clearButtonEnabled=True)
        self.search.setAccessibleName("Find a feature")
        self.search.setToolTip("Every word must be in the feature's name (Ctrl+F, G)")
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._choose_first)
        self.taken = Switch("In the model only", "Hide features that the model does not take")
        self.far = Switch(f"|z| > {FAR:g}", "Only features far from the development mean")
        for switch in (self.taken, self.far):
            switch.toggled.connect(self._filter)
        self.shown = Label("", "hint")
        self.table = Table("Features of this case", many=True)
        self.bars = BarDelegate(self.table)
        self.table.setItemDelegateForColumn(Z, self.bars)
        self.table.chosen.connect(self._choose)
        self.coverage = CoverageCard()
        self.figure = FigureView("z values of this patient's features")
        self.save = Button("Save table…", icon="download", tip="Save the rows that are shown as CSV")
        self.save.clicked.connect(self._ask_where)
        self._lay_out()
        self._add_keys()
        self.setFocusProxy(self.table)

    def set_tables(self, tables: tuple[OmicsTable, ...] | None) -> None:
        """Show the blocks of a case; None: they were not read yet and are asked for once the pane is seen."""
        self._tables, self._asked, self._failed = tables, False, False
        self._chosen.clear()
        before = self.modalities.key
        if tables is None:
            self._block = None
            self.set_loading()
            self._asked = False
            self._ask_later()
            return
        self.empty.set_text(NO_OMICS, ADD)
        self._pages.setCurrentIndex(1 if tables else 0)
        self.modalities.set_options([(t.modality.value, f"{t.modality.title} {count(len(t.names))}") for t in tables])
        self.modalities.set_chosen(before)
        order = [*(self.modalities.button(t.modality.value) for t in tables), self.save, self.search]
        for one, following in pairwise(order):
            self.setTabOrder(one, following)
        self._show_block()

    def show_trouble(self, text: str) -> None:
        """Say why the tables that were asked for cannot be shown."""
        self._later.stop()
        self._asked = self._failed = True
        self.empty.set_text(text, AGAIN)
        self._pages.setCurrentIndex(0)

    def set_loading(self) -> None:
        """Say that the tables are being read."""
        self._asked, self._failed = True, False
        self.empty.set_text(READING)
        self._pages.setCurrentIndex(0)

    def showEvent(self, event: QShowEvent) -> None:
        """Now the tables are needed."""
        super().showEvent(event)
        self._ask_later()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Short bars in a narrow pane, so that the names stay readable."""
        super().resizeEvent(event)
        self._share_room()

    # Parts

    def _share_room(self) -> None:
        wide = self.width() >= WIDE
        self.table.setColumnWidth(Z, 210 if wide else 130)
        self.coverage.setFixedWidth(244 if wide else 204)

    def _lay_out(self) -> None:
        self.banner = QFrame()
        self.banner_text = Label("", wrap=True)
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self.banner_text)
        self.plot = Card("Distance from the development mean", " ")
        self.plot.setProperty("kind", "section")
        self.plot.body.addWidget(self.figure)
        self.plot.setFixedHeight(232)
        upper = QHBoxLayout()
        upper.setSpacing(4)
        upper.addWidget(self._table_card(), 1)
        upper.addWidget(self.coverage)
        told = QHBoxLayout()
        told.setContentsMargins(14, 4, 14, 0)
        told.addWidget(self.banner)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._bar())
        column.addLayout(told)
        column.addLayout(upper, 1)
        self.rule = line()
        column.addWidget(self.rule)
        column.addWidget(self.plot)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 14, 0)
        row.setSpacing(8)
        row.addWidget(self.modalities)
        row.addStretch(1)
        row.addWidget(self.save)
        return row

    def _table_card(self) -> Card:
        card = Card()
        card.setProperty("kind", "section")
        self.search.addAction(style.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(150)
        controls = QHBoxLayout()
        controls.setSpacing(14)
        controls.addWidget(self.search, 1)
        controls.addWidget(self.taken)
        controls.addWidget(self.far)
        card.body.addLayout(controls)
        card.body.addWidget(self.table, 1)
        card.body.addWidget(self.shown)
        return card

    def _add_keys(self) -> None:
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys in ("Ctrl+F", "G"):
            QShortcut(QKeySequence(keys), self, context=within).activated.connect(self._find)
        QShortcut(QKeySequence("Esc"), self.search, context=within).activated.connect(self._clear_search)
        QShortcut(QKeySequence("Down"), self.search, context=within).activated.connect(self._choose_first)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table, context=within).activated.connect(self._copy)

    # Asking

    def _ask_later(self) -> None:
        if self._tables is None and self.isVisible() and not self._asked:
            self._later.start()

    @Slot()
    def _act(self) -> None:
        """The button of the empty page: ask again for what failed, or add what is not there."""
        if not self._failed:
            self.import_requested.emit()
            return
        self.set_loading()
        self.requested.emit()

    @Slot()
    def _ask(self) -> None:
        if self._tables is None and not self._asked:
            self._asked = True
            self.requested.emit()

    # Showing

    @Slot(str)
    def _choose_modality(self, key: str) -> None:
        self._show_block()

    def _show_block(self) -> None:
        tables = [t for t in self._tables or () if t.modality.value == self.modalities.key]
        self._block = tables[0] if tables else None
        if self._block is None:
            return
        self.bars.reach = Distribution(self._block.z, self._block.patients).reach
        self.table.set_columns(_columns(self._block))
        self._share_room()
        self.table.sortByColumn(Z, Qt.SortOrder.DescendingOrder)
        self._say(self._block)
        self.coverage.show_table(self._block)
        self._filter()
        if self._block.modality not in self._chosen and self.table.model_.rowCount():
            self._chosen[self._block.modality] = self.table.model_.source(0)
        self._show_chosen()

    def _say(self, block: OmicsTable) -> None:
        """Why the model does not use the block, where it does not."""
        unused = block.patients == 0 or not np.isfinite(block.z).any()
        text = _why(block) if unused or block.reason else ""
        # what the model could use, but not as it was given, asks for something to be done
        kind = "warning" if block.reason and block.wanted else "info"
        self.banner_text.setText(text)
        self.banner_text.set_kind("warn" if kind == "warning" else "body")
        self.banner.setProperty("kind", kind)
        self.banner.style().unpolish(self.banner)
        self.banner.style().polish(self.banner)
        self.banner.setVisible(bool(text))
        self.plot.setVisible(not unused)
        self.rule.setVisible(not unused)
        self.far.setEnabled(not unused)
        self.taken.setEnabled(bool(block.taken.any()))

    @Slot()
    def _filter(self) -> None:
        block = self._block
        if block is None:
            return
        text = self.search.text()
        self.table.set_filter(text, _mask(block, self.taken, self.far))
        n, of = self.table.model_.rowCount(), len(block.names)
        said = plural(of, "feature") if n == of else f"{count(n)} of {plural(of, 'feature')}"
        lacking = _lacking(block, text) if not n else 0
        if lacking:
            said += f" · {count(lacking)} found among those that the case does not have"
        self.shown.setText(said)
        self.table.choose(self._chosen.get(block.modality, -1))

    @Slot(int)
    def _choose(self, row: int) -> None:
        if self._block is not None and row >= 0:
            self._chosen[self._block.modality] = row
            self._draw()

    def _show_chosen(self) -> None:
        if self._block is not None:
            self.table.choose(self._chosen.get(self._block.modality, -1))
            self._draw()

    def _draw(self) -> None:
        block = self._block
        if block is None:
            return
        row = self._chosen.get(block.modality, -1)
        there = 0 <= row < len(block.names)
        name, at = (block.names[row], float(block.z[row])) if there else ("", float("nan"))
        figure = Distribution(block.z, block.patients, name, at)
        known = np.isfinite(at)
        self.plot.set_hint("" if not there else f"{name}: not in the model, no z" if not known else "")
        self.figure.set_figure(
            partial(draw_distribution, figure=figure), distribution_table(figure), f"z-values-{block.modality.value}"
        )

    # Keys and files

    @Slot()
    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def _clear_search(self) -> None:
        self.search.clear()

    @Slot()
    def _choose_first(self) -> None:
        if self.table.model_.rowCount():
            self.table.selectRow(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _copy(self) -> None:
        model = self.table.model_
        columns = range(model.columnCount())
        rows = [[model.columns[c].text(row) for c in columns] for row in self.table.selected_rows()]
        if rows:
            lines = [[column.title for column in model.columns], *rows]
            QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    @Slot()
    def _ask_where(self) -> None:
        if self._block is not None:
            name = f"{self._block.modality.value}.csv"
            files.ask_save(self, "Save table…", name, "CSV table (*.csv)", self._write)

    @Slot(object)
    def _write(self, path: object) -> None:
        """Twenty thousand rows take 0.1 s to write out: not in this thread."""
        if self._block is not None:
            model = self.table.model_
            rows = np.array([model.source(row) for row in range(model.rowCount())], dtype=np.intp)
            background.shared().run(Rows(files.as_path(path), self._block, rows), done=self._save)

    @Slot(object)
    def _save(self, made: tuple[Path, bytes]) -> None:
        files.write(*made)


class Rows:
    """Writes rows of a block out as CSV, in the order given."""

    def __init__(self, path: Path, block: OmicsTable, rows: NDArray[np.intp]) -> None:
        self._path, self._block, self._rows = path, block, rows

    def __call__(self) -> tuple[Path, bytes]:
        """Where to, and the file's bytes."""
        block, rows = self._block, self._rows
        names = [block.names[row] for row in rows]
        columns = zip(names, _known(block.values[rows]), _known(block.z[rows]), block.taken[rows].tolist(), strict=True)
        header = ["feature", f"value ({block.unit})", "z", "in_model"]
        return self._path, csv_text(header, [list(row) for row in columns]).encode("utf-8")


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [value if value == value else None for value in values.tolist()]


def _why(block: OmicsTable) -> str:
    """Why the values are shown without z, or the block cannot be used."""
    if block.reason:
        said = f"{block.modality.title}: {block.reason.rstrip('.')}."
    elif block.patients:
        said = "No feature that the model takes has a value in this case."
    else:
        said = f"Nothing to compare with: no model is chosen, or it does not take {inside(block.modality.title)}."
    return said if np.isfinite(block.z).any() else f"{said} The values are shown as they were given."


def _columns(block: OmicsTable) -> list[Column]:
    return [
        Column("Feature", block.names, width=0),
        Column(
            "Value",
            block.values,
            "right",
            90,
            _value,
            searched=False,
            tip=f"As measured: {unit_words(block.unit)}",
        ),
        Column(
            "z",
            block.z,
            width=210,
            format=_z,
            searched=False,
            tip=f"Distance from the mean of n = {count(block.patients)} development patients, in standard deviations; "
            "sorted by its size",
            order=np.abs(block.z),
        ),
        Column("In model", block.taken, width=76, format=_yes, role=_yes_role, searched=False),
    ]


def _mask(block: OmicsTable, taken: Switch, far: Switch) -> NDArray[np.bool_] | None:
    """Rows that the switches leave, or None for all."""
    mask = np.ones(len(block.names), dtype=bool)
    if taken.isEnabled() and taken.isChecked():
        mask &= block.taken
    if far.isEnabled() and far.isChecked():
        mask &= np.abs(np.nan_to_num(block.z)) > FAR
    return None if mask.all() else mask


def _lacking(block: OmicsTable, text: str) -> int:
    """How many of the missing features hold every word of a text."""
    words = text.lower().split()
    return sum(all(word in name.lower() for word in words) for name in block.missing) if words else 0


def _z(value: float) -> str:
    return "" if np.isnan(value) else f"{value:+.2f}".replace("-", MINUS)


def _value(value: float) -> str:
    """Three decimals, or a whole number: of a column so that digits stand below each other."""
    if not np.isfinite(value):
        return "" if np.isnan(value) else str(value)
    text = count(int(value)) if value == int(value) else f"{value:.3f}"
    return text.replace("-", MINUS)


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _yes_role(value: object) -> str:
    return "text" if value else "soft"
