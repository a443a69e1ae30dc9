"""A banner over a view: what happened, its effect, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from survgui.ui import style
from survgui.ui.widgets.buttons import Button, IconButton
from survgui.ui.widgets.labels import Label

Level = Literal["info", "warning", "error"]
_ROLES = {"info": "accent", "warning": "warn", "error": "high_text"}


class Banner(QFrame):
    """One message with its actions.

    Signals:
        acted(key): An action's button was pressed.
        closed(): The user put it away; the banner hides itself.
    """

    acted = Signal(str)
    closed = Signal()

    def __init__(
        self,
        level: Level,
        text: str,
        actions: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", level)
        self.setAccessibleName(f"{level}: {text}")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 6, 7)
        row.setSpacing(10)
        self._level, self._sign = level, QLabel()
        self._colour()
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        self.text = Label(text, wrap=True)
        row.addWidget(self.text, 1)
        self._keys: dict[QWidget, str] = {}
        for key, said in actions:
            button = Button(said)
            button.clicked.connect(self._clicked)
            self._keys[button] = key
            row.addWidget(button)
        away = IconButton("close", "Put this message away")
        away.clicked.connect(self._close)
        row.addWidget(away)

    def button(self, key: str) -> Button:
        """The button of an action."""
        return next(b for b, k in self._keys.items() if k == key and isinstance(b, Button))

    def changeEvent(self, event: QEvent) -> None:
        """Colour the sign anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        self._sign.setPixmap(style.icon(self._level, _ROLES[self._level]).pixmap(QSize(18, 18)))

    @Slot()
    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, QWidget):
            self.acted.emit(self._keys[sender])

    @Slot()
    def _close(self) -> None:
        self.hide()
        self.closed.emit()


class BannerPlace(QVBoxLayout):
    """Room for one banner under a page's header; none while there is nothing to say.

    Attributes:
        banner: The one that is there, or None.
    """

    MARGIN, GAP = 12, 10

    def __init__(self) -> None:
        super().__init__()
        self.banner: Banner | None = None
        self.setContentsMargins(self.MARGIN, 0, self.MARGIN, 0)

    def put(self, banner: Banner) -> None:
        """Show a banner in place of the one before."""
        self.clear()
        self.banner = banner
        self.addSpacing(self.GAP)
        self.addWidget(banner)
        banner.show()

    def clear(self) -> None:
        """Take the banner away."""
        if self.banner is not None:
            self.banner.hide()
            self.banner.deleteLater()
            self.banner = None
        while self.count():
            self.takeAt(0)
