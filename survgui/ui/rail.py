"""The rail at the left: the workspaces, and at its foot the menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QFrame, QMenu, QToolButton, QVBoxLayout, QWidget

from survgui.ui import style
from survgui.ui.actions import WORKSPACES
from survgui.ui.widgets.buttons import Exclusive

WIDTH = 68
ICON = 22


class RailButton(QToolButton):
    """An icon over a word."""

    def __init__(self, icon: str, word: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setProperty("kind", "rail")
        self.setText(word)
        self.setToolTip(tip)
        self.setAccessibleName(word)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(ICON, ICON))
        self.setFixedSize(WIDTH - 12, 54)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.dress()

    @Slot()
    def dress(self) -> None:
        """Colour the icon by the theme that is on."""
        self.setIcon(style.icon(self._icon))


class Rail(QFrame):
    """Signals:
    chosen(str): Another workspace, by key.
    """

    chosen = Signal(str)

    def __init__(self, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setFixedWidth(WIDTH)
        self._menu = menu
        self._group = Exclusive(self)
        self._group.buttonClicked.connect(self._clicked)
        self.buttons: dict[str, RailButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 6, 8)
        column.setSpacing(4)
        for place, (key, word, icon) in enumerate(WORKSPACES, 1):
            button = RailButton(icon, word, f"{word} (Ctrl+{place})")
            button.setCheckable(True)
            self._group.addButton(button)
            self.buttons[key] = button
            column.addWidget(button)
        column.addStretch(1)
        self.menu_button = RailButton("menu", "Menu", "Everything that can be done (F10)")
        self.menu_button.clicked.connect(self.open_menu)
        column.addWidget(self.menu_button)
        QShortcut(QKeySequence(Qt.Key.Key_F10), self).activated.connect(self.open_menu)
        for button in (*self.buttons.values(), self.menu_button):
            style.current().changed.connect(button.dress)

    def set_chosen(self, key: str) -> None:
        """Mark a workspace."""
        self.buttons[key].setChecked(True)

    @Slot()
    def open_menu(self) -> None:
        """Show the menu beside its button."""
        size = self._menu.sizeHint()
        corner = self.menu_button.mapToGlobal(QPoint(self.menu_button.width() + 4, self.menu_button.height()))
        self._menu.popup(corner - QPoint(0, size.height()))

    @Slot(QAbstractButton)
    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(next(key for key, one in self.buttons.items() if one is button))
