"""What every curve says where the crosshair stands."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from survgui.figures.canvas import Fill, Ink, PainterCanvas
from survgui.ui import style
from survgui.ui.explore.series import NOTHING, Plot, Series
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Elided, Label, line

WIDE = 262
HELP = "Wheel zooms, dragging moves; the arrows step from value to value."


class Swatch(QWidget):
    """A piece of the curve, as it is drawn."""

    def __init__(self, series: Series, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series = series
        self.setFixedSize(QSize(22, 16))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        canvas = PainterCanvas(painter, style.theme())
        s, middle = self._series, self.height() / 2
        if s.shape == "points":
            canvas.disc(self.width() / 2, middle, 4.4, Fill(s.role))
        else:
            canvas.line([(0.0, middle), (float(self.width()), middle)], Ink(s.role, s.width, s.dash))
        painter.end()


class SeriesRow(QWidget):
    """One series: its stroke, its name, its value, and below it what lies around."""

    def __init__(self, series: Series, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self.name, self.value = Elided(series.name, "strong", cut="end"), Label(NOTHING, "strong")
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.details = Label("", "hint", wrap=True)
        self.details.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.details.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(Swatch(series), 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.name, 0, 1)
        grid.addWidget(self.value, 0, 2)
        grid.addWidget(self.details, 1, 1, 1, 2)

    def set_value(self, value: str, details: tuple[str, ...]) -> None:
        """Say another value."""
        self.value.setText(value)
        self.details.setText("\n".join(details))
        self.details.setVisible(bool(details))


class Readout(Card):
    """The values at one x."""

    def __init__(self, plot: Plot, parent: QWidget | None = None) -> None:
        super().__init__(NOTHING, plot.y.title, parent)
        self._plot = plot
        self.setFixedWidth(WIDE)
        self.rows = tuple(SeriesRow(series) for series in plot.series)
        rows = QVBoxLayout()
        rows.setSpacing(10)
        for row in self.rows:
            rows.addWidget(row)
        self.body.addWidget(line())
        self.body.addLayout(rows)
        self.body.addStretch(1)
        self.body.addWidget(Label(HELP, "hint", wrap=True))

    def show_at(self, x: float) -> None:
        """Say what everything is at `x`."""
        self.set_title(self._plot.x.said(x))
        for row, series in zip(self.rows, self._plot.series, strict=True):
            row.set_value(self._plot.y.said(series.at(x)), self._plot.details(series, x))
        self.setAccessibleDescription(self._plot.spoken(x))
