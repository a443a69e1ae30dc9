"""The five steps as chips: done, now or later; a click goes to any that can be gone to."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from survgui.figures.canvas import Ink, PainterCanvas, Rect
from survgui.ui import style
from survgui.ui.train.stages import HEIGHT, StageChip


class StepChip(StageChip):
    """One step that can be gone to.

    Signals:
        clicked(): By mouse, Space or Enter.
    """

    clicked = Signal()

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, "later", parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click."""
        inside = self.rect().contains(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and self.isEnabled() and inside:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter click."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chip, with a ring where the keyboard is."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            rect = Rect(0.8, 0.8, self.width() - 1.6, self.height() - 1.6)
            PainterCanvas(painter, style.theme()).box(rect, None, Ink("accent", 1.6), HEIGHT / 2)
            painter.end()


class Steps(QWidget):
    """The chips in a row.

    Signals:
        chosen(place): Go to this step.
    """

    chosen = Signal(int)

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("steps of the import")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.chips = tuple(StepChip(f"{number + 1} {name}") for number, name in enumerate(names))
        for chip in self.chips:
            chip.clicked.connect(self._clicked)
            row.addWidget(chip)
        row.addStretch(1)

    def set_now(self, now: int, reachable: int) -> None:
        """The step that is on; those after `reachable` cannot be gone to yet."""
        for place, chip in enumerate(self.chips):
            chip.set_stage(chip.text, "now" if place == now else "done" if place < now else "later")
            chip.setEnabled(place <= reachable)
            chip.setToolTip("" if place <= reachable else "What comes before it must be there first.")

    @Slot()
    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, StepChip):
            self.chosen.emit(self.chips.index(sender))
