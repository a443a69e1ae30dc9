from functools import partial

from survgui.figures.dots import Dots, dots_height, draw_dots
from tests.report.recorder import drawn


def test_a_hundred_dots():
    recorder = drawn(partial(draw_dots, figure=Dots(29, 18)), 250.0, dots_height(250.0))
    colours = [fill.colour for fill in recorder.fills]
    assert [colours.count(role) for role in ("accent", "tint", "line")] == [29, 18, 53]


def test_dots_of_a_probability():
    assert Dots.of(0.38, 0.38, 0.38) == Dots(38, 0)
    assert Dots.of(0.38, 0.29, 0.47) == Dots(29, 18)
