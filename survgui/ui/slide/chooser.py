"""Which slide of the case is seen: its name and pixel size, and the others where there are several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from survgui.cases.display import SlideFacts
from survgui.figures.words import THIN
from survgui.ui import style
from survgui.ui.slide.controls import draw_ring
from survgui.ui.widgets.labels import plain_tip


def words(slide: SlideFacts) -> str:
    """`CMU-1-Small-Region.svs · 0.499 µm/px`."""
    if slide.error:
        return f"{slide.name} · cannot be shown"
    if slide.mpp is None:
        return f"{slide.name} · pixel size unknown"
    return f"{slide.name} · {slide.mpp:.3f}{THIN}µm/px"


class SlideChooser(QAbstractButton):
    """The slide's name at the right of the tabs; a menu of slides where the case has several.

    Signals:
        chosen(index): Another slide of the case.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slides: tuple[SlideFacts, ...] = ()
        self._index = 0
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._triggered)
        self.menu = QMenu(self)
        self.setFont(style.font(13.0))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._pressed)
        self.set_slides(())

    @property
    def index(self) -> int:
        """Which slide is chosen."""
        return self._index

    def set_slides(self, slides: Sequence[SlideFacts], index: int = 0) -> None:
        """Offer the slides of a case."""
        self._slides, self._index = tuple(slides), index
        for action in self._group.actions():
            self._group.removeAction(action)
        self.menu.clear()
        for number, slide in enumerate(self._slides):
            action = QAction(words(slide), self.menu)
            action.setCheckable(True)
            action.setChecked(number == index)
            action.setData(number)
            self._group.addAction(action)
            self.menu.addAction(action)
        several = len(self._slides) > 1
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if several else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if several else Qt.CursorShape.ArrowCursor)
        self._say()

    def _say(self) -> None:
        said = words(self._slides[self._index]) if self._slides else ""
        self.setText(said)
        self.setAccessibleName(f"Slide: {said}" if said else "Slide")
        several = len(self._slides) > 1
        tip = f"{said}\nSlide {self._index + 1} of {len(self._slides)}: press to choose" if several else said
        self.setToolTip(plain_tip(tip))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The whole name."""
        arrow = 20 if len(self._slides) > 1 else 0
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 16 + arrow, 28)

    def minimumSizeHint(self) -> QSize:
        """Enough to tell slides apart."""
        return QSize(min(160, self.sizeHint().width()), 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the name, and an arrow where there is a choice."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        several = len(self._slides) > 1
        at = self.rect().adjusted(6, 0, -26 if several else -6, 0)
        wrong = bool(self._slides) and (self._slides[self._index].error or self._slides[self._index].mpp is None)
        role = "warn" if wrong else "text" if several and self.underMouse() else "soft"
        painter.setPen(style.colour(role))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, at.width())
        painter.drawText(at, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        if several:
            style.icon("chevron-down").paint(painter, self.width() - 24, self.height() // 2 - 8, 16, 16)
        draw_ring(painter, self, self.rect().toRectF())
        painter.end()

    @Slot()
    def _pressed(self) -> None:
        if len(self._slides) > 1:
            self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        number = action.data()
        if number != self._index:
            self._index = number
            self._say()
            self.chosen.emit(number)
