from functools import partial

import numpy as np
import pytest

from survgui.figures.ranks import RankHistogram, draw_ranks, ranks_table
from tests.report.recorder import drawn


def test_even_ranks_are_level():
    ranks = np.repeat(np.arange(21) / 20, 3)  # every place among 20 draws three times
    figure = RankHistogram.of(ranks, 20)
    assert figure.counts.tolist() == [9] * 7
    assert figure.expected == pytest.approx([9.0] * 7)


@pytest.mark.parametrize("draws", [1, 4, 5, 20, 50, 52])
def test_counts_and_expectation_sum_to_the_values(draws):
    ranks = np.random.default_rng(draws).integers(0, draws + 1, 64) / draws
    figure = RankHistogram.of(ranks, draws)
    assert figure.counts.sum() == 64
    assert figure.expected.sum() == pytest.approx(64.0)
    assert figure.edges[0] == 0.0
    assert figure.edges[-1] == 1.0
    drawn(partial(draw_ranks, figure=figure), 250.0, 190.0)


def test_a_value_below_every_draw_is_in_the_first_bin_and_above_every_draw_in_the_last():
    counts = RankHistogram.of(np.array([0.0, 0.0, 1.0]), 20).counts
    assert (counts[0], counts[-1], counts.sum()) == (2, 1, 3)


def test_the_table_holds_the_bins():
    header, rows = ranks_table(RankHistogram.of(np.array([0.0, 1.0]), 5))
    assert header == ["rank_from", "rank_to", "values", "expected"]
    assert [row[2] for row in rows] == [1, 0, 0, 0, 0, 1]
