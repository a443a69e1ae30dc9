"""A z value in a table cell: a small bar from the middle, to the left below the mean and to the right above it."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from survgui.figures.words import signed
from survgui.ui import style

NUMBER = 58
"""px for the number"""


class BarDelegate(QStyledItemDelegate):
    """Paints the number of a cell and its bar; a missing value is left empty.

    Attributes:
        reach: Standard deviations that fill half of a bar.
    """

    reach = 4.0

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, bar, number."""
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, style.colour("tint"))
        z = index.data(Qt.ItemDataRole.UserRole)
        if z is not None and math.isfinite(z):
            self._draw(painter, QRectF(option.rect), float(z))
        painter.restore()

    def _draw(self, painter: QPainter, cell: QRectF, z: float) -> None:
        painter.setFont(style.font(13))
        painter.setPen(style.colour("text"))
        number = QRectF(cell.x(), cell.y(), NUMBER, cell.height())
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, signed(z))
        room = cell.adjusted(NUMBER + 12, 0, -10, 0)
        middle, y = room.center().x(), cell.center().y()
        end = middle + max(-1.0, min(1.0, z / self.reach)) * room.width() / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.colour("grid"))
        painter.drawRoundedRect(QRectF(room.x(), y - 3, room.width(), 6), 2, 2)
        painter.setBrush(style.colour("high" if z > 0 else "low"))
        painter.drawRoundedRect(QRectF(min(middle, end), y - 3, abs(end - middle), 6), 1.5, 1.5)
        painter.setPen(style.colour("faint"))
        painter.drawLine(round(middle), round(y - 6), round(middle), round(y + 6))
