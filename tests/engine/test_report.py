import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.development import Reference
from survgui.engine.report import axis_limit, axis_ticks, calibration_bands, group_curves, report_content, usual_months
from tests.report import sample

REFERENCE = sample.reference()


@pytest.fixture(scope="module")
def content():
    return report_content(sample.prediction(), sample.manifest(REFERENCE), REFERENCE, created="2026-01-01T00:00+00:00")


def test_the_headline_is_the_predictions_own_number(content):
    p = sample.prediction()
    at = list(p.edges_months).index(24.0)
    low, high = p.spread
    assert content.at_horizon.survival == pytest.approx(p.survival[at])
    assert content.at_horizon.low == pytest.approx(low[at])
    assert content.at_horizon.high == pytest.approx(high[at])
    assert content.at_horizon.survival == pytest.approx(np.exp(-np.exp(p.risk)))  # risk = log cumulative hazard


def test_the_curve_never_rises_and_lies_in_its_spread_at_time_0(content):
    c = content.curve
    assert c.months[0] == 0.0
    assert c.survival[0] == c.low[0] == c.high[0] == 1.0
    assert np.all(np.diff(c.survival) <= 1e-12)
    assert np.all(c.low <= c.high)


def test_rows_under_the_axis_add_up(content):
    assert sum(g.patients for g in content.groups) == len(REFERENCE.risks)
    for g in content.groups:
        assert g.at_risk[0] == g.patients
        assert np.all(g.at_risk + g.deaths_by + g.censored_by == g.patients)


def test_counts_by_hand():
    months, events = np.array([1.0, 12.0, 12.0, 30.0]), np.array([True, True, False, False])
    reference = Reference(np.zeros(4), months, events, np.full(4, 0.5), (1.0, 2.0))
    (group,) = group_curves(reference, np.array([0.0, 12.0, 24.0]))
    assert group.name == "low"
    assert group.at_risk.tolist() == [4, 3, 1]
    assert group.deaths_by.tolist() == [0, 1, 2]
    assert group.censored_by.tolist() == [0, 0, 1]
    assert group.survival.tolist() == pytest.approx([1.0, 0.75, 0.5, 0.5])
    assert group.thin_from == 30.0


def test_calibration_bands_hold_everybody_once_and_this_case_once():
    bands = calibration_bands(REFERENCE, sample.prediction())
    assert len(bands) == 10
    assert sum(b.patients for b in bands) == len(REFERENCE.risks)
    assert [b.here for b in bands].count(True) == 1
    predicted = [b.predicted for b in bands]
    assert predicted == sorted(predicted)
    here = next(b for b in bands if b.here)
    assert here.predicted == min(predicted, key=lambda p: abs(p - 0.36))


def test_calibration_of_a_true_model_is_close():
    for band in calibration_bands(sample.reference(5000), sample.prediction()):
        assert band.observed == pytest.approx(band.predicted, abs=0.15)


def test_too_few_development_patients_give_no_calibration():
    assert calibration_bands(sample.reference(19), sample.prediction()) == ()


def test_a_band_without_follow_up_to_the_horizon_has_no_observed_value():
    few = Reference(np.zeros(40), np.full(40, 3.0), np.zeros(40, bool), np.full(40, 0.5), (1.0, 2.0))
    assert all(b.observed is None for b in calibration_bands(few, sample.prediction()))


@pytest.mark.parametrize(
    ("last", "horizon", "limit", "ticks"),
    [(120.0, 24.0, 60.0, 6), (240.0, 120.0, 120.0, 6), (9.0, 6.0, 9.0, 5), (1.5, 1.0, 1.5, 2)],
)
def test_axis(last, horizon, limit, ticks):
    assert axis_limit(np.array([0.0, last]), horizon) == limit
    made = axis_ticks(limit)
    assert len(made) == ticks
    assert made[0] == 0.0
    assert made[-1] <= limit


def test_usual_months_are_those_that_the_curve_reaches():
    assert usual_months(np.array([0.0, 40.0]), 40.0) == [12.0, 24.0, 36.0]
    assert usual_months(np.array([0.0, 10.0]), 10.0) == [4.0, 6.0, 8.0, 10.0]


def test_every_modality_has_a_row_those_of_the_bundle_first(content):
    assert {row.modality for row in content.inputs} == set(sample.STATES)
    taken = [row.developed_on is not None for row in content.inputs]
    assert taken == sorted(taken, reverse=True)
    by = {row.modality: row for row in content.inputs}
    assert by[Modality.MIRNA].reason == "this bundle takes no miRNA"
    assert by[Modality.RNA].fidelity is None  # nothing measured, nothing to compare
    assert by[Modality.PATHOLOGY].usual == 0.71
    assert content.imputed == tuple(m for m in (Modality.RNA, Modality.CNV))


def test_nothing_imputed_has_no_spread():
    states = dict.fromkeys(sample.STATES, State.MEASURED)
    made = report_content(sample.prediction(states=states), sample.manifest(REFERENCE), REFERENCE)
    assert made.at_horizon.low == made.at_horizon.survival == made.at_horizon.high
    assert np.array_equal(made.curve.low, made.curve.high)
