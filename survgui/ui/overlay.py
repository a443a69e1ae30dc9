"""Messages over the workspaces: toasts that go by themselves, and sheets that ask something."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from survgui.ui.widgets.banner import Banner, Level
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label

SECONDS = {"info": 6, "warning": 0, "error": 0}
"""until a toast goes by itself; 0: when it is put away"""
WIDE = 560
MOST = 3


class Toasts(QWidget):
    """A pile of banners at the lower edge of its parent.

    Signals:
        acted(str): An action of a toast was pressed.
    """

    acted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._shown: list[Banner] = []
        parent.installEventFilter(self)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is being said, the oldest first."""
        return [banner.text.text() for banner in self._shown]

    def say(self, level: Level, text: str, actions: tuple[tuple[str, str], ...] = ()) -> Banner:
        """Show a message; the same one is not shown twice."""
        for banner in self._shown:
            if banner.text.text() == text:
                return banner
        banner = Banner(level, text, actions, self)
        banner.acted.connect(self.acted)
        banner.closed.connect(self._closed)
        self._shown.append(banner)
        self._column.addWidget(banner)
        while len(self._shown) > MOST:
            self._drop(self._shown[0])
        if SECONDS[level]:
            timer = QTimer(banner)
            timer.setSingleShot(True)
            timer.timeout.connect(banner.hide)
            timer.timeout.connect(banner.closed)
            timer.start(1000 * SECONDS[level])
        self._place()
        return banner

    def clear(self) -> None:
        """Put all away."""
        for banner in tuple(self._shown):
            self._drop(banner)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge."""
        if event.type() == QEvent.Type.Resize and self._shown:
            self._place()
        return False

    @Slot()
    def _closed(self) -> None:
        banner = self.sender()
        if isinstance(banner, Banner):
            self._drop(banner)
            self._place()

    def _drop(self, banner: Banner) -> None:
        if banner in self._shown:
            self._shown.remove(banner)
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()

    def _place(self) -> None:
        parent = self.parentWidget()
        if not self._shown or parent is None:
            self.hide()
            return
        wide = min(WIDE, parent.width() - 40)
        tall = sum(max(banner.heightForWidth(wide), banner.sizeHint().height()) for banner in self._shown)
        tall += 8 * (len(self._shown) - 1)
        self.setGeometry((parent.width() - wide) // 2, parent.height() - tall - 46, wide, tall)
        self.show()
        self.raise_()


class Question(QWidget):
    """A sheet over its parent that asks before something is lost; the parent is dimmed and waits.

    Signals:
        answered(str): Key of the button; `cancel` for Escape.
    """

    answered = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._card = QFrame(self)
        self._card.setProperty("kind", "card")
        self._card.setFixedWidth(440)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        self.title = Label("", "title", wrap=True)
        self.text = Label("", "soft", wrap=True)
        column.addWidget(self.title)
        column.addWidget(self.text)
        self._row = QHBoxLayout()
        self._row.addStretch(1)
        column.addSpacing(4)
        column.addLayout(self._row)
        self._keys: dict[Button, str] = {}
        parent.installEventFilter(self)
        self.hide()

    def ask(self, title: str, text: str, answers: tuple[tuple[str, str, str], ...]) -> None:
        """Ask; `answers` are key, word and kind of each button, the safe one first."""
        self.title.setText(title)
        self.text.setText(text)
        for button in self._keys:
            self._row.removeWidget(button)
            button.deleteLater()
        self._keys = {}
        for key, word, kind in answers:
            button = Button(word, "primary" if kind == "primary" else "danger" if kind == "danger" else "plain")
            button.clicked.connect(self._clicked)
            self._row.addWidget(button)
            self._keys[button] = key
        self._place()
        self.show()
        self.raise_()
        next(iter(self._keys)).setFocus()

    def button(self, key: str) -> Button:
        """The button of an answer."""
        return next(button for button, own in self._keys.items() if own == key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the parent whatever its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape cancels."""
        if event.key() == Qt.Key.Key_Escape:
            self._answer("cancel")
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what lies below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 90))
        painter.end()

    @Slot()
    def _clicked(self) -> None:
        button = self.sender()
        if isinstance(button, Button):
            self._answer(self._keys[button])

    def _answer(self, key: str) -> None:
        self.hide()
        self.answered.emit(key)

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
            self._card.adjustSize()
            self._card.move(
                (self.width() - self._card.width()) // 2, max(40, (self.height() - self._card.height()) // 3)
            )
