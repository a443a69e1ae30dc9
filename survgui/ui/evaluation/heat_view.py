"""The heat map in a view that is scrolled: the methods' names stay on top of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QScrollBar, QWidget

from survgui.cases.evaluation import Evaluation
from survgui.figures.canvas import Rect
from survgui.figures.heat_map import HeatMap, head_height, heat_map_cells, heat_map_heads
from survgui.ui import style
from survgui.ui.evaluation import tables
from survgui.ui.widgets.hover_figure import HoverFigure


class Cells:
    """The parts of the heat map and what they say; it is written once, and put to places as often as asked."""

    def __init__(self, figure: HeatMap, evaluation: Evaluation) -> None:
        self._figure = figure
        rows, columns = range(len(figure.given)), range(len(figure.methods))
        self._heads = [tables.head_tip(evaluation, column) for column in columns]
        self._cells = {(r, k): tables.cell_tip(evaluation, r, k) for r in rows for k in (-1, *columns)}

    def __call__(self, rect: Rect) -> Sequence[tuple[Rect, str]]:
        """Heads first, then every cell."""
        heads = [(at, self._heads[k]) for at, k in heat_map_heads(rect, self._figure)]
        return [*heads, *((at, self._cells[r, k]) for at, r, k in heat_map_cells(rect, self._figure))]


class HeatMapView(HoverFigure):
    """Keeps its head in sight while what scrolls it moves it up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("C-index of every method by what was given at test time", parent)
        self.head = 0.0

    def set_heat_map(self, figure: HeatMap | None) -> None:
        """Say how high the head is."""
        self.head = head_height(figure) if figure is not None else 0.0

    def follow(self, bar: QScrollBar) -> None:
        """Draw the head anew whenever this bar has moved the view."""
        bar.valueChanged.connect(self._moved)

    @property
    def above(self) -> int:
        """How much of the view is scrolled out of sight at its top, as far as the head has room to follow."""
        shown = self.visibleRegion().boundingRect()
        return max(0, min(shown.top(), self.height() - round(self.head))) if not shown.isEmpty() else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """The figure, and over it its head where that is out of sight."""
        super().paintEvent(event)
        above, head = self.above, round(self.head)
        if self._draw is None or above <= 0:
            return
        painter = QPainter(self)
        strip = QRect(0, above, self.width(), head)
        painter.fillRect(strip, style.colour("panel"))
        ratio = self.devicePixelRatioF()
        source = QRect(0, 0, round(self.width() * ratio), round(head * ratio))
        painter.drawPixmap(strip, self._picture(self._draw), source)
        painter.setPen(style.colour("line"))
        painter.drawLine(strip.bottomLeft(), strip.bottomRight())
        painter.end()

    def tip_at(self, at: QPointF) -> tuple[QRect, str] | None:
        """The part at a place; under the head that has followed, the part of the head."""
        above = self.above
        if above <= 0 or not above <= at.y() < above + self.head:
            return super().tip_at(at)
        found = super().tip_at(QPointF(at.x(), at.y() - above))
        return None if found is None else (found[0].translated(0, above), found[1])

    @Slot(int)
    def _moved(self, value: int) -> None:
        self.update(QRegion(self.visibleRegion().boundingRect()))
