"""What speaks against trusting an estimate: one line over the panel, the whole of it on demand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from survgui.figures.words import plural
from survgui.ui import style
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Elided, Label


class Checks(QFrame):
    """An amber strip with the first check; its button unfolds all of them.

    Attributes:
        all: Every check in full, shown while the strip is unfolded.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "warning")
        self._said: tuple[str, ...] = ()
        self.all: list[Label] = []
        self._sign = QLabel()
        self.first = Elided("", "warn", cut="end")
        self.button = Button("", "quiet", tip="Show every check in full")
        self.button.setCheckable(True)
        self.button.toggled.connect(self._unfold)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign)
        head.addWidget(self.first, 1)
        head.addWidget(self.button)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 3, 4, 3)
        whole.setSpacing(2)
        whole.addLayout(head)
        whole.addLayout(self._list)
        self._colour()
        self.hide()

    def set_checks(self, checks: tuple[str, ...]) -> None:
        """Show checks; without any the strip is hidden."""
        said = self._said = tuple(text[:1].upper() + text[1:] for text in checks)
        for label in self.all:
            self._list.removeWidget(label)
            label.deleteLater()
        self.all = [Label(text, "warn", wrap=True) for text in said]
        for label in self.all:
            label.setContentsMargins(0, 0, 8, 6)
            self._list.addWidget(label)
        self.button.setText(plural(len(said), "check"))
        self.button.setAccessibleName(f"{plural(len(said), 'check')} of this estimate")
        self.button.setChecked(False)
        self._unfold(False)
        self.setAccessibleName("; ".join(said))
        self.setVisible(bool(said))

    def changeEvent(self, event: QEvent) -> None:
        """Colour the sign anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    @Slot(bool)
    def _unfold(self, on: bool) -> None:
        self.first.setText("Checks on this estimate" if on else self._said[0] if self._said else "")
        for label in self.all:
            label.setVisible(on)

    def _colour(self) -> None:
        self._sign.setPixmap(style.icon("warning", "warn").pixmap(QSize(16, 16)))
