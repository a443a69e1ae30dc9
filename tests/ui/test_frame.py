"""The frame: what is shown of headers and docks."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMenu, QTabBar, QWidget

from survgui.ui.actions import DOCKS
from survgui.ui.footer import Footer
from survgui.ui.frame import Frame
from survgui.ui.rail import Rail
from survgui.ui.widgets.buttons import IconButton


@pytest.fixture
def frame(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    panels = {dock.id: QLabel(dock.title) for dock in DOCKS}
    made = Frame(Rail(QMenu(holder)), Footer(QLabel("running")), panels, holder)
    made.pages.addWidget(QLabel("page"))
    made.resize(1200, 800)
    holder.show()
    yield made  # and the holder with it


def test_a_workspace_has_the_case_s_header_its_title_or_its_own(frame):
    frame.show_header(frame.case_header)
    assert frame.case_header.isVisible() and not frame.title.isVisible()
    frame.show_header(frame.title)
    assert frame.title.isVisible() and not frame.case_header.isVisible()
    frame.show_header(None)
    assert not frame.headers.isVisible()
    frame.show_header(frame.title)
    assert frame.title.isVisible()


def test_at_first_no_dock_is_shown(frame):
    assert [name for name, dock in frame.docks.items() if dock.isVisible()] == []
    assert set(frame.docks) == {dock.id for dock in DOCKS}


@pytest.mark.parametrize("name", [dock.id for dock in DOCKS])
def test_a_dock_is_shown_and_hidden_again(frame, qtbot, name):
    frame.show_dock(name)
    qtbot.waitUntil(frame.docks[name].widget().isVisible)
    frame.show_dock(name)
    assert not frame.docks[name].isVisible()


def test_a_dock_behind_another_comes_to_the_front(frame, qtbot):
    def in_front(name):
        return not frame.docks[name].visibleRegion().isEmpty()

    frame.show_dock("jobs")
    frame.show_dock("log")
    qtbot.waitUntil(lambda: in_front("log") and not in_front("jobs"))
    frame.show_dock("jobs")
    qtbot.waitUntil(lambda: in_front("jobs") and not in_front("log"))
    assert frame.docks["log"].isVisible(), "it stays, behind"


def test_a_dock_is_taken_out_and_away_by_buttons_with_names(frame, qtbot):
    frame.show_dock("jobs")
    dock = frame.docks["jobs"]
    out, away = dock.titleBarWidget().findChildren(IconButton)
    qtbot.mouseClick(out, Qt.MouseButton.LeftButton)
    assert dock.isFloating() and out.accessibleName() == "Put back into the window"
    qtbot.mouseClick(out, Qt.MouseButton.LeftButton)
    assert not dock.isFloating() and out.accessibleName() == "Show in a window of its own"
    qtbot.mouseClick(away, Qt.MouseButton.LeftButton)
    assert not dock.isVisible() and away.accessibleName() == "Close Jobs"


def test_resetting_hides_the_docks_and_puts_them_where_they_belong(frame, qtbot):
    frame.show_dock("files")
    frame.inner.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, frame.docks["files"])
    frame.docks["jobs"].setFloating(True)
    frame.reset()
    assert not any(dock.isVisible() or dock.isFloating() for dock in frame.docks.values())
    areas = {dock.id: frame.inner.dockWidgetArea(frame.docks[dock.id]) for dock in DOCKS}
    assert areas == {dock.id: dock.area for dock in DOCKS}


def test_docks_that_are_restored_leave_nothing_over_the_page(frame, qapp):
    frame.show_dock("jobs")
    qapp.processEvents()
    state = frame.inner.saveState()
    frame.reset()
    frame.restore(state)
    qapp.processEvents()
    assert frame.docks["jobs"].isVisible()
    assert not [bar for bar in frame.findChildren(QTabBar) if bar.isVisible() and not bar.count()]


def test_docks_are_named_so_that_their_places_can_be_kept(frame):
    found = frame.findChildren(QDockWidget)
    assert {dock.objectName() for dock in found} == {dock.id for dock in DOCKS}
