import numpy as np
import pytest

from survgui.figures.folds import Folds
from survgui.figures.lines import Line, LinesFigure
from survgui.figures.theme import GROUP_DASH
from survgui.ui.explore.plots import folds_plot, lines_plot
from tests.ui.explore import samples


def test_a_case_comes_first_with_its_spread_and_the_groups_with_who_is_at_risk():
    plot = samples.plot()
    own, group = plot.series
    assert [s.name for s in plot.series] == ["this patient", "high"]
    assert own.at(15.0) == pytest.approx(0.7)
    assert plot.details(own, 15.0) == ("imputation spread 65.0–80.0\u202f%",)
    assert (group.role, group.dash, group.shape) == ("high", GROUP_DASH["high"], "step")
    assert group.at(12.4) == 0.8
    assert plot.details(group, 13.0) == ("3 at risk at 12 months",)
    assert (plot.title, plot.subject, plot.start) == ("Survival estimate", "C-0039", 20.0)
    assert (plot.x.limits, plot.x.title) == ((0.0, 24.0), "months since diagnosis")


def test_nothing_imputed_no_spread():
    assert samples.plot(imputed=False).series[0].band is None


def test_intervals_of_the_groups_are_said_where_they_are_drawn():
    everybody = samples.plot(patient=None, mark=None, groups=(samples.group("all"),), bands=True)
    assert everybody.series[0].role == "accent"  # no risk group, in the figure neither
    assert everybody.details(everybody.series[0], 12.0) == ("95\u202f% interval 48.0–96.0\u202f%", "3 at risk")
    assert everybody.start == 12.0


def test_a_second_curve_is_dashed_and_has_the_spread():
    plot = samples.plot(imputed=False, label="measured", beside=samples.patient(0.04), mark=None)
    measured, imputed, _ = plot.series
    assert (measured.name, measured.dash, measured.band) == ("measured", (), None)
    assert imputed.name == "imputed"
    assert imputed.dash
    assert plot.details(imputed, 10.0) == ("imputation spread 79.0–94.0\u202f%",)


def test_the_crosshair_stops_within_the_axis_only():
    assert samples.plot().stops.max() == 24.0  # follow-up goes on to 30 months, the figure does not


def test_losses_are_shown_as_far_as_they_have_come():
    lines = (
        Line("survival", np.arange(1.0, 4.0), np.array([1.5, 1.2, 0.9]), "accent"),
        Line("shared", np.arange(1.0, 4.0), np.array([np.nan, 0.5, 0.4]), "low", (5.0, 3.0)),
        Line("generator", np.arange(1.0, 4.0), np.full(3, np.nan)),
    )
    plot = lines_plot(LinesFigure(lines, 40.0), "Loss")
    assert [(s.name, s.role, s.dash) for s in plot.series] == [
        ("survival", "accent", ()),
        ("shared", "low", (5.0, 3.0)),
    ]
    assert plot.x.limits == (1.0, 3.0)
    assert plot.y.limits == (0.0, 1.5)
    assert list(plot.stops) == [1.0, 2.0, 3.0]
    assert plot.spoken(1.0) == "epoch 1; survival 1.500; shared –"


def test_before_the_first_epoch_there_is_an_empty_plot():
    plot = lines_plot(LinesFigure((), 40.0), "Loss")
    assert plot.series == ()
    assert plot.x.limits[0] < plot.x.limits[1]
    assert plot.y.limits[0] < plot.y.limits[1]


def test_folds_are_points_and_means_lines_from_end_to_end():
    plot = folds_plot(Folds({0: 0.86, 2: 0.82, 3: np.nan}, 5, "MUST", {"best Cox": 0.8}), "C-index by fold")
    assert plot.spoken(3.0) == "fold 3; MUST 0.820; MUST mean 0.840; best Cox 0.800"
    assert plot.spoken(2.0).startswith("fold 2; MUST –")
    assert list(plot.stops) == [1.0, 3.0]
    assert plot.x.limits == (0.5, 5.5)
    assert plot.y.limits == pytest.approx((0.68, 0.92))


def test_no_fold_is_finished():
    plot = folds_plot(Folds({}, 5), "C-index by fold")
    assert plot.nearest(1.0) == -1
    assert plot.y.limits[0] < plot.y.limits[1]
