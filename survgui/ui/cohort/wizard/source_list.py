"""The list of what was recognised: each source with its numbers, why, and a menu of what it may be."""

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

from survgui.cases.case import Modality, State
from survgui.cases.proposal import Proposal, ProposedSource, Use
from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.chips import draw_swatch
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.ui import style
from survgui.ui.cohort.wizard import words

Index = QModelIndex | QPersistentModelIndex
HEIGHT = 66
PILL = QSize(146, 28)
ICONS = {Modality.CLINICAL: "clinical", Modality.PATHOLOGY: "slide", Modality.MRI: "mri"}
"""of modalities; the others are omics"""
LEVELS = {"info": "soft", "warning": "warn", "error": "high_text", "": "soft"}
NAME, LINE, WORD = Type(13.0, 500), Type(12.0, 400), Type(12.5, 400)


class SourceModel(QAbstractListModel):
    """The sources as rows, what is used first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.proposal: Proposal | None = None
        self.sources: tuple[ProposedSource, ...] = ()

    def set_proposal(self, proposal: Proposal | None) -> None:
        """Other sources, or the same with other roles."""
        self.beginResetModel()
        self.proposal = proposal
        self.sources = tuple(words.order(proposal)) if proposal is not None else ()
        self.endResetModel()

    def row_of(self, key: str) -> int:
        """Where a source stands, or -1."""
        return next((row for row, source in enumerate(self.sources) if source.key == key), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        """Sources."""
        return 0 if parent is not None and parent.isValid() else len(self.sources)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's question about a row."""
        source = self.sources[index.row()]
        taken = words.role_words(source.use, source.modality)
        if role == Qt.ItemDataRole.DisplayRole:
            return source.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            used = "used" if source.chosen else "not used"
            return f"{source.name}: {taken}, {used}; {source.format}; {words.numbers(source)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            said = [str(path) for path in source.paths[:6]]
            more = [f"and {len(source.paths) - 6} more"] if len(source.paths) > 6 else []
            return "\n".join([*said, *more, "", *source.evidence])
        return None


class SourceList(QListView):
    """The sources; a click on the right, Enter or Space opens the menu of what one may be.

    Signals:
        chosen(key): Another source is looked at; empty where none is.
        taken(key, Role): The user takes a source for something else.
    """

    chosen = Signal(str)
    taken = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model_ = SourceModel(self)
        self.setModel(self.model_)
        self.setItemDelegate(_Rows(self))
        self.setAccessibleName("Recognised sources")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.selectionModel().currentChanged.connect(self._current)
        self.menu = QMenu(self)
        self.menu.setAccessibleName("Taken for")
        self.menu.triggered.connect(self._take)
        self._asked = ""

    @property
    def key(self) -> str:
        """Key of the source that is looked at, or empty."""
        index = self.currentIndex()
        return self.model_.sources[index.row()].key if index.isValid() else ""

    def set_proposal(self, proposal: Proposal | None) -> None:
        """Show other sources; who is looked at stays."""
        before = self.key
        self.model_.set_proposal(proposal)
        row = self.model_.row_of(before)
        if self.model_.sources:
            self.setCurrentIndex(self.model_.index(max(0, row)))
        self.chosen.emit(self.key)

    def pill(self, row: int) -> QRect:
        """Where the button of a row is, in the viewport."""
        return pill_in(self.visualRect(self.model_.index(row)))

    def open_menu(self, row: int) -> None:
        """Offer what a source may be taken for."""
        source = self.model_.sources[row]
        offered = words.roles(source)
        if len(offered) < 2:
            return
        self._asked = source.key
        self.menu.clear()
        for place, (use, modality) in enumerate(offered):
            if use is not Use.MODALITY and place and offered[place - 1][0] is Use.MODALITY:
                self.menu.addSeparator()
            action = QAction(words.role_words(use, modality), self.menu)
            action.setCheckable(True)
            same = use is source.use and (use is not Use.MODALITY or modality is source.modality)
            action.setChecked(same)
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

    @Slot(QModelIndex, QModelIndex)
    def _current(self, now: QModelIndex, before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self.key)

    @Slot(QAction)
    def _take(self, action: QAction) -> None:
        row = self.model_.row_of(self._asked)
        if row >= 0:
            role = words.roles(self.model_.sources[row])[int(action.data())]
            self.taken.emit(self._asked, role)


