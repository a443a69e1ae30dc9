"""Stages as quiet chips: done with a check mark, the present one in the accent's tint, the others outlined."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.theme import Type, width
from survgui.ui import style
from survgui.ui.widgets.flow import FlowBox

Place = Literal["done", "now", "later"]
TEXT = Type(12.0, 500)
HEIGHT = 26
_CHECK = 15.0
"""room of the check mark, in px"""


class StageChip(QWidget):
    """One stage."""

    def __init__(self, text: str, place: Place = "later", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_stage(text, place)

    def set_stage(self, text: str, place: Place) -> None:
        """Say another thing."""
        self.text, self.place = text, place
        self.setAccessibleName(f"{text}, {place}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(round(width(self.text, TEXT) + 22.0 + (_CHECK if self.place == "done" else 0.0)), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        rect = Rect(0.5, 0.5, self.width() - 1.0, self.height() - 1.0)
        role = {"done": "good", "now": "accent", "later": "soft"}[self.place]
        if self.place == "now":
            canvas.box(rect, Fill("tint"), None, HEIGHT / 2)
        else:
            canvas.box(rect, None, Ink("good", 1.0, (), 0.5) if self.place == "done" else Ink("line"), HEIGHT / 2)
        left = 11.0
        if self.place == "done":
            canvas.line([(12.0, 13.4), (15.0, 16.4), (20.4, 9.8)], Ink("good", 1.6))
            left += _CHECK
        canvas.text(left, 17.2, self.text, Type(TEXT.px, 600 if self.place == "now" else 500, role))
        painter.end()


class Stepper(FlowBox):
    """Stages in their order, in as many lines as they need."""

    def __init__(self, stages: tuple[str, ...], about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(about)
        self.chips = tuple(StageChip(stage) for stage in stages)
        for chip in self.chips:
            self.add(chip)

    def set_now(self, now: int) -> None:
        """The stage that is on; those before it are done. One past the last: all are."""
        for place, chip in enumerate(self.chips):
            chip.set_stage(chip.text, "done" if place < now else "now" if place == now else "later")
