"""The mechanisms of missingness do what they are named for."""

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.engine.simulation import latent, missing

FOUR = (Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI)
SOURCE = latent.population(FOUR)
PEOPLE = latent.draw(SOURCE, 20_000, 5)


def masks(mechanism, rate=0.3, seed=1):
    return missing.available(SOURCE, PEOPLE, mechanism, rate, seed)


def correlation(mask, score):
    return np.corrcoef(mask, score)[0, 1]


def test_without_a_mechanism_nothing_is_missing():
    assert all(have.all() for have in masks(None).values())


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("mechanism", missing.MECHANISMS)
def test_the_rate_is_met_and_nobody_is_left_with_nothing(mechanism, rate):
    have = masks(mechanism, rate)
    assert np.any(list(have.values()), axis=0).all()
    for m in FOUR:
        if mechanism == "mar" and m is FOUR[0]:
            assert have[m].all()
        else:  # who would have nothing gets one back, which takes from a high rate
            assert 1 - have[m].mean() == pytest.approx(rate, abs=0.015 + rate**4 / 1.5)


def test_mcar_depends_on_nothing():
    for m, have in masks("mcar").items():
        assert abs(correlation(have, PEOPLE.eta)) < 0.03
        assert abs(correlation(have, PEOPLE.factors.specific[m][:, 0])) < 0.03


def test_mar_depends_on_what_was_observed_and_on_nothing_beyond():
    have = masks("mar")[Modality.RNA]
    seen = PEOPLE.features[FOUR[0]] @ SOURCE.loadings[FOUR[0]].specific[:, 0]
    assert correlation(have, seen) < -0.3
    hidden = PEOPLE.factors.specific[Modality.RNA][:, 0]
    assert abs(correlation(have, hidden)) < 0.03
    unread = PEOPLE.eta - np.polyval(np.polyfit(seen, PEOPLE.eta, 1), seen)
    assert abs(correlation(have, unread)) < 0.03


def test_mnar_depends_on_the_risk():
    for have in masks("mnar").values():
        assert correlation(have, PEOPLE.eta) < -0.3


def test_a_single_modality_is_never_missing():
    source = latent.population(FOUR[:1])
    have = missing.available(source, latent.draw(source, 500, 1), "mcar", 0.5, 1)
    assert have[FOUR[0]].all()
