"""Tables that stay fast at 10,000 rows: columns as arrays, sorted and filtered with numpy, painted by Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from survgui.figures.export import csv_text
from survgui.ui import style
from survgui.ui.widgets.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
ROW = 30
"""height of a row in px"""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of a table.

    Attributes:
        values: One per row: numbers (an array; NaN is missing) or texts.
        format: How a value is written; left out: texts as they are, numbers with four significant digits.
        width: In px; 0 takes the room that is left.
        role: Colour role of a value, where it has one of its own.
        searched: Whether the filter looks here.
        order: What the column is sorted by; left out: its values.
    """

    title: str
    values: Sequence[Any] | NDArray[Any]
    align: Literal["left", "right"] = "left"
    width: int = 120
    format: Callable[[Any], str] | None = None
    role: Callable[[Any], str] | None = None
    searched: bool = True
    tip: str = ""
    order: Sequence[Any] | NDArray[Any] | None = None

    def text(self, row: int) -> str:
        """What a cell says."""
        value = self.values[row]
        if self.format is not None:
            return self.format(value)
        if isinstance(value, float | np.floating):
            return "" if np.isnan(value) else f"{value:.4g}".replace("-", "−")
        return "" if value is None else str(value)


def searched_texts(columns: Sequence[Column]) -> list[str]:
    """What the filter looks into, for each row."""
    n = len(columns[0].values) if columns else 0
    searched = [c for c in columns if c.searched]
    return [" ".join(c.text(row) for c in searched).lower() for row in range(n)]


@dataclass(frozen=True, slots=True, eq=False)
class Csv:
    """Rows of columns as they were when they were asked for; called in any thread, it makes a CSV file's bytes."""

    columns: tuple[Column, ...]
    rows: NDArray[np.intp]

    def __call__(self) -> bytes:
        """The rows, unformatted, below the research-use line; UTF-8."""
        cells = [[_plain(c.values[int(row)]) for c in self.columns] for row in self.rows]
        return csv_text([c.title for c in self.columns], cells).encode("utf-8")


