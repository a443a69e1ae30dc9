import pytest
from PySide6.QtCore import QPointF

from survgui.ui import words
from survgui.ui.widgets.explanations import Tall, named, show_information, show_waterfall
from survgui.ui.widgets.hover_figure import HoverFigure
from tests.ui import samples


@pytest.fixture
def view(qtbot):
    made = HoverFigure("Explanation")
    qtbot.addWidget(made)
    made.resize(360, 200)
    made.show()
    return made


def tips(view):
    found = (view.tip_at(QPointF(view.width() / 2, y + 0.5)) for y in range(view.height()))
    return list(dict.fromkeys(tip[1] for tip in found if tip is not None))


@pytest.mark.parametrize("zoom", [1.0, 1.3])
def test_the_bars_of_the_waterfall_speak_in_their_order(view, zoom):
    p = samples.predicted()
    show_waterfall(view, p, zoom)
    assert tips(view) == [words.contribution_tip(c, 20) for c in p.content.contributions]


@pytest.mark.parametrize("zoom", [1.0, 1.3])
def test_the_bars_of_what_is_missing_speak_in_their_order(view, zoom):
    content = samples.predicted().content
    show_information(view, content, zoom)
    assert tips(view) == [words.information_tip(item, content) for item in content.information]


def test_a_taller_zoom_takes_more_room(view):
    p = samples.predicted()
    show_waterfall(view, p, 1.0)
    small = view.height()
    show_waterfall(view, p, 1.5)
    assert view.height() == pytest.approx(1.5 * small, abs=1)
    assert Tall(40.0)(100.0) == Tall(40.0)(900.0) == 40.0


def test_a_figure_of_the_first_estimate_is_named_so():
    assert named("contributions", samples.predicted(preliminary=True)) == "contributions-preliminary"
    assert named("contributions", samples.predicted()) == "contributions"
