"""One plane of a volume on the screen, with crosshair, letters, scale bar, crop and outline."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from survgui.figures.mri_planes import BOX
from survgui.figures.theme import DARK
from survgui.ui import style
from survgui.ui.mri.geometry import Plane, Point, edges
from survgui.ui.mri.scene import Scene

Key, Button, Modifier = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier

EDGE = 22
"""px around the head, for the letters"""
STILL = 4
"""px that a press may move and still be a click"""
GAP = 7.0
"""px that the crosshair leaves free around its voxel"""
SEEN = "what the model sees"
PALE = "#FFFFFF"
"""of words on black: the picture's ground is black in both themes"""
_BARS = (1, 2, 5, 10, 20, 50, 100, 200)
_ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, 1), Key.Key_Down: (0, -1)}


class PlaneView(QWidget):
    """Draws a slice of the scene and says what the user does to it; it changes nothing itself.

    Signals:
        pointed(point): The crosshair is wanted there (voxels).
        stepped(axis, voxels): Along an axis of the volume.
        zoomed(factor, point): About a point that stays where it is.
        panned(point): By voxels.
        windowed(wider, brighter): In widths of the automatic window.
        maximised(): A double click.
        menu_wanted(place): On the screen.
        resized(): There is another amount of room.
    """

    pointed = Signal(object)
    stepped = Signal(int, int)
    zoomed = Signal(float, object)
    panned = Signal(object)
    windowed = Signal(float, float)
    maximised = Signal()
    menu_wanted = Signal(QPoint)
    resized = Signal()

    def __init__(self, plane: Plane, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plane, self._scene = plane, scene
        self.message = ""
        self._image: QImage | None = None
        self._drawn: tuple[object, ...] = ()
        self._held: QPointF | None = None
        self._pressed = QPointF()
        self._turned = 0
        self._ring = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 100)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(f"MRI, {plane.name} plane")
        self.setAccessibleDescription(
            "Arrow keys move the crosshair, Page up and Page down change the slice, plus and minus zoom, 0 fits"
        )

    def sizeHint(self) -> QSize:
        """Something to look at."""
        return QSize(320, 260)

    # Where things are

    def fit(self) -> float:
        """Px per mm at which the head fills the view."""
        _, _, w, h = self.plane.frame(self._scene.head, self._scene.shape)
        across, up = self._spacing()
        return float(min((self.width() - 2 * EDGE) / (w * across), (self.height() - 2 * EDGE) / (h * up)))

    def place(self, point: Point) -> QPointF:
        """Where the middle of a voxel lies in the widget, in px."""
        column, row = self.plane.screen(point, self._scene.shape)
        frame = self.frame()
        across, up = self._pixel()
        return QPointF(frame.x() + column * across, frame.y() + row * up)

    def point(self, place: QPointF) -> Point:
        """The point of the shown slice at a place in the widget."""
        frame = self.frame()
        across, up = self._pixel()
        column, row = (place.x() - frame.x()) / across, (place.y() - frame.y()) / up
        return self.plane.voxel(column, row, self._scene.cursor, self._scene.shape)

    def frame(self) -> QRectF:
        """Where the whole slice lies in the widget, in px."""
        scene, (across, up) = self._scene, self._pixel()
        column, row = self.plane.screen(scene.centre, scene.shape)
        width, height = scene.shape[self.plane.across] * across, scene.shape[self.plane.up] * up
        return QRectF(self.width() / 2 - column * across, self.height() / 2 - row * up, width, height)

    def _spacing(self) -> tuple[float, float]:
        return self._scene.spacing[self.plane.across], self._scene.spacing[self.plane.up]

    def _pixel(self) -> tuple[float, float]:
        """Px per voxel along the screen."""
        across, up = self._spacing()
        return across * self._scene.scale, up * self._scene.scale

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Slice, marks, letters."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QPainterPath()
        whole.addRoundedRect(QRectF(self.rect()), 9, 9)
        painter.fillPath(whole, QColor("#000000"))
        if self._scene.volume is not None:
            painter.setClipPath(whole)
            self._draw_slice(painter)
            self._draw_outline(painter)
            self._draw_crosshair(painter)
            self._draw_box(painter)
            self._draw_letters(painter)
            self._draw_bar(painter)
        elif self.message:
            painter.setPen(QColor(DARK.soft))
            painter.setFont(style.font(13))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.message)
        if self.hasFocus() and self._ring:
            painter.setPen(QPen(style.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()

    def _draw_slice(self, painter: QPainter) -> None:
        scene = self._scene
        key = (scene.volume, scene.cursor[self.plane.through], scene.serial, self.plane)
        if self._image is None or key != self._drawn:
            grey = np.ascontiguousarray(scene.slice(self.plane))
            high, wide = grey.shape
            self._image = QImage(grey.tobytes(), wide, high, wide, QImage.Format.Format_Grayscale8).copy()
            self._drawn = key
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.frame(), self._image)

    def _draw_outline(self, painter: QPainter) -> None:
        scene = self._scene
        if scene.volume is None or scene.volume.outline is None or not scene.outline:
            return
        found = edges(self.plane.cut(scene.volume.outline, int(scene.cursor[self.plane.through])))
        if not len(found):
            return
        frame, (across, up) = self.frame(), self._pixel()
        found = found * (across, up, across, up) + (frame.x(), frame.y(), frame.x(), frame.y())
        painter.setPen(QPen(QColor(DARK.good), 1.4))
        painter.drawLines([QLineF(*line) for line in found.tolist()])

    def _draw_box(self, painter: QPainter) -> None:
        """Solid where the slice is inside the crop, dashed where it is not."""
        scene = self._scene
        if scene.volume is None or scene.volume.box is None or not scene.box:
            return
        x, y, w, h = self.plane.frame(scene.volume.box, scene.shape)
        frame, (across, up) = self.frame(), self._pixel()
        rect = QRectF(frame.x() + x * across, frame.y() + y * up, w * across, h * up)
        first, last = scene.volume.box[self.plane.through]
        inside = first <= scene.cursor[self.plane.through] < last
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(BOX), 1.4, Qt.PenStyle.SolidLine if inside else Qt.PenStyle.DashLine))
        painter.drawRect(rect)
        self._name_box(painter, rect, SEEN if inside else f"{SEEN}, other slices")

    def _name_box(self, painter: QPainter, rect: QRectF, words: str) -> None:
        """Words on a dark ground in the upper left corner of the crop, or as near as is in view."""
        painter.setFont(style.font(11, 500))
        wide, high = painter.fontMetrics().horizontalAdvance(words) + 10.0, 17.0
        left = min(max(rect.x() + 2.0, 6.0), self.width() - wide - 6.0)
        top = min(max(rect.y() + 2.0, 6.0), self.height() - high - 24.0)
        plate = QRectF(left, top, wide, high)
        painter.fillRect(plate, QColor(0, 0, 0, 190))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_crosshair(self, painter: QPainter) -> None:
        at, wide, high = self.place(self._scene.cursor), self.width(), self.height()
        # on the middle of a pixel, so that the line is one pixel wide
        x, y = np.floor(at.x()) + 0.5, np.floor(at.y()) + 0.5
        painter.setPen(QPen(QColor(DARK.accent), 1))
        painter.drawLines(
            [
                QLineF(0, y, x - GAP, y),
                QLineF(x + GAP, y, wide, y),
                QLineF(x, 0, x, y - GAP),
                QLineF(x, y + GAP, x, high),
            ]
        )

    def _draw_letters(self, painter: QPainter) -> None:
        painter.setFont(style.font(13, 600))
        room = QRectF(self.rect()).adjusted(8, 4, -8, -4)
        side = Qt.AlignmentFlag
        places = (
            side.AlignLeft | side.AlignVCenter,
            side.AlignRight | side.AlignVCenter,
            side.AlignTop | side.AlignHCenter,
            side.AlignBottom | side.AlignHCenter,
        )
        for letter, place in zip(self.plane.letters, places, strict=True):
            painter.setPen(QColor("#000000"))
            painter.drawText(room.translated(1, 1), place, letter)  # a shadow, for letters on bright tissue
            painter.setPen(QColor(PALE))
            painter.drawText(room, place, letter)

    def _draw_bar(self, painter: QPainter) -> None:
        """A scale bar of a round length, about a fifth of the width."""
        wanted = self.width() / 5 / self._scene.scale
        length = max((bar for bar in _BARS if bar <= wanted), default=_BARS[0])
        y, x = self.height() - 12.5, 12.0
        end = x + length * self._scene.scale
        painter.setPen(QPen(QColor(PALE), 2))
        painter.drawLine(QPointF(x, y), QPointF(end, y))
        painter.setFont(style.font(11))
        painter.drawText(QPointF(x, y - 6), f"{length}\u202fmm")

    # What the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: crosshair; middle: the view; right: the window, or the menu."""
        self._held = self._pressed = event.position()
        if event.button() is Button.LeftButton:
            self.pointed.emit(self.point(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or follow with Shift."""
        here = event.position()
        if event.buttons() & Button.LeftButton or (
            event.modifiers() & Modifier.ShiftModifier and event.buttons() == Button.NoButton
        ):
            self.pointed.emit(self.point(here))
        elif self._held is None:
            return
        elif event.buttons() & Button.MiddleButton:
            before, now = self.point(self._held), self.point(here)
            self.panned.emit(tuple(b - n for b, n in zip(before, now, strict=True)))
        elif event.buttons() & Button.RightButton and (here - self._pressed).manhattanLength() > STILL:
            moved = here - self._held
            self.windowed.emit(moved.x() / 300.0, -moved.y() / 300.0)
        self._held = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A right button that stayed where it was asks for the menu."""
        if event.button() is Button.RightButton and (event.position() - self._pressed).manhattanLength() <= STILL:
            self.menu_wanted.emit(event.globalPosition().toPoint())
        self._held = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By key only: the mouse's menu waits for the release, for its right button also drags."""
        if event.reason() is not QContextMenuEvent.Reason.Mouse:
            self.menu_wanted.emit(self.mapToGlobal(self.rect().center()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Give this plane all the room, or give it back."""
        if event.button() is Button.LeftButton:
            self.maximised.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Slices; with Ctrl the zoom."""
        turned = event.angleDelta().y()
        if event.modifiers() & Modifier.ControlModifier:
            self.zoomed.emit(1.25 ** (turned / 120.0), self.point(event.position()))
        else:
            self._turned += turned
            whole = int(self._turned / 120)  # a touchpad sends many small turns
            self._turned -= whole * 120
            if whole:
                self.stepped.emit(self.plane.through, whole)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Crosshair, slice and zoom by keys; the rest is the pane's."""
        key = event.key()
        if key in _ARROWS:
            across, up = _ARROWS[Key(key)]
            axis = self.plane.across if across else self.plane.up
            self.stepped.emit(axis, -across if across and self.plane.mirrored else across or up)
        elif key in (Key.Key_PageUp, Key.Key_PageDown):
            self.stepped.emit(self.plane.through, 1 if key == Key.Key_PageUp else -1)
        elif key in (Key.Key_Plus, Key.Key_Equal, Key.Key_Minus):
            self.zoomed.emit(0.8 if key == Key.Key_Minus else 1.25, self._scene.cursor)
        elif key in (Key.Key_Return, Key.Key_Enter):
            self.maximised.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The fit depends on the room."""
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring where the keyboard brought the focus here."""
        reasons = Qt.FocusReason
        self._ring = event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Draw in the other theme."""
        super().changeEvent(event)
        self.update()
