from functools import partial

import numpy as np
import pytest

from survgui.figures.scatter import Scatter, draw_scatter, scatter_table
from tests.report.recorder import drawn

DRAWN = np.linspace(-1.0, 1.0, 21)[:, None] + np.array([0.0, 2.0, 5.0])
FIGURE = Scatter(np.array([0.0, 2.9, 5.95]), DRAWN)


def test_values_inside_their_spread_are_filled_and_others_hollow():
    assert FIGURE.inside.tolist() == [True, True, False]  # the spread goes 0.9 to either side
    made = drawn(partial(draw_scatter, figure=FIGURE), 260.0, 220.0)
    assert sum(fill.colour == "accent" for fill in made.fills) == 2
    assert sum(ink.colour == "high" for ink in made.inks) == 1


def test_the_table_holds_means_and_spreads():
    header, rows = scatter_table(FIGURE)
    assert header == ["value", "measured", "imputed_mean", "imputed_low", "imputed_high", "inside"]
    assert rows[1][1:5] == pytest.approx([2.9, 2.0, 1.1, 2.9])
    assert [row[-1] for row in rows] == [True, True, False]


def test_values_that_are_all_alike_can_be_drawn():
    drawn(partial(draw_scatter, figure=Scatter(np.zeros(4), np.zeros((5, 4)))), 260.0, 220.0)
