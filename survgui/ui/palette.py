"""The command palette: every action of the window by a few letters of its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from survgui.figures.canvas import Fill, PainterCanvas, Rect
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.ui import style
from survgui.ui.widgets.labels import Label

WIDE = 560
ROW = 36
ROWS = 10
"""that are seen at once"""
Index = QModelIndex | QPersistentModelIndex
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def name_of(action: QAction) -> str:
    """An action's words without the mark of its mnemonic."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


def reason_of(action: QAction) -> str:
    """Why an action cannot be done now, or empty."""
    if action.isEnabled():
        return ""
    given = action.data()
    return given if isinstance(given, str) and given else "This cannot be done now."


def keys_of(action: QAction) -> str:
    """The first shortcut of an action as the system writes it, or empty."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def score(words: str, name: str) -> int | None:
    """How well a name fits what was typed, smaller is better; None where a letter is not in it in this order.

    First what begins so, then a word in it that does, then first letters of its words, then letters within a word,
    and last letters with gaps between them.
    """
    typed, text = words.strip().lower(), name.lower()
    letters = "".join(typed.split())
    if text.startswith(typed):
        return 0
    if re.search(rf"\b{re.escape(typed)}", text):
        return 1
    initials = "".join(re.findall(r"\b\w", text))
    if letters in initials:
        return 2 if initials.startswith(letters) else 3
    if letters in "".join(text.split()):
        return 4
    place, gaps = -1, 0
    for letter in letters:
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        gaps += found - place - 1
        place = found
    return 5 + gaps


class Palette(QDialog):
    """A field and a list; Enter carries out the chosen action, Esc closes. Show it with `open()`; it deletes itself."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName("Command palette")
        self.setWindowTitle("Find a command")
        self.model = Commands(actions, self)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find a command")
        self.field.setAccessibleName("Find a command")
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._carry_out)
        self.field.installEventFilter(self)
        self.list = QListView()
        self.list.setAccessibleName("Commands")
        self.list.setModel(self.model)
        self.list.setItemDelegate(_CommandRow(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._clicked)
        self.none = Label("No command of this name.", "soft")
        self.none.setContentsMargins(12, 8, 12, 8)
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.field, self.list, self.none):
            column.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)
        self.setFixedWidth(WIDE)
        self._typed("")

    def open(self) -> None:
        """Show it over the upper part of the window it belongs to."""
        parent = self.parentWidget()
        if parent is not None:
            window = parent.window()
            top = window.mapToGlobal(window.rect().topLeft())
            self.move(top.x() + (window.width() - WIDE) // 2, top.y() + 72)
        self.field.setFocus()
        super().show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the field has the focus."""
        pressed = event.type() == QEvent.Type.KeyPress
        if watched is self.field and pressed and isinstance(event, QKeyEvent) and event.key() in MOVES:
            self._move(event.key())
            return True
        return super().eventFilter(watched, event)

    @property
    def chosen(self) -> QAction | None:
        """The action that Enter would carry out."""
        return self.model.action(self.list.currentIndex())

    def _move(self, key: int) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}
        row = self.list.currentIndex().row() + steps[Qt.Key(key)]
        self.list.setCurrentIndex(self.model.index(max(0, min(self.model.rowCount() - 1, row))))

    @Slot(str)
    def _typed(self, text: str) -> None:
        self.model.find(text)
        rows = self.model.rowCount()
        self.list.setCurrentIndex(self.model.index(0))
        self.list.setVisible(rows > 0)
        self.none.setVisible(rows == 0)
        self.list.setFixedHeight(min(ROWS, max(1, rows)) * ROW + 4)
        self.adjustSize()

    @Slot(QModelIndex)
    def _clicked(self, index: QModelIndex) -> None:
        self.list.setCurrentIndex(index)
        self._carry_out()

    @Slot()
    def _carry_out(self) -> None:
        action = self.chosen
        if action is not None and action.isEnabled():
            self.close()
            action.trigger()


class Commands(QAbstractListModel):
    """The actions that fit what was typed, the best first, and last what cannot be done now."""

    def __init__(self, actions: Sequence[QAction], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all = [action for action in actions if not action.isSeparator() and action.text()]
        self._found: list[QAction] = []

    def find(self, text: str) -> None:
        """Look for a name."""
        self.beginResetModel()
        scored = [(score(text, name_of(action)), k, action) for k, action in enumerate(self._all)]
        fitting = [(not action.isEnabled(), cost, k, action) for cost, k, action in scored if cost is not None]
        self._found = [entry[-1] for entry in sorted(fitting, key=_order)]
        self.endResetModel()

    def action(self, index: Index) -> QAction | None:
        """The action of a row."""
        return self._found[index.row()] if 0 <= index.row() < len(self._found) else None

    def rowCount(self, parent: Index | None = None) -> int:
        """How many fit."""
        return 0 if parent is not None and parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, shortcut and reason of an action, for whoever cannot see the row."""
        action = self.action(index)
        if action is None or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        return ", ".join(part for part in (name_of(action), keys_of(action), reason_of(action)) if part)


def _order(entry: tuple[bool, int, int, QAction]) -> tuple[bool, int, int]:
    return entry[:3]


class _CommandRow(QStyledItemDelegate):
    """A row: icon, name, and at the right the shortcut, or why it cannot be done."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line."""
        return QSize(240, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        model = index.model()
        action = model.action(index) if isinstance(model, Commands) else None
        if action is None:
            return
        area = option.rect
        painter.save()
        canvas = PainterCanvas(painter, style.theme())
        x, y, right = area.x() + 12.0, float(area.y()), area.right() - 12.0
        if option.state & QStyle.StateFlag.State_Selected:
            canvas.box(Rect(area.x(), y + 1, area.width(), ROW - 2.0), Fill("tint"), None, 6.0)
        enabled = action.isEnabled()
        if not action.icon().isNull():
            action.icon().paint(painter, area.x() + 10, area.y() + (ROW - 18) // 2, 18, 18)
        tail = keys_of(action) if enabled else reason_of(action)
        kind = Type(12, 400, "soft")
        canvas.text(right, y + 22.5, tail, kind, "end")
        name = Type(13, 500 if enabled else 400, "text" if enabled else "soft")
        room = right - x - 30.0 - width(tail, kind) - 16.0
        canvas.text(x + 28.0, y + 22.5, elide(name_of(action), name, room), name)
        painter.restore()
