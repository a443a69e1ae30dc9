"""The header of a workspace that has no case: its name, a line about what it shows, and its buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from survgui.ui.case.header import HEIGHT
from survgui.ui.widgets.labels import Elided, Label


class TitleHeader(QFrame):
    """A title and a hint beside it; at the right what can be done."""

    def __init__(self, title: str = "", controls: Sequence[QWidget] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "header")
        self.setFixedHeight(HEIGHT)
        self.title = Label(title, "title")
        self.hint = Elided("", "soft", cut="end")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(12)
        row.addWidget(self.title)
        row.addWidget(self.hint, 1)
        for control in controls:
            row.addWidget(control)

    def say(self, title: str, hint: str = "") -> None:
        """Show another title."""
        self.title.setText(title)
        self.hint.setText(hint)
