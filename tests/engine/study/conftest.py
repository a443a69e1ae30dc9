"""A stand-in for impuTMAE whose figures depend on its settings in a known way: no network is trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from survgui.engine.methods import registry
from survgui.engine.methods.contract import Forecast, Options, outcome_of


@dataclass(frozen=True)
class Standin:
    """Forecasts the truth, spoilt by noise that grows with the mask ratio."""

    options: Options

    def predict(self, cohort, ids):
        draw = np.random.default_rng(self.options.seed)
        noise = draw.standard_normal(len(ids)) * 30 * self.options.imputmae.mask_ratio
        return Forecast(-outcome_of(cohort, ids).months + noise, np.zeros(1), np.zeros((len(ids), 0)))


@pytest.fixture(scope="package")
def standin():
    """Configurations that were fitted, in order."""
    seen = []

    def fit(cohort, train, options):
        seen.append(options.imputmae)
        return Standin(options)
        yield  # a task without steps

    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(registry.METHODS, "imputmae", fit)
        yield seen


@pytest.fixture
def fitted(standin):
    """Those of one test."""
    standin.clear()
    return standin
