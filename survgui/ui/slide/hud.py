"""The controls that float over the slide, kept in their corners and told what the view shows."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from survgui.ui.slide.controls import SHADE, HeatBar, Magnification
from survgui.ui.slide.frames import FrameBar
from survgui.ui.slide.geometry import Camera, stops
from survgui.ui.slide.heat import HeatMap
from survgui.ui.slide.overlays import Coordinates, Overview, ScaleBar

_MARGIN = 12 - SHADE
_SAME = 0.02
"""by how much a scale may be off a magnification and still be called it"""


class Hud:
    """Heat map or frame bar, overview, scale bar, coordinates and magnifications of one view."""

    def __init__(self, view: QWidget) -> None:
        self.heat_bar = HeatBar(view)
        self.frame_bar = FrameBar(view)
        self.overview = Overview(view)
        self.scale_bar = ScaleBar(view)
        self.coordinates = Coordinates(view)
        self.magnification = Magnification(view)
        for widget in self.all():
            widget.hide()

    def all(self) -> tuple[QWidget, ...]:
        """The six."""
        return self.heat_bar, self.frame_bar, self.overview, self.scale_bar, self.coordinates, self.magnification

    def show_slide(self, extent: tuple[float, float], mpp: float | None) -> None:
        """Another slide of so many level-0 pixels; an empty extent hides everything."""
        for widget in self.all():
            widget.setVisible(extent[0] > 0 and widget not in (self.heat_bar, self.frame_bar))
        if extent[0] > 0:
            self.overview.show_slide(*extent)
            self.magnification.set_stops([name for name, _ in stops(mpp)])

    def follow(self, camera: Camera, mpp: float | None, fitted: bool) -> None:
        """Another part of the slide is seen, or at another scale."""
        self.overview.set_box(camera.box)
        self.scale_bar.set_scale(camera.downsample, mpp)
        near = [abs(scale / camera.downsample - 1.0) < _SAME for _, scale in stops(mpp)]
        self.magnification.set_current(near.index(True) if True in near else None, fitted)

    def tell(self, x: float, y: float, rank: float | None, weight: float | None, raw: bool) -> None:
        """A place in level-0 pixels, and the attention there: its rank, or the weight itself."""
        if rank is None or weight is None:
            self.coordinates.set_place(x, y)
        elif raw:
            self.coordinates.set_place(x, y, "weight", f"{weight:.2g}")
        else:
            self.coordinates.set_place(x, y, "attention", f"{rank:.2f}")

    def place(self, wide: int, high: int) -> None:
        """Put everything where it belongs in a view of that many px."""
        self.heat_bar.move(_MARGIN, _MARGIN)
        self.frame_bar.move(_MARGIN, _MARGIN)
        self.overview.move(wide - self.overview.width() - _MARGIN, _MARGIN)
        low = high - _MARGIN - self.scale_bar.height()
        self.scale_bar.move(_MARGIN, low)
        self.magnification.move(wide - self.magnification.width() - _MARGIN, low)
        left = 0 if self.scale_bar.isHidden() else _MARGIN + self.scale_bar.width()
        right, across = self.magnification.x(), self.coordinates.width()
        if across <= right - left:  # in the middle of the view where that is free, else of what is
            self.coordinates.move(min(max((wide - across) // 2, left), right - across), low)
        else:
            self.coordinates.move(_MARGIN, low - self.coordinates.height() + SHADE)


def map_picture(heat: HeatMap, extent: tuple[float, float], side: int = 512) -> QImage:
    """The patches alone, for the overview of a slide that is not there."""
    factor = side / max(extent)
    made = QImage(max(1, round(extent[0] * factor)), max(1, round(extent[1] * factor)), QImage.Format.Format_RGB32)
    made.fill(QColor("white"))
    tints = heat.tints(0.6)
    rows, columns = tints.shape
    left, top, right, bottom = (edge * factor for edge in heat.box)
    painter = QPainter(made)
    cells = QImage(tints.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    painter.drawImage(QRectF(left, top, right - left, bottom - top), cells)
    painter.end()
    return made
