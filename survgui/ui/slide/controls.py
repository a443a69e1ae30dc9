"""The glass that floats over the slide, and the controls on it: heat map bar and magnification buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QSlider, QWidget

from survgui.figures.slide_overview import heat
from survgui.ui import style

SHADE = 6
"""px around a pane of glass for its shadow"""
HEIGHT = 32
RADIUS = 8.0


class Glass(QWidget):
    """A pane of glass; what is on it is laid out or painted inside `inner()`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def inner(self) -> QRectF:
        """The glass without its shadow."""
        return QRectF(self.rect()).adjusted(SHADE, SHADE, -SHADE, -SHADE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the glass."""
        painter = QPainter(self)
        draw_glass(painter, self)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is pressed on the glass does not reach the slide below."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Neither is a double click the slide's."""
        event.accept()


def draw_glass(painter: QPainter, widget: QWidget) -> None:
    """The glass of a widget, from a picture that is made once for its height and stretched between its ends."""
    tokens = style.theme()
    ratio, wide, high = widget.devicePixelRatioF(), float(widget.width()), float(widget.height())
    glass = _glass(widget.height(), ratio, tokens.panel, tokens.line)
    end, whole = _END * ratio, float(glass.width())
    parts = ((0.0, 0.0, _END), (end, _END, wide - 2 * _END), (whole - end, wide - _END, _END))
    for source, x, across in parts:
        width = whole - 2 * end if source == end else end
        painter.drawPixmap(QRectF(x, 0.0, across, high), glass, QRectF(source, 0.0, width, glass.height()))


_END = SHADE + round(RADIUS) + 2


@lru_cache(maxsize=64)
def _glass(height: int, ratio: float, panel: str, line: str) -> QPixmap:
    width = 2 * _END + 4
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.scale(ratio, ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    inner = QRectF(SHADE, SHADE, width - 2 * SHADE, height - 2 * SHADE)
    for reach in range(SHADE - 1, -1, -1):  # a soft shadow, a little below
        painter.setBrush(QColor(12, 18, 28, 5))
        painter.drawRoundedRect(inner.adjusted(-reach, 1 - reach, reach, 1 + reach), RADIUS + reach, RADIUS + reach)
    ground, edge = QColor(panel), QColor(line)
    ground.setAlphaF(0.96)
    painter.setBrush(ground)
    painter.setPen(QPen(edge, 1.0))
    painter.drawRoundedRect(inner.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    painter.end()
    return made


class GlassButton(QAbstractButton):
    """A word to press, tinted while it is on."""

    def __init__(self, text: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(style.font(12.0, 500))

    def sizeHint(self) -> QSize:
        """Room for the word, and a target of 24 px at least."""
        return QSize(max(28, self.fontMetrics().horizontalAdvance(self.text()) + 14), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the word, on its tint while on."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.colour("tint"))
            painter.drawRoundedRect(at, 6.0, 6.0)
        draw_ring(painter, self, at)
        role = "accent" if self.isChecked() else "text" if self.underMouse() or self.isDown() else "soft"
        painter.setPen(style.colour(role))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


def draw_ring(painter: QPainter, widget: QWidget, at: QRectF, radius: float = 6.0) -> None:
    """The ring of a widget that has the keyboard."""
    if widget.hasFocus():
        painter.setPen(QPen(style.colour("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(at.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class Toggle(QAbstractButton):
    """A small switch with a word beside it."""

    _TRACK = QSize(26, 14)

    def __init__(self, text: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(style.font(12.0, 600))

    def sizeHint(self) -> QSize:
        """Room for switch and word."""
        return QSize(self._TRACK.width() + 16 + self.fontMetrics().horizontalAdvance(self.text()), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw switch and word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ring(painter, self, QRectF(self.rect()))
        track = QRectF(4.0, (self.height() - self._TRACK.height()) / 2, self._TRACK.width(), self._TRACK.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.colour("accent" if self.isChecked() else "faint"))
        painter.drawRoundedRect(track, 7.0, 7.0)
        painter.setBrush(style.colour("panel"))
        x = track.right() - 7.0 if self.isChecked() else track.left() + 7.0
        painter.drawEllipse(QPointF(x, track.center().y()), 5.0, 5.0)
        painter.setPen(style.colour("text" if self.isChecked() else "soft"))
        beside = self.rect().adjusted(self._TRACK.width() + 11, 0, 0, 0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()


class Opacity(QSlider):
    """0 to 100 %; a click goes straight to its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, 100)
        self.setPageStep(10)
        self.setFixedSize(72, 24)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Opacity of the heat map")
        self.setToolTip("Opacity of the heat map (, and . or Shift+wheel)")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where it was pressed."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw groove, what is set, and the handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, x = self.height() / 2, 7.0 + (self.width() - 14.0) * self.value() / 100.0
        painter.setBrush(style.colour("line"))
        painter.drawRoundedRect(QRectF(4.0, middle - 2.0, self.width() - 8.0, 4.0), 2.0, 2.0)
        painter.setBrush(style.colour("accent" if self.isEnabled() else "faint"))
        painter.drawRoundedRect(QRectF(4.0, middle - 2.0, x - 4.0, 4.0), 2.0, 2.0)
        painter.setBrush(style.colour("panel"))
        painter.setPen(QPen(style.colour("accent" if self.isEnabled() else "faint"), 2.0))
        painter.drawEllipse(QPointF(x, middle), 5.0, 5.0)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(style.colour("accent", 0.45), 2.0))
            painter.drawEllipse(QPointF(x, middle), 8.0, 8.0)
        painter.end()

    def _follow(self, event: QMouseEvent) -> None:
        self.setValue(round(100.0 * (event.position().x() - 7.0) / (self.width() - 14.0)))


class _Key(QWidget):
    """The colours of the ranks, and what they run over."""

    _BAR = 110
    _SCALE = "0–1 rank"
    _OPACITY = "opacity"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(style.font(12.0))
        self.setToolTip("Rank of attention among the case's patches, 0 for the least and 1 for the most")
        metrics = self.fontMetrics()
        self._text = metrics.horizontalAdvance(self._SCALE)
        self.setFixedSize(self._BAR + 8 + self._text + 14 + metrics.horizontalAdvance(self._OPACITY), 24)
        shades = (heat(np.linspace(0, 1, self._BAR, dtype=np.float32)) * 255).astype(np.uint8)
        row = np.ascontiguousarray(shades[None])
        self._colours = QImage(row.data, self._BAR, 1, 3 * self._BAR, QImage.Format.Format_RGB888).copy()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar and words."""
        painter = QPainter(self)
        bar = QRectF(0.0, self.height() / 2 - 5.0, self._BAR, 10.0)
        painter.drawImage(bar, self._colours)
        painter.setPen(style.colour("soft"))
        at = self.rect().adjusted(self._BAR + 8, 0, 0, 0)
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, self._SCALE)
        at = at.adjusted(self._text + 14, 0, 0, 0)
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, self._OPACITY)
        painter.end()


class HeatBar(Glass):
    """Heat map on or off, its colours, its opacity.

    Signals:
        switched(on): The user switched the heat map.
        faded(share): The user set the opacity, 0 to 1.
    """

    switched = Signal(bool)
    faded = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(SHADE + 8, SHADE, SHADE + 6, SHADE)
        row.setSpacing(8)
        self.toggle = Toggle("Attention", "Heat map of the attention (H)")
        self.toggle.setChecked(True)
        self.slider = Opacity()
        self.slider.setValue(45)
        self._key = _Key()
        for widget in (self.toggle, self._key, self.slider):
            row.addWidget(widget)
        self.toggle.toggled.connect(self._switched)
        self.slider.valueChanged.connect(self._faded)
        self.setFixedSize(self.sizeHint().width(), HEIGHT + 2 * SHADE)

    @property
    def opacity(self) -> float:
        """0 to 1."""
        return self.slider.value() / 100.0

    @Slot(bool)
    def _switched(self, on: bool) -> None:
        self.slider.setEnabled(on)
        self.switched.emit(on)

    @Slot(int)
    def _faded(self, value: int) -> None:
        self.faded.emit(value / 100.0)


class Magnification(Glass):
    """Fit and the six magnifications; the current one is tinted.

    Signals:
        fit(): The whole slide is wanted.
        chosen(index): One of the six.
    """

    fit = Signal()
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SHADE + 5, SHADE, SHADE + 5, SHADE)
        self._row.setSpacing(1)
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._group.idClicked.connect(self._clicked)
        self.buttons: list[GlassButton] = []
        self.set_stops([])

    def set_stops(self, names: Sequence[str]) -> None:
        """Set what the six are called."""
        if [button.text() for button in self.buttons[1:]] == list(names) and self.buttons:
            return
        for button in self.buttons:
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        tips = [("Fit", "Fit the whole slide (0)"), *((n, f"Magnification {n} ({k})") for k, n in enumerate(names, 1))]
        if names and ":" in names[0]:
            tips[1:] = [(n, f"{n}, screen to slide pixels ({k})") for k, n in enumerate(names, 1)]
        self.buttons = [GlassButton(name, tip, self) for name, tip in tips]
        for number, button in enumerate(self.buttons):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            self._row.addWidget(button)
            self._group.addButton(button, number)
        wide = sum(button.sizeHint().width() for button in self.buttons) + len(self.buttons) - 1
        self.setFixedSize(wide + 2 * (SHADE + 5), HEIGHT + 2 * SHADE)

    def set_current(self, index: int | None, fitted: bool) -> None:
        """Tint Fit, one of the six, or none."""
        for number, button in enumerate(self.buttons):
            on = fitted if number == 0 else number - 1 == index and not fitted
            if button.isChecked() != on:
                button.setChecked(on)

    @Slot(int)
    def _clicked(self, number: int) -> None:
        button = self.buttons[number]
        button.setChecked(not button.isChecked())  # what is on is told by the view, not by the click
        if number == 0:
            self.fit.emit()
        else:
            self.chosen.emit(number - 1)
