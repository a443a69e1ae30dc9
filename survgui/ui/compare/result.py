"""What hiding a modality did: two curves, the numbers beside each other, and how near the draws came."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from survgui.cases.display import Comparison, Predicted
from survgui.figures.curve import CurveFigure, curve_table, draw_curve
from survgui.figures.ranks import RankHistogram, draw_ranks, ranks_table
from survgui.figures.scatter import Scatter, draw_scatter, scatter_table
from survgui.figures.strip import STRIP_HEIGHT, draw_strip, strip_table
from survgui.figures.words import MINUS, months, percent, plain, signed, span
from survgui.figures.zoom import Zoom
from survgui.report.words import capital
from survgui.ui import words
from survgui.ui.compare.imputed import ImputedCard
from survgui.ui.explore.plots import curve_plot
from survgui.ui.widgets.buttons import Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.chips import GroupBadge
from survgui.ui.widgets.explanations import Tall
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label, line
from survgui.ui.widgets.map_view import MapView

ZOOM = 1.15
CURVE_LEAST, LOWER_LEAST = 230, 214
"""heights of the figures in px"""
ESTIMATE, DATA = "estimate", "data"
PARTS = ((ESTIMATE, "Estimate"), (DATA, "What was imputed"))
COMPONENTS = "This model imputes components of a modality, not its data: there is no picture and no gene to show."
HEADS = ("", "measured", "imputed", "change")


class CompareResult(QWidget):
    """A comparison, drawn.

    Attributes:
        parts: Turns from the estimate to the imputed data; for the pane to place, and to show where there are any.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self.curves = FigureView("Survival with the modality measured and with it imputed")
        self.numbers = Numbers()
        self.strip = FigureView("Cosine of every draw with the measured part")
        self.scatter = FigureView("Every value as measured against as imputed")
        self.scatter_note = Label("", "hint", wrap=True)
        self.ranks = FigureView("Ranks of the measured values among the draws")
        self.ranks_note = Label(words.RANKS, "hint", wrap=True)
        self.map = MapView()
        self.map_note = Label("", "hint", wrap=True)
        self.imputed = ImputedCard()
        self.parts = Segmented(PARTS)
        self.parts.setAccessibleName("Estimate or data")
        self.parts.chosen.connect(self._turned)
        self.components = Label(COMPONENTS, "hint", wrap=True)
        self._estimate = QWidget()
        self._upper, self._lower = QHBoxLayout(), QHBoxLayout()
        self._lay_out()

    def set_comparison(self, c: Comparison) -> None:
        """Show a comparison."""
        self.numbers.set_comparison(c)
        curves = overlay(c)
        title = f"{c.modality.title} measured and imputed"
        self.curves.set_figure(
            Zoom(partial(draw_curve, figure=curves), ZOOM),
            curve_table(curves),
            "measured-and-imputed",
            series=partial(curve_plot, curves, title, c.real.content.identity.case),
        )
        strip = Zoom(partial(draw_strip, cosine=c.cosine), ZOOM)
        self.strip.set_figure(strip, strip_table(c.cosine), "cosine", Tall(STRIP_HEIGHT * ZOOM))
        scatter = Scatter(c.real_part, c.drawn_part)
        self.scatter.set_figure(Zoom(partial(draw_scatter, figure=scatter), ZOOM), scatter_table(scatter), "values")
        self.scatter_note.setText(capital(words.inside_sentence(c)) + ".")
        self.scatter.setAccessibleDescription(self.scatter_note.text())
        self._show_ranks(c)
        self.map.set_map(c.imputed.map, c.real_point)
        there = self.map.figure is not None
        self.map.setVisible(there)
        self.map_note.setText(words.distance_sentence(c) if there else words.NO_MAP)
        self.imputed.set_reconstruction(c.reconstruction)
        self.components.setVisible(c.reconstruction is None)
        self._turned(self.parts.key if c.reconstruction is not None else ESTIMATE)

    @Slot(str)
    def _turned(self, part: str) -> None:
        """Show the estimate, or the data that were imputed."""
        self._estimate.setVisible(part == ESTIMATE)
        self.imputed.setVisible(part == DATA)

    def _show_ranks(self, c: Comparison) -> None:
        drawn = len(c.drawn_part) > 1
        self.ranks.setVisible(drawn)
        self.ranks_note.setText(words.RANKS if drawn else words.NO_RANKS)
        if not drawn:
            self.ranks.set_figure(None)
            return
        ranks = RankHistogram.of(c.ranks, len(c.drawn_part))
        self.ranks.set_figure(Zoom(partial(draw_ranks, figure=ranks), ZOOM), ranks_table(ranks), "ranks")

    def _lay_out(self) -> None:
        self.curves.setMinimumHeight(CURVE_LEAST)
        for view in (self.scatter, self.ranks, self.map):
            view.setMinimumHeight(LOWER_LEAST)
        self._fill(self._upper, "Survival", "measured solid, imputed dashed with its spread", 11, self.curves)
        told = self._fill(self._upper, "Estimate", "", 9, self.numbers)
        told.body.addSpacing(6)
        told.body.addWidget(Label("Draws beside the measured part", "strong"))
        told.body.addWidget(self.strip)
        told.body.addStretch(1)
        self._fill(self._lower, "Values", "one point a dimension", 1, self.scatter, self.scatter_note)
        self._fill(self._lower, "Ranks", "", 1, self.ranks, self.ranks_note)
        self._fill(self._lower, "In the development cohort", "", 1, self.map, self.map_note)
        estimate = QVBoxLayout(self._estimate)
        estimate.setContentsMargins(0, 0, 0, 0)
        estimate.setSpacing(0)
        estimate.addLayout(self._upper, 10)
        estimate.addWidget(line())
        estimate.addLayout(self._lower, 11)
        self.components.setContentsMargins(14, 0, 14, 2)
        estimate.addWidget(self.components)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(4, 0, 4, 4)
        whole.setSpacing(0)
        whole.addWidget(self._estimate, 1)
        whole.addWidget(self.imputed, 1)

    def _fill(self, row: QHBoxLayout, title: str, hint: str, share: int, *parts: QWidget) -> Card:
        card = Card(title, hint)
        card.setProperty("kind", "section")
        for part in parts:
            card.body.addWidget(part, 1 if isinstance(part, FigureView) else 0)
        row.addWidget(card, share)
        return card


