import numpy as np
import pytest
from sksurv.metrics import brier_score

from survgui.survival.binned import antolini_c, binned_cs, brier_of_bins, brier_scores, to_bins
from survgui.survival.metrics import Followed


def followed(months, events):
    return Followed(np.array(months, dtype=float), np.array(events, dtype=bool))


def test_deaths_move_to_the_end_of_their_bin_and_censorings_to_its_start():
    cuts = np.array([0.0, 10.0, 20.0])
    found = to_bins(cuts, followed([0, 5, 10, 15, 25, 5, 10, 25], [1, 1, 1, 1, 1, 0, 0, 0]))
    assert found.months.tolist() == [0, 1, 1, 2, 2, 0, 1, 2]
    assert found.events.tolist() == [True] * 4 + [False] * 4  # a death after the last cut was not seen


def test_concordance_counted_by_hand():
    """Deaths at 1 and 2, censored at 1 and 2. Pairs (dies first, other): (a, b) (a, c) (a, d), (b, d)."""
    binned = followed([1, 2, 1, 2], [1, 1, 0, 0])
    at_1, at_2 = [0.5, 0.6, 0.4, 0.5], [0.2, 0.3, 0.1, 0.2]
    curves = np.stack([np.ones(4), at_1, at_2], axis=1)
    # a below b: 1, a above c: 0, a equal to d: 1/2, b above d: 0
    assert antolini_c(binned, curves) == pytest.approx(1.5 / 4)
    assert antolini_c(followed([1, 2], [0, 0]), curves[:2]) is None


def test_curves_that_cross_are_compared_at_the_time_of_death():
    binned = followed([1, 2, 3], [1, 1, 0])
    curves = np.array([[1, 0.1, 0.1, 0.1], [1, 0.9, 0.1, 0.0], [1, 0.5, 0.5, 0.5]])
    assert antolini_c(binned, curves) == 1.0


def test_the_brier_score_of_whole_data_is_the_mean_square():
    binned = followed([1, 2, 2], [1, 1, 1])
    curves = np.array([[1.0, 0.5, 0.2], [1.0, 0.8, 0.4], [1.0, 0.6, 0.6]])
    grid = np.linspace(0, 2, 50)
    died = grid[:, None] >= binned.months
    by_hand = [np.mean((curves[:, int(t)] - ~d) ** 2) for t, d in zip(grid, died, strict=True)]
    assert brier_of_bins(binned, curves) == pytest.approx(np.trapezoid(by_hand, grid) / 2)


def test_censoring_weights_are_scikit_survivals():
    draw = np.random.default_rng(0)
    binned = followed(draw.integers(1, 20, 200), draw.random(200) < 0.6)
    curves = np.sort(draw.random((200, 20)))[:, ::-1]
    grid = np.linspace(0, binned.months.max(), 50)
    inside = grid[(grid >= binned.months.min()) & (grid < binned.months.max())]
    part = Followed(binned.months, binned.events)
    theirs = brier_score(part.array, part.array, curves[:, inside.astype(int)], inside)[1]
    assert brier_scores(binned, curves, inside) == pytest.approx(theirs, abs=1e-9)


def test_nothing_to_judge():
    assert brier_of_bins(followed([0, 0], [1, 0]), np.ones((2, 20))) is None
    train = followed([10, 40], [1, 1])
    assert binned_cs(train, followed([3, 9], [0, 0]), np.array([0.0, 40.0]), np.array([[1, 0.5]] * 2)) is None


def test_the_score_of_a_perfect_model_is_near_one_and_binning_costs_it():
    train = followed(np.arange(1.0, 61.0), np.ones(60))
    edges = np.arange(0.0, 61.0)
    survival = np.array([(edges < t).astype(float) for t in train.months])
    found = binned_cs(train, train, edges, survival)
    assert 0.9 < found < 1.0
