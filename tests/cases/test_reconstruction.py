"""The figures of a reconstruction in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.reconstruction import FeatureReconstruction


def features(real, imputed):
    real, imputed = np.array(real, dtype=np.float32), np.array(imputed, dtype=np.float32)
    return FeatureReconstruction(tuple(f"G{k}" for k in range(len(real))), real, imputed, imputed, imputed)


def test_errors_by_hand():
    found = features([1.0, -2.0, 0.0, 1.0], [0.5, -1.0, 0.0, 0.0])
    assert found.error == pytest.approx((0.25 + 1.0 + 0.0 + 1.0) / 4)
    assert found.mean_error == pytest.approx((1.0 + 4.0 + 0.0 + 1.0) / 4)


def test_correlation_is_pearsons():
    assert features([1.0, 2.0, 3.0], [10.0, 20.0, 30.0]).correlation == pytest.approx(1.0)
    assert features([1.0, 2.0, 3.0], [0.0, -1.0, -2.0]).correlation == pytest.approx(-1.0)
    # means 1 and 1, products -1 * -1 + 0 * 1 + 1 * 0 = 1, sums of squares 2 and 2
    assert features([0.0, 1.0, 2.0], [0.0, 2.0, 1.0]).correlation == pytest.approx(0.5)


@pytest.mark.parametrize(("real", "imputed"), [([1.0, 2.0], [0.3, 0.3]), ([1.0, 1.0], [0.0, 1.0]), ([1.0], [1.0])])
def test_without_variation_there_is_no_correlation(real, imputed):
    assert features(real, imputed).correlation is None
