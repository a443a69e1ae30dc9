"""Fields for numbers, alike on every system: a decimal comma is a point, whatever the system's language is."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

MARGIN = 7
"""px before the number, as in the other fields"""


class Whole(QSpinBox):
    """A whole number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())
        self.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)


class Decimal(QDoubleSpinBox):
    """A number with a point or a comma. Qt takes the comma for one between thousands, and 20,0 for 200."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale.c())
        self.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Whether this can be, or become, a number; a comma is put right at once."""
        state, said, at = super().validate(text.replace(",", "."), place)
        return state, said, at
