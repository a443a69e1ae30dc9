"""How the cells of the case list are painted: the id with what is wrong, modalities as marks, risk as a badge."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.ui import style
from survgui.ui.cases.listing import ID, MARKS, MODALITIES, RISK
from survgui.ui.cases.marks import badge_text, draw_badge, draw_marks
from survgui.ui.widgets.table import Column, Table
from survgui.workspace import CaseRecord

Index = QModelIndex | QPersistentModelIndex
ROW = 36
"""height of a row in px"""
NAME, TAG, NONE = Type(13.0, 500), Type(11.0, 500, "soft"), Type(12.5, 400, "soft")


class CaseTable(Table):
    """The list: what it is wider than it must be goes to the patient and the modalities alike."""

    def __init__(self) -> None:
        super().__init__("Cases", many=True)
        self.verticalHeader().setDefaultSectionSize(ROW)

    def set_columns(self, columns: Sequence[Column], texts: list[str] | None = None) -> None:
        """See `Table`."""
        super().set_columns(columns, texts)
        self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the room."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        columns = self.model_.columns
        if columns:
            others = sum(c.width for place, c in enumerate(columns) if place != MODALITIES)
            half = (self.viewport().width() - others) // 2
            self.setColumnWidth(MODALITIES, min(max(half, MARKS[0]), MARKS[1]))


class CaseCells(QStyledItemDelegate):
    """Paints the columns that are more than text."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table
        self.records: tuple[CaseRecord, ...] = ()
        for column in (ID, MODALITIES, RISK):
            table.setItemDelegateForColumn(column, self)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        record = self.records[self._table.model_.source(index.row())]
        place = option.rect
        painter.save()
        painter.setClipRect(place)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, style.colour("tint"))
        canvas = PainterCanvas(painter, style.theme())
        left, middle, wide = place.x() + 8.0, place.center().y() + 1.5, place.width() - 16.0
        if index.column() == ID:
            _draw_name(canvas, painter, record, Rect(left, middle, wide, 0.0))
        elif index.column() == MODALITIES:
            draw_marks(canvas, left, middle, wide, record.modalities)
        elif record.risk_group:
            draw_badge(canvas, left, middle, record.risk_group, badge_text(record.risk_group, record.percentile))
        else:
            canvas.text(left, middle + 4.2, "not predicted", NONE)
        painter.restore()


def _draw_name(canvas: PainterCanvas, painter: QPainter, record: CaseRecord, place: Rect) -> None:
    """The id; behind it a sign where a file is missing or the result out of date, or that it is the demo."""
    room = place.width - (22.0 if record.missing or record.stale else 0.0) - (40.0 if record.demo else 0.0)
    name = elide(record.id, NAME, room)
    canvas.text(place.x, place.y + 4.5, name, NAME)
    x = place.x + width(name, NAME) + 7.0
    if record.demo:
        canvas.box(Rect(x, place.y - 8.0, width("demo", TAG) + 10.0, 16.0), Fill("background"), Ink("line"), 8.0)
        canvas.text(x + 5.0, place.y + 3.8, "demo", TAG)
        x += width("demo", TAG) + 17.0
    if record.missing or record.stale:
        painter.drawPixmap(round(x), round(place.y) - 8, style.icon("warning", "warn").pixmap(QSize(16, 16)))
