"""The picture of the view, kept between frames: a pan moves it and paints the strip that came into sight.

Small areas are painted bilinear at once. Large ones, as after a zoom on a large screen, are painted by nearest
neighbour first and anew in bands once nothing moves, so that no frame takes long.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QRegion

from survgui.ui.slide.geometry import Box, Camera, Pyramid, Tile
from survgui.ui.slide.heat import HeatMap
from survgui.ui.slide.tiles import TileCache

SMALL = 1_500_000
"""device pixels that are painted bilinear at once: 2 to 3 ms"""
BAND = 600_000
"""device pixels of a band that is painted anew when nothing moves"""
OUTLINED = 14
"""device pixels that a patch must have for its border to be drawn"""
_PAPER = QColor(255, 255, 255)
_BORDER = QColor(255, 255, 255, 84)
_FRAME = (QColor(255, 255, 255), 5), (QColor(18, 24, 34), 2)
"""colour and device pixels of a frame and of the halo below it, which are seen on any stain"""
SMALLEST_FRAME = 10
"""device pixels per side below which a frame does not shrink"""


class Raster:
    """What is seen, composed from the tiles at hand and the heat map."""

    def __init__(self, cache: TileCache) -> None:
        self.cache = cache
        self.pyramid: Pyramid | None = None
        self.extent: tuple[float, float] = (0.0, 0.0)
        self.camera = Camera()
        self.background = QColor("white")
        self._picture = QPixmap(1, 1)
        self._dirty = QRegion()
        self._rough = QRegion()
        self._heat: HeatMap | None = None
        self._tints = QImage()
        self._frames: tuple[Box, ...] = ()

    @property
    def level(self) -> int:
        """The level of the pyramid that the camera's scale asks for."""
        return self.pyramid.level_for(self.camera.scale) if self.pyramid else 0

    @property
    def rough(self) -> bool:
        """Whether something was painted by nearest neighbour that deserves better."""
        return not self._rough.isEmpty()

    def show(self, pyramid: Pyramid | None, extent: tuple[float, float]) -> None:
        """Another slide of so many level-0 pixels; without a pyramid it is blank paper."""
        self.pyramid, self.extent = pyramid, extent
        self.invalidate()

    def set_heat(self, heat: HeatMap | None, opacity: float) -> None:
        """Lay a heat map over the slide, or none."""
        if heat is None and self._heat is None:
            return
        changed = self._heat.box if self._heat is not None else None
        self._heat = heat
        if heat is not None:
            tints = heat.tints(opacity)
            rows, columns = tints.shape
            self._tints = QImage(tints.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()
            changed = heat.box
        if changed is not None:
            self.invalidate()

    def set_frames(self, frames: tuple[Box, ...]) -> None:
        """Draw frames around boxes of level-0 pixels, or none."""
        if frames != self._frames:
            self._frames = frames
            self.invalidate()

    def look(self, camera: Camera) -> None:
        """Move the camera; where only the place changed, what is already painted moves along."""
        old, self.camera = self.camera, camera
        if (camera.scale, camera.device) != (old.scale, old.device) or self._size() != camera.device:
            self.invalidate()
            return
        (left, top), (was_left, was_top) = camera.origin, old.origin
        across, down = was_left - left, was_top - top
        if not across and not down:
            return
        whole = QRect(QPoint(0, 0), self._picture.size())
        kept = whole & whole.translated(across, down)
        if kept.isEmpty():
            self.invalidate()
            return
        self._picture.scroll(across, down, whole)
        fresh = QRegion(whole) - QRegion(kept)
        self._dirty = (self._dirty.translated(across, down) & QRegion(whole)) + fresh
        self._rough = self._rough.translated(across, down) & QRegion(whole)

    def invalidate(self) -> None:
        """Paint everything anew."""
        if self._size() != self.camera.device:
            self._picture = QPixmap(*self.camera.device)
            self._picture.fill(self.background)
        self._dirty = QRegion(QRect(QPoint(0, 0), self._picture.size()))
        self._rough = QRegion()

    def arrived(self, tile: Tile) -> QRect:
        """A tile has come: paint its place anew; where that is, in device pixels of the view."""
        if self.pyramid is None:
            return QRect()
        at = self._target(self.pyramid.box(tile)) & QRect(QPoint(0, 0), self._picture.size())
        if not at.isEmpty() and tile.level in (self.level, self.pyramid.top.level, self.level - 1):
            self._dirty += QRegion(at)
            return at
        return QRect()

    def refresh(self) -> None:
        """Paint what has changed."""
        if self._dirty.isEmpty():
            return
        dirty, self._dirty = self._dirty, QRegion()
        area = sum(rect.width() * rect.height() for rect in _rects(dirty))
        smooth = area <= SMALL
        painter = QPainter(self._picture)
        for rect in _rects(dirty):
            self._compose(painter, rect, smooth)
        painter.end()
        exact = self.pyramid is None or self.pyramid.levels[self.level].downsample == self.camera.scale
        self._rough = self._rough - dirty if smooth or exact else self._rough + dirty

    def sharpen(self) -> bool:
        """Paint a band of what is rough anew, bilinear; whether more is left."""
        if self._rough.isEmpty():
            return False
        box = self._rough.boundingRect()
        band = QRect(box.x(), box.y(), box.width(), max(16, BAND // max(1, box.width())))
        painter = QPainter(self._picture)
        for rect in _rects(self._rough & QRegion(band)):
            self._compose(painter, rect, smooth=True)
        painter.end()
        self._rough -= QRegion(band)
        return not self._rough.isEmpty()

    def paint(self, painter: QPainter, exposed: QRect) -> None:
        """Put the picture, or the part of it that was exposed (px of the view), on the screen."""
        self.refresh()
        ratio = self.camera.ratio
        area = QRectF(exposed.x() * ratio, exposed.y() * ratio, exposed.width() * ratio, exposed.height() * ratio)
        at = area.toAlignedRect() & QRect(QPoint(0, 0), self._picture.size())
        painter.save()
        painter.scale(1.0 / ratio, 1.0 / ratio)  # device pixels, so that it is a copy
        painter.drawPixmap(at, self._picture, at)
        painter.restore()

    def image(self) -> QImage:
        """What is seen, in device pixels, bilinear all over."""
        self.refresh()
        while self.sharpen():
            pass
        return self._picture.toImage().convertToFormat(QImage.Format.Format_RGB32)

    def missing(self) -> list[Tile]:
        """The tiles in sight that are not at hand, the one nearest to the middle first."""
        if self.pyramid is None:
            return []
        return [tile for tile in self.pyramid.tiles(self.level, self.camera.box) if tile not in self.cache]

    def _size(self) -> tuple[int, int]:
        return self._picture.width(), self._picture.height()

    def _target(self, box: Box) -> QRect:
        """A box of level-0 pixels in device pixels of the view; neighbours share their edge."""
        (left, top), edge = self.camera.origin, self.camera.edge
        x, y = edge(box[0]), edge(box[1])
        return QRect(x - left, y - top, edge(box[2]) - x, edge(box[3]) - y)

    def _box(self, rect: QRect) -> Box:
        """The level-0 pixels under a rectangle of device pixels of the view."""
        (left, top), scale = self.camera.origin, self.camera.scale
        x, y = left + rect.x(), top + rect.y()
        return x * scale, y * scale, (x + rect.width()) * scale, (y + rect.height()) * scale

    def _compose(self, painter: QPainter, rect: QRect, smooth: bool) -> None:
        painter.setClipRect(rect)
        slide = self._target((0.0, 0.0, *self.extent))
        if not slide.contains(rect):
            painter.fillRect(rect, self.background)
        if slide.intersects(rect):
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            if self.pyramid is None:
                painter.fillRect(slide & rect, _PAPER)
            else:
                for tile in self.pyramid.tiles(self.level, self._box(rect)):
                    self._draw(painter, self.pyramid, tile)
        if self._heat is not None:
            self._draw_heat(painter, self._heat, rect)
        for colour, wide in _FRAME if self._frames else ():
            painter.setPen(QPen(colour, wide, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRects([self._frame(box) for box in self._frames])

    def _draw(self, painter: QPainter, pyramid: Pyramid, tile: Tile) -> None:
        target = self._target(pyramid.box(tile))
        image = self.cache.get(tile)
        if image is None:
            self._draw_instead(painter, pyramid, tile, target)
        elif target.size() == image.size():
            painter.drawImage(target.topLeft(), image)
        elif not target.isEmpty():
            painter.drawImage(target, image)

    def _draw_instead(self, painter: QPainter, pyramid: Pyramid, tile: Tile, target: QRect) -> None:
        """What is at hand in place of a tile: a part of a coarser one, and whatever there is of the next finer ones."""
        painter.fillRect(target, _PAPER)
        for level in range(tile.level + 1, len(pyramid.levels)):
            above, part = pyramid.parent(tile, level)
            image = self.cache.get(above)
            if image is not None and part[0] < part[2] and part[1] < part[3]:
                source = QRectF(part[0], part[1], part[2] - part[0], part[3] - part[1])
                painter.drawImage(QRectF(target), image, source)
                break
        if tile.level > 0:
            for finer in pyramid.tiles(tile.level - 1, pyramid.box(tile)):
                image = self.cache.get(finer)
                if image is not None:
                    painter.drawImage(self._target(pyramid.box(finer)), image)

    def _draw_heat(self, painter: QPainter, heat: HeatMap, rect: QRect) -> None:
        box = self._box(rect)
        first, last, upper, lower = heat.cells(box)
        if first >= last or upper >= lower:
            return
        (left, top), scale = self.camera.origin, self.camera.scale
        x, y = (heat.corner[0] + first * heat.step) / scale - left, (heat.corner[1] + upper * heat.step) / scale - top
        wide, high = (last - first) * heat.step / scale, (lower - upper) * heat.step / scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.drawImage(QRectF(x, y, wide, high), self._tints, QRectF(first, upper, last - first, lower - upper))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if heat.patch / scale >= OUTLINED:
            painter.setPen(QPen(_BORDER, 0, Qt.PenStyle.SolidLine))
            painter.drawLines([self._line(*line) for line in heat.outlines(box)])

    def _frame(self, box: Box) -> QRect:
        at = self._target(box)
        grown = max(0, SMALLEST_FRAME - at.width()) // 2
        return at.adjusted(-grown, -grown, grown, grown)

    def _line(self, x0: float, y0: float, x1: float, y1: float) -> QLineF:
        (left, top), edge = self.camera.origin, self.camera.edge
        return QLineF(edge(x0) - left, edge(y0) - top, edge(x1) - left, edge(y1) - top)


def _rects(region: QRegion) -> list[QRect]:
    return list(region)  # type: ignore[call-overload, no-any-return]  # its stub lacks the iterator
