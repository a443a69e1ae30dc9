"""The list of what was recognised: each source with its numbers, why, and a menu of what it may be."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from survgui.cases.case import State
from survgui.cases.proposal import Proposal, ProposedSource, Use
from survgui.figures.canvas import PainterCanvas, Rect
from survgui.figures.chips import draw_swatch
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.ui import style
from survgui.ui.cohort.wizard import words
from survgui.ui.widgets.labels import plain_tip
from survgui.ui.widgets.role_list import GAP, LEFT, LEVELS, Index, Offer, RoleList, RoleRows, icon_of, pill_in

HEIGHT = 66
NAME, LINE = Type(13.0, 500), Type(12.0, 400)


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
            return plain_tip("\n".join([*said, *more, "", *source.evidence]))
        return None


class SourceList(RoleList):
    """The sources, each with what it may be taken for.

    Signals:
        chosen(key): Another source is looked at; empty where none is.
        taken(key, Role): The user takes a source for something else.
    """

    chosen = Signal(str)
    taken = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model_ = SourceModel()
        super().__init__(self.model_, "Recognised sources", parent)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.selectionModel().currentChanged.connect(self._current)
        self.picked.connect(self._take)
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

    def open_menu(self, row: int) -> None:
        """Offer what a source may be; it is known by its key, for the rows may change meanwhile."""
        self._asked = self.model_.sources[row].key
        super().open_menu(row)

    def offers(self, row: int) -> list[Offer]:
        """What a source may be taken for: modalities, and below them other uses."""
        source = self.model_.sources[row]
        offered, before = [], Use.NONE
        for use, modality in words.roles(source):
            same = use is source.use and (use is not Use.MODALITY or modality is source.modality)
            apart = before is Use.MODALITY and use is not before
            offered.append(Offer(words.role_words(use, modality), same, apart))
            before = use
        return offered

    def answer(self, row: int) -> tuple[str, str]:
        """What a source is taken for."""
        source = self.model_.sources[row]
        used = source.use is not Use.NONE and source.chosen
        return words.role_words(source.use, source.modality), "text" if used else "soft"

    @Slot(QModelIndex, QModelIndex)
    def _current(self, now: QModelIndex, before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self.key)

    @Slot(int, int)
    def _take(self, row: int, place: int) -> None:
        now = self.model_.row_of(self._asked)
        if now >= 0:
            self.taken.emit(self._asked, words.roles(self.model_.sources[now])[place])


class _Rows(RoleRows):
    """Draws whether a source is used, its name, numbers and make, and how its ids meet the outcome's."""

    def __init__(self, view: SourceList) -> None:
        super().__init__(view)
        self._model = view.model_

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are of one height."""
        return QSize(320, HEIGHT)

    def draw(self, canvas: PainterCanvas, painter: QPainter, row: int, place: QRect) -> None:
        """See `RoleRows`."""
        if self._model.proposal is not None:
            _draw_text(canvas, painter, place, self._model.sources[row], self._model.proposal)


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
    left, right = float(place.x() + LEFT), float(pill_in(place).x() - GAP)
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


def _icon(source: ProposedSource) -> str:
    return icon_of(source.modality if source.use is Use.MODALITY else None)
