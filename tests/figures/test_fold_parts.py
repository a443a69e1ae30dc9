from functools import partial

import pytest

from survgui.cases.review import Fold
from survgui.figures.fold_parts import FoldParts, draw_fold_parts, fold_parts_height, fold_parts_table
from tests.report.recorder import drawn

FIGURE = FoldParts((Fold(0, 300, 130, 80, 40, 12), Fold(1, 340, 150, 40, 20, 9)))


@pytest.mark.parametrize("wide", [640.0, 900.0])
def test_bars_are_as_long_as_patients_and_events_are_many(wide):
    made = drawn(partial(draw_fold_parts, figure=FIGURE), wide, fold_parts_height(FIGURE))
    lengths = [rect.width for rect, _ in made.boxes]
    assert lengths[1] / lengths[0] == pytest.approx(0.5) and lengths[2] / lengths[0] == pytest.approx(0.5)
    assert made.overlaps() == []
    assert any("at 12 sites" in text for _, text in made.texts) == (wide > 700)


def test_the_numbers_are_in_the_table():
    assert fold_parts_table(FIGURE)[1][0] == [1, 300, 130, 80, 40, 12]
