import numpy as np
import pytest
from scipy.optimize import minimize

from survgui.survival.cox import fit_ridge, log_partial_likelihood
from survgui.survival.metrics import Followed


def cohort(n=200, seed=0):
    draw = np.random.default_rng(seed)
    X = draw.standard_normal((n, 3))
    death = draw.exponential(np.exp(-X @ [1.0, -0.5, 0.0]) * 20)
    censored = draw.uniform(5, 60, n)
    return X, Followed(np.minimum(death, censored), death <= censored)


def test_coefficients_minimise_the_penalised_partial_likelihood():
    X, outcome = cohort()

    def objective(w):
        eta = X @ w
        at_risk = outcome.months[None, :] >= outcome.months[:, None]
        log_sum = np.log((at_risk * np.exp(eta)).sum(axis=1))
        return -np.sum((eta - log_sum)[outcome.events]) + 20.0 / 2 * w @ w

    best = minimize(objective, np.zeros(3), method="BFGS").x
    assert fit_ridge(X, outcome, 20.0).coefficients == pytest.approx(best, abs=1e-4)


def test_curves_fall_and_agree_with_the_risks():
    X, outcome = cohort()
    model = fit_ridge(X, outcome, 1.0)
    survival = model.survival(X)
    assert np.all(np.diff(survival, axis=1) <= 0) and np.all(survival[:, 0] == 1)
    order = np.argsort(model.risks(X))
    assert np.all(np.diff(survival[order, 20]) <= 1e-12)


def test_baseline_is_breslows():
    X, outcome = cohort()
    model = fit_ridge(X, outcome, 5.0)
    risk = np.exp(model.risks(X))
    t = model.edges[30]
    deaths = np.flatnonzero(outcome.events & (outcome.months <= t))
    by_hand = sum(1.0 / risk[outcome.months >= outcome.months[i]].sum() for i in deaths)
    assert model.baseline[30] == pytest.approx(by_hand)


def test_no_deaths_is_refused():
    X, outcome = cohort()
    with pytest.raises(ValueError, match="no deaths"):
        fit_ridge(X, Followed(outcome.months, np.zeros(len(X), dtype=bool)), 1.0)


def test_the_partial_likelihood_counts_ties_as_at_risk():
    outcome = Followed(np.array([1.0, 1.0, 2.0]), np.array([True, True, False]))
    eta = np.array([0.3, -0.2, 0.5])
    everybody = np.log(np.exp(eta).sum())
    assert log_partial_likelihood(eta, outcome) == pytest.approx(0.3 - 0.2 - 2 * everybody)
