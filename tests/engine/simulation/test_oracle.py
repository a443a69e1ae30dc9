"""The closed forms against conditioning by hand, regression and an independent concordance."""

import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from survgui.cases.case import Modality
from survgui.engine.simulation import latent, oracle

FOUR = (Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI)
PATTERNS = [(Modality.RNA,), (Modality.CLINICAL, Modality.MRI), FOUR]


def joint(source, given):
    """Covariance of all factors with x_S, and of x_S, written out as matrices of the joint Gaussian."""
    sizes = [latent.SHARED] + [latent.SPECIFIC[m] for m in source.modalities]
    starts = np.cumsum([0, *sizes])
    rows = []
    for m in given:
        loading, k = source.loadings[m], source.modalities.index(m)
        row = np.zeros((len(loading.shared), starts[-1]))
        row[:, : latent.SHARED] = loading.shared
        row[:, starts[k + 1] : starts[k + 2]] = loading.specific
        rows.append(row)
    mixing = np.vstack(rows)
    return mixing, mixing @ mixing.T + source.noise**2 * np.eye(len(mixing)), starts


@pytest.mark.parametrize("given", PATTERNS)
def test_conditional_means_equal_gaussian_conditioning(given):
    source = latent.population(FOUR)
    people = latent.draw(source, 20, 6)
    mixing, covariance, starts = joint(source, given)
    x = np.hstack([people.features[m] for m in given])
    expected = x @ np.linalg.solve(covariance, mixing)
    got = oracle.conditional_factors(oracle.read_factors(source, people), given)
    flat = np.hstack([got.shared, *(got.specific[m] for m in source.modalities)])
    assert flat.shape[1] == starts[-1]
    np.testing.assert_allclose(flat, expected, atol=1e-10)


@pytest.mark.parametrize("given", PATTERNS)
def test_shared_and_specific_factors_are_uncorrelated_given_the_features(given):
    """So that E[z_c z_m | x] is the product of the means, which the closed form of the products rests on."""
    source = latent.population(FOUR, nonlinear=True)
    mixing, covariance, _ = joint(source, given)
    posterior = np.eye(mixing.shape[1]) - mixing.T @ np.linalg.solve(covariance, mixing)
    np.testing.assert_allclose(posterior[: latent.SHARED, latent.SHARED :], 0, atol=1e-12)


@pytest.mark.parametrize("nonlinear", [False, True])
@pytest.mark.parametrize("given", PATTERNS)
def test_the_oracle_is_the_regression_of_the_risk_on_the_features(given, nonlinear):
    """Least squares on x_S, and where there are products on all products of it that could matter, reach the same C."""
    source = latent.population(FOUR, nonlinear=nonlinear)
    people = latent.draw(source, 25_000, 9)
    design = [np.ones((25_000, 1)), *(people.features[m] for m in given)]
    if nonlinear:
        means = [people.features[m] @ source.loadings[m].shared for m in given]
        own = [people.features[m] @ source.loadings[m].specific[:, :1] for m in given]
        design += [sum(means) * first for first in own]
    columns = np.hstack(design)
    fitted = columns @ np.linalg.lstsq(columns, people.eta, rcond=None)[0]
    best = oracle.conditional_risk(source, oracle.read_factors(source, people), given)
    assert np.mean((best - fitted) ** 2) < 0.02
    reached, possible = (oracle.concordance(r, people.months, people.events) for r in (fitted, best))
    assert reached == pytest.approx(possible, abs=0.004)


def test_on_raw_files_the_oracle_knows_the_factors():
    source = latent.population(FOUR, "raw", nonlinear=True, traits={m: [1.0] * 8 for m in FOUR})
    people = latent.draw(source, 30, 1)
    np.testing.assert_allclose(oracle.conditional_risk(source, oracle.read_factors(source, people), FOUR), people.eta)


def test_every_pattern_is_there_and_more_is_never_worse():
    found = oracle.oracle_concordance(latent.population(FOUR), sample=20_000)
    assert len(found) == 15
    assert "clinical+mri+pathology+rna" in found
    for pattern, value in found.items():
        for other, more in found.items():
            if set(pattern.split("+")) < set(other.split("+")):
                assert more > value


def test_the_signal_is_strong_but_not_too_strong():
    found = oracle.oracle_concordance(latent.population(FOUR), sample=30_000)
    assert 0.77 < found["clinical+mri+pathology+rna"] < 0.82
    assert all(0.62 < found[m] < 0.70 for m in FOUR)


@pytest.mark.parametrize("count", [2, 3, 64, 65, 777])
def test_concordance_is_that_of_scikit_survival(count):
    rng = np.random.default_rng(count)
    risk, months, events = rng.random(count), rng.random(count), rng.random(count) < 0.6
    events[np.argmin(months)] = True
    expected = concordance_index_censored(events, months, risk)[0]
    assert oracle.concordance(risk, months, events) == pytest.approx(expected, abs=1e-12)
