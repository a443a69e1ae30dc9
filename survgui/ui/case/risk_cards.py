"""The three cards of the estimate: the curve, what contributed to it, and what would change it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QGridLayout, QWidget

from survgui.cases.display import Predicted
from survgui.figures.estimate import Estimate, draw_estimate, estimate_table, table_height
from survgui.figures.words import months, percent
from survgui.report import words as report
from survgui.ui import words
from survgui.ui.explore.plots import curve_plot
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.chips import GroupBadge
from survgui.ui.widgets.drawing_menu import DrawingButton
from survgui.ui.widgets.explanations import named, show_information, show_waterfall
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.hover_figure import HoverFigure
from survgui.ui.widgets.labels import Elided, Label

LEAST_CURVE, MOST_CURVE = 160, 420
"""height of the curve in px"""
FIRST = "The first estimate, from what was measured alone; the missing parts are being drawn."
WATERFALL_ZOOM, INFORMATION_ZOOM = 1.1, 1.25


class EstimateCard(Card):
    """The headline, the curve over the cohort's, and the numbers at the usual times."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Survival estimate", "-", parent)
        self.number = Label("", "number")
        self.when, self.spread = Label(""), Elided("", "soft", cut="end")
        self.badge = GroupBadge()
        head = QGridLayout()
        head.setHorizontalSpacing(10)
        head.setVerticalSpacing(0)
        head.setColumnStretch(1, 1)
        head.addWidget(self.number, 0, 0, 2, 1)
        head.addWidget(self.when, 0, 1)
        head.addWidget(self.badge, 0, 2)
        head.addWidget(self.spread, 1, 1, 1, 2)
        self.curve = FigureView("Survival curve of this case over the development cohort's risk groups")
        self.cohort = Label("", "hint", wrap=True)
        self.drawing = DrawingButton(brief=True)
        self.drawing.hide()
        self.head.addWidget(self.drawing)
        self.known = Elided("", "hint", cut="end")
        self.corrected = Elided("", "hint", cut="end")
        self.body.setSpacing(6)
        self.body.addLayout(head)
        self.body.addWidget(self.curve, 1)
        for line in (self.known, self.corrected, self.cohort):
            self.body.addWidget(line)

    def set_predicted(self, predicted: Predicted) -> None:
        """Show an estimate."""
        content = predicted.content
        at = content.at_horizon
        self.set_hint("" if content.imputed else words.fan_hint(predicted))
        self.number.setText(percent(at.survival))
        said = FIRST if predicted.preliminary else report.frequency(content)
        self.number.setToolTip(said)
        self.when.setText(f"alive at {months(at.months)} months")
        self.spread.setText(words.spread_line(predicted))
        self.spread.setToolTip(words.spread_tip(predicted))
        self.drawing.setVisible(bool(content.imputed))
        for line, text in ((self.known, words.missing_share(predicted)), (self.corrected, words.corrected(predicted))):
            line.setText(text)
            line.setVisible(bool(text))
        self.known.setToolTip(words.MISSING_SHARE)
        self.badge.set_group(content.risk_group, content.risk_percentile)
        self.badge.setToolTip(words.group_tip(content))
        self.cohort.setText(words.cohort_line(content))
        self.cohort.setToolTip(report.groups_note(content))
        figure = Estimate.of(content)
        table = round(table_height(figure))
        title = "Survival estimate, preliminary" if predicted.preliminary else "Survival estimate"
        self.curve.setMinimumHeight(LEAST_CURVE + table)
        self.curve.setMaximumHeight(MOST_CURVE + table)
        self.curve.set_figure(
            partial(draw_estimate, figure=figure),
            estimate_table(figure),
            named("survival-curve", predicted),
            series=partial(curve_plot, figure.curve, title, content.identity.case),
        )
        self.curve.setAccessibleDescription(f"{said} Median {report.median(content)}.")

    def clear(self) -> None:
        """Hold nothing of the case that was shown; a plot of it that is being explored closes."""
        for label in (self.number, self.when, self.spread, self.known, self.corrected, self.cohort):
            label.setText("")
            label.setToolTip("")
        self.curve.set_figure(None)
        self.curve.setAccessibleDescription("")


class ContributionsCard(Card):
    """The waterfall."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Contributions", "-", parent)
        self.figure = HoverFigure("Contribution of each component to the log-risk; they sum to the output")
        self.body.addWidget(self.figure)

    def set_predicted(self, predicted: Predicted) -> None:
        """Show an estimate."""
        content = predicted.content
        ending = " · no spread" if words.without_spread(predicted) else ""
        self.set_hint(f"to log-risk at {months(content.at_horizon.months)} months{ending}")
        show_waterfall(self.figure, predicted, WATERFALL_ZOOM)

    def clear(self) -> None:
        """Hold nothing of the case that was shown."""
        self.figure.set_figure(None)


class InformationCard(Card):
    """What a measurement of something missing could change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("What would change this", "-", parent)
        self.figure = HoverFigure("For each missing modality the share of imputation draws in another risk group")
        self.note = Label("", "hint", wrap=True)
        self.body.addWidget(self.figure)
        self.body.addWidget(self.note)
        self.body.addStretch(1)

    def set_predicted(self, predicted: Predicted) -> None:
        """Show an estimate."""
        content = predicted.content
        known = bool(content.information) and not words.without_spread(predicted)
        self.figure.setVisible(known)
        self.set_hint("chance of a new risk group" if known else "")
        if not known:
            self.note.setText(words.nothing_to_change(predicted))
            self.figure.set_figure(None)
            return
        show_information(self.figure, content, INFORMATION_ZOOM)
        self.note.setText(words.change_note(content))
        self.note.setToolTip(report.sensitivity(content))

    def clear(self) -> None:
        """Hold nothing of the case that was shown."""
        self.figure.set_figure(None)
        self.note.setText("")
        self.note.setToolTip("")
