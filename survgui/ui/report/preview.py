"""The report's pages as they will be printed, drawn in the background one page at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.report import ReportContent
from survgui.cases.trouble import trouble_of
from survgui.errors import Trouble
from survgui.figures.theme import LIGHT
from survgui.report import ALL, Pages
from survgui.report.layout import PAGE
from survgui.report.sections import Sections
from survgui.ui import background, style
from survgui.ui.widgets.buttons import IconButton, Segmented
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.labels import Label

MARGIN = 24
"""px around and between pages"""
WAIT = 180
"""ms without a change before the pages are drawn anew"""
ZOOMS = (("fit", "Fit width"), ("100", "100 %"), ("150", "150 %"))
PREPARING = "Preparing the pages …"

Source = Callable[[], ReportContent]


@dataclass(frozen=True, slots=True, eq=False)
class _LayOut:
    """Called in the background: which order it was, and the pages laid out, or why not."""

    order: int
    source: Source
    sections: Sections

    def __call__(self) -> tuple[int, Pages | Trouble]:
        try:
            return self.order, Pages(self.source(), self.sections)
        except Exception as error:
            return self.order, trouble_of(error)


@dataclass(frozen=True, slots=True, eq=False)
class _Draw:
    """Called in the background: which order it was, and one page as an image, or why not."""

    order: int
    pages: Pages
    number: int
    wide: int

    def __call__(self) -> tuple[int, int, QImage | Trouble]:
        try:
            return self.order, self.number, self.pages.image(self.number, self.wide)
        except Exception as error:
            return self.order, self.number, trouble_of(error)


@dataclass(slots=True)
class _Order:
    """What is being drawn: its number, the page that comes next and how wide, in pixels of the screen."""

    number: int = 0
    pages: Pages | None = None
    wide: int = 0
    fresh: list[QImage] = field(default_factory=list)


class PagesView(QAbstractScrollArea):
    """Pages below each other.

    Signals:
        turned(): Another page is the one looked at.
        resized(): The pages have another width.
    """

    turned = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pages of the report")
        # a bar that comes and goes would change the width, and with it how the pages are drawn
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.images: list[QImage] = []
        self._zoom = "fit"
        self._page = 0
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def page(self) -> int:
        """The page looked at, from 0."""
        return self._page

    @property
    def page_width(self) -> int:
        """Of a page on the screen, in px."""
        if self._zoom == "fit":
            return max(240, self.viewport().width() - 2 * MARGIN)
        return round(PAGE.width * int(self._zoom) / 100)

    @property
    def page_height(self) -> int:
        """Of a page on the screen, in px."""
        return round(self.page_width * PAGE.height / PAGE.width)

    def set_images(self, images: list[QImage]) -> None:
        """Show pages; whoever looks at one stays there."""
        self.images = images
        self._arrange()

    def set_zoom(self, zoom: str) -> None:
        """`fit`, or percent of the printed size."""
        share = self.verticalScrollBar().value() / max(1, self.verticalScrollBar().maximum())
        self._zoom = zoom
        self._arrange()
        self.verticalScrollBar().setValue(round(share * self.verticalScrollBar().maximum()))
        self.resized.emit()

    def go(self, page: int) -> None:
        """Look at a page."""
        self.verticalScrollBar().setValue(page * (self.page_height + MARGIN))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pages to the new width."""
        super().resizeEvent(event)
        self._arrange()
        self.resized.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Repaint in the other theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is seen of the pages."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.viewport().rect(), style.colour("background"))
        for number, image in enumerate(self.images):
            rect = self._rect(number)
            if rect.intersects(event.rect()):
                painter.fillRect(rect, QColor(LIGHT.panel))
                painter.drawImage(QRectF(rect), image)
                painter.setPen(style.colour("accent" if self.hasFocus() and number == self._page else "line"))
                painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.end()

    def _rect(self, number: int) -> QRect:
        left = max(MARGIN, (self.viewport().width() - self.page_width) // 2) - self.horizontalScrollBar().value()
        top = MARGIN // 2 + number * (self.page_height + MARGIN) - self.verticalScrollBar().value()
        return QRect(left, top, self.page_width, self.page_height)

    def _arrange(self) -> None:
        room = self.viewport().size()
        high = len(self.images) * (self.page_height + MARGIN)
        down, across = self.verticalScrollBar(), self.horizontalScrollBar()
        down.setRange(0, max(0, high - room.height()))
        down.setPageStep(room.height())
        down.setSingleStep(40)
        across.setRange(0, max(0, self.page_width + 2 * MARGIN - room.width()))
        across.setPageStep(room.width())
        self._scrolled()
        self.viewport().update()

    @Slot()
    def _scrolled(self) -> None:
        bar, last = self.verticalScrollBar(), max(0, len(self.images) - 1)
        looked = (bar.value() + self.viewport().height() / 3) / (self.page_height + MARGIN)
        page = last if bar.maximum() > 0 and bar.value() == bar.maximum() else min(last, int(looked))
        if page != self._page:
            self._page = page
            self.turned.emit()


class Preview(QWidget):
    """Pages of a report that may change at any time; the last change is what is shown.

    Signals:
        drawn(): Every page of what was asked for last is shown.
        retry(): The pages could not be made, and the user asks for them again.
    """

    drawn = Signal()
    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._sections: Sections = ALL
        self._order = _Order()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT)
        self._timer.timeout.connect(self._lay_out)
        self.view = PagesView()
        self.view.turned.connect(self._say_page)
        self.view.resized.connect(self._size_changed)
        self.empty = EmptyState(PREPARING)
        self.empty.triggered.connect(self.retry)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._bar())
        column.addWidget(self._stack, 1)
        self._say_page()

    @property
    def pages(self) -> list[QImage]:
        """What is shown."""
        return self.view.images

    @property
    def ready(self) -> bool:
        """Whether every page of what was asked for last is shown."""
        order = self._order
        return order.pages is not None and len(order.fresh) == len(order.pages) and not self._timer.isActive()

    def show_report(self, source: Source | None, sections: Sections = ALL) -> None:
        """Show another report, or the same otherwise; None while there is none yet."""
        self._source, self._sections = source, sections
        # what still comes of the order before, pages or an error, is of no use
        self._order = _Order(self._order.number + 1)
        if source is None:
            self.view.set_images([])
            self.empty.set_text(PREPARING)
            self._stack.setCurrentWidget(self.empty)
            self._say_page()
        self._timer.start()

    @Slot(object)
    def set_trouble(self, trouble: Trouble) -> None:
        """Say why there are no pages."""
        self.empty.set_text(trouble.text, "Try again")
        self.view.set_images([])
        self._stack.setCurrentWidget(self.empty)
        self._say_page()

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(MARGIN, 8, MARGIN, 0)
        self.where = Label("", "hint")
        self.back, self.forth = IconButton("chevron-left", "Page before"), IconButton("chevron-right", "Next page")
        self.back.clicked.connect(self._go_back)
        self.forth.clicked.connect(self._go_forth)
        self.zoom = Segmented(ZOOMS)
        self.zoom.chosen.connect(self.view.set_zoom)
        for widget in (self.back, self.where, self.forth):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.zoom)
        return row

    @Slot()
    def _go_back(self) -> None:
        self.view.go(self.view.page - 1)

    @Slot()
    def _go_forth(self) -> None:
        self.view.go(self.view.page + 1)

    @Slot()
    def _say_page(self) -> None:
        n = len(self.view.images)
        self.where.setText(f"page {self.view.page + 1} of {n}" if n else "no pages yet")
        self.back.setEnabled(self.view.page > 0)
        self.forth.setEnabled(self.view.page < n - 1)
        self.zoom.setEnabled(n > 0)

    @Slot()
    def _size_changed(self) -> None:
        if self._order.pages is not None and self._wide() != self._order.wide:
            self._timer.start()

    def _wide(self) -> int:
        """Of a page, in pixels of the screen."""
        return round(self.view.page_width * self.devicePixelRatioF())

    @Slot()
    def _lay_out(self) -> None:
        if self._source is None:
            return
        self._order = _Order(self._order.number + 1)
        errand = _LayOut(self._order.number, self._source, self._sections)
        background.shared().run(errand, done=self._laid_out)

    @Slot(object)
    def _laid_out(self, made: tuple[int, Pages | Trouble]) -> None:
        number, pages = made
        if number != self._order.number:
            return
        if isinstance(pages, Trouble):
            self.set_trouble(pages)
        else:
            self._stack.setCurrentWidget(self.view)  # which gives it its size
            self._order.pages, self._order.wide = pages, self._wide()
            self._draw_next()

    def _draw_next(self) -> None:
        order = self._order
        if order.pages is not None:
            errand = _Draw(order.number, order.pages, len(order.fresh), order.wide)
            background.shared().run(errand, done=self._page_drawn)

    @Slot(object)
    def _page_drawn(self, made: tuple[int, int, QImage | Trouble]) -> None:
        number, page, image = made
        order = self._order
        if number != order.number or order.pages is None:
            return
        if isinstance(image, Trouble):
            self.set_trouble(image)
            return
        order.fresh.append(image)
        old = self.view.images
        # what was there stays until its page is drawn anew, so that nothing flickers
        self.view.set_images(order.fresh + old[page + 1 : len(order.pages)])
        self._say_page()
        if len(order.fresh) < len(order.pages):
            self._draw_next()
        else:
            self.drawn.emit()
