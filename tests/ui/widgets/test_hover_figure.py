import pytest
from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from survgui.figures.canvas import Rect
from survgui.ui.widgets.hover_figure import HoverFigure


@pytest.fixture
def view(qtbot):
    made = HoverFigure("Two halves")
    qtbot.addWidget(made)
    made.resize(200, 100)
    made.show()
    made.set_regions(halves)
    return made


def halves(rect):
    half = rect.width / 2
    left = Rect(rect.x, rect.y, half, rect.height)
    return [(left, "left"), (Rect(half, rect.y, half, 50.0), "right, above")]


def test_the_part_under_the_pointer_speaks(view):
    assert view.tip_at(QPointF(10.0, 90.0)) == (QRect(0, 0, 100, 100), "left")
    assert view.tip_at(QPointF(150.0, 10.0))[1] == "right, above"
    assert view.tip_at(QPointF(150.0, 80.0)) is None


def test_who_cannot_point_finds_every_part_in_the_description(view):
    assert view.accessibleDescription() == "left\nright, above"


def test_the_tooltip_shows_over_a_part_and_nowhere_else(view, qtbot):
    at = QPoint(20, 20)
    assert view.event(QHelpEvent(QHelpEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    qtbot.waitUntil(lambda: QToolTip.text() == "left")
    at = QPoint(150, 80)
    view.event(QHelpEvent(QHelpEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_without_parts_nothing_speaks(view):
    view.set_regions(None)
    assert view.tip_at(QPointF(10.0, 10.0)) is None
    assert view.accessibleDescription() == ""
