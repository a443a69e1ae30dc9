import numpy as np
import pytest

from survgui.survival import curves


def test_kaplan_meier_by_hand():
    # at 1: 1 of 4 dies; at 2: censored; at 3: 1 of 2 dies; at 4: censored
    curve = curves.kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False]))
    assert curve.months.tolist() == [0, 1, 2, 3, 4]
    assert curve.survival == pytest.approx([1, 0.75, 0.75, 0.375, 0.375])
    assert np.all(curve.low <= curve.survival) and np.all(curve.survival <= curve.high)


def test_kaplan_meier_without_deaths_stays_at_one():
    assert curves.kaplan_meier(np.array([1.0, 2.0]), np.array([False, False])).survival.tolist() == [1, 1, 1]


def test_kaplan_meier_of_nobody_is_refused():
    with pytest.raises(ValueError, match="no patients"):
        curves.kaplan_meier(np.array([]), np.array([], dtype=bool))


def test_everybody_is_at_risk_at_time_zero():
    months = np.array([0.0, 5.0, 12.0, 30.0])
    assert curves.number_at_risk(months, np.array([0.0, 12.0, 24.0, 31.0])).tolist() == [4, 2, 1, 0]


def test_survival_between_edges_has_constant_hazard():
    edges, survival = np.array([0.0, 10.0, 20.0]), np.array([1.0, 0.5, 0.25])
    at = curves.survival_at(edges, survival, np.array([0.0, 5.0, 10.0, 15.0, 30.0]))
    assert at == pytest.approx([1, np.sqrt(0.5), 0.5, 0.5 * np.sqrt(0.5), 0.125])


def test_median_is_where_the_curve_is_one_half():
    edges, survival = np.array([0.0, 10.0, 20.0]), np.array([1.0, 0.8, 0.2])
    median = curves.median_months(edges, survival)
    assert curves.survival_at(edges, survival, median)[0] == pytest.approx(0.5)
    assert curves.median_months(edges, np.array([1.0, 0.9, 0.6])) is None


def test_restricted_mean_of_an_exponential():
    edges = np.array([0.0, 60.0])
    survival = np.array([1.0, np.exp(-0.05 * 60)])
    assert curves.restricted_mean(edges, survival, 60.0) == pytest.approx((1 - np.exp(-3)) / 0.05, rel=1e-4)


def test_follow_up_is_how_long_patients_were_watched_not_how_long_they_lived():
    draw = np.random.default_rng(0)
    death, watched = draw.exponential(5, 4000), draw.uniform(0, 60, 4000)
    months, died = np.minimum(death, watched), death <= watched
    assert np.median(months) < 5 and curves.median_follow_up(months, died) == pytest.approx(30, abs=5)
    assert curves.median_follow_up(np.array([1.0, 2.0]), np.array([True, True])) is None
