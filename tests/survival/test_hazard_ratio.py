"""Held against scikit-survival's coefficient and a likelihood written out in loops, whose curvature gives the error."""

import math

import numpy as np
import pytest
from sksurv.linear_model import CoxPHSurvivalAnalysis

from survgui.survival.hazard_ratio import hazard_ratio
from survgui.survival.metrics import Followed


def sample(n=160, seed=0, ratio=2.0, ties=True):
    draw = np.random.default_rng(seed)
    inside = draw.random(n) < 0.4
    times = draw.exponential(20.0, n) / np.where(inside, ratio, 1.0)
    ends = draw.exponential(40.0, n)
    months = np.minimum(times, ends)
    return inside, Followed(np.maximum(np.ceil(months), 1.0) if ties else months, times <= ends)


def log_likelihood(beta, inside, outcome):
    """Efron's, as the textbook writes it: a product over times, in each over its deaths."""
    total = 0.0
    for time in sorted(set(outcome.months[outcome.events])):
        here = [k for k in range(len(inside)) if outcome.months[k] == time and outcome.events[k]]
        left = [k for k in range(len(inside)) if outcome.months[k] >= time]
        of_all = sum(math.exp(beta * inside[k]) for k in left)
        of_dead = sum(math.exp(beta * inside[k]) for k in here)
        for place, k in enumerate(here):
            total += beta * inside[k] - math.log(of_all - place / len(here) * of_dead)
    return total


@pytest.mark.parametrize("ties", [True, False])
def test_ratio_and_interval_are_those_of_an_independent_likelihood(ties):
    inside, outcome = sample(ties=ties)
    found = hazard_ratio(inside, outcome)
    other = CoxPHSurvivalAnalysis(alpha=0.0, ties="efron").fit(inside[:, None].astype(float), outcome.array)
    beta = float(other.coef_[0])
    assert math.log(found.ratio) == pytest.approx(beta, abs=1e-6)
    h = 1e-3
    at = [log_likelihood(beta + d, inside, outcome) for d in (-h, 0.0, h)]
    error = 1.0 / math.sqrt(-(at[0] - 2 * at[1] + at[2]) / h**2)
    assert math.log(found.high / found.low) / (2 * 1.959964) == pytest.approx(error, rel=1e-4)
    assert found.low < found.ratio < found.high and found.p < 0.05


def test_the_other_group_has_the_reciprocal():
    inside, outcome = sample(seed=3)
    one, other = hazard_ratio(inside, outcome), hazard_ratio(~inside, outcome)
    assert one.ratio * other.ratio == pytest.approx(1.0)
    assert one.low * other.high == pytest.approx(1.0) and one.p == pytest.approx(other.p)


def test_four_patients_by_hand():
    """Deaths at 1 (inside, of 2 and 2), 2 (outside, of 1 and 2), 3 (inside, of 1 and 1): with the ratio x the score
    2 - x/(x+1) - x/(x+2) - x/(x+1) is zero where x² - x - 4 is."""
    inside = np.array([True, False, True, False])
    outcome = Followed(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, False]))
    assert hazard_ratio(inside, outcome).ratio == pytest.approx((1 + math.sqrt(17)) / 2)


def test_there_is_none_where_a_side_has_no_death_or_the_sides_never_meet():
    months, events = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, False])
    assert hazard_ratio(np.array([True, True, False, False]), Followed(months, events)) is None
    assert hazard_ratio(np.ones(4, bool), Followed(months, events)) is None
    apart = np.array([True, True, False, False])
    assert hazard_ratio(apart, Followed(np.array([1.0, 2.0, 8.0, 9.0]), np.ones(4, bool))) is None
