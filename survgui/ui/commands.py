"""Qt's actions and menus, built from their description in `actions`."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from survgui.ui import style
from survgui.ui.actions import ACTS, MENUS, NEEDS, Act


class Commands(QObject):
    """Every action of the window, by id, and the menus that hold them.

    Signals:
        asked(str): The id of an action that was triggered, by menu, shortcut or palette.
    """

    asked = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.menu = QMenu(window)
        self.actions: dict[str, QAction] = {}
        self._acts = {act.id: act for act in ACTS}
        themes = QActionGroup(self)
        for name in MENUS:
            menu = self.menu.addMenu(name)
            for act in ACTS:
                if act.menu == name:
                    if act.before:
                        menu.addSeparator()
                    action = self._made(act)
                    menu.addAction(action)
                    if not act.local:
                        window.addAction(action)  # shortcuts work though no menu bar is shown
                    if act.slot == "set_theme":
                        themes.addAction(action)
        style.current().changed.connect(self.dress)
        self.dress()

    def act(self, name: str) -> Act:
        """The description of an action."""
        return self._acts[name]

    def settle(self, *places: QWidget) -> None:
        """Say where the shortcuts of local acts work: in these widgets and what is in them."""
        for name, action in self.actions.items():
            if self._acts[name].local:
                for place in places:
                    place.addAction(action)

    def set_possible(self, needs: dict[str, bool]) -> None:
        """Enable each action whose need is met; the others say why not."""
        for name, action in self.actions.items():
            need = self._acts[name].needs
            possible = needs.get(need, True)
            action.setEnabled(possible)
            action.setToolTip(action.text() if possible else NEEDS[need])
            action.setData("" if possible else NEEDS[need])

    @Slot()
    def dress(self) -> None:
        """Colour the icons by the theme that is on."""
        for name, action in self.actions.items():
            if self._acts[name].icon:
                action.setIcon(style.icon(self._acts[name].icon))

    def _made(self, act: Act) -> QAction:
        action = QAction(act.text, self)
        action.setObjectName(act.id)
        action.setShortcuts([QKeySequence(keys) for keys in act.keys])
        action.setCheckable(act.checkable)
        if act.local:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(self._triggered)
        self.actions[act.id] = action
        return action

    @Slot()
    def _triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.asked.emit(action.objectName())
