"""What floats over the slide and only tells: scale bar, place and value, and the overview that also steers."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from survgui.figures.slide_overview import length_text, round_length
from survgui.figures.words import THIN, count
from survgui.ui import style
from survgui.ui.slide.controls import HEIGHT, SHADE, Glass, draw_glass, draw_ring
from survgui.ui.slide.geometry import Box

LONGEST = 130.0
"""px of the scale bar, at the most"""


def bar(downsample: float, mpp: float | None) -> tuple[float, str]:
    """Length in px and words of a scale bar of a round length, at so many level-0 pixels per px."""
    unit = downsample * (mpp if mpp is not None else 1.0)
    most = LONGEST * unit
    long = round_length(most) if most >= 1.0 or mpp is not None else most
    text = length_text(long) if mpp is not None else f"{count(round(long))}{THIN}px"
    return long / unit, text


class ScaleBar(Glass):
    """A bar of a round length; in pixels, and saying so, where nobody knows how large they are."""

    _UNKNOWN = "pixel size unknown"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(style.font(12.0, 500))
        self._length, self._text, self._known = 0.0, "", True

    @property
    def text(self) -> str:
        """What it says."""
        return self._text if self._known else f"{self._text}, {self._UNKNOWN}"

    def set_scale(self, downsample: float, mpp: float | None) -> None:
        """Show the scale of so many level-0 pixels per px."""
        length, text = bar(downsample, mpp)
        if (length, text, mpp is not None) != (self._length, self._text, self._known):
            self._length, self._text, self._known = length, text, mpp is not None
            self.setAccessibleName(f"Scale bar: {self.text}")
            wide = math.ceil(length) + 34 + self.fontMetrics().horizontalAdvance(text)
            if not self._known:
                wide += 10 + self.fontMetrics().horizontalAdvance(self._UNKNOWN)
            self.resize(wide + 2 * SHADE, HEIGHT + 2 * SHADE)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar and words."""
        painter = QPainter(self)
        draw_glass(painter, self)
        inner = self.inner()
        left = inner.left() + 11.0
        painter.fillRect(QRectF(left, inner.center().y() - 1.5, self._length, 3.0), style.colour("text"))
        painter.setPen(style.colour("text"))
        words = inner.adjusted(11.0 + self._length + 11.0, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._text)
        if not self._known:
            painter.setPen(style.colour("warn"))
            words.adjust(self.fontMetrics().horizontalAdvance(self._text) + 10.0, 0, 0, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._UNKNOWN)
        painter.end()


class Coordinates(Glass):
    """Where the pointer is, in level-0 pixels, and the attention there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(style.font(12.0, 500))
        self._place, self._name, self._value = "", "", ""

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(part for part in (self._place, self._name, self._value) if part)

    def set_place(self, x: float, y: float, name: str = "", value: str = "") -> None:
        """Show a place, and the value there with its name."""
        place = f"x {_signed(x)} · y {_signed(y)}"
        if (place, name, value) == (self._place, self._name, self._value):
            return
        self._place, self._name, self._value = place, name, value
        parts = [part for part in (place, name, value) if part]
        advance = self.fontMetrics().horizontalAdvance
        wide = sum(math.ceil(advance(part)) for part in parts) + 10 * (len(parts) - 1) + 24
        self.resize(wide + 2 * SHADE, HEIGHT + 2 * SHADE)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words."""
        painter = QPainter(self)
        draw_glass(painter, self)
        at = self.inner().adjusted(12.0, 0, 0, 0)
        for part, role in ((self._place, "text"), (self._name, "soft"), (self._value, "text")):
            if part:
                painter.setPen(style.colour(role))
                painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, part)
                at.adjust(math.ceil(self.fontMetrics().horizontalAdvance(part)) + 10.0, 0, 0, 0)
        painter.end()


def _signed(value: float) -> str:
    number = math.floor(value)
    return ("\u2212" if number < 0 else "") + count(abs(number))


class Overview(Glass):
    """The whole slide, small, with a box around what is seen; pressing or dragging goes there.

    Signals:
        pressed(x, y): A place of the slide, in level-0 pixels.
    """

    pressed = Signal(float, float)

    _SIDE = 124.0
    _PAD = 5.0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Overview of the slide")
        self.setToolTip("Overview (O): press or drag to go there")
        self._image = QImage()
        self._scaled = QImage()
        self._extent = (1.0, 1.0)
        self._box: Box = (0.0, 0.0, 1.0, 1.0)

    def show_slide(self, width: float, height: float) -> None:
        """Another slide of that many level-0 pixels; its picture comes later."""
        self._extent, self._image, self._scaled = (width, height), QImage(), QImage()
        factor = self._SIDE / max(width, height)
        size = QSize(max(24, round(width * factor)), max(24, round(height * factor)))
        self.resize(size.width() + 2 * round(SHADE + self._PAD), size.height() + 2 * round(SHADE + self._PAD))
        self.update()

    def set_picture(self, image: QImage) -> None:
        """The picture of the whole slide."""
        self._image, self._scaled = image, QImage()
        self.update()

    def set_box(self, box: Box) -> None:
        """What is seen, in level-0 pixels."""
        if box != self._box:
            self._box = box
            self.update()

    def picture_rect(self) -> QRectF:
        """Where the slide's picture is."""
        return self.inner().adjusted(self._PAD, self._PAD, -self._PAD, -self._PAD)

    def box_rect(self) -> QRectF:
        """Where the box around what is seen is: at least 4 px, and inside the picture."""
        at, (wide, high) = self.picture_rect(), self._extent
        x0, x1 = (at.left() + at.width() * min(max(self._box[k] / wide, 0.0), 1.0) for k in (0, 2))
        y0, y1 = (at.top() + at.height() * min(max(self._box[k] / high, 0.0), 1.0) for k in (1, 3))
        across, down = max(4.0 - (x1 - x0), 0.0) / 2, max(4.0 - (y1 - y0), 0.0) / 2
        return QRectF(x0 - across, y0 - down, x1 - x0 + 2 * across, y1 - y0 + 2 * down)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture and box."""
        painter = QPainter(self)
        draw_glass(painter, self)
        at = self.picture_rect()
        if self._image.isNull():
            painter.fillRect(at, style.colour("grid"))
        else:
            painter.drawImage(at, self._small(at))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(style.colour("accent"), 2.0))
        painter.setBrush(style.colour("accent", 0.08))
        painter.drawRect(self.box_rect())
        draw_ring(painter, self, self.inner())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where it was pressed."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, point: QPointF) -> None:
        at = self.picture_rect()
        x = min(max((point.x() - at.left()) / at.width(), 0.0), 1.0) * self._extent[0]
        y = min(max((point.y() - at.top()) / at.height(), 0.0), 1.0) * self._extent[1]
        self.pressed.emit(x, y)

    def _small(self, at: QRectF) -> QImage:
        """The picture at the size that is shown, made once."""
        ratio = self.devicePixelRatioF()
        size = QSize(round(at.width() * ratio), round(at.height() * ratio))
        if self._scaled.size() != size:
            how = Qt.AspectRatioMode.IgnoreAspectRatio
            self._scaled = self._image.scaled(size, how, Qt.TransformationMode.SmoothTransformation)
        return self._scaled
