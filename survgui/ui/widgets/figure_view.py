"""A figure in the window, with the same menu everywhere: copy, PNG, SVG, PDF, and its numbers as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from survgui.figures import export
from survgui.figures.canvas import PainterCanvas, Rect
from survgui.figures.export import Drawing
from survgui.figures.theme import Theme
from survgui.ui import background, style
from survgui.ui.explore.opening import Explorer, Plots
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import IconButton

Numbers = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Header and rows of what is drawn."""

EXPORTS = (("png", "Save as PNG…"), ("svg", "Save as SVG…"), ("pdf", "Save as PDF…"), ("csv", "Save data as CSV…"))
FILTERS = {"png": "PNG image (*.png)", "svg": "SVG image (*.svg)", "pdf": "PDF (*.pdf)", "csv": "CSV table (*.csv)"}


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A figure as it was when it was asked for; called in the background, it makes a file's bytes.

    Attributes:
        size: Width and height in px, with margins.
        kind: `png`, `svg`, `pdf` or `csv`.
    """

    draw: Drawing
    numbers: Numbers | None
    about: str
    size: tuple[float, float]
    kind: str

    def __call__(self) -> bytes:
        """The file's bytes, in the light theme, as it is printed.

        Raises:
            ValueError: There are no numbers for `csv`.
        """
        if self.kind == "csv":
            if self.numbers is None:
                raise ValueError("this figure has no numbers")
            return export.csv_text(*self.numbers).encode("utf-8")
        if self.kind == "svg":
            return export.svg(self.draw, *self.size, about=self.about)
        if self.kind == "pdf":
            return export.pdf(self.draw, *self.size, title=self.about)
        return export.png(self.draw, *self.size)


class FigureView(QWidget):
    """Draws a figure of `survgui.figures` into its own rectangle.

    Args:
        about: What the figure shows, for whoever cannot see it, and as the title of an exported file.
    """

    def __init__(self, about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = about
        self.setAccessibleName(about)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._draw: Drawing | None = None
        self._drawn: QPixmap | None = None  # with its size and theme, for as long as nothing of these changes
        self._drawn_as: tuple[QSize, float, Theme] | None = None
        self._numbers: Numbers | None = None
        self._name = "figure"
        self._asked: Rendering | None = None
        self._ring = False
        self._height: Callable[[float], float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(120)
        self._more = IconButton("more", f"Copy or save: {about}", self)
        self._more.clicked.connect(self._show_menu)
        self._more.hide()
        self.explorer = Explorer(self)
        self.explorer.failed.connect(self._not_explorable)

    def set_figure(
        self,
        draw: Drawing | None,
        table: Numbers | None = None,
        name: str = "figure",
        height: Callable[[float], float] | None = None,
        series: Plots | None = None,
    ) -> None:
        """Show a figure, or nothing.

        Args:
            table: Its numbers, for CSV.
            name: Proposed file name without suffix; holds no patient identifier.
            height: Height in px that the figure needs in a width; left out: it takes what there is.
            series: Makes its lines as they can be explored; left out: they cannot.
        """
        self._draw, self._numbers, self._name, self._height = draw, table, name, height
        self._drawn = None
        self.explorer.set_plots(series if draw is not None else None)
        if "menu" in self.__dict__:
            self._offer(self.menu)
        self._fit()
        self.update()

    def copy(self, parent: QWidget) -> FigureView:
        """The same figure in a view of its own, not shown, that keeps it for export when this one changes."""
        made = FigureView(self.about, parent)
        made.hide()
        made.resize(self.size())
        made.set_figure(self._draw, self._numbers, self._name, self._height)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the figure, or put there what was drawn before: a page that comes back is there at once."""
        if self._draw is None:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture(self._draw))
        if self.hasFocus() and self._ring:
            painter.setPen(style.colour("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        painter.end()

    def _picture(self, draw: Drawing) -> QPixmap:
        wanted = self.size(), self.devicePixelRatioF(), style.theme()
        if self._drawn is None or wanted != self._drawn_as:
            size, scale, theme = wanted
            made = QPixmap(size * scale)
            made.setDevicePixelRatio(scale)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            draw(PainterCanvas(painter, theme), Rect(0.0, 0.0, float(size.width()), float(size.height())))
            painter.end()
            self._drawn, self._drawn_as = made, wanted
        return self._drawn

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring where the keyboard brought the focus here."""
        reasons = Qt.FocusReason
        self._ring = event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)
        super().focusInEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button in its corner and the height that the width asks for."""
        super().resizeEvent(event)
        self._more.move(self.width() - self._more.sizeHint().width(), 0)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def sizeHint(self) -> QSize:
        """Something readable."""
        wide = max(self.width(), 240)
        return QSize(wide, round(self._height(wide)) if self._height else 180)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Offer the menu."""
        self._more.setVisible(self._draw is not None)

    def leaveEvent(self, event: QEvent) -> None:
        """Leave the figure alone again."""
        self._more.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu at the pointer."""
        self.menu.popup(event.globalPos())

    def rendering(self, kind: str) -> Rendering:
        """What makes a file of the figure as it is now: `png`, `svg`, `pdf` or `csv`.

        Raises:
            ValueError: There is no figure.
        """
        if self._draw is None:
            raise ValueError("there is no figure to export")
        # no smaller than readable on paper, even where the window is; the margins come on top
        wide = max(float(self.width()), 360.0)
        high = self._height(wide) if self._height else max(float(self.height()), 200.0)
        size = wide + 2 * export.MARGIN, high + 2 * export.MARGIN
        return Rendering(self._draw, self._numbers, self.about, size, kind)

    def _fit(self) -> None:
        if self._height is not None:
            self.setFixedHeight(round(self._height(max(self.width(), 120))))

    @cached_property
    def menu(self) -> QMenu:
        """Copy, save, explore; made when it is first asked for, which it never is for most figures."""
        menu = self._made_menu()
        self._offer(menu)
        return menu

    def _offer(self, menu: QMenu) -> None:
        menu.setEnabled(self._draw is not None)
        self._actions["csv"].setVisible(self._numbers is not None)
        self._actions["explore"].setVisible(self.explorer.ready)

    def _made_menu(self) -> QMenu:
        menu = QMenu(self)
        copy = QAction("Copy", menu)
        copy.triggered.connect(self._copy)
        menu.addAction(copy)
        menu.addSeparator()
        self._actions = {kind: QAction(text, menu) for kind, text in EXPORTS}
        for kind, action in self._actions.items():
            action.setData(kind)
            action.triggered.connect(self._save)
            menu.addAction(action)
        menu.addSeparator()
        explore = self._actions["explore"] = QAction("Explore…", menu)
        explore.triggered.connect(self.explorer.open)
        menu.addAction(explore)
        return menu

    @Slot()
    def _not_explorable(self) -> None:
        if "menu" in self.__dict__:
            self._actions["explore"].setEnabled(False)
            self._actions["explore"].setText("Explore (could not be loaded)")

    @Slot()
    def _show_menu(self) -> None:
        self.menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height())))

    @Slot()
    def _copy(self) -> None:
        background.shared().run(self.rendering("png"), done=self._to_clipboard, failed=files.written().failed.emit)

    @Slot(object)
    def _to_clipboard(self, content: bytes) -> None:
        image = QImage()
        image.loadFromData(content)
        QGuiApplication.clipboard().setImage(image)

    @Slot()
    def _save(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            kind = str(action.data())
            self._asked = self.rendering(kind)  # another estimate may come while the user looks for a place
            files.ask_save(self, action.text(), f"{self._name}.{kind}", FILTERS[kind], self._write)

    @Slot(object)
    def _write(self, path: object) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            target = files.as_path(path)
            kind = target.suffix.lstrip(".").lower()
            files.write(target, replace(asked, kind=kind if kind in FILTERS else "png"))
