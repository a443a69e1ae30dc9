"""An empty state: one sentence and one action."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label

WIDE = 420
"""of the sentence, in px"""


class EmptyState(QWidget):
    """Centred in the room it gets.

    Args:
        wide: Of the sentence, in px.

    Signals:
        triggered(): The action's button was pressed.
    """

    triggered = Signal()

    def __init__(self, sentence: str, action: str = "", parent: QWidget | None = None, *, wide: int = WIDE) -> None:
        super().__init__(parent)
        self._wide = wide
        self._sentence = Label(sentence, "soft", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._fit()
        self.button = Button(action)
        if not action:  # to be shown it waits for its place: without one it would be a window of its own
            self.button.hide()
        self.button.clicked.connect(self.triggered)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addStretch(1)
        column.addWidget(self._sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def set_text(self, sentence: str, action: str = "") -> None:
        """Say something else."""
        self._sentence.setText(sentence)
        self._fit()
        self.button.setText(action)
        self.button.setVisible(bool(action))

    def _fit(self) -> None:
        """Fix the sentence's size: a layout that centres a wrapped label does not ask for its height."""
        self._sentence.setFixedSize(self._wide, self._sentence.heightForWidth(self._wide) + 4)
