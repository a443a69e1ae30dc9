import math

import numpy as np
import pytest

from survgui.survival.rubin import Pooled, jackknife_variance, pool


def test_a_case_by_hand():
    found = pool([1.0, 2.0, 3.0], within=0.5)
    assert (found.estimate, found.within, found.between, found.draws) == (2.0, 0.5, 1.0, 3)
    assert found.total == pytest.approx(0.5 + 4 / 3)
    share = (4 / 3) / (11 / 6)
    assert found.fraction_missing_information == pytest.approx(share)
    assert found.degrees_of_freedom == pytest.approx(2 / share**2)


def test_rubins_degrees_of_freedom_in_his_other_form():
    """nu = (m - 1) (1 + W / ((1 + 1/m) B))²."""
    found = Pooled(0.0, within=0.8, between=0.3, draws=5)
    assert found.degrees_of_freedom == pytest.approx(4 * (1 + 0.8 / (1.2 * 0.3)) ** 2)


def test_small_samples_never_have_more_than_complete_data_would():
    found = Pooled(0.0, within=0.8, between=0.01, draws=50)
    assert found.degrees_of_freedom > 10_000
    adjusted = found.adjusted_degrees_of_freedom(20.0)
    share = found.fraction_missing_information
    observed = 21 / 23 * 20 * (1 - share)
    assert adjusted == pytest.approx(1 / (1 / found.degrees_of_freedom + 1 / observed))
    assert adjusted < 20.0


def test_imputations_that_agree_leave_nothing_missing():
    found = pool([0.5, 0.5, 0.5], within=0.2)
    assert found.fraction_missing_information == 0.0 and found.total == 0.2
    assert math.isinf(found.degrees_of_freedom)
    assert found.adjusted_degrees_of_freedom(10.0) == pytest.approx(11 / 13 * 10)


def test_without_a_variance_of_its_own_all_there_is_is_missing():
    found = pool([0.0, 1.0])
    assert found.within == 0.0 and found.fraction_missing_information == 1.0
    assert found.degrees_of_freedom == 1.0 and found.adjusted_degrees_of_freedom(9.0) == 0.0
    assert pool([0.25, 0.25]).fraction_missing_information == 0.0


def test_the_pooled_variance_is_that_of_repeated_estimates():
    """Many m-fold imputations of an estimate N(0, B): the pooled means vary by B / m, and T - W counts B beside."""
    draws = np.random.default_rng(0).normal(0.0, 2.0, (4000, 10))
    pooled = [pool(row) for row in draws]
    assert np.var([p.estimate for p in pooled]) == pytest.approx(4.0 / 10, rel=0.1)
    assert np.mean([p.total for p in pooled]) == pytest.approx(1.1 * 4.0, rel=0.03)


@pytest.mark.parametrize(("estimates", "within"), [([1.0], 0.0), ([[1.0, 2.0]], 0.0), ([1.0, 2.0], -0.1)])
def test_what_cannot_be_pooled(estimates, within):
    with pytest.raises(ValueError, match=r"imputations|variance"):
        pool(estimates, within)


def test_the_jackknife_of_a_mean_is_its_squared_standard_error():
    """Leaving one of n out, the jackknife variance of a mean is s^2 / n, exactly."""
    x = np.random.default_rng(0).standard_normal(12)
    without = np.array([np.delete(x, k).mean() for k in range(12)])
    assert jackknife_variance(without[:, None]) == pytest.approx(x.var(ddof=1) / 12)
    assert jackknife_variance(np.zeros((1, 3))) == 0.0
