import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored

from survgui.cases.case import Modality
from survgui.survival.anchor import hazard
from survgui.survival.anchor.hazard import fit_anchor
from survgui.survival.cox import CLINICAL_WEIGHT, PENALTY
from survgui.survival.metrics import Followed

CLINICAL, RNA = Modality.CLINICAL, Modality.RNA


def patients(n=300, together=0.0, seed=0):
    """Two modalities that share one factor; the hazard is linear, or also lets the factor turn what RNA means."""
    draw = np.random.default_rng(seed)
    shared, own = draw.standard_normal((2, n))
    rows = {
        CLINICAL: np.stack([shared, draw.standard_normal(n)], axis=1) + 0.3 * draw.standard_normal((n, 2)),
        RNA: np.stack([shared, own, draw.standard_normal(n)], axis=1) + 0.3 * draw.standard_normal((n, 3)),
    }
    eta = 0.5 * shared + 0.5 * own + together * shared * own
    death, censored = draw.exponential(20 * np.exp(-eta)), draw.uniform(5, 80, n)
    return rows, Followed(np.minimum(death, censored), death <= censored), eta


def fitted(rows, outcome):
    return fit_anchor(rows, outcome, rank=1, leading=2, most=3)


def concordance(outcome, score):
    return concordance_index_censored(outcome.events, outcome.months, score)[0]


def test_without_deaths_nothing_can_be_learned():
    rows, outcome, _ = patients(30)
    with pytest.raises(ValueError, match="no deaths"):
        fitted(rows, Followed(outcome.months, np.zeros(30, dtype=bool)))


def test_with_few_deaths_it_is_the_ridge_cox_model(monkeypatch):
    monkeypatch.setattr(hazard, "_FEW", 10_000)
    rows, outcome, _ = patients()
    anchor = fitted(rows, outcome)
    assert not any(v.any() for v in anchor.products.values())
    X = np.hstack([rows[CLINICAL] * CLINICAL_WEIGHT, rows[RNA]])
    cox = CoxPHSurvivalAnalysis(alpha=PENALTY, ties="breslow").fit(X, outcome.array)
    assert anchor.score(rows) == pytest.approx((X - X.mean(axis=0)) @ cox.coef_, abs=1e-3)


def test_products_are_taken_where_they_earn_it_and_left_where_they_do_not():
    train, seen, _ = patients(600, together=0.8)
    test, unseen, eta = patients(400, together=0.8, seed=1)
    anchor = fitted(train, seen)
    assert abs(anchor.products[RNA]).max() > 0.05
    linear = hazard.replace(anchor, products={m: 0 * v for m, v in anchor.products.items()})
    best = concordance(unseen, eta)
    assert concordance(unseen, linear.score(test)) + 0.02 < concordance(unseen, anchor.score(test)) < best
    plain = fitted(*patients(600)[:2])
    assert abs(plain.products[RNA]).max() < 0.05


def test_the_slope_is_that_of_scores_that_had_not_seen_the_patient():
    rows, outcome, _ = patients(120)
    anchor = fitted(rows, outcome)
    own = CoxPHSurvivalAnalysis(alpha=1e-3, ties="breslow").fit(anchor.score(rows)[:, None], outcome.array).coef_[0]
    crossed = CoxPHSurvivalAnalysis(alpha=1e-3, ties="breslow").fit(anchor.crossed[:, None], outcome.array).coef_[0]
    assert crossed == pytest.approx(1.0, abs=0.02)  # it is calibrated by construction
    assert anchor.slope < own  # while the fit on its own patients flatters itself
    assert anchor.crossed.mean() == pytest.approx(0.0, abs=1e-9)
    assert anchor.score(rows).mean() == pytest.approx(0.0, abs=1e-9)


def test_a_modality_that_a_patient_lacks_adds_nothing():
    rows, outcome, _ = patients(100)
    anchor = fitted(rows, outcome)
    bare = {m: np.full((1, x.shape[1]), np.nan) for m, x in rows.items()}
    assert anchor.score(bare) == pytest.approx([-anchor.constant])
