import numpy as np
import pytest

from survgui.survival import bins


def test_edges_hold_equal_shares_of_deaths():
    draw = np.random.default_rng(0)
    months, events = draw.exponential(20, 400), draw.random(400) < 0.6
    edges = bins.quantile_edges(months, events, 4)
    counts = np.histogram(months[events], edges)[0]
    assert edges[0] == 0 and edges[-1] == months.max()
    assert counts.max() - counts.min() <= 1


def test_censored_times_do_not_move_the_inner_edges():
    months, events = np.arange(1.0, 41.0), np.ones(40, dtype=bool)
    more = bins.quantile_edges(np.append(months, [39.0] * 50), np.append(events, [False] * 50), 4)
    assert more == pytest.approx(bins.quantile_edges(months, events, 4))


def test_no_deaths_no_bins():
    with pytest.raises(ValueError, match="no deaths"):
        bins.quantile_edges(np.arange(5.0), np.zeros(5, dtype=bool), 4)


def test_exposure_adds_up_to_the_time_lived():
    edges = np.array([0.0, 3.0, 10.0, 50.0])
    months = np.array([0.5, 3.0, 9.0, 50.0, 80.0])
    index, share = bins.exposure(edges, months)
    lived = edges[index] + share * (edges[index + 1] - edges[index])
    assert lived == pytest.approx(np.minimum(months, 50.0))


def test_crude_hazard_counted_by_hand():
    months, events = np.array([1.0, 5.0, 8.0, 9.0]), np.array([True, False, True, True])
    # bin one of 4 months: 1 death in 1/4 + 3 bins lived; bin two of 5: 2 deaths in 1/5 + 4/5 + 1
    found = bins.crude_hazard(np.array([0.0, 4.0, 9.0]), months, events)
    assert found == pytest.approx([1.5 / 4.25, 2.5 / 3.0])
    # twice the hazard known beforehand counts as twice the time lived
    known = np.log([2.0, 1.0, 1.0, 3.0])
    found = bins.crude_hazard(np.array([0.0, 4.0, 9.0]), months, events, known)
    assert found == pytest.approx([1.5 / (2 / 4 + 1 + 1 + 3 + 1), 2.5 / (1 / 5 + 4 / 5 + 3 + 1)])


def test_horizon_is_24_months_unless_the_cohort_dies_sooner():
    events = np.ones(100, dtype=bool)
    slow = np.linspace(1, 100, 100)
    fast = np.linspace(0.1, 12, 100)
    assert bins.default_horizon(np.array([0.0, 100.0]), slow, events) == 24.0
    assert bins.default_horizon(np.array([0.0, 12.0]), fast, events) == 6.0
    assert bins.default_horizon(np.array([0.0, 3.0]), fast / 4, events) == 3.0  # no curve beyond its last edge


def test_equidistant_edges_are_those_of_pycox():
    edges = bins.equidistant_edges(np.array([3.0, 60.0, 12.0]), 20)
    assert edges == pytest.approx(3.0 * np.arange(21)) and edges[-1] == 60.0
    assert bins.equidistant_edges(np.array([7.0]), 1).tolist() == [0.0, 7.0]


@pytest.mark.parametrize("months", [[], [0.0, 0.0]])
def test_nobody_followed_no_bins(months):
    with pytest.raises(ValueError, match="followed for any time"):
        bins.equidistant_edges(np.array(months), 20)
