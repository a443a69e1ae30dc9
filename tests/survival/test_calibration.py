import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import kaplan_meier_estimator

from survgui.survival import calibration as c
from survgui.survival.curves import survival_at
from survgui.survival.metrics import Followed

EDGES = np.linspace(0.0, 80.0, 17)


def patients(n=4000, seed=0, level=0.0, slope=1.0):
    """Outcomes under hazards exp(level + slope * x) / 30, and the curves of a model that takes them for exp(x) / 30."""
    draw = np.random.default_rng(seed)
    x = 0.8 * draw.standard_normal(n)
    death = draw.exponential(30 * np.exp(-level - slope * x))
    censored = draw.uniform(5, 79, n)
    test = Followed(np.minimum(death, censored), death <= censored)
    return test, np.exp(-np.outer(np.exp(x) / 30, EDGES)), x


def test_cumulative_hazard_at_each_patients_own_time():
    survival = np.exp(-np.outer([0.1, 0.2], EDGES))
    assert c.cumulative_at(EDGES, survival, np.array([3.3, 95.0])) == pytest.approx([0.33, 19.0])


def test_observed_and_expected_counted_by_hand():
    edges, survival = np.array([0.0, 10.0]), np.exp(-np.array([[0, 1.0], [0, 2.0], [0, 3.0]]))
    test = Followed(np.array([5.0, 10.0, 20.0]), np.array([True, False, True]))
    # until month 10: one death; 0.5 + 2 + 3 expected
    assert c.observed_and_expected(test, edges, survival, 10.0) == (1, pytest.approx(5.5))


def test_the_slope_is_scikit_survivals_coefficient():
    test, _, x = patients(200, slope=0.6)
    months = np.ceil(test.months)  # with ties
    tied = Followed(months, test.events)
    model = CoxPHSurvivalAnalysis(alpha=0.0, ties="breslow").fit(x[:, None], tied.array)
    slope, error = c.calibration_slope(tied, x)
    assert slope == pytest.approx(model.coef_[0], abs=1e-6) and 0 < error < 0.3
    many, _, risks = patients(4000, slope=0.6)
    slope, error = c.calibration_slope(many, risks)
    assert abs(slope - 0.6) < 3 * error < 0.15


@pytest.mark.parametrize("risks", [np.zeros(4), np.array([4.0, 3.0, 2.0, 1.0])])
def test_a_slope_that_is_not_defined(risks):
    test = Followed(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, True]))
    assert c.calibration_slope(test, risks) is None
    assert c.calibration_slope(Followed(test.months, ~test.events), risks) is None


def test_figures_of_a_calibrated_model_and_of_one_that_is_not():
    test, survival, _ = patients(3000)
    good = c.calibration_figures(test, EDGES, survival, 24.0)
    assert good["o_e"] == pytest.approx(1, abs=0.08) and good["slope"] == pytest.approx(1, abs=0.1)
    assert good["ici"] < 0.02 and good["d_calibration_p"] > 0.01
    test, survival, _ = patients(3000, level=0.8)
    bad = c.calibration_figures(test, EDGES, survival, 24.0)
    assert bad["o_e"] == pytest.approx(np.exp(0.8), rel=0.1) and bad["d_calibration_p"] < 1e-6
    # the true distance: mean of |S^e^0.8 - S| at the horizon
    alive = survival_at(EDGES, survival, 24.0)[:, 0]
    assert bad["ici"] == pytest.approx(np.mean(np.abs(alive ** np.exp(0.8) - alive)), abs=0.02)


def test_the_smooth_curve_is_scikit_survivals_cox_on_the_same_spline():
    test, _, x = patients(150, slope=0.7)
    X = c._spline(x)
    model = CoxPHSurvivalAnalysis(alpha=0.0, ties="breslow").fit(X, test.array)
    theirs = np.array([curve(24.0) for curve in model.predict_survival_function(X)])
    assert c.smooth_observed(test, x, 24.0) == pytest.approx(theirs, abs=1e-6)
    assert c.smooth_observed(test, x, 100.0) is None, "nobody was followed for so long"


def test_a_spline_is_linear_beyond_its_knots_and_needs_distinct_ones():
    x = np.linspace(0, 10, 101)
    tail = c._spline(x)[95:, 1]
    assert np.diff(tail, 2) == pytest.approx(0, abs=1e-9)
    assert c._spline(np.array([0.0] * 9 + [1.0])).shape == (10, 1)


def test_bands_are_scikit_survivals_kaplan_meier():
    test, survival, _ = patients(105, level=0.5)
    alive = survival_at(EDGES, survival, 24.0)[:, 0]
    bands = c.calibration_bands(test, alive, 24.0)
    assert len(bands) == 10 and sum(b.patients for b in bands) == 105
    assert [b.highest for b in bands] == sorted(b.highest for b in bands)
    worst = np.argsort(alive, kind="stable")[:11]
    times, curve = kaplan_meier_estimator(test.events[worst], test.months[worst])
    assert bands[0].observed == pytest.approx(curve[times <= 24.0][-1])
    assert bands[0].predicted == pytest.approx(alive[worst].mean())
    assert bands[0].low <= bands[0].observed <= bands[0].high


def test_bands_that_are_not_followed_to_the_horizon_have_no_observation():
    test = Followed(np.full(20, 12.0), np.zeros(20, dtype=bool))
    assert [b.observed for b in c.calibration_bands(test, np.linspace(0, 1, 20), 24.0)] == [None, None]
    assert c.calibration_bands(test, np.zeros(19), 24.0) == ()
