"""A list whose rows have a button on the right: a menu of what the row may be taken for, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
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
from survgui.figures.type import elide
from survgui.ui import style

Index = QModelIndex | QPersistentModelIndex
PILL = QSize(158, 28)
LEFT, GAP = 44, 14
"""px before a row's text, and between the text and the button"""
LEVELS = {"info": "soft", "warning": "warn", "error": "high_text", "": "soft"}
"""colour roles of what is said of a row"""
WORD = Type(12.5, 400)
_ICONS = {None: "file", Modality.CLINICAL: "clinical", Modality.PATHOLOGY: "slide", Modality.MRI: "mri"}


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry of the menu.

    Attributes:
        chosen: Whether the row is that now; None: it is no role, but something else that can be done.
        apart: Whether a line parts it from those above.
    """

    words: str
    chosen: bool | None = False
    apart: bool = False


def icon_of(modality: Modality | None) -> str:
    """Name of the icon of what is measured, or of a file that is not."""
    return _ICONS.get(modality, "omics")


def pill_in(row: QRect) -> QRect:
    """The button's place in a row."""
    top = row.y() + (row.height() - PILL.height()) // 2
    return QRect(QPoint(row.right() - PILL.width() - 10, top), PILL)


class RoleList(QListView):
    """Rows with a button; a click on it, Enter, Space or F2 opens its menu.

    Signals:
        picked(row, place): The user has picked one of the row's offers.
    """

    picked = Signal(int, int)

    def __init__(self, model: QAbstractItemModel, about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        model.setParent(self)
        self.setModel(model)
        self.setAccessibleName(about)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.menu = QMenu(self)
        self.menu.setAccessibleName("Taken for")
        self.menu.triggered.connect(self._pick)
        self._row = -1

    def offers(self, row: int) -> Sequence[Offer]:
        """What a row may be; fewer than two are not offered."""
        raise NotImplementedError

    def answer(self, row: int) -> tuple[str, str]:
        """What the button says, and in which colour role."""
        raise NotImplementedError

    def pill(self, row: int) -> QRect:
        """Where the button of a row is, in the viewport."""
        return pill_in(self.visualRect(self.model().index(row, 0)))

    def open_menu(self, row: int) -> None:
        """Offer what a row may be."""
        offered = self.offers(row)
        if len(offered) < 2:
            return
        self._row = row
        self.menu.clear()
        for place, offer in enumerate(offered):
            if offer.apart:
                self.menu.addSeparator()
            action = QAction(offer.words, self.menu)
            action.setCheckable(offer.chosen is not None)
            action.setChecked(bool(offer.chosen))
            action.setData(place)
            self.menu.addAction(action)
        self.menu.popup(self.viewport().mapToGlobal(self.pill(row).bottomLeft() + QPoint(0, 3)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the menu of the current row."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2)
        if event.key() in keys and self.currentIndex().isValid():
            self.open_menu(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a row's button opens its menu."""
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
    def _pick(self, action: QAction) -> None:
        self.picked.emit(self._row, int(action.data()))


class RoleRows(QStyledItemDelegate):
    """Paints a row: its ground and its button; what it says is drawn by `draw`."""

    def draw(self, canvas: PainterCanvas, painter: QPainter, row: int, place: QRect) -> None:
        """Draw what stands left of the button."""
        raise NotImplementedError

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        view, place = self.parent(), option.rect
        if not isinstance(view, RoleList):
            return
        painter.save()
        canvas = PainterCanvas(painter, style.theme())
        if option.state & QStyle.StateFlag.State_Selected:
            ring = Ink("accent", 1.2) if view.hasFocus() else None
            canvas.box(Rect(place.x() + 1, place.y() + 2, place.width() - 2, place.height() - 4), Fill("tint"), ring, 8)
        self.draw(canvas, painter, index.row(), place)
        (words, role), at = view.answer(index.row()), pill_in(place)
        if len(view.offers(index.row())) > 1:
            canvas.box(Rect(at.x() + 0.5, at.y() + 0.5, at.width() - 1, at.height() - 1), Fill("panel"), Ink("line"), 6)
            painter.drawPixmap(at.right() - 22, at.y() + 7, style.icon("chevron-down", "soft").pixmap(QSize(14, 14)))
        kind = Type(WORD.px, WORD.weight, role)
        canvas.text(at.x() + 10.0, at.y() + 18.4, elide(words, kind, at.width() - 36.0), kind)
        painter.restore()