class TableModel(QAbstractTableModel):
    """Rows of columns, in an order and a selection of their own; `source(row)` is the row in the columns."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column, ...] = ()
        self._order: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._shown: NDArray[np.intp] = self._order
        self._search: list[str] = []
        self._filter = ""
        self._mask: NDArray[np.bool_] | None = None

    def set_columns(self, columns: Sequence[Column], texts: list[str] | None = None) -> None:
        """Replace everything; `texts` as of `searched_texts`, where they were made before."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self._order = np.arange(len(self.columns[0].values) if self.columns else 0)
        self._search = searched_texts(columns) if texts is None else texts
        self._mask = None
        self._shown = self._visible()
        self.endResetModel()

    def set_filter(self, text: str, mask: NDArray[np.bool_] | None = None) -> None:
        """Show the rows that hold every word of `text` and, if given, for which `mask` is True."""
        self.beginResetModel()
        self._filter, self._mask = text.strip().lower(), mask
        self._shown = self._visible()
        self.endResetModel()

    def source(self, row: int) -> int:
        """Row in the columns of a shown row."""
        return int(self._shown[row])

    def shown(self, source: int) -> int:
        """Shown row of a row in the columns, or -1."""
        found = np.flatnonzero(self._shown == source)
        return int(found[0]) if len(found) else -1

    def rowCount(self, parent: Index | None = None) -> int:
        """Shown rows."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index | None = None) -> int:
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Qt's question about a cell."""
        column = self.columns[index.column()]
        row = int(self._shown[index.row()])
        if role in (Role.DisplayRole, Role.AccessibleTextRole):
            return column.text(row)
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Role.ForegroundRole and column.role is not None:
            return QBrush(style.colour(column.role(column.values[row])))
        if role == Role.ToolTipRole:
            return plain_tip(column.text(row))
        return column.values[row] if role == Role.UserRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return plain_tip(column.tip or column.title)
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; missing values come last in either direction."""
        if not 0 <= column < len(self.columns):
            return
        self.layoutAboutToBeChanged.emit()
        wanted = self.columns[column]
        self._order = _sorted(
            wanted.values if wanted.order is None else wanted.order, order is Qt.SortOrder.DescendingOrder
        )
        self._shown = self._visible()
        self.layoutChanged.emit()

    def as_csv(self) -> Csv:
        """What makes a CSV file of the rows shown now."""
        return Csv(self.columns, self._shown)

    def _visible(self) -> NDArray[np.intp]:
        rows = self._order if self._mask is None else self._order[self._mask[self._order]]
        if not self._filter:
            return rows
        words, texts = self._filter.split(), self._search
        return np.array([row for row in rows if all(word in texts[row] for word in words)], dtype=np.intp)


class Table(QTableView):
    """A styled table.

    Signals:
        chosen(row): Another row is current; its row in the columns, or -1.
        activated_row(row): Enter or a double click.
    """

    chosen = Signal(int)
    activated_row = Signal(int)

    def __init__(self, about: str, parent: QWidget | None = None, *, many: bool = False) -> None:
        super().__init__(parent)
        self.setAccessibleName(about)
        self.model_ = TableModel(self)
        self.setModel(self.model_)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        mode = QAbstractItemView.SelectionMode
        self.setSelectionMode(mode.ExtendedSelection if many else mode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setDefaultSectionSize(ROW)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setMinimumSectionSize(40)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.activated.connect(self._activated)
        self.selectionModel().currentRowChanged.connect(self._current)

    def set_columns(self, columns: Sequence[Column], texts: list[str] | None = None) -> None:
        """Show other columns; the order chosen by the user stays where the titles stay.

        Args:
            texts: As of `searched_texts`, where they were made before, away from the window's thread.
        """
        same = [c.title for c in columns] == [c.title for c in self.model_.columns]
        head = self.horizontalHeader()
        section, order = (head.sortIndicatorSection(), head.sortIndicatorOrder()) if same else (-1, None)
        self.model_.set_columns(columns, texts)
        for place, column in enumerate(columns):
            stretch = column.width == 0
            mode = QHeaderView.ResizeMode.Stretch if stretch else QHeaderView.ResizeMode.Interactive
            head.setSectionResizeMode(place, mode)
            if not stretch and not same:
                self.setColumnWidth(place, column.width)
        if section >= 0 and order is not None:
            self.model_.sort(section, order)

    def set_filter(self, text: str, mask: NDArray[np.bool_] | None = None) -> None:
        """See `TableModel.set_filter`."""
        self.model_.set_filter(text, mask)

    def choose(self, source: int) -> None:
        """Make a row of the columns current, if it is shown."""
        row = self.model_.shown(source)
        if row >= 0:
            self.selectRow(row)

    def selected_rows(self) -> list[int]:
        """Rows in the columns of what is selected, from the top."""
        return [self.model_.source(index.row()) for index in sorted(self.selectionModel().selectedRows())]

    def as_csv(self) -> Csv:
        """What makes a CSV file of what is shown now, with the research-use line."""
        return self.model_.as_csv()

    @Slot(QModelIndex)
    def _activated(self, index: QModelIndex) -> None:
        if index.isValid():
            self.activated_row.emit(self.model_.source(index.row()))

    @Slot(QModelIndex, QModelIndex)
    def _current(self, now: QModelIndex, before: QModelIndex) -> None:
        self.chosen.emit(self.model_.source(now.row()) if now.isValid() else -1)


def _sorted(values: Sequence[Any] | NDArray[Any], descending: bool) -> NDArray[np.intp]:
    array = np.asarray(values)
    if array.dtype.kind in "fiub":
        numbers = array.astype(float)
        order = np.argsort(-numbers if descending else numbers, kind="stable")
        return np.concatenate([order[~np.isnan(numbers[order])], order[np.isnan(numbers[order])]])
    texts = [("" if v is None else str(v)).lower() for v in values]
    filled = sorted((row for row, text in enumerate(texts) if text), key=texts.__getitem__, reverse=descending)
    return np.array([*filled, *(row for row, text in enumerate(texts) if not text)], dtype=np.intp)


def _plain(value: Any) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
