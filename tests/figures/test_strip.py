from functools import partial

import numpy as np
import pytest

from survgui.figures.strip import RADIUS, STRIP_HEIGHT, draw_strip, stacked, strip_table
from tests.report.recorder import drawn


@pytest.mark.parametrize("cosine", [np.array([0.7]), np.linspace(-0.4, 0.9, 20), np.full(50, 0.99), np.full(20, -1.0)])
def test_dots_and_labels_have_their_room(cosine):
    made = drawn(partial(draw_strip, cosine=cosine), 260.0, STRIP_HEIGHT)
    assert sum(fill.colour == "accent" for fill in made.fills) == len(cosine)


def test_the_median_is_said():
    made = drawn(partial(draw_strip, cosine=np.array([0.1, 0.64, 0.9])), 260.0, STRIP_HEIGHT)
    assert "median 0.64" in [text for _, text in made.texts]


def test_dots_of_a_level_do_not_cover_each_other():
    wanted = np.random.default_rng(0).uniform(0.0, 40.0, 30)
    across, level = stacked(wanted, 2 * RADIUS)
    for k in range(int(level.max()) + 1):
        assert np.all(np.diff(np.sort(across[level == k])) >= 2 * RADIUS)
    assert level.min() == 0


def test_the_table_holds_every_draw():
    assert strip_table(np.array([0.5, 0.25])) == (["draw", "cosine"], [[0, 0.5], [1, 0.25]])
