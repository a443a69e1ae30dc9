"""An evaluation on the screen: the methods on what patients have, and below by what was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.evaluation import Evaluation
from survgui.figures.canvas import Rect
from survgui.figures.heat_map import draw_heat_map, heat_map_height, heat_map_table
from survgui.figures.methods import MethodRow, draw_methods, methods_height, methods_rows, methods_table
from survgui.ui.evaluation import tables
from survgui.ui.evaluation.heat_view import Cells, HeatMapView
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.explanations import Tall
from survgui.ui.widgets.hover_figure import HoverFigure
from survgui.ui.widgets.labels import Label

GAP = 10
READ = (
    "Every figure is of patients the method was not fitted on; higher C-index is better, 0.5 is chance. "
    "Where a Cox row is higher, it is better."
)
HIDDEN = "Before anything was learned, of what was measured {}."
NO_PATTERNS = "It was not evaluated with modalities hidden; survgui evaluate does that with --patterns all."


class EvaluationView(QScrollArea):
    """Two figures under each other, as high as they need to be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("evaluation")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.evaluation: Evaluation | None = None
        self.methods = HoverFigure("Methods on the same folds: C-index with its spread, and other figures")
        self.heat = HeatMapView()
        self.heat.follow(self.verticalScrollBar())
        self.note = Label(READ, "hint", wrap=True)
        self.remarks = Label("", "hint", wrap=True)
        self.without = Label(NO_PATTERNS, "soft", wrap=True)
        self._methods = Card("Methods on the same folds", " ")
        self._methods.body.addWidget(self.methods)
        self._methods.body.addWidget(self.note)
        self._patterns = Card("C-index by what was given", " ")
        self._patterns.body.addWidget(self.heat)
        self._patterns.body.addWidget(self.without)
        self._patterns.body.addWidget(self.remarks)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for card in (self._methods, self._patterns):
            card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inside)

    @Slot(object)
    def set_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show another evaluation, or nothing."""
        if evaluation is not None and evaluation == self.evaluation:
            return
        self.evaluation = evaluation
        if evaluation is None:
            self.methods.set_figure(None)
            self.heat.set_figure(None)
            self.heat.set_heat_map(None)
            return
        self._show_methods(evaluation)
        self._show_patterns(evaluation)
        self.note.setText(f"{READ} {HIDDEN.format(evaluation.hidden)}" if evaluation.hidden else READ)
        self.remarks.setText("\n".join(evaluation.remarks))
        self.remarks.setVisible(bool(evaluation.remarks))
        self.verticalScrollBar().setValue(0)

    def _show_methods(self, evaluation: Evaluation) -> None:
        rows = tables.method_rows(evaluation)
        self._methods.set_hint(tables.headline(evaluation))
        draw = partial(draw_methods, rows=rows)
        self.methods.set_figure(draw, methods_table(rows), "methods", Tall(methods_height(rows)))
        self.methods.set_regions(_Rows(rows))

    def _show_patterns(self, evaluation: Evaluation) -> None:
        figure = tables.heat_map(evaluation)
        self.heat.set_heat_map(figure)
        self.heat.setVisible(figure is not None)
        self.without.setVisible(figure is None)
        if figure is None:
            self._patterns.set_hint("")
            self.heat.set_figure(None)
            return
        self._patterns.set_hint(tables.verdict(evaluation))
        draw = partial(draw_heat_map, figure=figure)
        self.heat.set_figure(draw, heat_map_table(figure), "patterns", Tall(heat_map_height(figure)))
        self.heat.set_regions(Cells(figure, evaluation))


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: tuple[MethodRow, ...]

    def __call__(self, rect: Rect) -> Sequence[tuple[Rect, str]]:
        return [(strip, tables.row_tip(row)) for strip, row in methods_rows(rect, self.rows)]
