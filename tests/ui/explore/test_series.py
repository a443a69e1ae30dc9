import math

import numpy as np
import pytest

from survgui.ui.explore.series import Axis, Band, Counts, Plot, Series

X, Y = np.array([0.0, 10.0, 20.0]), np.array([1.0, 0.5, 0.25])
SHARE = Axis("Survival", (0.0, 1.0), "share")
TIME = Axis("months", (0.0, 20.0), "time", "{} months")


def test_a_line_is_straight_between_its_points():
    line = Series("line", X, Y)
    assert [line.at(x) for x in (0.0, 4.0, 10.0, 15.0, 20.0)] == pytest.approx([1.0, 0.8, 0.5, 0.375, 0.25])


def test_a_step_keeps_its_value_until_the_next():
    step = Series("step", X, Y, shape="step")
    assert [step.at(x) for x in (0.0, 9.99, 10.0, 19.0, 20.0)] == [1.0, 1.0, 0.5, 0.5, 0.25]


def test_between_points_there_is_nothing():
    points = Series("points", X, Y, shape="points")
    assert points.at(10.0) == 0.5
    assert math.isnan(points.at(9.0))


def test_before_and_after_its_ends_a_series_has_no_value():
    for shape in ("line", "step", "points"):
        series = Series("ends", X, Y, shape=shape)
        assert math.isnan(series.at(-0.1))
        assert math.isnan(series.at(20.1))
        assert math.isnan(Series("empty", np.zeros(0), np.zeros(0), shape=shape).at(0.0))


def test_a_line_with_a_gap_has_its_values_but_none_in_the_gap():
    broken = Series("broken", np.arange(4.0), np.array([1.0, np.nan, 3.0, 5.0]))
    assert broken.at(0.0) == 1.0
    assert math.isnan(broken.at(0.5))
    assert math.isnan(broken.at(1.5))
    assert [broken.at(2.0), broken.at(2.5)] == [3.0, 4.0]
    x, y = broken.corners(broken.y, 0.0, 3.0)
    assert list(x) == [0.0, 1.0, 2.0, 3.0]
    np.testing.assert_array_equal(y, [1.0, np.nan, 3.0, 5.0])


def test_the_drawn_steps_turn_at_right_angles_and_end_where_they_are_cut():
    step = Series("step", X, Y, shape="step")
    x, y = step.corners(step.y, 5.0, 12.0)
    assert list(zip(x, y, strict=True)) == [(5.0, 1.0), (10.0, 1.0), (10.0, 0.5)] + 2 * [(12.0, 0.5)]


def test_a_curve_that_ends_before_the_cut_is_not_drawn_on():
    line = Series("line", X, Y)
    x, y = line.corners(line.y, 0.0, 60.0)
    assert (list(x), list(y)) == ([0.0, 10.0, 20.0], [1.0, 0.5, 0.25])


def test_patients_at_risk_are_those_counted_last():
    step = Series("step", X, Y, counts=Counts(np.array([5.0, 15.0]), np.array([40, 12])))
    assert step.at_risk(4.0) is None
    assert step.at_risk(5.0) == (5.0, 40)
    assert step.at_risk(14.9) == (5.0, 40)
    assert step.at_risk(20.0) == (15.0, 12)
    assert step.at_risk(21.0) is None  # nobody of the group is followed so far
    assert Series("line", X, Y).at_risk(5.0) is None


def test_the_crosshair_stops_at_every_own_value_inside_the_limits():
    lines = (Series("a", X, Y), Series("b", np.array([-1.0, 7.0, 20.0, 30.0]), np.array([1.0, np.nan, 1.0, 1.0])))
    mean = Series("mean", np.array([0.5, 19.5]), np.ones(2), snaps=False)
    plot = Plot("", (*lines, mean), TIME, SHARE)
    assert list(plot.stops) == [0.0, 10.0, 20.0]
    assert [plot.nearest(x) for x in (-5.0, 4.0, 6.0, 99.0)] == [0, 0, 1, 2]
    assert Plot("", (mean,), TIME, SHARE).nearest(3.0) == -1


