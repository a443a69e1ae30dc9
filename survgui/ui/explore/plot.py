"""The plot that is explored: a pyqtgraph widget in the window's looks, with a crosshair that stops at the values.

Importing this module imports pyqtgraph, which takes a while: see `survgui.ui.explore.opening`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from survgui.figures.axes import apart
from survgui.figures.canvas import Ink, PainterCanvas
from survgui.figures.theme import Type, text_role, width
from survgui.ui import style
from survgui.ui.explore.series import Axis, Plot, Series, Vector

NEARER = 0.8
"""what a key leaves of the range in view"""
DEEPEST = 400.0
"""how many times nearer than the whole"""
MARGIN = 0.012, 0.02
"""around what there is to see, of its range in x and y: marks at the ends are not cut"""
FAR = 10
"""stops at once with Shift"""
LABEL = Type(11.0, 600)
GAP = 14.0
"""between two names, in px"""
EDGE = 7.0
"""half the height of a number at the axis, in px"""
LEAD = 11.0
"""of the strokes from curves to their names, in px"""

pg.setConfigOptions(antialias=True)


class CurvePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """The curves; the wheel zooms, dragging moves, the crosshair follows the pointer or the arrow keys.

    Signals:
        placed(x): The crosshair stands elsewhere.
        ranged(): Another part is in view.
    """

    placed = Signal(float)
    ranged = Signal()

    def __init__(self, plot: Plot, parent: QWidget | None = None) -> None:
        self.axis_items = {"left": _Ticks("left", plot.y), "bottom": _Ticks("bottom", plot.x)}
        self.box = _Box(enableMenu=False)
        super().__init__(parent, viewBox=self.box, axisItems=self.axis_items, enableMenu=False)
        self.plot_data = plot
        self._at = plot.nearest(plot.x.limits[1] if plot.start is None else plot.start)
        self._ring = False
        self.hideButtons()
        self.axis_items["left"].setZValue(-1000)  # its grid lies behind the curves
        self.setAccessibleName(plot.title)
        self._limit()
        self.fit()
        self.dress()
        self.box.sigRangeChanged.connect(self._ranged)
        self.box.sigResized.connect(self._resized)
        style.current().changed.connect(self.dress)

    def close(self) -> None:
        """Take everything apart, as pyqtgraph wants it done before a plot is deleted; it cannot be shown again."""
        style.current().changed.disconnect(self.dress)
        super().close()

    # What stands where

    @property
    def x(self) -> float:
        """Where the crosshair stands; NaN where it has nowhere to."""
        return float(self.plot_data.stops[self._at]) if self._at >= 0 else math.nan

    @property
    def view(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Range of x and of y that is in view."""
        (left, right), (low, high) = self.box.viewRange()
        return (float(left), float(right)), (float(low), float(high))

    def place(self, stop: int) -> None:
        """Put the crosshair on a stop, counted from 0, and bring that into view."""
        stops = self.plot_data.stops
        if not len(stops):
            return
        self._at = max(0, min(stop, len(stops) - 1))
        (left, right), _ = self.view
        if not left <= self.x <= right:
            self.box.translateBy(x=self.x - (left if self.x < left else right))
        self._mark()
        self.placed.emit(self.x)

    def ends(self) -> list[tuple[Series, float, bool]]:
        """Each series that is in view at its right end: its y there in px, and whether it goes on to the edge."""
        (left, right), (low, high) = self.view
        found = []
        for series in self.plot_data.series:
            if not len(series.x) or series.shape == "points":
                continue
            last = min(right, float(series.x[-1]), self.plot_data.x.limits[1])  # the view has a margin beyond the limit
            y = series.at(last)
            if last >= left and low <= y <= high:
                at = self.mapFromScene(self.box.mapViewToScene(QPointF(last, y)))
                reach = (right - last) / (right - left) < 2.5 * MARGIN[0]
                found.append((series, float(at.y()), reach))
        return found

    # Moving the view

    @Slot()
    def fit(self) -> None:
        """Everything in view."""
        x, y = (_padded(axis, share) for axis, share in zip((self.plot_data.x, self.plot_data.y), MARGIN, strict=True))
        self.box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)

    @Slot()
    def nearer(self) -> None:
        """Zoom in on the crosshair."""
        self._zoom(NEARER)

    @Slot()
    def farther(self) -> None:
        """Zoom out."""
        self._zoom(1.0 / NEARER)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Have the crosshair follow the pointer, except while something is dragged."""
        super().mouseMoveEvent(event)
        at = self.mapToScene(event.position().toPoint())  # pyqtgraph's own signal skips moves, maybe the last
        if not event.buttons() and self.box.sceneBoundingRect().contains(at):
            stop = self.plot_data.nearest(self.box.mapSceneToView(at).x())
            if stop != self._at:
                self.place(stop)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the crosshair, with Shift farther; + and − zoom, 0 shows everything."""
        far = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        key, keys = event.key(), Qt.Key
        stops = {
            keys.Key_Left: self._at - far,
            keys.Key_Right: self._at + far,
            keys.Key_Home: 0,
            keys.Key_End: len(self.plot_data.stops) - 1,
        }
        moves = {keys.Key_Plus: self.nearer, keys.Key_Equal: self.nearer, keys.Key_Minus: self.farther}
        moves[keys.Key_0] = self.fit
        if key in stops:
            self.place(stops[keys(key)])
        elif key in moves:
            moves[keys(key)]()
        else:
            event.ignore()

    # How it looks

    @Slot()
    def dress(self) -> None:
        """Draw everything in the colours that are on."""
        self.setBackground(style.colour("panel"))
        for axis in self.axis_items.values():
            axis.dress()
        self.clear()
        for series in reversed(self.plot_data.series):
            self._draw(series)
        self._line = pg.InfiniteLine(angle=90, pen=_pen("faint", 1.0))
        self._marks = pg.ScatterPlotItem(size=8.0, pxMode=True)
        for item in (self._line, self._marks):
            item.setZValue(10)
            self.addItem(item, ignoreBounds=True)
        self._mark()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring where the keyboard brought the focus here."""
        reasons = Qt.FocusReason
        self._ring = event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self._ring = False
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plot and the ring."""
        super().paintEvent(event)
        if self._ring:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(style.colour("accent"))
            painter.drawRoundedRect(self.viewport().rect().adjusted(0, 0, -1, -1), 6, 6)
            painter.end()

    def _draw(self, series: Series) -> None:
        if series.shape == "points":
            brush = pg.mkBrush(style.colour(series.role))
            self.addItem(pg.ScatterPlotItem(series.x, series.y, size=9.0, brush=brush, pen=None), ignoreBounds=True)
            return
        start, end = self.plot_data.x.limits
        thin = min(series.thin_from, end)
        self._draw_band(series, start, end)
        for first, last, opacity in ((start, thin, 1.0), (thin, end, 0.35)):
            if first < last and first <= series.x[-1]:
                self._curve(*series.corners(series.y, first, last), _ink(series, opacity))

    def _draw_band(self, series: Series, start: float, end: float) -> None:
        band = series.band
        if band is None:
            return
        edges = [series.corners(edge, start, end) for edge in (band.low, band.high)]
        (x, low), (_, high) = edges
        pair = [pg.PlotCurveItem(x, y) for y in (_filled(low, 0.0), _filled(high, 1.0))]
        shade = style.colour(series.role, 0.13 if band.edged else 0.10)
        self.addItem(pg.FillBetweenItem(*pair, brush=pg.mkBrush(shade)), ignoreBounds=True)
        for x, y in edges if band.edged else ():
            self._curve(x, y, _pen(series.role, 0.8, (3.0, 2.0), 0.75))

    def _curve(self, x: Vector, y: Vector, pen: QPen) -> None:
        self.addItem(pg.PlotCurveItem(x, y, pen=pen, connect="finite"), ignoreBounds=True)

    def _mark(self) -> None:
        self._line.setVisible(self._at >= 0)
        if self._at < 0:
            return
        x = self.x
        self._line.setPos(x)
        read = [(s, s.at(x)) for s in reversed(self.plot_data.series)]
        self._marks.setData([_spot(series, x, y) for series, y in read if math.isfinite(y)])

    def _limit(self) -> None:
        x, y = (_padded(axis, share) for axis, share in zip((self.plot_data.x, self.plot_data.y), MARGIN, strict=True))
        self.box.setLimits(
            xMin=x[0],
            xMax=x[1],
            yMin=y[0],
            yMax=y[1],
            minXRange=(x[1] - x[0]) / DEEPEST,
            minYRange=(y[1] - y[0]) / DEEPEST,
        )

    def _zoom(self, factor: float) -> None:
        (left, right), (low, high) = self.view
        x = self.x if left <= self.x <= right else (left + right) / 2
        values = [y for y in (s.at(self.x) for s in self.plot_data.series) if low <= y <= high]
        self.box.scaleBy((factor, factor), center=(x, values[0] if values else (low + high) / 2))

    @Slot(object, object)
    def _ranged(self, box: object, ranges: object) -> None:
        self.ranged.emit()

    @Slot(object)
    def _resized(self, box: object) -> None:
        self.ranged.emit()


