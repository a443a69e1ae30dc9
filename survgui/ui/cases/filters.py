"""Search and filter chips over the case list."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from survgui.cases.case import Modality
from survgui.cases.prediction import GROUPS
from survgui.figures.canvas import Fill, Ink, PainterCanvas, Rect
from survgui.figures.theme import Type, text_role, width
from survgui.figures.words import count, short
from survgui.ui import style
from survgui.ui.cases.listing import GONE, NOT_PREDICTED, STALE, Wanted
from survgui.ui.widgets.flow import FlowBox

HEIGHT = 26
WORD, NUMBER = Type(12.5, 500), Type(12.0, 400)


class FilterChip(QAbstractButton):
    """A filter that is on or off, with the number of cases it would leave."""

    def __init__(self, key: str, word: str, role: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self._role, self._number = key, role, 0
        self.setText(word)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_number(self, number: int) -> None:
        """Say how many cases there are of it."""
        self._number = number
        self.setAccessibleName(f"Only {self.text()}: {number}")
        self.setToolTip(f"Show only {self.text()} ({count(number)})")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        return QSize(round(width(self.text(), WORD) + width(count(self._number), NUMBER)) + 32, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        on = self.isChecked()
        rim = "accent" if on or self.hasFocus() else "faint" if self.underMouse() else "line"
        place = Rect(0.8, 0.8, self.width() - 1.6, self.height() - 1.6)
        canvas.box(place, Fill("tint") if on else None, Ink(rim, 1.6 if self.hasFocus() else 1.0), HEIGHT / 2)
        word = Type(WORD.px, WORD.weight, "accent" if on else text_role(self._role))
        canvas.text(12.0, 17.4, self.text(), word)
        number = Type(NUMBER.px, NUMBER.weight, "accent" if on else "soft")
        canvas.text(18.0 + width(self.text(), WORD), 17.2, count(self._number), number)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """As before."""
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()


class Filters(QWidget):
    """The search field, and a chip for every filter that would leave a case.

    Signals:
        changed(): Another filter is on; ask `text` and `wanted`.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search id, patient, modality, model")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search the cases")
        self.search.setToolTip("Every word must be found (Ctrl+F)")
        self.search.setFixedWidth(290)
        self.search.textChanged.connect(self._changed)
        self.chips: dict[str, FilterChip] = {}
        for key, word, role in _offers():
            chip = FilterChip(key, word, role)
            chip.hide()
            chip.toggled.connect(self._changed)
            chip.setProperty("apart", key in (GROUPS[-1], NOT_PREDICTED))
            self.chips[key] = chip
        self._row = FlowBox()
        for chip in self.chips.values():
            self._row.add(chip)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(10)
        self.tools.addWidget(self.search)
        self.tools.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._column.addLayout(self.tools)
        self._column.addWidget(self._row)

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.search.text()

    @property
    def wanted(self) -> Wanted:
        """What the chips say."""
        on = {key for key, chip in self.chips.items() if chip.isChecked()}
        groups = frozenset(on & {*GROUPS, NOT_PREDICTED})
        return Wanted(frozenset(Modality(key) for key in on & set(map(str, Modality))), groups, GONE in on, STALE in on)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Offer what there is; a filter that is on stays, so that it can be taken off."""
        for key, chip in self.chips.items():
            chip.set_number(counts.get(key, 0))
            chip.setVisible(key in counts or chip.isChecked())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as the rows of chips in this width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def event(self, event: QEvent) -> bool:
        """A style that comes late makes fields and chips higher."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._fit()
        return handled

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None and self.width() > 0:
            layout.invalidate()
            self.setFixedHeight(max(1, layout.heightForWidth(self.width())))

    @Slot()
    def clear(self) -> None:
        """Show everything."""
        for chip in self.chips.values():
            chip.blockSignals(True)
            chip.setChecked(False)
            chip.blockSignals(False)
            chip.update()
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.changed.emit()

    @Slot()
    def _changed(self) -> None:
        self.changed.emit()


def _offers() -> list[tuple[str, str, str]]:
    """Key, word and colour role of every filter."""
    groups = [(group, group.capitalize(), group) for group in reversed(GROUPS)]
    more = [(NOT_PREDICTED, "Not predicted", "text"), (GONE, "File missing", "warn"), (STALE, "Out of date", "warn")]
    return [*((str(m), short(m), "text") for m in Modality), *groups, *more]
