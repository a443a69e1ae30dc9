"""Asking how large a slide's pixels are, where its file does not say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from survgui.cases.display import SlideFacts
from survgui.figures.words import THIN
from survgui.ui import style
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Label

LOW, HIGH = 0.05, 10.0
"""µm per pixel that a microscope gives; as the readers take them"""
USUAL = (("20×", 0.5), ("40×", 0.25))
"""what scanners have at the usual magnifications"""
UNIT = "µm/px"


def parsed(text: str) -> float | None:
    """A number with a point or a comma, or None."""
    try:
        return float(text.strip().removesuffix(UNIT).replace(",", "."))
    except ValueError:
        return None


def problem(text: str) -> str:
    """What is wrong with an entry, one sentence; empty where nothing is."""
    value = parsed(text)
    if value is None or value != value:
        return "Give a number, such as 0.25."
    if not LOW <= value <= HIGH:
        return f"A microscope gives {LOW} to {HIGH:g} {UNIT}; 40× is about 0.25."
    return ""


def proposal(objective: float | None) -> float | None:
    """What a magnification usually means, in µm/px; only ever proposed, never taken."""
    return None if not objective or objective <= 0 else round(10.0 / objective, 4)


class PixelSizeField(QWidget):
    """A field for µm/px with the usual values beside it.

    Signals:
        changed(): The entry is another one.
        submitted(): Enter was pressed.
    """

    changed = Signal()
    submitted = Signal()

    def __init__(self, objective: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.usual: dict[float, Button] = {}
        for name, value in self._offers(objective):
            button = Button(f"{name}  {value:g}", tip=f"Take {value:g} {UNIT}, as scanners have at {name}")
            button.setAccessibleName(f"{value:g} {UNIT}, usual at {name}")
            button.clicked.connect(self._take)
            self.usual[value] = button
            row.addWidget(button)
        self.edit = QLineEdit()
        self.edit.setFixedWidth(76)
        self.edit.setAccessibleName(f"Pixel size in {UNIT}")
        self.edit.setToolTip(f"{UNIT} at full resolution, {LOW} to {HIGH:g}")
        suggested = proposal(objective)
        self.edit.setPlaceholderText(f"{suggested:g}" if suggested else "0.25")
        self.edit.textChanged.connect(self._edited)
        self.edit.returnPressed.connect(self.submitted)
        row.addWidget(self.edit)
        row.addWidget(Label(UNIT, "soft"))

    @property
    def value(self) -> float | None:
        """µm/px, or None where the entry is empty or wrong."""
        return None if problem(self.edit.text()) else parsed(self.edit.text())

    @property
    def problem(self) -> str:
        """What is wrong with the entry; an empty one is not wrong."""
        return problem(self.edit.text()) if self.edit.text().strip() else ""

    def mark(self, wrong: bool) -> None:
        """Show that the entry cannot be taken."""
        self.edit.setProperty("wrong", wrong)
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)

    @staticmethod
    def _offers(objective: float | None) -> list[tuple[str, float]]:
        """The magnification that the file names, and the usual ones."""
        own = proposal(objective)
        known = [value for _, value in USUAL]
        return [*([(f"{objective:g}×", own)] if objective and own and own not in known else []), *USUAL]

    @Slot()
    def _take(self) -> None:
        for value, button in self.usual.items():
            if button is self.sender():
                self.edit.setText(f"{value:g}")
                self.edit.setFocus()

    @Slot(str)
    def _edited(self, text: str) -> None:
        self.mark(False)
        self.changed.emit()


class PixelSizeBar(QFrame):
    """An amber banner over a slide that asks once; the answer is kept with the case.

    Signals:
        given(path, mpp): The slide's pixel size in µm.
    """

    given = Signal(Path, float)

    def __init__(self, slide: SlideFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slide = slide
        self.setProperty("kind", "warning")
        said = self._question(slide)
        self.setAccessibleName(f"warning: {said}")
        sign = QLabel()
        sign.setPixmap(style.icon("warning", "warn").pixmap(QSize(18, 18)))
        self.text = Label(said, wrap=True)
        self.field = PixelSizeField(slide.objective)
        self.field.submitted.connect(self._give)
        self.field.changed.connect(self._quiet)
        self.button = Button("Use", tip="Keep it with the case (Enter)")
        self.button.clicked.connect(self._give)
        self.problem = Label("", "error")
        self.problem.hide()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.text, 1)
        row.addWidget(self.field)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.problem, 0, Qt.AlignmentFlag.AlignRight)
        self.setFocusProxy(self.field.edit)

    @staticmethod
    def _question(slide: SlideFacts) -> str:
        named = f" It names {slide.objective:g}×." if slide.objective else ""
        return (
            f"This slide does not say how large its pixels are, which a prediction and the scale bar need.{named} "
            f"20× has about 0.5{THIN}{UNIT}, 40× about 0.25."
        )

    @Slot()
    def _give(self) -> None:
        said = problem(self.field.edit.text())
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        self.field.mark(bool(said))
        if not said and self.field.value is not None:
            self.given.emit(self._slide.path, self.field.value)

    @Slot()
    def _quiet(self) -> None:
        self.problem.hide()
