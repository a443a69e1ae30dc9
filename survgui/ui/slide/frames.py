"""The tiles of a slide that went into a model as pixels: frames over the slide, and what is said beside them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from survgui.cases.prediction import Taken
from survgui.figures.words import plural
from survgui.ui import style
from survgui.ui.slide.controls import HEIGHT, SHADE, Glass, Toggle
from survgui.ui.slide.geometry import Box


def of_slide(taken: Taken | None, name: str) -> tuple[Box, ...]:
    """The tiles of one slide in level-0 pixels, in the model's order; none where their side is not known."""
    if taken is None or taken.side <= 0:
        return ()
    corners = [corner for corner, slide in zip(taken.coords.tolist(), taken.slides, strict=True) if slide == name]
    return tuple((float(x), float(y), x + taken.side, y + taken.side) for x, y in corners)


class FrameBar(Glass):
    """Frames on or off, and why there is no heat map.

    Signals:
        switched(on): The user switched the frames.
    """

    switched = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(SHADE + 8, SHADE, SHADE + 12, SHADE)
        row.setSpacing(10)
        self.toggle = Toggle("Tiles taken", "Frames of the tiles that the model took (H)")
        self.toggle.setChecked(True)
        self._words = _Words()
        row.addWidget(self.toggle)
        row.addWidget(self._words)
        self.toggle.toggled.connect(self.switched)

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text

    def set_count(self, here: int) -> None:
        """How many tiles of this slide the model took."""
        self._words.set_text(f"{plural(here, 'tile')} as pixels · this model gives no attention")
        self.setFixedSize(self.sizeHint().width(), HEIGHT + 2 * SHADE)


class _Words(QWidget):
    """Words on glass."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(style.font(12.0))
        self.setToolTip("The model reads these tiles as they are; where in them it looked cannot be said")
        self.text = ""

    def set_text(self, text: str) -> None:
        """Say something else."""
        self.text = text
        self.setAccessibleName(text)
        self.setFixedSize(self.fontMetrics().horizontalAdvance(text) + 2, 24)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words."""
        painter = QPainter(self)
        painter.setPen(style.colour("soft"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.text)
        painter.end()
