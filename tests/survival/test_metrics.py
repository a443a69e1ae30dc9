import numpy as np
import pytest
from scipy.stats import chi2
from sksurv.metrics import brier_score

from survgui.survival import metrics
from survgui.survival.metrics import Followed


def followed(months, events):
    return Followed(np.array(months, dtype=float), np.array(events, dtype=bool))


def simulated(n, seed):
    draw = np.random.default_rng(seed)
    risk = draw.standard_normal(n)
    death, censored = draw.exponential(20 * np.exp(-risk)), draw.uniform(5, 60, n)
    return followed(np.minimum(death, censored), death <= censored), risk


def test_concordance_counted_by_hand():
    # comparable pairs (death first): 1-2, 1-3, 1-4, 3-4; risks order 1>2 yes, 1>3 yes, 1>4 tie, 3>4 no
    test = followed([1, 2, 3, 4], [True, False, True, False])
    assert metrics.harrell_c(test, np.array([3.0, 1.0, 2.0, 3.0])) == pytest.approx((1 + 1 + 0.5 + 0) / 4)


def test_higher_risk_must_die_first():
    test = followed([1, 2, 3], [True, True, True])
    assert metrics.harrell_c(test, np.array([3.0, 2.0, 1.0])) == 1.0
    assert metrics.harrell_c(test, np.array([1.0, 2.0, 3.0])) == 0.0


@pytest.mark.parametrize("events", [[False, False, False], [False, False, True]])
def test_no_comparable_pair_gives_none(events):
    test = followed([1, 2, 3], events)
    assert metrics.harrell_c(test, np.zeros(3)) is None
    assert metrics.uno_c(test, test, np.zeros(3)) is None


def test_uno_equals_harrell_without_censoring_before_the_truncation():
    months = np.arange(1.0, 41.0)
    test = followed(months, [True] * 40)
    draw = np.random.default_rng(1)
    risks = -months + draw.normal(0, 10, 40)
    early = followed(months, months < np.quantile(months, 0.75))  # later deaths count as censored
    assert metrics.uno_c(test, test, risks) == pytest.approx(metrics.harrell_c(early, risks))


def test_integrated_brier_is_the_mean_of_scikit_survivals_brier():
    train, _ = simulated(300, 0)
    test, risk = simulated(120, 1)
    edges = np.linspace(0, 60, 121)
    survival = np.exp(-np.outer(np.exp(risk), edges) / 20)
    ours = metrics.integrated_brier(train, test, edges, survival)
    within = test.months < train.months.max()
    low, high = np.quantile(test.months[within], [0.1, 0.8])
    grid = np.linspace(low, high * 0.999, 50)
    exact = np.exp(-np.outer(np.exp(risk[within]), grid) / 20)
    part = followed(test.months[within], test.events[within])
    _, scores = brier_score(train.array, part.array, exact, grid)
    assert ours == pytest.approx(np.trapezoid(scores, grid) / (grid[-1] - grid[0]), abs=1e-6)


def test_a_true_model_is_d_calibrated_and_a_wrong_one_is_not():
    test, risk = simulated(2000, 2)
    edges = np.linspace(0, 60, 241)
    true = np.exp(-np.outer(np.exp(risk), edges) / 20)
    assert metrics.d_calibration_p(test, edges, true) > 0.01
    assert metrics.d_calibration_p(test, edges, true**3) < 1e-6


@pytest.mark.parametrize(("month", "statistic"), [(0.0, 0.0), (5.0, 10.0)])
def test_d_calibration_spreads_a_censored_patient_over_the_bins_below(month, statistic):
    # S is 1 at month 0: one of ten patients in each bin. S is 1/2 at month 5: two in each of the lower five.
    test = followed([month] * 10, [False] * 10)
    edges, survival = np.array([0.0, 10.0]), np.tile([1.0, 0.25], (10, 1))
    assert metrics.d_calibration_p(test, edges, survival) == pytest.approx(chi2.sf(statistic, 9))


def test_cs_score():
    assert metrics.cs_score(0.8, 0.1) == pytest.approx(0.85)
    assert metrics.cs_score(None, 0.1) is None
