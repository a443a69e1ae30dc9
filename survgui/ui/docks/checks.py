"""What reading, encoding and predicting had to say of the open case."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.cohort import Note
from survgui.ui import style
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label

NOTHING = "Nothing to check in this case."
SIGNS = {"error": ("error", "high_text"), "warning": ("warning", "warn"), "info": ("info", "soft")}
"""Icon and colour role of a level; the level's word is beside the code, so colour never tells it alone."""
ORDER = tuple(SIGNS)


class ChecksPanel(QWidget):
    """A list of notes, the gravest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notes: tuple[Note, ...] = ()
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(14, 4, 14, 8)
        self._rows.setSpacing(0)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        inside.setLayout(self._rows)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName("Checks of this case")
        area.setWidget(inside)
        self.empty = Label(NOTHING, "soft")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(area)
        self.summary = Label("", "hint")
        self.copy_button = Button("Copy all", "quiet", icon="copy", tip="Copy every check as text")
        self.copy_button.clicked.connect(self.copy)
        head = QHBoxLayout()
        head.setContentsMargins(14, 4, 8, 0)
        head.addWidget(self.summary, 1)
        head.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        style.current().changed.connect(self._dress)
        self.set_checks(())

    def set_checks(self, notes: Sequence[Note]) -> None:
        """Show these notes, each once."""
        once = {(note.level, note.code, note.text): note for note in notes}
        self.notes = tuple(sorted(once.values(), key=lambda note: ORDER.index(note.level)))
        self._dress()
        self._stack.setCurrentIndex(1 if self.notes else 0)
        self.copy_button.setEnabled(bool(self.notes))
        levels = [note.level for note in self.notes]
        counts = [(levels.count(level), level) for level in ORDER if level in levels]
        self.summary.setText(" · ".join(f"{n} {_word(level, n)}" for n, level in counts))

    def text(self) -> str:
        """All notes as text, one a line."""
        return "\n".join(f"{note.level}{f' {note.code}' if note.code else ''}: {note.text}" for note in self.notes)

    @Slot()
    def copy(self) -> None:
        """Put the notes into the clipboard; they are of the screen, and may name files."""
        QGuiApplication.clipboard().setText(self.text())

    @Slot()
    def _dress(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for note in self.notes:
            self._rows.addWidget(_row(note))
        self._rows.addStretch(1)


def _row(note: Note) -> QFrame:
    row = QFrame()
    row.setAccessibleName(f"{note.level}: {note.text}")
    sign, (icon, role) = QLabel(), SIGNS[note.level]
    sign.setPixmap(style.icon(icon, role).pixmap(QSize(18, 18)))
    text = Label(note.text, wrap=True)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    tail = Label(" ".join(part for part in (note.level, note.code) if part), "hint")
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 5, 0, 5)
    line.setSpacing(10)
    line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(text, 1, Qt.AlignmentFlag.AlignTop)
    line.addWidget(tail, 0, Qt.AlignmentFlag.AlignTop)
    return row


def _word(level: str, n: int) -> str:
    if level == "info":
        return "note" if n == 1 else "notes"
    return level if n == 1 else f"{level}s"
