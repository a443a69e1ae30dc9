"""The sheet of keyboard shortcuts: those of the actions, and the keys of the views."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.theme import Type, width
from survgui.ui import style
from survgui.ui.palette import name_of
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.head import Head
from survgui.ui.widgets.labels import Label

SIZE = 940, 760
KEY = Type(12.0, 500)
HIGH = 24
VIEW_KEYS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Slide",
        (
            ("0", "whole slide"),
            ("1 … 6", "1×, 2×, 5×, 10×, 20×, 40×"),
            ("+ / −", "nearer, farther; the wheel does too"),
            ("Arrows", "move; so does dragging"),
            ("H", "heat map on and off"),
            (", / .", "heat map fainter, stronger; so does Shift+wheel"),
            ("Alt", "hold: the attention itself under the pointer"),
            ("O / B", "overview, scale bar on and off"),
        ),
    ),
    (
        "MRI",
        (
            ("[ / ]", "sequence before, next sequence"),
            ("PgUp / PgDn", "slice; the wheel does too"),
            ("Arrows", "move the crosshair"),
            ("+ / −", "nearer, farther"),
            ("W / 0", "automatic window, everything in view"),
            ("Enter / Esc", "one plane alone, all planes"),
        ),
    ),
    (
        "Explore",
        (
            ("← / →", "value before, next value; with Shift ten"),
            ("Home / End", "first value, last value"),
            ("+ / − / 0", "nearer, farther, everything in view"),
        ),
    ),
    (
        "Lists and tables",
        (("Ctrl+F", "filter"), ("G", "go to a gene"), ("Ctrl+C", "copy"), ("Del", "remove the chosen cases")),
    ),
)
"""Keys that work while a view has the focus; they are handled there."""
TWICE = ("Esc Esc", "Cancel the running job, after a question")
"""what the window does itself"""


class KeyCap(QWidget):
    """A key or several, as on a keyboard: `Ctrl+Shift+P`, or two with a stroke between them."""

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = keys
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(keys)

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(round(sum(self._widths())) + 8 * (len(self._parts()) - 1), HIGH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the caps."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        x = 0.0
        for part, wide in zip(self._parts(), self._widths(), strict=True):
            canvas.box(Rect(x + 0.5, 1.5, wide - 1.0, HIGH - 3.0), Fill("background"), Ink("line"), 5.0)
            canvas.text(x + wide / 2, 16.4, part, KEY, "middle")
            x += wide + 8.0
        painter.end()

    def _parts(self) -> list[str]:
        return self.keys.split(" / ")

    def _widths(self) -> list[float]:
        return [max(24.0, width(part, KEY) + 14.0) for part in self._parts()]


class ShortcutSheet(QDialog):
    """Every key; show it with `open()`, it deletes itself when it is closed."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(*SIZE)
        self.groups = (("Everywhere", (*keys_of_actions(actions), TWICE)), *VIEW_KEYS)
        columns = QHBoxLayout()
        columns.setSpacing(10)
        columns.setContentsMargins(12, 0, 12, 12)
        left, right = QVBoxLayout(), QVBoxLayout()
        for number, (title, rows) in enumerate(self.groups):
            side = left if number == 0 else right
            side.addWidget(_card(title, rows, "" if number == 0 else "while the view has the focus"))
        for side in (left, right):
            side.setSpacing(10)
            side.addStretch(1)
            columns.addLayout(side, 1)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        inside.setLayout(columns)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName("Keyboard shortcuts")
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(self._head())
        whole.addWidget(area, 1)

    def _head(self) -> Head:
        head = Head("Keyboard shortcuts")
        head.row.addStretch(1)
        close = Button("Close", tip="Close (Esc)")
        close.clicked.connect(self.accept)
        head.row.addWidget(close)
        return head


def keys_of_actions(actions: Sequence[QAction]) -> tuple[tuple[str, str], ...]:
    """Keys and names of the actions that have any, in their order."""
    native = QKeySequence.SequenceFormat.NativeText
    found = []
    for action in actions:
        keys = " / ".join(keys.toString(native) for keys in action.shortcuts())
        if keys:
            local = action.shortcutContext() is Qt.ShortcutContext.WidgetWithChildrenShortcut
            found.append((keys, name_of(action).rstrip("….") + (", in the Case workspace" if local else "")))
    return tuple(found)


def _card(title: str, rows: Sequence[tuple[str, str]], hint: str) -> Card:
    card = Card(title, hint)
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for row, (keys, said) in enumerate(rows):
        grid.addWidget(KeyCap(keys), row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(Label(said), row, 1)
    card.body.addLayout(grid)
    return card
