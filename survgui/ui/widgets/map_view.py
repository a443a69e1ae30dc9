"""The cohort map with what is near the pointer, in sums that name nobody."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRect
from PySide6.QtWidgets import QWidget

from survgui.cases.display import CohortMap
from survgui.figures.canvas import Rect
from survgui.figures.cohort_map import (
    CohortMapFigure,
    Vector,
    cohort_map_table,
    draw_cohort_map,
    map_scales,
    nearest,
)
from survgui.figures.zoom import Zoom, scaled
from survgui.ui import words
from survgui.ui.widgets.hover_figure import HoverFigure

ZOOM = 1.15
NEAR = 24.0
"""px around the pointer in which a tooltip stays"""


class MapView(HoverFigure):
    """Development patients in two principal components, and this case among them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("This case among the development cohort, in two principal components", parent)
        self.figure: CohortMapFigure | None = None

    def set_map(self, shown: CohortMap | None, real: Vector | None = None) -> None:
        """Show a map that has patients, or none.

        Args:
            real: (2,) where the case lies with everything measured, drawn as a ring.
        """
        usable = shown is not None and len(shown.cohort) > 0
        self.figure = CohortMapFigure(shown, real) if shown is not None and usable else None
        if self.figure is None:
            self.set_figure(None)
            self.setAccessibleDescription("")
            return
        draw = partial(draw_cohort_map, figure=self.figure)
        self.set_figure(Zoom(draw, ZOOM), cohort_map_table(self.figure), "cohort-map")
        self.setAccessibleDescription(self.around_case())

    def around_case(self) -> str:
        """The development patients nearest to the case, in a sentence; empty without a map."""
        if self.figure is None:
            return ""
        return words.near_sentence(nearest(self.figure.map, self.figure.map.case), "this case")

    def tip_at(self, at: QPointF) -> tuple[QRect, str] | None:
        """The development patients nearest to a place of the map."""
        if self.figure is None:
            return None
        whole = Rect(0.0, 0.0, float(self.width()), float(self.height()))
        scales = map_scales(scaled(whole, 1.0 / ZOOM), self.figure)
        x, y = at.x() / ZOOM, at.y() / ZOOM
        inner = scales.inner
        if not (inner.x <= x < inner.right and inner.y <= y < inner.bottom):
            return None
        side = round(NEAR)
        around = QRect(round(at.x()) - side // 2, round(at.y()) - side // 2, side, side)
        return around, words.near_sentence(nearest(self.figure.map, scales.value(x, y)))