class Numbers(QWidget):
    """Risk, survival and group with the modality measured, with it imputed, and what became of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self.groups = (GroupBadge(), GroupBadge())
        self.cells: dict[tuple[str, str], Label] = {}
        for column, head in enumerate(HEADS):
            self._grid.addWidget(Label(head, "hint"), 0, column, _side(column))
        for row, name in enumerate(("survival", "spread", "risk"), 1):
            for column, head in enumerate(("name", *HEADS[1:])):
                label = self.cells[name, head] = Label("", "soft" if head == "name" else "body")
                self._grid.addWidget(label, row, column, _side(column))
        self.spoken = Label("", "body", wrap=True)
        rule = line()
        self._grid.addWidget(rule, 4, 0, 1, 4)
        groups = QHBoxLayout()
        groups.setSpacing(8)
        groups.addWidget(self.groups[0])
        groups.addWidget(Label("→", "soft"))
        groups.addWidget(self.groups[1])
        groups.addStretch(1)
        self._grid.addLayout(groups, 5, 0, 1, 4)
        self._grid.addWidget(self.spoken, 6, 0, 1, 4)

    def set_comparison(self, c: Comparison) -> None:
        """Show a comparison's numbers."""
        real, imputed = c.real, c.imputed
        at, other = real.content.at_horizon, imputed.content.at_horizon
        change = f"{signed_points(other.survival - at.survival)}"
        rows = {
            "survival": (f"alive at {months(at.months)} months", percent(at.survival), percent(other.survival), change),
            "spread": ("imputation spread", _spread(real), _spread(imputed), ""),
            "risk": ("log-risk", plain(real.prediction.risk), plain(imputed.prediction.risk), signed(c.risk_change)),
        }
        for name, cells in rows.items():
            for head, text in zip(("name", *HEADS[1:]), cells, strict=True):
                self.cells[name, head].setText(text)
        for badge, predicted in zip(self.groups, (real, imputed), strict=True):
            badge.set_group(predicted.content.risk_group, predicted.content.risk_percentile)
            badge.setToolTip(words.group_tip(predicted.content))
        self.spoken.setText(words.group_sentence(c))


def overlay(c: Comparison) -> CurveFigure:
    """Both curves over the cohort's."""
    real = c.real.content
    return CurveFigure(
        patient=real.curve,
        groups=real.groups,
        ticks=real.ticks,
        limit=real.restricted_to,
        rows=(),
        origin=real.model.origin,
        label="measured",
        beside=c.imputed.content.curve,
    )


def signed_points(share: float) -> str:
    """A change of a probability in percentage points: `+3.1 pp`, `−12 pp`."""
    value = 100.0 * share
    text = f"{abs(value):.1f}" if abs(value) < 9.95 else f"{abs(value):.0f}"
    sign = "" if float(text) == 0.0 else "+" if value > 0 else MINUS
    return f"{sign}{text} pp"


def _spread(predicted: Predicted) -> str:
    at = predicted.content.at_horizon
    return span(at.low, at.high) if at.low != at.high else "–"


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
