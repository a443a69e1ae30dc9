from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from survgui.figures.distribution import STEP, Distribution, distribution_table, draw_distribution
from tests.report.recorder import drawn

Z = np.array([0.1, 0.1, 0.2, -2.6, 2.1, 2.9, np.nan])


def bars(made):
    return [(rect, fill.colour) for rect, fill in made.boxes]


def test_bars_are_counts_and_what_is_far_has_a_colour():
    made = drawn(partial(draw_distribution, figure=Distribution(Z, 566)), 500.0, 180.0)
    found = bars(made)
    assert [colour for _, colour in found] == ["low", "faint", "high", "high"]
    heights = [rect.height for rect, _ in found]
    assert [height / heights[0] for height in heights] == pytest.approx([1.0, 3.0, 1.0, 1.0])
    texts = [text for _, text in made.texts]
    assert "z, compared with n = 566 development patients" in texts
    assert "6 features" in texts


def test_the_chosen_feature_is_marked_at_its_place_and_named():
    plain = drawn(partial(draw_distribution, figure=Distribution(Z, 566)), 500.0, 180.0)
    made = drawn(partial(draw_distribution, figure=Distribution(Z, 566, "EGFR", 2.1)), 500.0, 180.0)
    assert "EGFR  z +2.10" in [text for _, text in made.texts]
    (top, bottom) = made.points[len(plain.points) : len(plain.points) + 2]
    (bar,) = [rect for rect, _ in bars(made) if rect.x <= top[0] <= rect.right]
    assert top[0] == bottom[0] == pytest.approx(bar.x - 0.5 + (bar.width + 1.0) * 0.1 / STEP)


@pytest.mark.parametrize("at", [-40.0, 40.0])
def test_what_lies_beyond_the_axis_is_counted_at_its_end(at):
    figure = Distribution(np.array([0.0, at]), 20, "A" * 80, at)
    made = drawn(partial(draw_distribution, figure=figure), 500.0, 180.0)
    assert figure.reach == 8.0
    assert ("≤ −8" if at < 0 else "≥ +8") in [text for _, text in made.texts]
    _, rows = distribution_table(figure)
    assert rows[0 if at < 0 else -1][2] == 1
    assert sum(row[2] for row in rows) == 2


def test_a_feature_without_z_or_no_features_at_all_leave_the_axes():
    for figure in (Distribution(Z, 566, "EGFR", float("nan")), Distribution(np.full(3, np.nan), 0)):
        made = drawn(partial(draw_distribution, figure=figure), 320.0, 150.0)
        assert not [text for _, text in made.texts if "EGFR" in text]
        assert "0" in [text for _, text in made.texts]


@pytest.mark.parametrize(
    ("n", "ticks"), [(1, ["0", "1"]), (7, ["0", "2", "4", "6"]), (1367, ["0", "500", "1\u202f000"])]
)
def test_counts_have_round_ticks(n, ticks):
    made = drawn(partial(draw_distribution, figure=Distribution(np.zeros(n) + 0.1, 5)), 500.0, 180.0)
    left = min(rect.right for rect, text in made.texts if text in ticks)
    found = [text for rect, text in made.texts if abs(rect.right - left) < 0.5 and text[0].isdigit()]
    assert found == ticks
