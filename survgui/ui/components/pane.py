"""The Components tab: what the estimate is made of, how well each part is told, and where the case lies."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.case import State
from survgui.cases.display import Predicted
from survgui.cases.prediction import Contribution
from survgui.cases.report import ReportContent
from survgui.figures.fidelity import draw_fidelity, fidelity_height, fidelity_table, with_fidelity
from survgui.figures.words import component, months, percent, signed
from survgui.figures.zoom import Zoom
from survgui.report import words as report
from survgui.ui import words
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.explanations import Tall, show_waterfall
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.hover_figure import HoverFigure
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.map_view import MapView
from survgui.ui.widgets.table import ROW, Column, Table

WATERFALL_ZOOM, FIDELITY_ZOOM = 1.2, 1.15
MEASURED_NOTHING = "Nothing was measured, so there is no fidelity."
MAP_LEAST = 300
"""height of the map in px"""


class ComponentsPane(QWidget):
    """Contributions and their table, fidelity, and the cohort map.

    Signals:
        predict_requested(): The user wants an estimate.
    """

    predict_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inputs = Label("", "soft", wrap=True)
        self.contributions = HoverFigure("Contribution of each component to the log-risk; they sum to the output")
        self.contributions_note = Label("", "hint", wrap=True)
        self.table = Table("Components")
        self.fidelity = FigureView("Decomposition fidelity of each measured modality")
        self.fidelity_note = Label("", "hint", wrap=True)
        self.map = MapView()
        self.map_note = Label("", "hint", wrap=True)
        self.empty = EmptyState(words.NOT_PREDICTED, words.PREDICT)
        self.empty.triggered.connect(self.predict_requested)
        self._waterfall = section("Contributions", "-")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._scrolled())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    @Slot(object)
    def set_predicted(self, predicted: Predicted | None) -> None:
        """Show an estimate's components, or that there is no estimate."""
        self._stack.setCurrentIndex(0 if predicted is None else 1)
        if predicted is None:
            self.map.set_map(None)
            return
        content = predicted.content
        self.inputs.setText(words.inputs_sentence(predicted))
        self._waterfall.set_hint(f"to log-risk at {months(content.at_horizon.months)} months")
        show_waterfall(self.contributions, predicted, WATERFALL_ZOOM)
        self.contributions_note.setText("" if predicted.preliminary else report.contributions_note(content))
        self.contributions_note.setVisible(not predicted.preliminary)
        self._show_table(content)
        self._show_fidelity(content)
        self._show_map(predicted)

    def _show_table(self, content: ReportContent) -> None:
        self.table.set_columns(component_columns(content.contributions))
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + ROW * len(content.contributions) + 4)

    def _show_fidelity(self, content: ReportContent) -> None:
        rows = content.inputs
        there = bool(with_fidelity(rows))
        # a model whose components recompose nothing says no fidelity of what it was given
        self._told.setVisible(there or not any(row.state is State.MEASURED for row in rows))
        self.fidelity.setVisible(there)
        self.fidelity_note.setText(words.FIDELITY if there else MEASURED_NOTHING)
        if there:
            draw = Zoom(partial(draw_fidelity, rows=rows), FIDELITY_ZOOM)
            self.fidelity.set_figure(
                draw, fidelity_table(rows), "fidelity", Tall(fidelity_height(rows) * FIDELITY_ZOOM)
            )
        else:
            self.fidelity.set_figure(None)

    def _show_map(self, predicted: Predicted) -> None:
        self.map.set_map(predicted.map)
        there = self.map.figure is not None
        self.map.setVisible(there)
        self.map_note.setText(self.map.around_case() if there else words.NO_MAP)

    def _scrolled(self) -> QScrollArea:
        page = QWidget()
        page.setProperty("kind", "plain")
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 8, 4, 4)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(14, 4, 14, 0)
        top.addWidget(self.inputs)
        column.addLayout(top)
        column.addLayout(self._grid(), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        return scroll

    def _grid(self) -> QGridLayout:
        self._waterfall.body.addWidget(self.contributions)
        self._waterfall.body.addWidget(self.contributions_note)
        table = section("Components")
        table.body.addWidget(self.table)
        table.body.addStretch(1)
        where = section("In the development cohort", "nearness is likeness to the model")
        where.body.addWidget(self.map, 1)
        where.body.addWidget(self.map_note)
        self.map.setMinimumHeight(MAP_LEAST)
        told = self._told = section("Fidelity", "cosine of a modality with what its parts recompose to")
        told.body.addWidget(self.fidelity)
        told.body.addWidget(self.fidelity_note)
        told.body.addStretch(1)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self._waterfall)
        left.addWidget(table)
        left.addWidget(told)
        left.addStretch(1)
        right.addWidget(where, 1)
        grid = QGridLayout()
        grid.setSpacing(0)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1)
        grid.setColumnStretch(0, 11)
        grid.setColumnStretch(1, 10)
        return grid


def section(title: str, hint: str = "") -> Card:
    """A card without a border, for use inside a framed view."""
    made = Card(title, hint)
    made.setProperty("kind", "section")
    return made


def component_columns(contributions: tuple[Contribution, ...]) -> tuple[Column, ...]:
    """Component, state, value, spread and share of what all components move."""
    moved = sum(abs(c.value) for c in contributions) or 1.0
    spreads = ["" if c.spread is None else f"{signed(c.spread[0])} to {signed(c.spread[1])}" for c in contributions]
    return (
        Column("component", [component(c.component) for c in contributions], width=0),
        Column("state", [str(c.state) for c in contributions], width=84, role=_state_role),
        Column("log-risk", [c.value for c in contributions], "right", 66, signed),
        Column("spread", spreads, "right", 118, tip="5th to 95th percentile over the imputation draws"),
        Column("share", [abs(c.value) / moved for c in contributions], "right", 56, percent, tip=SHARE),
    )


SHARE = "The size of a contribution as a share of the sizes of all"


def _state_role(state: str) -> str:
    return "accent" if state == "imputed" else "text"
