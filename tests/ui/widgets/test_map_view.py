import numpy as np
import pytest
from PySide6.QtCore import QPointF

from survgui.cases.display import CohortMap
from survgui.figures.canvas import Rect
from survgui.figures.cohort_map import map_scales, nearest
from survgui.figures.zoom import scaled
from survgui.ui import words
from survgui.ui.widgets.map_view import ZOOM, MapView
from tests.ui import samples


@pytest.fixture
def view(qtbot):
    made = MapView()
    qtbot.addWidget(made)
    made.resize(420, 400)
    made.show()
    return made


def test_pointing_sums_up_the_patients_nearest_to_that_place(view):
    m = samples.cohort_map()
    view.set_map(m)
    s = map_scales(scaled(Rect(0.0, 0.0, 420.0, 400.0), 1.0 / ZOOM), view.figure)
    at = QPointF(s.x(-2.0) * ZOOM, s.y(0.5) * ZOOM)
    assert view.tip_at(at)[1] == words.near_sentence(nearest(m, np.array([-2.0, 0.5])))
    assert view.tip_at(QPointF(3.0, 399.0)) is None  # on the axis


def test_the_description_is_about_the_case(view):
    m = samples.cohort_map()
    view.set_map(m)
    assert view.accessibleDescription() == words.near_sentence(nearest(m, m.case), "this case")


def test_no_map_and_a_map_of_nobody_are_not_drawn(view):
    nobody = CohortMap(np.zeros((0, 2)), np.zeros(0, "<U4"), np.zeros(0, bool), np.zeros(2), np.zeros((1, 2)))
    for shown in (None, nobody):
        view.set_map(samples.cohort_map())
        view.set_map(shown)
        assert view.figure is None
        assert view.around_case() == ""
        assert view.tip_at(QPointF(200.0, 200.0)) is None
