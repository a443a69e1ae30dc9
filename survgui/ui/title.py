"""The header of a workspace that has no case: its name, and a line about what it shows."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from survgui.ui.case.header import HEIGHT
from survgui.ui.widgets.labels import Elided, Label


class TitleHeader(QFrame):
    """A title and a hint beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self.setFixedHeight(HEIGHT)
        self.title = Label("", "title")
        self.hint = Elided("", "soft")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(10)
        row.addWidget(self.title)
        row.addWidget(self.hint, 1)

    def say(self, title: str, hint: str = "") -> None:
        """Show another title."""
        self.title.setText(title)
        self.hint.setText(hint)
