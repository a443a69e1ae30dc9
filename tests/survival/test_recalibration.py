import json

import numpy as np
import pytest

from survgui.survival.calibration import calibration_figures, observed_and_expected, risk_at
from survgui.survival.metrics import Followed
from survgui.survival.recalibration import (
    NEAR,
    Fit,
    Prior,
    Recalibration,
    Recalibrations,
    fit_recalibration,
    read,
)
from tests.survival.test_calibration import EDGES, patients

FLAT = Prior(level=1e4, slope=1e4)
RNA, BOTH, CLINICAL = frozenset({"rna"}), frozenset({"clinical", "rna"}), frozenset({"clinical"})


def test_recalibrated_curves_have_the_recalibrated_risk_and_keep_their_shape():
    _, survival, _ = patients(50)
    correction = Recalibration(0.4, 0.6)
    after = correction.curves(EDGES, survival, 24.0)
    assert risk_at(EDGES, after, 24.0) == pytest.approx(correction.risks(risk_at(EDGES, survival, 24.0)))
    shapes = np.log(after[:, 1:]) / np.log(after[:, -1:])
    assert shapes == pytest.approx(np.log(survival[:, 1:]) / np.log(survival[:, -1:]))
    assert np.all(after[:, 0] == 1) and np.all(np.diff(after) <= 0)


def test_two_corrections_are_one():
    _, survival, _ = patients(20)
    first, second = Recalibration(0.3, 0.7), Recalibration(-0.2, 1.4)
    step_by_step = second.curves(EDGES, first.curves(EDGES, survival, 24.0), 24.0)
    assert second.after(first).curves(EDGES, survival, 24.0) == pytest.approx(step_by_step)


@pytest.mark.parametrize(("level", "slope"), [(0.0, 1.0), (0.7, 1.0), (-0.5, 0.6), (0.3, 1.5)])
def test_a_planted_shift_is_recovered(level, slope):
    test, survival, x = patients(level=level, slope=slope)
    found = fit_recalibration(test, EDGES, survival, 24.0)
    # log H' = level + slope * x + log(24 / 30) and risk = x + log(24 / 30)
    assert found.beta == pytest.approx(slope, abs=0.08)
    assert found.alpha == pytest.approx(level + (1 - slope) * np.log(24 / 30), abs=0.08)
    assert np.array_equal(np.argsort(found.risks(x)), np.argsort(x))


def test_the_level_is_the_ratio_of_observed_to_expected_until_the_horizon():
    test, survival, _ = patients(300, level=0.5)
    observed, expected = observed_and_expected(test, EDGES, survival, 24.0)
    found = fit_recalibration(test, EDGES, survival, 24.0, prior=Prior(level=1e3, slope=1e-3))
    assert found.alpha == pytest.approx(np.log(observed / expected), abs=1e-3)
    assert found.beta == pytest.approx(1.0, abs=1e-3)
    free = fit_recalibration(test, EDGES, survival, 24.0, prior=FLAT).curves(EDGES, survival, 24.0)
    assert observed_and_expected(test, EDGES, free, 24.0) == (observed, pytest.approx(observed, rel=1e-5))


def test_the_prior_of_the_level_is_in_its_closed_form():
    test, survival, _ = patients(40, level=1.5)
    observed, expected = observed_and_expected(test, EDGES, survival, 24.0)
    held = fit_recalibration(test, EDGES, survival, 24.0, prior=Prior(level=0.3, slope=1e-4))
    # the mode: score of the Poisson likelihood plus that of N(0, 0.3²) is zero
    assert observed - expected * np.exp(held.alpha) - held.alpha / 0.09 == pytest.approx(0, abs=1e-2)


