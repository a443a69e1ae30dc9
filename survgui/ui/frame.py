"""The window's frame: brand, header, rail, workspaces, docks and footer, laid out; nothing is wired here."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from survgui.ui.actions import DOCKS
from survgui.ui.case.header import HEIGHT, CaseHeader
from survgui.ui.footer import Footer
from survgui.ui.rail import WIDTH, Rail
from survgui.ui.title import TitleHeader
from survgui.ui.widgets.banner import BannerPlace
from survgui.ui.widgets.buttons import IconButton
from survgui.ui.widgets.labels import Label

FLOAT, BACK = "Show in a window of its own", "Put back into the window"


class Frame(QWidget):
    """Everything inside the window.

    Attributes:
        pages: The workspaces, one in front.
        notice: Room above them for what concerns all of them.
        docks: By id; all hidden until they are asked for.
    """

    def __init__(self, rail: Rail, footer: Footer, panels: dict[str, QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rail, self.footer = rail, footer
        self.title, self.case_header = TitleHeader(), CaseHeader()
        self.headers, self.pages = QStackedWidget(), QStackedWidget()
        for header in (self.title, self.case_header):
            self.headers.addWidget(header)
        self.headers.setFixedHeight(HEIGHT)
        self.inner = QMainWindow()
        self.inner.setWindowFlags(Qt.WindowType.Widget)
        self.inner.setCentralWidget(self.pages)
        self.inner.setDockNestingEnabled(True)
        self.inner.installEventFilter(self)
        self.docks = {dock.id: self._docked(dock.id, panels[dock.id]) for dock in DOCKS}
        self.reset()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addLayout(_column(self._brand(), self.rail))
        self.notice = BannerPlace()
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.headers)
        right.addLayout(self.notice)
        right.addWidget(self.inner, 1)
        across.addLayout(right, 1)
        whole.addLayout(across, 1)
        whole.addWidget(self.footer)

    def reset(self) -> None:
        """Docks where they belong, hidden."""
        for dock in DOCKS:
            widget = self.docks[dock.id]
            widget.setFloating(False)
            self.inner.addDockWidget(dock.area, widget)
            widget.hide()
        checks, jobs, log = (self.docks[name] for name in ("checks", "jobs", "log"))
        self.inner.tabifyDockWidget(checks, jobs)
        self.inner.tabifyDockWidget(jobs, log)

    def restore(self, state: QByteArray) -> None:
        """Docks as they were when the window was closed."""
        self.inner.restoreState(state)
        for bar in self.inner.findChildren(QTabBar):
            if not bar.count():
                bar.hide()  # Qt leaves it over the page, where it draws a line and takes clicks

    def show_header(self, header: QWidget | None) -> None:
        """Show one of the two headers, or none for a workspace that has its own."""
        self.headers.setVisible(header is not None)
        if header is not None:
            self.headers.setCurrentWidget(header)

    def show_dock(self, name: str) -> None:
        """Show a dock in front of its neighbours; hide it if it is there already."""
        dock = self.docks[name]
        if dock.isVisible() and not dock.visibleRegion().isEmpty():
            dock.hide()
        else:
            dock.show()
            dock.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The bars that Qt makes for docks at one place have no name, and take Tab while nothing of them is seen."""
        if event.type() is QEvent.Type.ChildPolished and isinstance(event, QChildEvent):
            bar = event.child()
            if isinstance(bar, QTabBar):
                bar.setAccessibleName("Panels")
                bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # every panel comes by its command
        return False

    def _docked(self, name: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(next(d.title for d in DOCKS if d.id == name), self.inner)
        dock.setObjectName(name)
        dock.setWidget(panel)
        dock.setTitleBarWidget(_DockTitle(dock))
        return dock

    @staticmethod
    def _brand() -> QFrame:
        brand = QFrame()
        brand.setProperty("kind", "header")
        brand.setFixedSize(WIDTH, HEIGHT)
        word = Label("surv", "accent")
        word.setAlignment(Qt.AlignmentFlag.AlignCenter)
        word.setAccessibleName("survgui")
        inside = QHBoxLayout(brand)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(word)
        return brand


class _DockTitle(QFrame):
    """The bar over a dock, by which it can be dragged: what it is, and the buttons that take it out and away."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setProperty("kind", "footer")
        self._dock = dock
        self.float = IconButton("expand", FLOAT)
        self.away = IconButton("close", f"Close {dock.windowTitle()}")
        self.float.clicked.connect(self._move)
        self.away.clicked.connect(dock.hide)
        dock.topLevelChanged.connect(self._say)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 10, 4)
        row.setSpacing(4)
        row.addWidget(Label(dock.windowTitle(), "strong"), 1)
        row.addWidget(self.float)
        row.addWidget(self.away)

    @Slot()
    def _move(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    @Slot(bool)
    def _say(self, floating: bool) -> None:
        tip = BACK if floating else FLOAT
        self.float.setToolTip(tip)
        self.float.setAccessibleName(tip)


def _column(above: QWidget, below: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(0)
    column.addWidget(above)
    column.addWidget(below, 1)
    return column
