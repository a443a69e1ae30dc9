"""What survgui keeps on this machine, in MB by kind, with a button for what can be made again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from survgui.cases.display import DiskUse
from survgui.figures.words import THIN, plural
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label

COUNTING = "Counting …"


class StorageCard(Card):
    """A card of the preferences.

    Signals:
        clear_requested(kind): Remove it; what a running job uses stays.
    """

    clear_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Storage", "", parent)
        self.says = Label(COUNTING, "soft", wrap=True)
        self.body.addWidget(self.says)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self.body.addLayout(self._grid)
        self._rows: dict[str, tuple[Label, Button | None]] = {}

    def set_busy(self) -> None:
        """It is being counted."""
        self.says.setText(COUNTING)
        for _, button in self._rows.values():
            if button is not None:
                button.setEnabled(False)

    def set_uses(self, uses: Sequence[DiskUse]) -> None:
        """Show what there is."""
        for use in uses:
            if use.kind not in self._rows:
                self._add(use)
            size, button = self._rows[use.kind]
            size.setText(f"{megabytes(use.bytes)} · {plural(use.items, 'file')}")
            if button is not None:
                button.setEnabled(use.bytes > 0)
        self.says.setText(f"{megabytes(sum(use.bytes for use in uses))} in all.")

    def failed(self, text: str) -> None:
        """Say why something could not be cleared or counted."""
        self.says.setText(text)
        for _, button in self._rows.values():
            if button is not None:
                button.setEnabled(True)

    def size_of(self, kind: str) -> str:
        """What is said of a kind."""
        return self._rows[kind][0].text()

    def button(self, kind: str) -> Button:
        """What clears a kind.

        Raises:
            KeyError: It cannot be cleared.
        """
        button = self._rows[kind][1]
        if button is None:
            raise KeyError(kind)
        return button

    def _add(self, use: DiskUse) -> None:
        row, size = 2 * len(self._rows), Label("", "soft")
        self._grid.addWidget(Label(use.title), row, 0)
        self._grid.addWidget(size, row, 1, Qt.AlignmentFlag.AlignRight)
        button = None
        if use.clearable:
            button = Button("Clear", tip=use.about)
            button.setAccessibleName(f"Clear {use.title.lower()}")
            button.setProperty("what", use.kind)
            button.clicked.connect(self._clear)
            self._grid.addWidget(button, row, 2)
        about = Label(use.about, "hint", wrap=True)
        about.setContentsMargins(0, 0, 0, 8)
        self._grid.addWidget(about, row + 1, 0, 1, 3)
        self._rows[use.kind] = size, button

    @Slot()
    def _clear(self) -> None:
        button = self.sender()
        if isinstance(button, Button):
            self.set_busy()
            self.clear_requested.emit(str(button.property("what")))


def megabytes(size: int) -> str:
    """A size in MB: one decimal below 100, none above."""
    value = size / 1e6
    return f"{value:.1f}{THIN}MB" if value < 100 else f"{value:,.0f}{THIN}MB".replace(",", THIN)