def test_shares_are_read_with_one_decimal():
    values = (0.361, 0.05, 1.0, 0.0, 0.0002, 0.9998, np.nan)
    said = [SHARE.said(value).replace("\u202f", " ") for value in values]
    assert said == ["36.1 %", "5.0 %", "100 %", "0 %", "< 0.1 %", "> 99.9 %", "–"]


def test_other_values_are_read_in_words():
    assert TIME.said(24.0) == "24 months"
    assert TIME.said(12.47) == "12.5 months"
    assert Axis("epoch", (0, 9), "whole", "epoch {}").said(1200.0) == "epoch 1\u202f200"
    assert Axis("Loss", (0, 1)).said(-0.12345) == "−0.123"


def test_the_axis_has_round_numbers():
    cases = (
        (TIME, 0.0, 60.0, 6, [0, 12, 24, 36, 48, 60]),
        (TIME, 18.0, 31.0, 6, [18, 21, 24, 27, 30]),
        (TIME, 1.0, 2.0, 6, [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]),
        (SHARE, -0.02, 1.02, 7, [0, 0.25, 0.5, 0.75, 1]),
        (SHARE, 0.28, 0.5, 7, [0.3, 0.35, 0.4, 0.45, 0.5]),
        (Axis("fold", (0.5, 5.5), "whole"), 0.5, 5.5, 6, [1, 2, 3, 4, 5]),
        (Axis("epoch", (0, 9), "whole"), 3.2, 4.4, 6, [4]),
        (Axis("Loss", (0, 2)), 0.0, 2.0, 6, [0, 0.5, 1, 1.5, 2]),
    )
    for axis, low, high, most, wanted in cases:
        step, found = axis.ticks(low, high, most)
        assert found == pytest.approx(wanted), (axis.kind, low, high)
        assert step == pytest.approx(wanted[1] - wanted[0] if len(wanted) > 1 else 1.0)


def test_numbers_at_the_axis_have_the_decimals_that_tell_them_apart():
    assert SHARE.tick(0.25, 0.25) == "25\u202f%"
    assert SHARE.tick(0.255, 0.005) == "25.5\u202f%"
    assert Axis("Loss", (0, 2)).tick(0.5, 0.5) == "0.5"
    assert Axis("Loss", (0, 2)).tick(-0.25, 0.05) == "−0.25"
    assert Axis("epoch", (0, 2)).tick(2000.0, 500.0) == "2\u202f000"
    assert Axis("Loss", (0, 2)).tick(-0.0, 0.5) == "0.0"


def test_what_lies_around_a_value_is_said_with_it():
    band = Band("imputation spread", Y - 0.05, Y + 0.1)
    series = Series("this patient", X, Y, band=band, counts=Counts(X, np.array([1200, 30, 4])))
    plot = Plot("Survival", (series,), TIME, SHARE)
    assert plot.details(series, 10.0) == ("imputation spread 45.0–60.0\u202f%", "30 at risk")
    assert plot.details(series, 4.0)[1] == "1\u202f200 at risk at 0 months"
    assert plot.details(series, 40.0) == ()
    assert plot.spoken(10.0) == ("10 months; this patient 50.0\u202f%, imputation spread 45.0–60.0\u202f%, 30 at risk")


def test_an_edge_that_is_not_known_is_said_to_be_so():
    none = np.nan
    series = Series("all", X, Y, band=Band("interval", np.array([none, 0.3, none]), np.array([0.7, none, none])))
    plot = Plot("Survival", (series,), TIME, SHARE)
    said = [plot.details(series, x) for x in X]
    assert said == [("interval up to 70.0\u202f%",), ("interval from 30.0\u202f%",), ("interval not known",)]
