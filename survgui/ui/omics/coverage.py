"""How much of what the model takes a case has, and what is missing, to be copied."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QProgressBar, QWidget

from survgui.cases.display import OmicsTable
from survgui.figures.words import count
from survgui.ui.widgets.buttons import IconButton
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label

UNITS = {
    "counts": "counts",
    "log": "log values",
    "z-score": "z-scores",
    "beta": "beta values, 0 to 1",
    "m-value": "M values",
    "binary": "0 or 1",
    "cnv": "copy number, −2 to 2",
    "mixed": "a unit of its own each",
}


def unit_words(unit: str) -> str:
    """A unit as it is read."""
    return UNITS.get(unit, unit or "unknown")


class CoverageCard(Card):
    """Features of the model that the case has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Coverage", "", parent)
        self.setProperty("kind", "section")
        self.found = Label("", "number")
        self.said = Label("", "soft", wrap=True)
        self.share = QProgressBar()
        self.share.setTextVisible(False)
        self.share.setAccessibleName("Share of the model's features that are there")
        self.unit = Label("", "soft", wrap=True)
        self.missing_title = Label("", "strong")
        self.copy = IconButton("copy", "Copy the list of missing features")
        self.copy.clicked.connect(self._copy)
        self.missing = QPlainTextEdit()
        self.missing.setReadOnly(True)
        self.missing.setAccessibleName("Missing features")
        row = QHBoxLayout()
        row.addWidget(self.missing_title)
        row.addStretch(1)
        row.addWidget(self.copy)
        for widget in (self.found, self.share, self.said, self.unit):
            self.body.addWidget(widget)
        self.body.addLayout(row)
        self.body.addWidget(self.missing, 1)
        self.body.addStretch(0)

    def show_table(self, table: OmicsTable) -> None:
        """Show another block."""
        found = table.wanted - len(table.missing)
        takes = table.wanted > 0
        self.found.setText(f"{count(found)} of {count(table.wanted)}" if takes else "Not compared")
        self.share.setVisible(takes)
        self.share.setRange(0, max(table.wanted, 1))
        self.share.setValue(found)
        words = (
            "features that the model takes are in this case." if takes else "No development cohort for these features."
        )
        self.said.setText(words)
        self.unit.setText(f"Unit: {unit_words(table.unit)}, told from the values")
        self.missing_title.setText(f"{count(len(table.missing))} missing" if table.missing else "None missing")
        self.missing_title.setVisible(takes)
        self.missing.setPlainText("\n".join(table.missing))
        for widget in (self.missing, self.copy):
            widget.setVisible(bool(table.missing))

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.missing.toPlainText())
