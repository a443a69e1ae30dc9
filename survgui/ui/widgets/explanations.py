"""Figures that explain an estimate, put into views: the same in the estimate's panel and in the tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from survgui.cases.display import Predicted
from survgui.cases.report import ReportContent
from survgui.figures.bars import bars_height, draw_information, information_rows, information_table
from survgui.figures.canvas import Rect
from survgui.figures.waterfall import Waterfall, draw_waterfall, waterfall_height, waterfall_rows, waterfall_table
from survgui.figures.zoom import Zoom, scaled
from survgui.ui import words
from survgui.ui.widgets.hover_figure import HoverFigure

Parts = Sequence[tuple[Rect, str]]


@dataclass(frozen=True, slots=True)
class Tall:
    """A height that does not depend on the width."""

    px: float

    def __call__(self, wide: float) -> float:
        """Height in px, whatever the width."""
        return self.px


def named(figure: str, predicted: Predicted) -> str:
    """The file name that is proposed for a figure; one of the first estimate says that it is preliminary."""
    return f"{figure}-preliminary" if predicted.preliminary else figure


def show_waterfall(view: HoverFigure, predicted: Predicted, zoom: float) -> None:
    """From the cohort's mean to the case's log-risk; each bar says its state, value and spread."""
    content = predicted.content
    figure = Waterfall(content.base, content.contributions)
    draw = Zoom(partial(draw_waterfall, figure=figure), zoom)
    height = Tall(waterfall_height(figure) * zoom)
    view.set_figure(draw, waterfall_table(figure), named("contributions", predicted), height)
    view.set_regions(_Contributions(figure, content.run.draws, zoom, words.without_spread(predicted)))


def show_information(view: HoverFigure, content: ReportContent, zoom: float) -> None:
    """For each missing modality the chance of a new risk group."""
    items = content.information
    draw = Zoom(partial(draw_information, items=items), zoom)
    view.set_figure(draw, information_table(items), "what-would-change", Tall(bars_height(len(items)) * zoom))
    view.set_regions(_Changes(content, zoom))


@dataclass(frozen=True, slots=True)
class _Contributions:
    figure: Waterfall
    draws: int
    zoom: float
    without: str

    def __call__(self, rect: Rect) -> Parts:
        rows = waterfall_rows(scaled(rect, 1.0 / self.zoom), self.figure)
        return [(scaled(strip, self.zoom), words.contribution_tip(c, self.draws, self.without)) for strip, c in rows]


@dataclass(frozen=True, slots=True)
class _Changes:
    content: ReportContent
    zoom: float

    def __call__(self, rect: Rect) -> Parts:
        rows = information_rows(scaled(rect, 1.0 / self.zoom), self.content.information)
        return [(scaled(strip, self.zoom), words.information_tip(item, self.content)) for strip, item in rows]
