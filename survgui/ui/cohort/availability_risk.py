"""Whether missing tests carry risk: what the availability mask alone, without any value, tells of the outcome."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from survgui.cases.review import MASK_RISK
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Kind, Label

EXPLAINED = (
    "A model that is told only which tests a patient had, and no value of any, is cross-validated. "
    "0.50 is chance; above that, who was tested is itself a sign."
)


def verdict(c_index: float | None) -> tuple[str, Kind]:
    """What the mask-only C-index means, and the kind of label that says so."""
    if c_index is None:
        return "It cannot be told here: everybody has the same tests, or too few died in a fold.", "soft"
    if c_index >= MASK_RISK:
        said = f"Missingness carries risk here: the availability mask alone reaches C = {c_index:.2f}. "
        return said + "Compare every result with the mask-only row.", "warn"
    return f"The availability mask alone reaches C = {c_index:.2f}: which tests are missing tells little.", "good"


class AvailabilityRiskCard(Card):
    """The mask-only C-index, computed when it is asked for.

    Signals:
        requested(): Compute it.
    """

    requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Does missingness carry risk?", "mask-only C-index", parent)
        self.said = Label(EXPLAINED, "soft", wrap=True)
        self.button = Button("Check", tip="Cross-validate the availability mask alone; some seconds")
        self.button.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.said, 1)
        row.addWidget(self.button)
        self.body.addLayout(row)

    def reset(self) -> None:
        """Not computed yet."""
        self._say(EXPLAINED, "soft")
        self.button.setText("Check")
        self.button.setEnabled(True)
        self.button.show()

    def set_value(self, c_index: float | None) -> None:
        """Show what was computed."""
        self._say(*verdict(c_index))
        self.button.hide()

    def give_up(self) -> None:
        """It could not be computed: it can be asked for again."""
        if not self.button.isHidden():
            self.reset()

    @Slot()
    def _ask(self) -> None:
        self.button.setText("Checking…")
        self.button.setEnabled(False)
        self.requested.emit()

    def _say(self, text: str, kind: Kind) -> None:
        self.said.setText(text)
        self.said.set_kind(kind)
