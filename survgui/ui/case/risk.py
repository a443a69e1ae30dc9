"""The panel at the right of a case: how long, why, and what would change it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.display import Predicted
from survgui.ui import words
from survgui.ui.case.risk_cards import ContributionsCard, EstimateCard, InformationCard
from survgui.ui.case.risk_checks import Checks
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Elided, Label

WIDE, NARROWEST, WIDEST = 392, 360, 520
GAP = 10


class RiskPanel(QWidget):
    """The estimate in three cards, over them what is going on and what speaks against it.

    Signals:
        predict_requested(): The user wants an estimate, or a new one.
    """

    predict_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Estimate")
        self.setMinimumWidth(NARROWEST)
        self.setMaximumWidth(WIDEST)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._predicted: Predicted | None = None
        self._busy, self._trouble = "", ""
        self.busy, self._doing = self._busy_strip()
        self.stale, self._why = self._stale_strip()
        self.checks = Checks()
        self.estimate, self.contributions = EstimateCard(), ContributionsCard()
        self.drawing = self.estimate.drawing
        self.information = InformationCard()
        self.empty, self.area = self._empty_card(), self._scrolled()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for strip in (self.busy, self.stale, self.checks):
            column.addWidget(strip)
        column.addWidget(self._blank, 1)
        column.addWidget(self.area, 1)
        self._show()

    @Slot(object)
    def set_predicted(self, predicted: Predicted | None) -> None:
        """Show an estimate, or that there is none; what was said to be out of date no longer is."""
        self._predicted, self._trouble = predicted, ""
        self.stale.hide()
        for card in (self.estimate, self.contributions, self.information):
            if predicted is not None:
                card.set_predicted(predicted)
            else:
                card.clear()
        self.checks.set_checks(predicted.content.warnings if predicted is not None else ())
        self._show()

    @Slot(object)
    def set_busy(self, text: str | None) -> None:
        """Say what is being done, or, with None or nothing, that it is over."""
        self._busy = text or ""
        if self._busy:
            self._trouble = ""
        self._show()

    @Slot(str)
    def set_stale(self, reason: str) -> None:
        """Say why the estimate is no longer that of the case; empty: it is."""
        self._why.setText(reason)
        self.stale.setVisible(bool(reason) and self._predicted is not None)

    @Slot(str)
    def show_trouble(self, text: str) -> None:
        """Say why there is no estimate, or, over the one that is shown, why there is no new one."""
        self._trouble = text[:1].upper() + text[1:]
        self.set_stale(self._trouble)
        self._show()

    def _show(self) -> None:
        there = self._predicted is not None
        self.area.setVisible(there)
        self._blank.setVisible(not there)
        self.busy.setVisible(bool(self._busy))
        self._doing.setText(self._busy)
        self.empty.set_text(
            "The estimate appears here as soon as it is there." if self._busy else self._trouble or words.NOT_PREDICTED,
            "" if self._busy else words.PREDICT,
        )

    def _busy_strip(self) -> tuple[QFrame, Elided]:
        strip, row = _strip()
        doing = Elided("", "body")
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setFixedWidth(96)
        bar.setAccessibleName("working")
        row.addWidget(doing, 1)
        row.addWidget(bar)
        return strip, doing

    def _stale_strip(self) -> tuple[QFrame, Label]:
        strip, row = _strip()
        why = Label("", wrap=True)
        again = Button(words.PREDICT, tip="Predict again (F5)")
        again.clicked.connect(self.predict_requested)
        row.addWidget(why, 1)
        row.addWidget(again, 0, Qt.AlignmentFlag.AlignTop)
        self.again = again
        return strip, why

    def _empty_card(self) -> EmptyState:
        self._blank = QFrame()
        self._blank.setProperty("kind", "card")
        empty = EmptyState(words.NOT_PREDICTED, words.PREDICT, wide=260)
        empty.triggered.connect(self.predict_requested)
        QVBoxLayout(self._blank).addWidget(empty)
        return empty

    def _scrolled(self) -> QScrollArea:
        cards = QWidget()
        cards.setProperty("kind", "plain")
        column = QVBoxLayout(cards)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.estimate, 3)
        column.addWidget(self.contributions)
        column.addWidget(self.information, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(cards)
        return scroll


def _strip() -> tuple[QFrame, QHBoxLayout]:
    strip = QFrame()
    strip.setProperty("kind", "info")
    row = QHBoxLayout(strip)
    row.setContentsMargins(12, 6, 8, 6)
    row.setSpacing(10)
    strip.hide()
    return strip, row
