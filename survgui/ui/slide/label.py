"""A slide's label or macro image, after somebody asked for it: shown, and neither kept nor copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from survgui.cases.report import RESEARCH_USE
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label

SIZE = 620, 520
NOTE = "It may show the patient's name. It is not kept and goes into no export; that it was shown is in the audit log."


class LabelDialog(QDialog):
    """Shows one image; closes with Escape and deletes itself.

    Args:
        name: `label` or `macro`.
        pixels: (h, w, 3) RGB.
    """

    def __init__(self, name: str, pixels: NDArray[np.uint8], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{name.capitalize()} image")  # no name of the slide: others may see the title
        self.resize(*SIZE)
        self.picture = _Picture(pixels)
        self.picture.setAccessibleName(f"The slide's {name} image")
        done = Button("Close", "primary")
        done.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(Label(RESEARCH_USE, "hint", wrap=True), 1)
        row.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(Label(NOTE, "warn", wrap=True))
        column.addWidget(self.picture, 1)
        column.addLayout(row)


class _Picture(QWidget):
    """The image as large as there is room, never enlarged more than twice."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        super().__init__()
        height, width = pixels.shape[:2]
        flat = np.ascontiguousarray(pixels)
        self.image = QImage(flat.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.setMinimumSize(240, 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the middle."""
        wide, high = self.image.width(), self.image.height()
        scale = min(self.width() / wide, self.height() / high, 2.0)
        at = QRectF(0.0, 0.0, wide * scale, high * scale)
        at.moveCenter(QRectF(self.rect()).center())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(at, self.image)
        painter.end()