class _Rows(QStyledItemDelegate):
    """Paints a row: whether it is used, name, numbers and make, how ids meet, and what it is taken for."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are of one height."""
        return QSize(320, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        view = self.parent()
        if not isinstance(view, SourceList) or view.model_.proposal is None:
            return
        source, place = view.model_.sources[index.row()], option.rect
        painter.save()
        canvas = PainterCanvas(painter, style.theme())
        if bool(option.state & QStyle.StateFlag.State_Selected):
            ring = Ink("accent", 1.2) if view.hasFocus() else None
            canvas.box(Rect(place.x() + 1, place.y() + 2, place.width() - 2, place.height() - 4), Fill("tint"), ring, 8)
        _draw_text(canvas, painter, place, source, view.model_.proposal)
        _draw_pill(canvas, painter, pill_in(place), source)
        painter.restore()


def pill_in(row: QRect) -> QRect:
    """The button's place in a row."""
    top = row.y() + (row.height() - PILL.height()) // 2
    return QRect(QPoint(row.right() - PILL.width() - 10, top), PILL)


def _draw_text(
    canvas: PainterCanvas, painter: QPainter, place: QRect, source: ProposedSource, proposal: Proposal
) -> None:
    level = words.worst([note for note in source.notes if note.level != "info"])
    used = source.chosen or source.use is Use.OUTCOME
    icon = style.icon("error" if level == "error" else _icon(source), LEVELS[level] if level else "soft")
    painter.drawPixmap(place.x() + 12, place.y() + 13, icon.pixmap(QSize(20, 20)))
    draw_swatch(
        canvas,
        Rect(place.x() + 17.0, place.y() + 42.0, 10.0, 10.0),
        State.MEASURED if used else State.ABSENT,
    )
    left, right = place.x() + 44.0, pill_in(place).x() - 14.0
    said, role = words.matched(source, proposal)
    kind = Type(LINE.px, 500, role)
    canvas.text(right, place.y() + 22.0, said, kind, "end")
    room = right - left - (width(said, kind) + 12.0 if said else 0.0)
    name = Type(NAME.px, NAME.weight, "text" if used else "soft")
    canvas.text(left, place.y() + 22.0, elide(source.name, name, room), name)
    about = " · ".join(part for part in (words.numbers(source), source.format) if part)
    soft = Type(LINE.px, 400, "soft")
    canvas.text(left, place.y() + 39.5, elide(about, soft, right - left), soft)
    shown = next((n for n in source.notes if n.level == level), None) if level else None
    why = shown.text if shown is not None else (source.evidence[0] if source.evidence else "")
    third = Type(LINE.px, 400, LEVELS[level])
    canvas.text(left, place.y() + 56.0, elide(why, third, right - left), third)


def _draw_pill(canvas: PainterCanvas, painter: QPainter, at: QRect, source: ProposedSource) -> None:
    unused = source.use is Use.NONE
    kind = Type(WORD.px, WORD.weight, "soft" if unused or not source.chosen else "text")
    if len(words.roles(source)) > 1:
        canvas.box(Rect(at.x() + 0.5, at.y() + 0.5, at.width() - 1, at.height() - 1), Fill("panel"), Ink("line"), 6)
        painter.drawPixmap(at.right() - 22, at.y() + 7, style.icon("chevron-down", "soft").pixmap(QSize(14, 14)))
    said = words.role_words(source.use, source.modality)
    canvas.text(at.x() + 10.0, at.y() + 18.4, elide(said, kind, at.width() - 36.0), kind)


def _icon(source: ProposedSource) -> str:
    if source.use is Use.MODALITY and source.modality is not None:
        return ICONS.get(source.modality, "omics")
    return "file"
