"""A card: a panel with a thin border, a title and room for what it holds."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from survgui.ui.widgets.labels import Elided, Label


class Card(QFrame):
    """A titled panel.

    Attributes:
        head: Row of the title; controls go to its right end.
        body: Column below.
    """

    def __init__(self, title: str = "", hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 12, 14, 12)
        whole.setSpacing(8)
        self._title = Label(title, "strong", parent=self)  # a card without a head must not leave them as windows
        self._hint = Elided(hint, "hint", parent=self)
        self._title.setVisible(bool(title or hint))
        self._hint.setVisible(bool(hint))
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self._title)
        self.head.addStretch(1)
        self.head.addWidget(self._hint, 1000)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self._hint.setAlignment(self._hint.alignment().__class__.AlignRight)
        if title or hint:
            whole.addLayout(self.head)
        whole.addLayout(self.body, 1)
        self.setAccessibleName(title)

    def set_title(self, text: str) -> None:
        """Change the title."""
        self._title.setText(text)
        self.setAccessibleName(text)

    def set_hint(self, text: str) -> None:
        """Change what stands at the right of the title."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
