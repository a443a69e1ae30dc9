"""What reading a file had to say: errors, warnings and facts with their codes, in a list that folds away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.cohort import Note
from survgui.figures.words import plural
from survgui.ui import style
from survgui.ui.widgets.buttons import IconButton
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Kind, Label

LEVELS = ("error", "warning", "info")
_ROLES = {"error": "high_text", "warning": "warn", "info": "soft"}
_KINDS: dict[str, Kind] = {"error": "error", "warning": "warn", "info": "body"}
SHORTEST, TALLEST = 96, 210
"""of the unfolded list, in px; longer ones scroll"""


def summary(notes: Sequence[Note]) -> str:
    """How many of each level, the worst first: `1 error · 2 warnings · 7 facts`."""
    words = {"error": "error", "warning": "warning", "info": "fact"}
    counts = {level: sum(note.level == level for note in notes) for level in LEVELS}
    return " · ".join(plural(n, words[level]) for level, n in counts.items() if n) or "nothing to note"


class NotesCard(Card):
    """The notes of a cohort; open where one of them is an error or a warning.

    Args:
        fills: Whether the open list takes all the room that its place has, not only as much as is usual.
    """

    def __init__(self, parent: QWidget | None = None, *, fills: bool = False) -> None:
        super().__init__("Notes of reading", "nothing to note", parent)
        self._fills = fills
        self.toggle = IconButton("chevron-right", "Show or hide the notes")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._fold)
        self.head.addWidget(self.toggle)
        self._list = QScrollArea()
        self._list.setWidgetResizable(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName("notes of reading")
        self.body.addWidget(self._list)
        self._fold(False)

    def set_notes(self, notes: Sequence[Note]) -> None:
        """Show other notes, the worst first."""
        self.set_hint(summary(notes))
        inside = QWidget()
        inside.setProperty("kind", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(7)
        for note in sorted(notes, key=_worst_first):
            column.addWidget(NoteRow(note))
        column.addStretch(1)
        self._list.setWidget(inside)
        self.toggle.setChecked(any(note.level != "info" for note in notes))
        self._fit()

    @Slot(bool)
    def _fold(self, shown: bool) -> None:
        self._list.setVisible(shown)
        grows = shown and self._fills
        tall = QSizePolicy.Policy.MinimumExpanding if grows else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, tall)
        self.toggle.set_icon("chevron-down" if shown else "chevron-right")
        self._fit()

    def _fit(self) -> None:
        inside = self._list.widget()
        layout = inside.layout() if inside is not None else None
        if layout is not None:
            tall = layout.totalHeightForWidth(max(200, self.width() - 44))
            if self._fills:
                self._list.setMinimumHeight(min(SHORTEST, tall + 2))
            else:
                self._list.setFixedHeight(min(TALLEST, tall + 2))


class NoteRow(QFrame):
    """One note: its sign, its code and its sentence."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self._level = note.level if note.level in _ROLES else "info"
        self.setAccessibleName(f"{self._level} {note.code}: {note.text}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._sign = QLabel()
        code = Label(note.code, "hint")
        code.setFixedWidth(52)
        text = Label(note.text, _KINDS[self._level], wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for widget, stretch in ((self._sign, 0), (code, 0), (text, 1)):
            row.addWidget(widget, stretch, Qt.AlignmentFlag.AlignTop)
        self._colour()

    def changeEvent(self, event: QEvent) -> None:
        """Colour the sign anew when the theme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        self._sign.setPixmap(style.icon(self._level, _ROLES[self._level]).pixmap(QSize(16, 16)))


def _worst_first(note: Note) -> int:
    return LEVELS.index(note.level) if note.level in LEVELS else len(LEVELS)
