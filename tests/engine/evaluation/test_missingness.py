"""Mechanisms on cohorts whose every dependence is known."""

from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort
from survgui.engine.evaluation import missingness as module
from survgui.engine.evaluation.missingness import impose, imposed
from survgui.errors import CohortError, UsageError

N = 600
PROGNOSTIC = Modality.RNA


def made(n=N, names=None, lacking=()):
    """Age and two tables; RNA tells the outcome, and nothing depends on age."""
    draw = np.random.default_rng(1)
    ids = names or tuple(f"P{k:04d}" for k in range(n))
    age, risk = draw.standard_normal((2, n))
    months = draw.exponential(30 * np.exp(-1.5 * risk))

    def vector(modality, signal):
        values = (signal[:, None] + 0.3 * draw.standard_normal((n, 6))).astype(np.float32)
        items = {i: v for k, (i, v) in enumerate(zip(ids, values, strict=True)) if (modality, k % 4) not in lacking}
        return Block(modality, Kind.VECTOR, tuple("abcdef"), items, unit="z-score")

    clinical = Block(Modality.CLINICAL, Kind.FIELDS, ("age",), {i: (float(a),) for i, a in zip(ids, age, strict=True)})
    blocks = {
        Modality.CLINICAL: clinical, PROGNOSTIC: vector(PROGNOSTIC, risk),
        Modality.DNAM: vector(Modality.DNAM, draw.standard_normal(n)),
    }  # fmt: skip
    return Cohort("made", ids, months, months < 60, blocks), age, risk


COHORT, AGE, RISK = made()


def there(cohort):
    """(n, M) what each patient has."""
    return np.array([[i in block.patients for block in cohort.blocks.values()] for i in cohort.ids])


def shares(cohort):
    """Share of patients without each modality."""
    return dict(zip(cohort.blocks, 1 - there(cohort).mean(axis=0), strict=True))


def against(cohort, modality, score):
    """Correlation of having a modality with a score."""
    return np.corrcoef([i in cohort.blocks[modality].patients for i in cohort.ids], score)[0, 1]


@pytest.fixture(scope="module")
def thinned():
    return {mechanism: impose(COHORT, mechanism, 0.3) for mechanism in ("mcar", "mar", "mnar")}


def test_at_random_the_rate_is_met_and_nothing_is_told(thinned):
    found = thinned["mcar"]
    for modality, share in shares(found).items():
        assert share == pytest.approx(0.29, abs=0.05)  # .3, less those who would have had nothing
        assert abs(against(found, modality, AGE)) < 0.1 and abs(against(found, modality, RISK)) < 0.1


def test_what_is_observed_decides_and_the_anchor_stays(thinned):
    found = thinned["mar"]
    left = shares(found)
    assert left.pop(Modality.CLINICAL) == 0
    for modality, share in left.items():
        assert share == pytest.approx(0.3, abs=0.05)
        assert against(found, modality, AGE) < -0.3 and abs(against(found, modality, RISK)) < 0.1


def test_what_is_at_risk_is_hidden_and_age_plays_no_part(thinned):
    found = thinned["mnar"]
    for modality, share in shares(found).items():
        assert share == pytest.approx(0.28, abs=0.05)
        assert against(found, modality, RISK) < -0.3 and abs(against(found, modality, AGE)) < 0.1


def test_a_patients_own_outcome_is_no_part_of_his_risk():
    """Of an outcome that nothing predicts, cross-fitted risks know nothing."""
    draw = np.random.default_rng(3)
    noise = replace(COHORT, months=draw.exponential(30.0, N), events=draw.random(N) < 0.5)
    found = impose(noise, "mnar", 0.5)
    for modality in found.blocks:
        assert abs(against(found, modality, noise.events)) < 0.1 and abs(against(found, modality, noise.months)) < 0.1


@pytest.mark.parametrize("mechanism", ["mcar", "mar", "mnar"])
@pytest.mark.parametrize("rate", [0.0, 0.6, 0.95])
def test_nobody_is_left_with_nothing_and_gets_nothing_that_he_had_not(mechanism, rate):
    some, *_ = made(120, lacking={(PROGNOSTIC, 0), (Modality.DNAM, 0), (Modality.DNAM, 1)})
    before, found = there(some), there(impose(some, mechanism, rate))
    assert found.any(axis=1).all() and not (found & ~before).any()
    assert (found == before).all() if rate == 0 else found.sum() < before.sum()


def test_the_same_seed_hides_the_same(thinned):
    again = impose(COHORT, "mcar", 0.3)
    assert (there(again) == there(thinned["mcar"])).all()
    assert (there(impose(COHORT, "mcar", 0.3, seed=1)) != there(again)).any()


def barcodes(n):
    """Ten sites of n / 10 patients."""
    return tuple(f"TCGA-{k % 10:02d}-{k:04d}" for k in range(n))


def test_whole_sites_lack_a_modality():
    some, *_ = made(200, barcodes(200))
    found = impose(some, "site", 0.3)
    have = there(found).reshape(20, 10, 3)  # patients of a site are every tenth
    assert (have == have[:1]).all()
    hidden = 10 - have[0].sum(axis=0)
    assert have[0].any(axis=1).all() and hidden.max() == 3 and hidden.min() >= 2  # one may have been given back


def test_a_site_that_would_have_nothing_gets_a_modality_back_as_a_whole():
    site = np.repeat(np.arange(4), 5)
    have = np.ones((20, 2), bool)
    hidden = module._by_site(site, have, 0.75, np.random.default_rng(0))
    by_site = hidden.reshape(4, 5, 2)
    assert (by_site == by_site[:, :1]).all() and not hidden.all(axis=1).any() and hidden.any()


def test_sites_come_from_barcodes_alone():
    with pytest.raises(UsageError, match="600 patients have none"):
        impose(COHORT, "site", 0.3)
    with pytest.raises(UsageError, match="one site"):
        impose(made(60, tuple(f"TCGA-02-{k:04d}" for k in range(60)))[0], "site", 0.3)


def test_what_cannot_be_thinned_is_told():
    with pytest.raises(UsageError, match="mechanism 'mxar'"):
        impose(COHORT, "mxar", 0.3)
    with pytest.raises(UsageError, match="rate of 1"):
        impose(COHORT, "mcar", 1.0)
    with pytest.raises(UsageError, match="one modality"):
        impose(COHORT.hide([PROGNOSTIC, Modality.DNAM]), "mcar", 0.3)
    with pytest.raises(CohortError, match="at least 30"):
        impose(COHORT.keep(COHORT.ids[:20]), "mcar", 0.3)


def test_without_clinical_data_the_fullest_table_is_kept():
    some, *_ = made(200, lacking={(PROGNOSTIC, 0)})
    found = impose(some.hide([Modality.CLINICAL]), "mar", 0.4)
    assert found.blocks[Modality.DNAM].patients == set(some.ids)
    assert len(found.blocks[PROGNOSTIC].patients) == pytest.approx(0.6 * 150, abs=15)


def test_a_protocol_counts_what_was_there_and_what_is_left(thinned):
    said = imposed(COHORT, thinned["mar"], "mar", 0.3)
    assert said["measured"] == {"clinical": N, "rna": N, "dnam": N} and said["left"]["clinical"] == N
    assert said["left"]["rna"] == len(thinned["mar"].blocks[PROGNOSTIC].items) < N
    assert (said["mechanism"], said["rate"], said["seed"]) == ("mar", 0.3, 0)