class EndLabels(QWidget):
    """The names at the right ends of the curves, kept apart; as high as the plot beside it."""

    def __init__(self, plot: CurvePlot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plot = plot
        names = [s.name for s in plot.plot_data.series if s.shape != "points"]
        self.setFixedWidth(round(max((width(name, LABEL) for name in names), default=0.0) + LEAD + 3.0))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        plot.ranged.connect(self.update)

    def placed(self) -> list[tuple[Series, float, float, bool]]:
        """Series, y of its end, y of its name, and whether a stroke joins them."""
        ends = self._plot.ends()
        area = self._plot.box.sceneBoundingRect()
        at = apart([y for _, y, _ in ends], GAP, area.top() + 6.0, area.bottom() - 6.0)
        return [(series, y, where, reach) for (series, y, reach), where in zip(ends, at, strict=True)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        for series, y, at, reach in self.placed():
            if reach:
                canvas.line([(0.0, y), (LEAD - 3.0, at)], Ink(series.role, 0.7))
            canvas.text(LEAD, at + 3.9, series.name, Type(LABEL.px, LABEL.weight, text_role(series.role)))
        painter.end()


class _Box(pg.ViewBox):  # type: ignore[misc]
    """Moves with the left button only: pyqtgraph would zoom with the right one, which nobody expects."""

    def mouseDragEvent(self, event: QEvent, axis: int | None = None) -> None:
        if event.button() == Qt.MouseButton.RightButton:  # type: ignore[attr-defined]  # an event of pyqtgraph's own
            event.ignore()
        else:
            super().mouseDragEvent(event, axis=axis)


class _Ticks(pg.AxisItem):  # type: ignore[misc]
    """Round numbers as the figures write them; a grid at the left axis only, no frame."""

    def __init__(self, side: str, axis: Axis) -> None:
        super().__init__(side, maxTickLength=0)
        self._axis = axis
        self.enableAutoSIPrefix(False)
        self.setStyle(tickFont=style.font(11.0), tickAlpha=255, tickTextOffset=7, hideOverlappingLabels=False)
        if side == "left":
            self.setGrid(255)

    def dress(self) -> None:
        """Take the colours that are on."""
        self.setPen(None)
        self.setTickPen(style.colour("grid" if self.orientation == "left" else "panel"))
        self.setTextPen(style.colour("soft"))

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """See pyqtgraph: one level, its step and its values, `size` being px."""
        upright = self.orientation == "left"
        step, found = self._axis.ticks(low, high, max(3, round(size / (52.0 if upright else 76.0))))
        near = EDGE * (high - low) / size if upright else 0.0  # a line at the edge would have no room for its number
        return [(step, [value for value in found if low + near <= value <= high - near])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """See pyqtgraph."""
        return [self._axis.tick(value, spacing) for value in values]


def _padded(axis: Axis, share: float) -> tuple[float, float]:
    low, high = axis.limits
    more = share * (high - low)
    return low - more, high + more


def _filled(edge: Vector, value: float) -> Vector:
    """An edge that is not known lies where it may at most."""
    made = edge.copy()
    made[~(abs(made) < math.inf)] = value
    return made


def _pen(role: str, wide: float, dash: tuple[float, ...] = (), opacity: float = 1.0) -> QPen:
    pen = QPen(style.colour(role, opacity), wide)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash:
        pen.setDashPattern([length / wide for length in dash])  # Qt counts dashes in pen widths
    return pen


def _spot(series: Series, x: float, y: float) -> dict[str, object]:
    """Hollow on a curve; a point stays full, for a hollow one is a fold that is not finished."""
    full = series.shape == "points"
    pen = _pen("text" if full else series.role, 1.8 if series.width > 2 else 1.4)
    return {"pos": (x, y), "brush": pg.mkBrush(style.colour(series.role if full else "panel")), "pen": pen}


def _ink(series: Series, opacity: float) -> QPen:
    return _pen(series.role, series.width, series.dash, opacity)
