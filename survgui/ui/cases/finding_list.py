"""The list of an import: every file with its icon, why it is taken for what it is, and a menu to correct that."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from survgui.figures.canvas import PainterCanvas
from survgui.figures.theme import Type
from survgui.figures.type import Run, elide, wrap
from survgui.ui import style
from survgui.ui.cases.findings import Choice, Entries, Remark
from survgui.ui.widgets.labels import plain_tip
from survgui.ui.widgets.role_list import GAP, LEFT, LEVELS, Index, Offer, RoleList, RoleRows, icon_of, pill_in

HEIGHT, LINE = 52, 15
NAME, WHY = Type(13.0, 500), Type(12.0, 400)


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
            return plain_tip("\n".join(filter(None, (self.entries.findings[row].path.name, remark.text, remark.more))))
        return None

    def refresh(self) -> None:
        """The entries have changed."""
        self.dataChanged.emit(self.index(0), self.index(len(self.entries) - 1))


class FindingList(RoleList):
    """The files, each with what it may be taken for.

    Signals:
        changed(): The user takes a file for something else.
        size_wanted(row): The user wants to say how large the pixels of a slide are.
    """

    changed = Signal()
    size_wanted = Signal(int)

    def __init__(self, entries: Entries, parent: QWidget | None = None) -> None:
        self._model = FindingModel(entries)
        super().__init__(self._model, "Recognised files", parent)
        self.entries = entries
        self.setItemDelegate(_Rows(self))
        self.setToolTip("Enter or a click on the right corrects what a file is taken for")
        self.picked.connect(self._choose)

    def refresh(self) -> None:
        """Say everything anew, as after another patient id."""
        self._model.refresh()
        self.viewport().update()

    def offers(self, row: int) -> list[Offer]:
        """What a file may be taken for; of a slide its pixels can be given a size."""
        roles = [Offer(choice.words, choice == self.entries.chosen[row]) for choice in self.entries.choices(row)]
        size = [Offer("Pixel size…", None, apart=True)] if self.entries.slide(row) is not None else []
        return roles + size if len(roles) > 1 else roles

    def answer(self, row: int) -> tuple[str, str]:
        """What a file is taken for."""
        choice = self.entries.chosen[row]
        return choice.words, "soft" if _unused(choice) else "text"

    @Slot(int, int)
    def _choose(self, row: int, place: int) -> None:
        offered = self.entries.choices(row)
        if place == len(offered):
            self.size_wanted.emit(row)
        elif offered[place] != self.entries.chosen[row]:
            self.entries.choose(row, offered[place])
            self.refresh()
            self.changed.emit()


class _Rows(RoleRows):
    """Draws icon, name and why."""

    def __init__(self, view: FindingList) -> None:
        super().__init__(view)
        self._entries = view.entries

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A row with a fault has room for two lines of it."""
        remark = self._entries.remark(index.row())
        two = remark.level != "info" or bool(remark.more)
        return QSize(320, HEIGHT + LINE if two else HEIGHT)

    def draw(self, canvas: PainterCanvas, painter: QPainter, row: int, place: QRect) -> None:
        """See `RoleRows`."""
        choice, remark = self._entries.chosen[row], self._entries.remark(row)
        icon = style.icon(_icon(choice, remark), LEVELS[remark.level] if remark.level == "error" else "soft")
        painter.drawPixmap(place.x() + 12, place.y() + 16, icon.pixmap(QSize(20, 20)))
        left, room = float(place.x() + LEFT), float(pill_in(place).x() - place.x() - LEFT - GAP)
        name = elide(self._entries.findings[row].name, NAME, room)
        canvas.text(left, place.y() + 22.5, name, Type(NAME.px, NAME.weight, "soft" if _unused(choice) else "text"))
        why = Type(WHY.px, WHY.weight, LEVELS[remark.level])
        lines = wrap([Run(remark.text, why)], room, 1 if remark.level == "info" or remark.more else 2)
        lines += wrap([Run(remark.more, Type(WHY.px, WHY.weight, "soft"))], room, 1) if remark.more else []
        for number, line in enumerate(lines):
            canvas.text(left, place.y() + 40.0 + LINE * number, "".join(run.text for run in line), line[0].kind)


def _unused(choice: Choice) -> bool:
    return choice.modality is None and choice.role != "case"


def _icon(choice: Choice, remark: Remark) -> str:
    return "error" if remark.level == "error" else icon_of(choice.modality)
