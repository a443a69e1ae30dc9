"""The slide itself: a tiled view to zoom and pan, with the attention over it and glass controls floating on top.

It is painted on a plain widget from tiles that other threads read; nothing here reads a file.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from survgui.cases.display import SlideFacts
from survgui.ui import style
from survgui.ui.slide.geometry import TILE, Box, Camera, Pyramid, Tile, downsample_of, stops
from survgui.ui.slide.heat import HeatMap
from survgui.ui.slide.hud import Hud, map_picture
from survgui.ui.slide.raster import Raster
from survgui.ui.slide.tiles import Loader, TileCache, default_limit

SETTLED_MS = 120
"""ms without movement after which what was painted fast is painted well"""
NOTCH = 1.25
"""by how much a notch of the wheel, + and - enlarge"""
FADE = 10
"""percent of opacity a key or a notch"""
_AHEAD = 0.4
"""of a tile: how far around the view tiles are read before they are seen"""
_FOCUS_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class SlideView(QWidget):
    """One slide, or the bare places of patches whose slide is not there.

    Signals:
        moved(): Another part is seen, or at another scale.
        failed(reason): The slide can not, or no longer, be read.
        damaged(count): So many areas could not be decoded so far; they are white.
        maximise_requested(): The view was double-clicked.
        menu_requested(point): A context menu is wanted there, in the screen's coordinates.
    """

    moved = Signal()
    failed = Signal(str)
    damaged = Signal(int)
    maximise_requested = Signal()
    menu_requested = Signal(object)

    def __init__(self, loader: Loader, parent: QWidget | None = None, *, limit: int | None = None) -> None:
        super().__init__(parent)
        self._limit = default_limit() if limit is None else limit
        self._loader = loader
        self.cache = TileCache(self._limit)
        self.raster = Raster(self.cache)
        self.camera = Camera()
        self.mpp: float | None = None
        self.heat: HeatMap | None = None
        self.frames: tuple[Box, ...] = ()
        self._shown = False
        self._fitted = True
        self._unread: set[Tile] = set()
        self._pressed: QPointF | None = None
        self._pointer: QPointF | None = None
        self._raw = False
        self._ring = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLED_MS)
        self._settle.timeout.connect(self._sharpen)
        self.hud = Hud(self)
        self.hud.heat_bar.switched.connect(self._heat_changed)
        self.hud.heat_bar.faded.connect(self._heat_changed)
        self.hud.frame_bar.switched.connect(self._frames_changed)
        self.hud.overview.pressed.connect(self._overview_pressed)
        self.hud.magnification.fit.connect(self.fit)
        self.hud.magnification.chosen.connect(self.go_to_stop)
        loader.tile_loaded.connect(self._tile_loaded)
        loader.failed.connect(self._tile_failed)
        loader.damaged.connect(self.damaged)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self.setAccessibleName("Slide")
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    # What is shown

    def show_slide(self, facts: SlideFacts | None) -> None:
        """Show a slide as a whole, or none."""
        usable = facts is not None and bool(facts.levels) and not facts.error
        if facts is None or not usable:
            self._show(None, (0.0, 0.0), None)
            self._loader.show(None)
            return
        pyramid = Pyramid.of(facts.levels, facts.downsamples)
        self._loader.show(facts.path, facts.mpp if facts.mpp_by_user else None, pyramid)
        self._show(pyramid, (float(pyramid.width), float(pyramid.height)), facts.mpp)

    def show_map(self, width: float, height: float) -> None:
        """Show blank paper of that many level-0 pixels, for the patches of a slide that is not there."""
        self._loader.show(None)
        self._show(None, (width, height), None)

    def _show(self, pyramid: Pyramid | None, extent: tuple[float, float], mpp: float | None) -> None:
        self._settle.stop()
        self.cache.clear()
        self._unread.clear()
        self.heat, self.frames, self.mpp = None, (), mpp
        self._shown = extent[0] > 0
        self.raster.set_heat(None, 0.0)
        self.raster.set_frames(())
        self.raster.show(pyramid, extent)
        self.hud.show_slide(extent, mpp)
        self.fit()
        self.update()

    def set_heat(self, heat: HeatMap | None) -> None:
        """Lay the attention over the slide, or take it away."""
        self.heat = heat if heat is not None and len(heat) else None
        self.hud.heat_bar.setVisible(self.heat is not None and self._shown)
        if self.heat is not None and self._shown and self.raster.pyramid is None:
            self.hud.overview.set_picture(map_picture(self.heat, self.raster.extent))
        self._heat_changed()

    def set_frames(self, frames: tuple[Box, ...]) -> None:
        """Frame the tiles that a model took, or none."""
        self.frames = frames
        self.hud.frame_bar.set_count(len(frames))
        self.hud.frame_bar.setVisible(bool(frames) and self._shown)
        self._frames_changed()

    @Slot()
    def _frames_changed(self) -> None:
        self.raster.set_frames(self.frames if self.hud.frame_bar.toggle.isChecked() else ())
        self.update()

    @property
    def heat_on(self) -> bool:
        """Whether the heat map is seen, where there is one."""
        return self.hud.heat_bar.toggle.isChecked()

    @Slot()
    def _heat_changed(self) -> None:
        shown = self.heat if self.heat_on else None
        self.raster.set_heat(shown, self.hud.heat_bar.opacity)
        self._probe()
        self.update()

    def set_limit(self, limit: int) -> None:
        """Bytes of decoded tiles to keep."""
        self._limit = self.cache.limit = limit

    # Where the view looks

    def view_rect(self) -> QRectF:
        """What is seen, in level-0 pixels."""
        left, top, right, bottom = self.camera.box
        return QRectF(left, top, right - left, bottom - top)

    def centre_on(self, x: float, y: float, magnification: float | None = None) -> None:
        """Go to a place in level-0 pixels, at a magnification if one is given.

        Where the pixel size is not known, 20x stands for one px a pixel.
        """
        downsample = self.camera.downsample
        if magnification is not None:
            asked = 20.0 / magnification if self.mpp is None else downsample_of(magnification, self.mpp)
            downsample = self._snapped(asked)
        self._go(replace(self.camera, x=x, y=y, downsample=downsample))

    @Slot()
    def fit(self) -> None:
        """Show the whole slide."""
        self._fitted = True
        if self._shown:
            self._go(self.camera.fitting(*self.raster.extent), fitted=True)

    @Slot(int)
    def go_to_stop(self, index: int) -> None:
        """Go to one of the six magnifications, about the centre."""
        if self._shown:
            _, downsample = stops(self.mpp)[index]
            self._go(replace(self.camera, downsample=self._snapped(downsample)))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge by a factor, with the place under a point of the view where it is."""
        point = QPointF(self.rect().center()) if at is None else at
        coarsest = 2.0 * self.camera.fitting(*self.raster.extent).downsample
        downsample = self.camera.downsample / factor
        held = self.camera.held(*self.raster.extent, coarsest)
        wanted = replace(held, downsample=downsample).held(*self.raster.extent, coarsest).downsample
        self._go(self.camera.zoomed(wanted, point.x(), point.y()))

    def push(self, across: float, down: float) -> None:
        """Push the slide by so many px, to the right and down."""
        self._go(self.camera.moved(across, down))

    def _snapped(self, downsample: float) -> float:
        pyramid, ratio = self.raster.pyramid, self.camera.ratio
        return downsample if pyramid is None else pyramid.snapped(downsample / ratio) * ratio

    def _go(self, camera: Camera, fitted: bool = False) -> None:
        """Look from another camera, ask for its tiles, and tell the controls."""
        if not self._shown:
            return
        coarsest = 2.0 * camera.fitting(*self.raster.extent).downsample
        self.camera = camera.held(*self.raster.extent, coarsest)
        self._fitted = fitted
        self.raster.look(self.camera)
        self._want()
        self.hud.follow(self.camera, self.mpp, fitted)
        self._probe()
        self._settle.start()
        self.update()
        self.moved.emit()

    def _want(self) -> None:
        """Ask for the tiles in sight, then for those around; for the whole slide in one as early as it pays."""
        pyramid = self.raster.pyramid
        if pyramid is None:
            return
        seen = self.raster.missing()
        wanted = [pyramid.top, *seen] if pyramid.top_is_cheap else [*seen, pyramid.top]
        wanted = [tile for tile in wanted if tile not in self.cache]
        level, (left, top, right, bottom) = self.raster.level, self.camera.box
        ahead = _AHEAD * TILE * pyramid.levels[level].downsample
        around = pyramid.tiles(level, (left - ahead, top - ahead, right + ahead, bottom + ahead))
        wanted += [tile for tile in around if tile not in self.cache]
        bytes_seen = 4 * TILE**2 * sum(1 for _ in pyramid.tiles(level, self.camera.box))
        self.cache.limit = max(self._limit, 2 * bytes_seen)  # less than what is seen would be read for ever
        self._loader.want([tile for tile in dict.fromkeys(wanted) if tile not in self._unread])

    @Slot(object, QImage)
    def _tile_loaded(self, tile: object, image: QImage) -> None:
        if not isinstance(tile, Tile) or self.raster.pyramid is None:
            return
        self.cache.put(tile, image)
        if tile == self.raster.pyramid.top:
            self.hud.overview.set_picture(image)
        at = self.raster.arrived(tile)
        if not at.isEmpty():
            ratio = self.camera.ratio
            self.update(QRectF(at.x() / ratio, at.y() / ratio, at.width() / ratio, at.height() / ratio).toAlignedRect())
            if not self._settle.isActive():
                self._settle.start()

    @Slot(object, str)
    def _tile_failed(self, tile: object, reason: str) -> None:
        if isinstance(tile, Tile):
            self._unread.add(tile)
            self.failed.emit(reason)

    @Slot()
    def _sharpen(self) -> None:
        """Paint what was painted fast anew, a band a turn of the event loop."""
        self.raster.refresh()
        if self.raster.sharpen():
            self._settle.start(0)
        else:
            self._settle.setInterval(SETTLED_MS)
            self.update()

    # What is at a place

    def _probe(self) -> None:
        """Tell the place under the pointer, or in the middle where the pointer is elsewhere."""
        if not self._shown:
            return
        point = self._pointer if self._pointer is not None else QPointF(self.width() / 2, self.height() / 2)
        x, y = self.camera.to_slide(point.x(), point.y())
        patch = self.heat.at(x, y) if self.heat is not None else None
        rank = None if self.heat is None or patch is None else float(self.heat.ranks[patch])
        weight = None if self.heat is None or patch is None else float(self.heat.weights[patch])
        self.hud.tell(x, y, rank, weight, self._raw)
        self.hud.place(self.width(), self.height())

    # Size and colours

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle, and all of the slide in sight where it was."""
        super().resizeEvent(event)
        self._resized()

    def event(self, event: QEvent) -> bool:
        """Follow to a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._resized()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: what is around the slide has another colour."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.raster.background = style.colour("background")
            self.raster.invalidate()
            self.update()

    def _resized(self) -> None:
        ratio = self.devicePixelRatioF()
        self.raster.background = style.colour("background")
        camera = replace(self.camera, width=self.width(), height=self.height(), ratio=ratio)
        self.camera = camera
        self.hud.place(self.width(), self.height())
        if self._fitted:
            self.fit()
        else:
            self._go(camera)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy what is composed to the screen."""
        painter = QPainter(self)
        if self._shown:
            self.raster.paint(painter, event.rect())
            if self.raster.rough and not self._settle.isActive():
                self._settle.start()
        else:
            painter.fillRect(event.rect(), style.colour("background"))
        if self._ring:
            painter.setPen(QPen(style.colour("accent"), 2.0))
            painter.drawRect(QRect(0, 0, self.width(), self.height()).adjusted(1, 1, -1, -1))
        painter.end()

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the slide."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the slide, or tell what is under the pointer."""
        here = event.position()
        self._pointer = here
        self._raw = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if self._pressed is not None:
            step, self._pressed = here - self._pressed, here
            self.push(step.x(), step.y())
        else:
            self._probe()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the slide."""
        self._pressed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The whole slide, in as much room as the window has."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.fit()
            self.maximise_requested.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Without a pointer, the middle is told."""
        self._pointer = None
        self._probe()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; with Shift, fade the heat map."""
        turn = event.angleDelta()
        notches = (turn.y() or turn.x()) / 120.0
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._fade(notches)
        elif notches:
            self.zoom(NOTCH**notches, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys of the viewer; what is none goes on to the window."""
        if event.key() == Qt.Key.Key_Alt:
            self._raw = True
            self._probe()
        elif event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier) or not (
            self._shown and (self._steered(event.key()) or self._typed(event.text()))
        ):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Alt let go: ranks again."""
        if event.key() == Qt.Key.Key_Alt:
            self._raw = False
            self._probe()
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys come here, if keys led here."""
        self._ring = event.reason() in _FOCUS_BY_KEY
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No longer."""
        self._ring = self._raw = False
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu."""
        if self._shown:
            self.menu_requested.emit(event.globalPos())

    def _steered(self, key: int) -> bool:
        """Whether a key moved the view."""
        step = max(40.0, 0.15 * min(self.width(), self.height()))
        arrows = {
            Qt.Key.Key_Left: (step, 0.0), Qt.Key.Key_Right: (-step, 0.0),
            Qt.Key.Key_Up: (0.0, step), Qt.Key.Key_Down: (0.0, -step),
        }  # fmt: skip
        if key in arrows:
            self.push(*arrows[Qt.Key(key)])
        elif key == Qt.Key.Key_Space:  # the slide is dragged with or without
            pass
        else:
            return False
        return True

    def _typed(self, text: str) -> bool:
        """Whether a character meant something here."""
        if text == "0":
            self.fit()
        elif text in ("1", "2", "3", "4", "5", "6"):
            self.go_to_stop(int(text) - 1)
        elif text in ("+", "=", "-", "\u2212"):
            self.zoom(NOTCH if text in "+=" else 1.0 / NOTCH)
        elif text in (",", "."):
            self._fade(1 if text == "." else -1)
        elif text.lower() == "h":
            (self.hud.frame_bar if self.frames else self.hud.heat_bar).toggle.toggle()
        elif text.lower() in ("o", "b"):
            shown = self.hud.overview if text.lower() == "o" else self.hud.scale_bar
            shown.setVisible(shown.isHidden())
        else:
            return False
        return True

    def _fade(self, notches: float) -> None:
        self.hud.heat_bar.slider.setValue(self.hud.heat_bar.slider.value() + round(FADE * notches))

    @Slot(float, float)
    def _overview_pressed(self, x: float, y: float) -> None:
        self.centre_on(x, y)
