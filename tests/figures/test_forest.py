import math
from functools import partial

import pytest

from survgui.figures.forest import Forest, Ratio, draw_forest, forest_height, forest_table
from tests.report.recorder import drawn

FIGURE = Forest(
    (
        Ratio("Slide", "34 / 377", 0.5, 0.25, 1.0),
        Ratio("RNA-seq", "38 / 373", 2.0, 1.2, 4.0),
        Ratio("Clinical", "0 / 411", reason="everybody has it"),
    )
)


@pytest.mark.parametrize("wide", [420.0, 560.0, 900.0])
def test_nothing_covers_anything(wide):
    assert drawn(partial(draw_forest, figure=FIGURE), wide, forest_height(FIGURE)).overlaps() == []


def test_intervals_are_where_a_logarithm_puts_them():
    made = drawn(partial(draw_forest, figure=FIGURE), 560.0, forest_height(FIGURE))
    one = next(points[0][0] for points, ink in made.lines if ink.colour == "faint")
    spans = [points for points, ink in made.lines if ink.width == 1.6]
    (low, _), (high, _) = spans[0]
    per = (one - low) / math.log(4.0)
    assert high == pytest.approx(one)
    assert spans[1][1][0] - one == pytest.approx(per * math.log(4.0))
    assert spans[1][0][0] - one == pytest.approx(per * math.log(1.2))


def test_what_goes_beyond_is_cut_with_an_arrow():
    wide = Forest((Ratio("MRI", "1 / 9", 3.0, 0.02, 90.0),))
    made = drawn(partial(draw_forest, figure=wide), 560.0, forest_height(wide))
    assert sum(len(points) == 3 for points, _ in made.lines) == 2


def test_the_numbers_are_in_the_table():
    header, rows = forest_table(FIGURE)
    assert header[2] == "hazard_ratio" and rows[1][2:5] == [2.0, 1.2, 4.0] and rows[2][5] == "everybody has it"
