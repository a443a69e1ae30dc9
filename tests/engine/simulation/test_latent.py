"""The population is what its docstring says."""

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.engine.simulation import latent

FOUR = (Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI)


@pytest.mark.parametrize("level", latent.LEVELS)
def test_loadings_have_orthonormal_columns(level):
    traits = {m: [1.0, -1.0] * 4 for m in FOUR} if level == "raw" else None
    for loading in latent.population(FOUR, level, traits=traits).loadings.values():
        columns = np.hstack([loading.shared, loading.specific])
        np.testing.assert_allclose(columns.T @ columns, np.eye(columns.shape[1]), atol=1e-12)


@pytest.mark.parametrize("nonlinear", [False, True])
@pytest.mark.parametrize("modalities", [FOUR[:1], FOUR, tuple(Modality)])
def test_the_risk_has_the_same_spread_whatever_the_modalities(modalities, nonlinear):
    people = latent.draw(latent.population(modalities, nonlinear=nonlinear), 20_000, 3)
    assert people.eta.mean() == pytest.approx(0.0, abs=0.05)
    assert people.eta.std() == pytest.approx(latent.ETA_SD, rel=0.03)


def test_without_products_the_risk_is_linear():
    source = latent.population(FOUR)
    people = latent.draw(source, 50, 3)
    by_hand = people.factors.shared @ source.risk
    for m in FOUR:
        by_hand = by_hand + people.factors.specific[m] @ source.loadings[m].risk
    np.testing.assert_allclose(people.eta, by_hand)


def test_features_have_the_covariance_of_the_model():
    source = latent.population(FOUR)
    x = latent.draw(source, 30_000, 8).features
    a, b = (source.loadings[m] for m in (Modality.CLINICAL, Modality.RNA))
    own = a.shared @ a.shared.T + a.specific @ a.specific.T + source.noise**2 * np.eye(len(a.shared))
    both = np.cov(np.hstack([x[Modality.CLINICAL], x[Modality.RNA]]).T)
    np.testing.assert_allclose(both[:8, :8], own, atol=0.03)
    np.testing.assert_allclose(both[:8, 8:], a.shared @ b.shared.T, atol=0.03)


def test_times_follow_the_weibull_law():
    eta, month = np.array([0.7]), 12.0
    months = latent.weibull_months(eta.repeat(50_000), 1.0 - np.random.default_rng(0).random(50_000))
    expected = np.exp(-np.exp(0.7) * (month / latent.SCALE_MONTHS) ** latent.SHAPE)
    assert (months > month).mean() == pytest.approx(expected, abs=0.007)


def test_follow_up_is_censored_at_the_stated_rate_and_without_regard_to_risk():
    people = latent.draw(latent.population(FOUR), 30_000, 11)
    assert people.events.mean() == pytest.approx(latent.EVENT_RATE, abs=0.015)
    assert np.all(people.months <= people.true_months)
    assert np.all((people.months == people.true_months) == people.events)
    assert (people.months > 0).all()


def test_the_first_patients_do_not_depend_on_how_many_there_are():
    source = latent.population(FOUR)
    few, many = latent.draw(source, 5, 2), latent.draw(source, 50, 2)
    np.testing.assert_array_equal(few.features[Modality.RNA], many.features[Modality.RNA][:5])
    np.testing.assert_array_equal(few.months, many.months[:5])


def test_other_seeds_are_other_patients_of_the_same_population():
    source = latent.population(FOUR)
    one, other = latent.draw(source, 5_000, 1), latent.draw(source, 5_000, 2)
    assert not np.isclose(one.eta, other.eta).any()
    assert np.median(one.true_months) == pytest.approx(np.median(other.true_months), rel=0.1)


def test_traits_go_with_the_risk_as_told():
    signs = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]
    source = latent.population(FOUR, "raw", traits=dict.fromkeys(FOUR, signs))
    people = latent.draw(source, 40_000, 4)
    scores = latent.standard_scores(source, people)[Modality.MRI]
    np.testing.assert_allclose(scores.std(axis=0), 1.0, rtol=0.02)
    with_risk = np.array([np.corrcoef(scores[:, k], people.eta)[0, 1] for k in range(8)])
    clear = np.abs(with_risk) > 0.02  # three standard errors
    assert clear.sum() >= 6
    np.testing.assert_array_equal(np.sign(with_risk)[clear], np.array(signs)[clear])
