"""Sums over patients against numpy on the whole arrays, and cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.case import Kind
from survgui.engine.masked.agreement import Agreement, middle_planes, quantiles, similarity


@pytest.fixture
def drawn():
    draw = np.random.default_rng(0)
    real = draw.standard_normal((30, 7)) + np.arange(7)
    return real, 0.6 * real + 0.5 * draw.standard_normal((30, 7)) + 2.0


def judged(real, found, mean, counted=None):
    made = Agreement(mean)
    for k in range(len(real)):
        made.add(real[k : k + 1], found[k], None if counted is None else counted[k : k + 1])
    return made


def test_equals_numpy_on_whole_arrays(drawn):
    real, found = drawn
    mean = np.linspace(0, 1, 7)
    made = judged(real, found, mean)
    assert made.patients == 30
    assert made.mse == pytest.approx(((real - found) ** 2).mean())
    assert made.mean_mse == pytest.approx(((real - mean) ** 2).mean())
    assert made.errors == pytest.approx(((real - found) ** 2).mean(axis=0))
    assert made.correlations() == pytest.approx([np.corrcoef(real[:, f], found[:, f])[0, 1] for f in range(7)])
    assert made.spread_ratio() == pytest.approx(np.sqrt(found.var(axis=0).sum() / real.var(axis=0).sum()))


def test_only_what_counts_counts(drawn):
    real, found = drawn
    counted = np.random.default_rng(1).random(real.shape) < 0.5
    spoiled = np.where(counted, found, 1e6)
    made = judged(real, spoiled, np.zeros(7), counted)
    assert made.mse == pytest.approx(((real - found) ** 2)[counted].mean())
    known = counted[:, 3]
    assert made.correlations()[3] == pytest.approx(np.corrcoef(real[known, 3], found[known, 3])[0, 1])


def test_tiles_share_their_patient_s_weight():
    """Tiles 0 and 2 of one patient against 1: error 1 each, so 1; and one tile of another, off by 3: (1 + 9) / 2."""
    made = Agreement(np.zeros(1))
    made.add(np.array([[0.0], [2.0]]), np.array([1.0]))
    made.add(np.array([[5.0]]), np.array([2.0]))
    assert made.patients == 2 and made.mse == pytest.approx(5.0)
    assert made.mean_mse == pytest.approx(((0 + 4) / 2 + 25) / 2)


def test_patients_vary_by_their_mean_tiles():
    """Six patients at 0 to 5, whose tiles lie 10 above and below: found at half of it, they vary by half."""
    made = Agreement(np.zeros(1))
    for k in range(6):
        made.add(np.array([[k - 10.0], [k + 10.0]]), np.array([k / 2]))
    assert made.spread_ratio() == pytest.approx(0.5) and made.correlations() == pytest.approx([1.0])
    assert made.mean_mse == pytest.approx(100 + np.mean(np.arange(6) ** 2))  # tiles count each


def test_what_never_varies_tells_nothing(drawn):
    real, _ = drawn
    flat = judged(real, np.broadcast_to(real.mean(axis=0), real.shape), np.zeros(7))
    assert flat.correlations() == pytest.approx(np.zeros(7)) and flat.spread_ratio() == pytest.approx(0.0, abs=1e-6)
    unvaried = judged(np.ones((9, 2)), real[:9, :2], np.zeros(2))
    assert np.isnan(unvaried.correlations()).all() and unvaried.spread_ratio() is None
    assert quantiles(unvaried.correlations())["correlation"] is None


def test_too_few_patients_have_no_correlation(drawn):
    real, found = drawn
    few = judged(real[:4], found[:4], np.zeros(7))
    assert np.isnan(few.correlations()).all() and few.spread_ratio() is None and few.mse > 0
    assert np.isfinite(judged(real[:5], found[:5], np.zeros(7)).correlations()).all()


def test_quantiles_of_features():
    known = np.array([np.nan, 0.0, 0.25, 0.5, 0.75, 1.0])
    said = quantiles(known)
    assert (said["correlation"], said["correlation_low"], said["correlation_high"]) == pytest.approx((0.5, 0.05, 0.95))


def test_a_volume_is_compared_on_three_planes_of_every_channel():
    volume = np.random.default_rng(2).standard_normal((2, 12, 12, 12))
    assert [plane.shape for plane in middle_planes(volume)] == [(2, 12, 12)] * 3
    assert np.array_equal(list(middle_planes(volume))[1], volume[:, :, 6])
    assert similarity(Kind.VOLUME, volume, volume) == pytest.approx(1.0)
    elsewhere = volume.copy()
    elsewhere[:, 0, 0, 0] = 9.0  # on none of the planes
    assert similarity(Kind.VOLUME, volume, elsewhere) == pytest.approx(1.0)
    assert similarity(Kind.TILES, volume[:, 0], -volume[:, 0]) < 0.0
