"""The list of an import: every file with its icon, why it is taken for what it is, and a menu to correct that."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from survgui.cases.case import Modality
from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.theme import Type
from survgui.figures.type import Run, elide, wrap
from survgui.ui import style
from survgui.ui.cases.findings import Choice, Entries, Remark

Index = QModelIndex | QPersistentModelIndex
HEIGHT, LINE = 52, 15
PILL = QSize(158, 28)
ICONS = {Modality.CLINICAL: "clinical", Modality.PATHOLOGY: "slide", Modality.MRI: "mri"}
"""the others are omics"""
LEVELS = {"info": "soft", "warning": "warn", "error": "high_text"}
NAME, WHY, WORD = Type(13.0, 500), Type(12.0, 400), Type(12.5, 400)


class FindingModel(QAbstractListModel):
    """The entries as rows."""

    def __init__(self, entries: Entries, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries = entries

    def rowCount(self, parent: Index | None = None) -> int:
        """Files."""
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's question about a row."""
        row = index.row()
        name, remark = self.entries.findings[row].name, self.entries.remark(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name}: {self.entries.chosen[row].words}. {remark.text}. {remark.more}".removesuffix(". ")
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (self.entries.findings[row].path.name, remark.text, remark.more)))
        return None

    def refresh(self) -> None:
        """The entries have changed."""
        self.dataChanged.emit(self.index(0), self.index(len(self.entries) - 1))


class FindingList(QListView):
    """The files; Enter, Space or a click on the right opens the menu of what one may be.

    Signals:
        changed(): The user takes a file for something else.
        size_wanted(row): The user wants to say how large the pixels of a slide are.
    """

    changed = Signal()
    size_wanted = Signal(int)

    def __init__(self, entries: Entries, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries = entries
        self._model = FindingModel(entries, self)
        self.setModel(self._model)
        self.setItemDelegate(_Rows(self))
        self.setAccessibleName("Recognised files")
        self.setToolTip("Enter or a click on the right corrects what a file is taken for")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.menu = QMenu(self)
        self.menu.setAccessibleName("Taken for")
        self.menu.triggered.connect(self._choose)
        self._row = -1

    def refresh(self) -> None:
        """Say everything anew, as after another patient id."""
        self._model.refresh()
        self.viewport().update()

    def pill(self, row: int) -> QRect:
        """Where the button of a row is, in the viewport."""
        return pill_in(self.visualRect(self._model.index(row)))

    def open_menu(self, row: int) -> None:
        """Offer what a file may be taken for."""
        offered = self.entries.choices(row)
        if len(offered) < 2:
            return
        self._row = row
        self.menu.clear()
        for place, choice in enumerate(offered):
            action = QAction(choice.words, self.menu)
            action.setCheckable(True)
            action.setChecked(choice == self.entries.chosen[row])
            action.setData(place)
            self.menu.addAction(action)
        if self.entries.slide(row) is not None:
            self.menu.addSeparator()
            self.menu.addAction(QAction("Pixel size…", self.menu))
        self.menu.popup(self.viewport().mapToGlobal(self.pill(row).bottomLeft() + QPoint(0, 3)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the menu of the current row."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2)
        if event.key() in keys and self.currentIndex().isValid():
            self.open_menu(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the right opens the menu."""
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        index = self.indexAt(at)
        if event.button() is Qt.MouseButton.LeftButton and index.isValid() and self.pill(index.row()).contains(at):
            self.open_menu(index.row())

    def changeEvent(self, event: QEvent) -> None:
        """Paint anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        if action.data() is None:
            self.size_wanted.emit(self._row)
            return
        choice = self.entries.choices(self._row)[int(action.data())]
        if choice != self.entries.chosen[self._row]:
            self.entries.choose(self._row, choice)
            self.refresh()
            self.changed.emit()


class _Rows(QStyledItemDelegate):
    """Paints a row: icon, name, why, and what it is taken for."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A row with a fault has room for two lines of it."""
        view = self.parent()
        remark = view.entries.remark(index.row()) if isinstance(view, FindingList) else None
        two = remark is not None and (remark.level != "info" or bool(remark.more))
        return QSize(320, HEIGHT + LINE if two else HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        view = self.parent()
        if not isinstance(view, FindingList):
            return
        entries, row, place = view.entries, index.row(), option.rect
        choice, remark = entries.chosen[row], entries.remark(row)
        painter.save()
        canvas = PainterCanvas(painter, style.theme())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            ring = Ink("accent", 1.2) if view.hasFocus() else None
            canvas.box(Rect(place.x() + 1, place.y() + 2, place.width() - 2, place.height() - 4), Fill("tint"), ring, 8)
        icon = style.icon(_icon(choice, remark), LEVELS[remark.level] if remark.level == "error" else "soft")
        painter.drawPixmap(place.x() + 12, place.y() + 16, icon.pixmap(QSize(20, 20)))
        left, room = place.x() + 44.0, pill_in(place).x() - place.x() - 44.0 - 14.0
        faint = choice.modality is None and choice.role != "case"
        name = elide(entries.findings[row].name, NAME, room)
        canvas.text(left, place.y() + 22.5, name, Type(NAME.px, NAME.weight, "soft" if faint else "text"))
        why = Type(WHY.px, WHY.weight, LEVELS[remark.level])
        lines = wrap([Run(remark.text, why)], room, 1 if remark.level == "info" or remark.more else 2)
        lines += wrap([Run(remark.more, Type(WHY.px, WHY.weight, "soft"))], room, 1) if remark.more else []
        for number, line in enumerate(lines):
            canvas.text(left, place.y() + 40.0 + LINE * number, "".join(run.text for run in line), line[0].kind)
        _draw_pill(canvas, pill_in(place), choice, len(entries.choices(row)) > 1, painter)
        painter.restore()


def pill_in(row: QRect) -> QRect:
    """The button's place in a row."""
    top = row.y() + (row.height() - PILL.height()) // 2
    return QRect(QPoint(row.right() - PILL.width() - 10, top), PILL)


def _draw_pill(canvas: PainterCanvas, at: QRect, choice: Choice, open_: bool, painter: QPainter) -> None:
    role = "text" if choice.modality is not None or choice.role == "case" else "soft"
    kind = Type(WORD.px, WORD.weight, role)
    if open_:
        canvas.box(Rect(at.x() + 0.5, at.y() + 0.5, at.width() - 1, at.height() - 1), Fill("panel"), Ink("line"), 6)
        painter.drawPixmap(at.right() - 22, at.y() + 7, style.icon("chevron-down", "soft").pixmap(QSize(14, 14)))
    canvas.text(at.x() + 10.0, at.y() + 18.4, elide(choice.words, kind, at.width() - 36.0), kind)


def _icon(choice: Choice, remark: Remark) -> str:
    if remark.level == "error":
        return "error"
    if choice.modality is None:
        return "file"
    return ICONS.get(choice.modality, "omics")
