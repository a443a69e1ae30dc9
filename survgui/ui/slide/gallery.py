"""The tiles of most and least attention, to judge what the model looked at and to go there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from survgui.figures.words import count
from survgui.ui import style
from survgui.ui.slide.heat import HeatMap
from survgui.ui.slide.tiles import Loader, Patch
from survgui.ui.widgets.labels import Label

SIDE = 78
GAP = 8
TOP, LEAST = 6, 3
HEIGHT = 116
EMPTY = 40
"""px of the strip while there is nothing in it"""
MANY = 200
_PAD = 14
_WORDS = 84
_SPLIT = 24
_PIXELS = 2 * SIDE
"""per side of the pictures: sharp on screens of two device pixels a px"""


def rank_text(rank: float, patches: int) -> str:
    """`.98`, `1.00`: two decimals, three among more than 200 patches, without the zero in front."""
    return f"{rank:.{2 if patches <= MANY else 3}f}".removeprefix("0")


class TileButton(QAbstractButton):
    """One tile with its rank; it is on while the view was sent there by it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(style.font(11.0))
        self.setFixedSize(SIDE + 8, SIDE + 24)
        self.patch: Patch | None = None
        self.index = -1
        self._image = QImage()

    def set_tile(self, index: int, patch: Patch, rank: str, weight: float) -> None:
        """Another patch of the heat map; its picture comes later."""
        if patch != self.patch:
            self._image = QImage()
        self.index, self.patch = index, patch
        self.setText(rank)
        self.setAccessibleName(f"Tile of attention rank {rank}")
        self.setToolTip(f"Attention rank {rank}, weight {weight:.2g}: press to go there")
        self.setChecked(False)
        self.update()

    def set_image(self, image: QImage) -> None:
        """The picture has come."""
        self._image = image
        self.update()

    @property
    def loaded(self) -> bool:
        """Whether the picture has come."""
        return not self._image.isNull()

    def sizeHint(self) -> QSize:
        """As fixed."""
        return QSize(SIDE + 8, SIDE + 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture, border and rank."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        at = QRectF(4.0, 4.0, SIDE, SIDE)
        shape = QPainterPath()
        shape.addRoundedRect(at, 7.0, 7.0)
        if self._image.isNull():
            painter.fillPath(shape, style.colour("grid"))
        else:
            painter.setClipPath(shape)
            painter.drawImage(at, self._image)
            painter.setClipping(False)
        if self.isChecked() or self.hasFocus():
            painter.setPen(QPen(style.colour("accent"), 2.0))
            painter.drawRoundedRect(at.adjusted(-2.0, -2.0, 2.0, 2.0), 9.0, 9.0)
        else:
            painter.setPen(QPen(style.colour("line", 0.7), 1.0))
            painter.drawRoundedRect(at.adjusted(0.5, 0.5, -0.5, -0.5), 7.0, 7.0)
        painter.setPen(style.colour("text" if self.isChecked() or self.underMouse() else "soft"))
        below = QRectF(0.0, at.bottom() + 3.0, self.width(), 17.0)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()


class Gallery(QWidget):
    """A strip of the top tiles and the least.

    Signals:
        chosen(index): A patch of the heat map to go to.
    """

    chosen = Signal(int)

    def __init__(self, loader: Loader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._heat: HeatMap | None = None
        self._pictures = True
        self._titles = [Label("Top tiles", "strong", parent=self), Label("Least", "strong", parent=self)]
        self._hint = Label("", "hint", parent=self)
        self._empty = Label("Top and least tiles appear after prediction.", "soft", parent=self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.top = [TileButton(self) for _ in range(TOP)]
        self.least = [TileButton(self) for _ in range(LEAST)]
        for button in (*self.top, *self.least):
            button.clicked.connect(self._clicked)
        loader.patch_loaded.connect(self._loaded)
        self.set_heat(None)

    def set_heat(self, heat: HeatMap | None, pictures: bool = True) -> None:
        """The patches to choose from; without `pictures` (there is no slide to read) only their ranks."""
        self._heat, self._pictures = heat, pictures
        if heat is not None:
            self._hint.setText(f"of {count(len(heat))}\nclick to fly")
            strongest = heat.strongest(TOP)
            weakest = [index for index in heat.weakest(LEAST) if index not in strongest]
            for buttons, chosen in ((self.top, strongest), (self.least, weakest)):
                for button, index in zip(buttons, chosen, strict=False):
                    self._fill(button, heat, index)
                for button in buttons[len(chosen) :]:
                    button.patch, button.index = None, -1
        self._lay_out()
        self._read()

    def mark(self, index: int | None) -> None:
        """Mark the tile that the view was sent to, or none."""
        for button in (*self.top, *self.least):
            button.setChecked(index is not None and button.index == index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many tiles as there is room for."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines above, and between top and least; the ground is the card's."""
        painter = QPainter(self)
        painter.setPen(style.colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        if self._heat is not None and not self._titles[1].isHidden():
            x = self._titles[1].x() - _SPLIT // 2
            painter.drawLine(x, 14, x, 14 + SIDE)
        painter.end()

    def _fill(self, button: TileButton, heat: HeatMap, index: int) -> None:
        x, y = (float(v) for v in heat.coords[index])
        patch = Patch(x, y, heat.patch, _PIXELS)
        button.set_tile(index, patch, rank_text(float(heat.ranks[index]), heat.total), float(heat.weights[index]))

    def _lay_out(self) -> None:
        """Titles and tiles from the left; where room is short, tiles are left out at the end of their row."""
        there = self._heat is not None
        self.setFixedHeight(HEIGHT if there else EMPTY)
        self._empty.setVisible(not there)
        self._empty.setGeometry(self.rect())
        top = [button for button in self.top if button.patch is not None] if there else []
        least = [button for button in self.least if button.patch is not None] if there else []
        step, title = SIDE + GAP, self._titles[1].sizeHint().width() + 12
        room = self.width() - 2 * _PAD - _WORDS
        while (len(top) + len(least)) * step + (_SPLIT + title if least else 0) > room and len(top) > 1:
            if least and len(least) >= len(top) - 1:
                least.pop(0)  # the least of all stays
            else:
                top.pop()
        for button in (*self.top, *self.least):
            button.setVisible(button in top or button in least)
        x = _PAD + _WORDS
        self._titles[0].setGeometry(_PAD, 24, _WORDS, 18)
        self._hint.setGeometry(_PAD, 42, _WORDS, 36)
        for button in top:
            button.move(x - 4, 8)
            x += step
        x += _SPLIT - GAP
        self._titles[1].setGeometry(x, 42, title, 18)
        for number, button in enumerate(least):
            button.move(x + title - 4 + number * step, 8)
        self._titles[0].setVisible(there)
        self._hint.setVisible(there)
        self._titles[1].setVisible(bool(least))
        self.update()

    def _read(self) -> None:
        wanted = [b.patch for b in (*self.top, *self.least) if b.patch is not None and not b.loaded]
        self._loader.want_patches(wanted if self._heat is not None and self._pictures else [])

    @Slot(object, QImage)
    def _loaded(self, patch: object, image: QImage) -> None:
        for button in (*self.top, *self.least):
            if button.patch == patch:
                button.set_image(image)

    @Slot()
    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, TileButton) and sender.index >= 0:
            self.mark(sender.index)
            self.chosen.emit(sender.index)