def test_where_nobody_was_expected_to_die_the_level_is_finite():
    test, _, _ = patients(400, level=1.5)
    certain = np.ones((400, len(EDGES)))
    assert np.count_nonzero(test.events & (test.months <= 24.0)) > 30
    found = fit_recalibration(test, EDGES, certain, 24.0)
    after = found.curves(EDGES, certain, 24.0)
    assert np.isfinite(found.alpha) and found.alpha > 5 and found.beta == pytest.approx(1.0, abs=1e-3)
    assert np.isfinite(after).all() and np.all(np.diff(after) <= 0)


def test_few_deaths_move_little_and_nobody_moves_nothing():
    test, survival, _ = patients(12, level=1.5)
    free, held = (fit_recalibration(test, EDGES, survival, 24.0, prior=p) for p in (FLAT, NEAR))
    assert 0 < abs(held.alpha) < abs(free.alpha) and abs(np.log(held.beta)) < abs(np.log(free.beta))
    nobody = Followed(np.zeros(0), np.zeros(0, dtype=bool))
    assert fit_recalibration(nobody, EDGES, survival[:0], 24.0) == Recalibration()


def test_a_weight_of_two_is_the_patient_twice():
    test, survival, _ = patients(60, slope=0.5)
    twice = Followed(np.tile(test.months, 2), np.tile(test.events, 2))
    weighted = fit_recalibration(test, EDGES, survival, 24.0, weights=np.full(60, 2.0))
    repeated = fit_recalibration(twice, EDGES, np.tile(survival, (2, 1)), 24.0)
    assert (weighted.alpha, weighted.beta) == pytest.approx((repeated.alpha, repeated.beta), abs=1e-5)


def test_the_nearest_pattern_serves_one_that_is_unknown():
    def fit(alpha, deaths=1):
        return Fit(Recalibration(alpha), 1, deaths)

    patterns = {CLINICAL: fit(1.0), RNA: fit(2.0, deaths=9), frozenset({"rna", "cnv", "dnam"}): fit(3.0)}
    corrections = Recalibrations(24.0, fit(0.5), patterns)
    assert corrections.of({"rna", "cnv"}).alpha == 3.0
    assert corrections.of(BOTH).alpha == 2.0, "both share one of two: the one with more deaths"
    assert corrections.of({"mri"}).alpha == 0.5 and corrections.of(()).alpha == 0.5


def test_each_patient_is_corrected_as_his_pattern_asks():
    corrections = Recalibrations(
        24.0, Fit(Recalibration(), 0, 0), {m: Fit(Recalibration(a, 0.8), 1, 1) for m, a in ((RNA, 0.3), (BOTH, -0.3))}
    )
    _, survival, _ = patients(4)
    risks = risk_at(EDGES, corrections.curves(EDGES, survival, (RNA, BOTH, RNA, BOTH)), 24.0)
    assert risks == pytest.approx(0.8 * risk_at(EDGES, survival, 24.0) + np.array([0.3, -0.3, 0.3, -0.3]))
    alone = corrections.risks(risk_at(EDGES, survival, 24.0), (RNA, BOTH, RNA, BOTH))
    assert alone == pytest.approx(risks)


def test_after_the_correction_deaths_are_as_expected_and_the_score_is_better():
    test, survival, _ = patients(2000, level=0.8)
    after = fit_recalibration(test, EDGES, survival, 24.0).curves(EDGES, survival, 24.0)
    wrong, right = (calibration_figures(test, EDGES, curves, 24.0) for curves in (survival, after))
    assert wrong["o_e"] > 2 and right["o_e"] == pytest.approx(1, abs=0.05) and right["ibs"] < wrong["ibs"]


def test_what_is_written_is_read_and_nothing_is_no_correction():
    corrections = Recalibrations(24.0, Fit(Recalibration(0.1, 0.9), 9, 4), {RNA: Fit(Recalibration(0.3, 1.2), 5, 2)})
    content = json.loads(json.dumps(corrections.content()))
    assert read(content) == corrections and read({}) is None
    with pytest.raises(ValueError, match="turn the ranking"):
        read({**content, "everyone": {"alpha": 0.0, "beta": -1.0, "patients": 1, "deaths": 1}})
