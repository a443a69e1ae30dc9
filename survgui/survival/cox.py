"""Ridge Cox regression: the reference that every deep model has to be held against (scikit-survival)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sksurv.linear_model import CoxPHSurvivalAnalysis

from survgui.survival.metrics import Followed

Matrix = NDArray[np.float64]

PENALTY = 20.0
"""Ridge penalty of every linear model of survival here, fixed beforehand and never tuned."""
CLINICAL_WEIGHT = 1.5
"""Scale of clinical columns beside other blocks' of deviation 1: a penalty less than half as heavy."""


@dataclass(frozen=True, slots=True, eq=False)
class RidgeCox:
    """A fitted model: risk = X @ coefficients; survival by Breslow's baseline.

    Attributes:
        coefficients: (p,) log hazard ratios per unit of X; higher risk is worse.
        edges: (K+1,) months at which curves are given, the first 0.
        baseline: (K+1,) cumulative baseline hazard at the edges.
    """

    coefficients: NDArray[np.float64]
    edges: NDArray[np.float64]
    baseline: NDArray[np.float64]

    def risks(self, X: Matrix) -> NDArray[np.float64]:
        """(n,) log hazard relative to a patient with X = 0."""
        return np.asarray(X @ self.coefficients)

    def survival(self, X: Matrix) -> Matrix:
        """(n, K+1) curves at `edges`."""
        relative = np.exp(np.clip(self.risks(X), -30.0, 30.0))
        return np.asarray(np.exp(-np.outer(relative, self.baseline)))


def fit_ridge(X: Matrix, outcome: Followed, penalty: float) -> RidgeCox:
    """Fit by penalised partial likelihood: minus log likelihood + penalty / 2 * |coefficients|².

    Args:
        X: (n, p) features, of comparable scale; no missing values.
        penalty: Fixed beforehand; never tuned on a test part.

    Raises:
        ValueError: No deaths.
    """
    if not np.any(outcome.events):
        raise ValueError("no deaths: a Cox model cannot be fitted")
    model = CoxPHSurvivalAnalysis(alpha=penalty, ties="breslow", n_iter=200)
    model.fit(X, outcome.array)
    steps = model.cum_baseline_hazard_
    last = float(outcome.months.max())
    edges = np.unique(np.concatenate([[0.0], np.linspace(0.0, last, 60)[1:]]))
    # scikit-survival centres nothing: the baseline is that of X = 0
    place = np.searchsorted(steps.x, edges, side="right") - 1
    baseline = np.where(place >= 0, steps.y[np.clip(place, 0, None)], 0.0)
    return RidgeCox(np.asarray(model.coef_), edges, np.asarray(baseline, dtype=float))


def log_partial_likelihood(eta: NDArray[np.float64], outcome: Followed) -> float:
    """Cox's log partial likelihood of (n,) log hazards, with Breslow's ties."""
    order = np.argsort(-outcome.months, kind="stable")
    at_risk = np.logaddexp.accumulate(eta[order])
    last = np.searchsorted(-outcome.months[order], -outcome.months[order], side="right") - 1  # ties are at risk too
    return float((eta[order] - at_risk[last])[outcome.events[order]].sum())
