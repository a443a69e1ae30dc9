"""A case on the welcome page: who, what there is, and how it was predicted last."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.theme import Type
from survgui.figures.type import elide
from survgui.ui import style
from survgui.ui.cases.marks import badge_text, badge_width, draw_badge, draw_marks, in_words
from survgui.workspace import CaseRecord

HEIGHT = 102
PAD = 14.0
NAME, SUBJECT = Type(13.5, 600), Type(12.5, 400, "soft")


class RecentCard(QAbstractButton):
    """One case; a click, Space or Enter opens it."""

    def __init__(self, record: CaseRecord, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.record = record
        badge = badge_text(record.risk_group, record.percentile)
        said = [record.id, record.subject, in_words(record.modalities), badge, record.missing]
        self.setAccessibleName("Open " + "; ".join(part for part in said if part))
        self.setToolTip("\n".join(part for part in (*said[2:], "") if part) or "Nothing is in this case.")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as there is room for."""
        return QSize(260, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        near = self.underMouse() or self.isDown()
        ink = Ink("accent", 1.6) if self.hasFocus() else Ink("faint" if near else "line")
        canvas.box(Rect(0.8, 0.8, self.width() - 1.6, self.height() - 1.6), Fill("panel"), ink, 10.0)
        wide = self.width() - 2 * PAD
        badge = badge_text(self.record.risk_group, self.record.percentile)
        if badge:
            draw_badge(canvas, self.width() - PAD - badge_width(badge), 25.0, self.record.risk_group, badge)
        room = wide - (badge_width(badge) + 10.0 if badge else 0.0)
        canvas.text(PAD, 29.5, elide(self.record.id, NAME, room), NAME)
        canvas.text(PAD, 51.0, elide(self.record.subject or "no clinical fields", SUBJECT, wide), SUBJECT)
        if self.record.missing:
            icon = style.icon("warning", "warn").pixmap(QSize(16, 16))
            painter.drawPixmap(round(PAD) - 1, 70, icon)
            canvas.text(PAD + 20.0, 82.0, elide(self.record.missing, _STALE, wide - 20.0), _STALE)
        elif self.record.modalities:
            draw_marks(canvas, PAD, 78.0, wide, self.record.modalities)
        else:
            canvas.text(PAD, 82.0, "nothing that can be read", SUBJECT)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """As before."""
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()


_STALE = Type(12.0, 400, "warn")
