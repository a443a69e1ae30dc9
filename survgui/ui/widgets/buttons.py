"""Buttons in the few kinds that the design has; one primary button a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from survgui.ui import style

Kind = Literal["plain", "primary", "quiet", "danger"]
SIDE = 18
"""of an icon in a button, in px"""


class Button(QPushButton):
    """A button with words."""

    def __init__(
        self, text: str, kind: Kind = "plain", icon: str = "", tip: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self._icon = icon
        self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setIconSize(QSize(SIDE, SIDE))
        self._colour_icon()

    def mark(self, name: str, on: bool) -> None:
        """Set a flag that the style sheet shows: `warn` or `error`."""
        if bool(self.property(name)) != on:
            self.setProperty(name, on)
            self.style().unpolish(self)
            self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses it, as Space does: Qt leaves that to the dialogs."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Colour the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_icon()

    def _colour_icon(self) -> None:
        if self._icon:
            self.setIcon(style.icon(self._icon, "panel" if self.property("kind") == "primary" else "soft"))


class IconButton(QToolButton):
    """A button with an icon; its tooltip is its name."""

    def __init__(self, icon: str, tip: str, parent: QWidget | None = None, *, checkable: bool = False) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setCheckable(checkable)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setIcon(style.icon(icon))

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon = icon
        self.setIcon(style.icon(icon))

    def changeEvent(self, event: QEvent) -> None:
        """Colour the icon anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(style.icon(self._icon))


class Exclusive(QButtonGroup):
    """Buttons of which one is chosen: Tab stops at that one, and arrows go on to the others.

    Qt lets Tab stop where the focus was last, which is another one after a click or a shortcut.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.buttonToggled.connect(self._toggled)

    @Slot(QAbstractButton, bool)
    def _toggled(self, button: QAbstractButton, on: bool) -> None:
        if on:
            for other in self.buttons():
                other.setFocusPolicy(Qt.FocusPolicy.TabFocus if other is button else Qt.FocusPolicy.NoFocus)


class Segmented(QWidget):
    """A row of exclusive choices; also the tabs of a workspace (`kind="tab"`).

    Signals:
        chosen(key): The user has chosen another one.
    """

    chosen = Signal(str)

    def __init__(
        self,
        options: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
        *,
        kind: Literal["segment", "tab"] = "segment",
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._group = Exclusive(self)
        self._group.buttonClicked.connect(self._clicked)
        self._buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2 if kind == "segment" else 4)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_options(options)

    @property
    def key(self) -> str:
        """The key that is chosen, or empty."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Replace the choices; the first is chosen."""
        for button in self._buttons.values():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = {key: self._made(text) for key, text in options}
        if options:
            self.set_chosen(options[0][0])

    def button(self, key: str) -> QToolButton:
        """The button of a choice."""
        return self._buttons[key]

    def set_chosen(self, key: str) -> None:
        """Choose without a signal; an unknown key changes nothing."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)

    def _made(self, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setProperty("kind", self._kind)
        button.setCheckable(True)
        button.setAccessibleName(text)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._group.addButton(button)
        self._row.addWidget(button)
        return button

    @Slot(QAbstractButton)
    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(self.key)


class Switch(QCheckBox):
    """Something that is on or off."""

    def __init__(self, text: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setToolTip(tip)
        self.setAccessibleName(text)
