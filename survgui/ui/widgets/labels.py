"""Text on the screen: always plain, never taken for markup."""

from __future__ import annotations

from html import escape
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtGui import Qt as QtText
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

Kind = Literal["body", "soft", "hint", "strong", "title", "number", "accent", "good", "warn", "error"]


def plain_tip(text: str) -> str:
    """A text for a tooltip, which Qt would take for markup where an id or a file's name looks like it."""
    return f"<span style='white-space:pre-wrap'>{escape(text)}</span>" if QtText.mightBeRichText(text) else text


class Label(QLabel):
    """A line or a paragraph in one of the styles of the sheet."""

    def __init__(
        self, text: str = "", kind: Kind = "body", *, wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)  # an id such as `A<B` is no markup
        self.setProperty("kind", kind)
        self.setWordWrap(wrap)

    def set_kind(self, kind: Kind) -> None:
        """Change the style."""
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)


class Elided(Label):
    """One line that is cut where there is no room; the tooltip has the whole.

    Args:
        cut: `middle` for names, which differ at both ends; `end` for sentences.
    """

    def __init__(
        self,
        text: str = "",
        kind: Kind = "body",
        *,
        cut: Literal["middle", "end"] = "middle",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, kind, parent=parent)
        self._mode = Qt.TextElideMode.ElideMiddle if cut == "middle" else Qt.TextElideMode.ElideRight
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setToolTip(plain_tip(text))

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self.setToolTip(plain_tip(text))

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(self.fontMetrics().averageCharWidth() * 4, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """The whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        inside = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), self._mode, inside.width())
        painter.drawText(inside, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()


def line(parent: QWidget | None = None) -> QFrame:
    """A horizontal rule of one pixel."""
    made = QFrame(parent)
    made.setProperty("kind", "line")
    return made
