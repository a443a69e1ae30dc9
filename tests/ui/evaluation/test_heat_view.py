import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QScrollArea

from survgui.figures.canvas import Rect
from survgui.figures.heat_map import draw_heat_map, heat_map_cells, heat_map_heads, heat_map_height
from survgui.ui.evaluation import tables
from survgui.ui.evaluation.heat_view import Cells, HeatMapView
from survgui.ui.widgets.explanations import Tall
from tests.ui.evaluation.test_tables import evaluation  # noqa: F401  # a fixture


@pytest.fixture
def shown(qtbot, evaluation):  # noqa: F811
    """A view that is higher than what scrolls it."""
    area, view, figure = QScrollArea(), HeatMapView(), tables.heat_map(evaluation)
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(view)
    view.follow(area.verticalScrollBar())
    view.set_heat_map(figure)
    view.set_figure(lambda canvas, rect: draw_heat_map(canvas, rect, figure), height=Tall(heat_map_height(figure)))
    view.set_regions(Cells(figure, evaluation))
    area.resize(760, 160)
    area.show()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 60)
    return area, view, figure


def whole(view):
    return Rect(0.0, 0.0, float(view.width()), float(view.height()))


def letters(widget, high):
    """(h, w) True where a picture of the widget's upper part is dark: its words, whatever they are written on."""
    grey = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return pixels[:high, : grey.width()] < 150


def test_the_head_stays_in_sight(shown, qtbot):
    area, view, _ = shown
    high = int(view.head) - 4  # above its rule
    head = letters(area.viewport(), high)
    area.verticalScrollBar().setValue(60)
    qtbot.waitUntil(lambda: view.above == 60)
    after = letters(area.viewport(), high)
    assert head.sum() > 500 and (head & after).sum() > 0.8 * (head | after).sum()  # edges blend with what is below


def test_what_is_pointed_at_under_the_head_is_the_head(shown, qtbot):
    area, view, figure = shown
    at, column = heat_map_heads(whole(view), figure)[2]
    point = QPointF(at.x + at.width / 2, at.bottom - 6.0)
    assert view.tip_at(point)[1] == "Cox, one for every pattern" and column == 2
    area.verticalScrollBar().setValue(60)
    qtbot.waitUntil(lambda: view.above == 60)
    rect, said = view.tip_at(QPointF(point.x(), point.y() + 60))
    assert said == "Cox, one for every pattern" and rect.bottom() > point.y() + 60 - 1


def test_every_cell_says_what_it_is(shown, evaluation):  # noqa: F811
    _, view, figure = shown
    for at, row, column in heat_map_cells(whole(view), figure)[:14]:
        found = view.tip_at(QPointF(at.x + at.width / 2, at.y + at.height / 2))
        assert found[1] == tables.cell_tip(evaluation, row, column)
    assert "no figure: it needs RNA" in view.accessibleDescription()
