"""A window as a user has it: with real workers and files, worked by mouse and keys."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QMenu, QWidget

from survgui import settings
from survgui.ui.logbook import Logbook
from survgui.ui.window import Window

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
LONG = 60_000
"""Milliseconds in which anything must come that comes at all."""


class Desk:
    """The open window, and the hands before it."""

    def __init__(self, qtbot):
        self._bot = qtbot
        self.logbook = Logbook()
        self.logbook.install()
        self.window = Window(settings.load(), self.logbook)
        self.window.show()
        self.hand_to(qtbot)
        self.window.start()

    @property
    def session(self):
        return self.window.session

    @property
    def page(self):
        return self.window.case_page

    def hand_to(self, qtbot):
        """Another test goes on, with the keyboard at this window."""
        self._bot = qtbot
        self._take_keyboard()

    def _take_keyboard(self):
        if not self.window.isActiveWindow():
            self.window.activateWindow()
            self._bot.waitUntil(self.window.isActiveWindow)

    def close(self):
        """Without questions; a test that is about questions asks them before."""
        self.window.lanes.close()
        self.window.close()
        self.logbook.remove()
        self.window.deleteLater()

    # Hands

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """A left click, as a user can do it: on something that is seen and can be pressed."""
        assert widget.isVisible(), f"{widget.accessibleName()!r} cannot be seen"
        assert widget.isEnabled(), f"{widget.accessibleName()!r} cannot be pressed: {widget.toolTip()}"
        assert QApplication.activeModalWidget() in (None, widget.window()), "a dialog is in front of it"
        self._bot.mouseClick(widget, LEFT, NONE, at if at is not None else widget.rect().center())

    def press(self, key: Qt.Key, with_: Qt.KeyboardModifier = NONE, on: QWidget | None = None) -> None:
        """A key, to whatever has the focus."""
        if on is None and QApplication.activePopupWidget() is None:
            self._take_keyboard()  # which the pretended screen does not give back when a menu closes
        self._bot.keyClick(on or self.window.focusWidget() or self.window, key, with_)

    def choose(self, *words: str) -> None:
        """Click entries of the menu that is open, one in the menu of the other."""
        for word in words:
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu), f"there is no menu with {word!r}"
            action = next((a for a in menu.actions() if a.text() == word), None)
            assert action is not None, f"{word!r} is not one of {[a.text() for a in menu.actions()]}"
            self._bot.mouseClick(menu, LEFT, NONE, menu.actionGeometry(action).center())
            self.wait(lambda one=menu: QApplication.activePopupWidget() is not one, 5)

    def row(self, view: QAbstractItemView, number: int, *, twice: bool = False) -> None:
        """Click a row of a list or table."""
        at = view.visualRect(view.model().index(number, 0)).center()
        self._bot.mouseClick(view.viewport(), LEFT, NONE, at)
        if twice:
            self._bot.mouseDClick(view.viewport(), LEFT, NONE, at)

    def button(self, name: str, within: QWidget | None = None) -> QAbstractButton:
        """The button of this name that is seen."""
        found = (within or self.window).findChildren(QAbstractButton)
        seen = [button for button in found if button.isVisible() and button.accessibleName() == name]
        assert len(seen) == 1, f"{len(seen)} buttons are called {name!r}"
        return seen[0]

    def drop(self, *paths: Path) -> None:
        """Files from the desktop."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        copy = Qt.DropAction.CopyAction
        QApplication.sendEvent(self.window, QDragEnterEvent(QPoint(500, 400), copy, data, LEFT, NONE))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(500, 400), copy, data, LEFT, NONE))

    def wait(self, until, seconds: float = LONG / 1000) -> None:
        """Until something is so."""
        self._bot.waitUntil(until, timeout=round(1000 * seconds))

    # What is done often

    @property
    def predicted(self):
        """The whole estimate that is shown, or None while there is none or more is to come."""
        made = self.session.predicted_now
        return made if made is not None and not made.preliminary and not self.running("predictions.predict") else None

    def running(self, name: str) -> list:
        """Jobs of a name that are not over."""
        return [job for job in self.window.lanes.jobs if job.request.name == name and not job.state.over]

    def last(self, name: str):
        """The last job of a name."""
        return next(job for job in reversed(self.window.lanes.jobs) if job.request.name == name)

    def show_case(self) -> None:
        """The Case workspace, by its button."""
        self.click(self.window.rail.buttons["case"])

    def use(self, name: str) -> None:
        """Choose a model in the header, with the keyboard."""
        box = self.window.header.models
        self.wait(lambda: box.findData(name) >= 0)
        box.setFocus(Qt.FocusReason.TabFocusReason)
        while box.currentData() != name:
            self.press(Qt.Key.Key_Down if box.currentIndex() < box.findData(name) else Qt.Key.Key_Up, on=box)

    def demo(self) -> None:
        """The demo case from the welcome page, predicted with everything that it has."""
        self.show_case()
        if self.session.case_now is not None:
            self.press(Qt.Key.Key_W, CTRL)
        self.click(self.window.welcome.demo)
        self.wait(lambda: self.predicted is not None)
