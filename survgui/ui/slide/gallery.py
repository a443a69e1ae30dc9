"""The tiles of most and least attention, or those that the model took, to judge what it saw and to go there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from survgui.figures.words import count
from survgui.ui import style
from survgui.ui.slide.geometry import Box
from survgui.ui.slide.heat import HeatMap
from survgui.ui.slide.tiles import Loader, Patch
from survgui.ui.widgets.labels import Label

SIDE = 78
GAP = 8
TOP, LEAST = 6, 3
HEIGHT = 116
EMPTY = 40
"""px of the strip while there is nothing in it"""
UNKNOWN = "Top and least tiles appear after prediction."
NONE_HERE = "The model gives no attention, and took no tile that can be shown on this slide."
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

    def set_tile(self, index: int, patch: Patch, text: str, name: str, tip: str) -> None:
        """Another patch; its picture comes later."""
        if patch != self.patch:
            self._image = QImage()
        self.index, self.patch = index, patch
        self.setText(text)
        self.setAccessibleName(name)
        self.setToolTip(f"{tip}: press to go there")
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
    """A strip of the top tiles and the least, or of all that the model took.

    Signals:
        chosen(index): A patch of the heat map, or one of the frames, to go to.
    """

    chosen = Signal(int)

    def __init__(self, loader: Loader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loader = loader
        self._there = False
        self._one_row = False
        self._pictures = True
        self._titles = [Label("Top tiles", "strong", parent=self), Label("Least", "strong", parent=self)]
        self._hint = Label("", "hint", parent=self)
        self._empty = Label(UNKNOWN, "soft", parent=self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.top = [TileButton(self) for _ in range(TOP)]
        self.least = [TileButton(self) for _ in range(LEAST)]
        self._all = (*self.top, *self.least)
        for button in self._all:
            button.clicked.connect(self._clicked)
        loader.patch_loaded.connect(self._loaded)
        self.set_heat(None)

    def set_heat(self, heat: HeatMap | None, pictures: bool = True) -> None:
        """The patches to choose from; without `pictures` (there is no slide to read) only their ranks."""
        self._there, self._pictures, self._one_row = heat is not None, pictures, False
        self._titles[0].setText("Top tiles")
        self._empty.setText(UNKNOWN)
        if heat is not None:
            self._hint.setText(f"of {count(len(heat))}\nclick to fly")
            strongest = heat.strongest(TOP)
            weakest = [index for index in heat.weakest(LEAST) if index not in strongest]
            for buttons, chosen in ((self.top, strongest), (self.least, weakest)):
                for button, index in zip(buttons, chosen, strict=False):
                    self._fill(button, heat, index)
                _clear(buttons[len(chosen) :])
        self._lay_out()
        self._read()

    def set_frames(self, frames: tuple[Box, ...]) -> None:
        """The tiles that a model took of the slide: all of them, as far as there is room."""
        self._there, self._pictures, self._one_row = bool(frames), True, True
        self._titles[0].setText("Tiles taken")
        self._empty.setText(NONE_HERE)
        self._hint.setText(f"{len(frames)} in all\nclick to fly")
        for number, (button, (x, y, right, _)) in enumerate(zip(self._all, frames, strict=False), 1):
            name = f"tile {number} of {len(frames)} that the model took"
            button.set_tile(number - 1, Patch(x, y, right - x, _PIXELS), str(number), name.capitalize(), f"The {name}")
        _clear(self._all[len(frames) :])
        self._lay_out()
        self._read()

    def mark(self, index: int | None) -> None:
        """Mark the tile that the view was sent to, or none."""
        for button in self._all:
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
        if self._there and not self._titles[1].isHidden():
            x = self._titles[1].x() - _SPLIT // 2
            painter.drawLine(x, 14, x, 14 + SIDE)
        painter.end()

    def _fill(self, button: TileButton, heat: HeatMap, index: int) -> None:
        x, y = (float(v) for v in heat.coords[index])
        patch = Patch(x, y, heat.patch, _PIXELS)
        rank = rank_text(float(heat.ranks[index]), heat.total)
        tip = f"Attention rank {rank}, weight {float(heat.weights[index]):.2g}"
        button.set_tile(index, patch, rank, f"Tile of attention rank {rank}", tip)

    def _lay_out(self) -> None:
        """Titles and tiles from the left; where room is short, tiles are left out at the end of their row."""
        there = self._there
        self.setFixedHeight(HEIGHT if there else EMPTY)
        self._empty.setVisible(not there)
        self._empty.setGeometry(self.rect())
        filled = [button for button in self._all if button.patch is not None] if there else []
        top = [button for button in filled if self._one_row or button in self.top]
        least = [button for button in filled if button not in top]
        step, title = SIDE + GAP, self._titles[1].sizeHint().width() + 12
        room = self.width() - 2 * _PAD - _WORDS
        while (len(top) + len(least)) * step + (_SPLIT + title if least else 0) > room and len(top) > 1:
            if least and len(least) >= len(top) - 1:
                least.pop(0)  # the least of all stays
            else:
                top.pop()
        for button in self._all:
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
        wanted = [b.patch for b in self._all if b.patch is not None and not b.loaded]
        self._loader.want_patches(wanted if self._there and self._pictures else [])

    @Slot(object, QImage)
    def _loaded(self, patch: object, image: QImage) -> None:
        for button in self._all:
            if button.patch == patch:
                button.set_image(image)

    @Slot()
    def _clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, TileButton) and sender.index >= 0:
            self.mark(sender.index)
            self.chosen.emit(sender.index)


def _clear(buttons: Sequence[TileButton]) -> None:
    for button in buttons:
        button.patch, button.index = None, -1
