import numpy as np
import pytest
from sklearn.decomposition import PCA
from sksurv.linear_model import CoxPHSurvivalAnalysis

from survgui.cases.case import Modality
from survgui.survival.anchor.linear import FOLDS, WEAK_WEIGHT, fit_linear, part_of, score_of, stratified, weight
from survgui.survival.cox import CLINICAL_WEIGHT, PENALTY, log_partial_likelihood
from survgui.survival.metrics import Followed

CLINICAL, RNA, MRI = Modality.CLINICAL, Modality.RNA, Modality.MRI


def patients(n=150, seed=0):
    draw = np.random.default_rng(seed)
    z = draw.standard_normal(n)
    blocks = {
        CLINICAL: z[:, None] + draw.standard_normal((n, 2)) * np.array([1.0, 3.0]),
        RNA: 5 + draw.standard_normal((n, 4)) @ np.diag([4.0, 2.0, 1.0, 0.5]),
        MRI: draw.standard_normal((n, 40)) @ draw.standard_normal((40, 40)),  # wider than is kept
    }
    eta = 0.7 * z + 0.2 * (blocks[RNA][:, 0] - 5)
    death, censored = draw.exponential(20 * np.exp(-eta)), draw.uniform(5, 80, n)
    return blocks, Followed(np.minimum(death, censored), death <= censored)


def reference(blocks, outcome):
    """Principal components over the deviation of the first, weighted; one ridge Cox model of all of them."""
    columns, maps = [], {}
    for m, x in blocks.items():
        pca = PCA(min(30, x.shape[1])).fit(x)
        size = pca.transform(x)[:, 0].std()
        maps[m] = (pca, {CLINICAL: CLINICAL_WEIGHT, RNA: 1.0, MRI: WEAK_WEIGHT}[m] / size)
        columns.append(pca.transform(x) * maps[m][1])
    cox = CoxPHSurvivalAnalysis(alpha=PENALTY, ties="breslow", n_iter=200).fit(np.hstack(columns), outcome.array)

    def score(rows):
        return np.hstack([maps[m][0].transform(x) * maps[m][1] for m, x in rows.items()]) @ cox.coef_

    return score


@pytest.fixture(scope="module")
def fitted():
    blocks, outcome = patients()
    return blocks, outcome, fit_linear(blocks, outcome)


def test_the_score_is_that_of_a_ridge_cox_model(fitted):
    blocks, outcome, found = fitted
    expected = reference(blocks, outcome)
    assert score_of(found.whole, blocks) == pytest.approx(expected(blocks), abs=1e-3)
    others, _ = patients(seed=1)
    assert score_of(found.whole, others) == pytest.approx(expected(others), abs=1e-3)
    assert score_of(found.whole, blocks).mean() == pytest.approx(0.0, abs=1e-9)


def test_every_part_is_the_fit_on_the_other_folds(fitted):
    blocks, outcome, found = fitted
    assert len(found.parts) == FOLDS and np.bincount(found.fold).min() >= len(outcome) // FOLDS - 1
    for number, part in enumerate(found.parts):
        train = np.flatnonzero(found.fold != number)
        expected = reference({m: x[train] for m, x in blocks.items()}, part_of(outcome, train))
        assert score_of(part, blocks) == pytest.approx(expected(blocks), abs=1e-3)


def test_a_part_does_not_depend_on_the_outcome_of_those_it_left_out(fitted):
    blocks, outcome, found = fitted
    months = outcome.months.copy()
    left_out = found.fold == 1
    months[left_out] = months[left_out][::-1] * 3  # events stay, and with them the folds
    again = fit_linear(blocks, Followed(months, outcome.events))
    assert np.array_equal(again.fold, found.fold)
    for m in blocks:
        assert np.array_equal(again.parts[1].weights[m], found.parts[1].weights[m])
        assert not np.array_equal(again.parts[0].weights[m], found.parts[0].weights[m])
    assert again.parts[1].constant == found.parts[1].constant


def test_the_slope_is_the_best_for_scores_that_had_not_seen_the_patient(fitted):
    blocks, outcome, found = fitted
    crossed = np.array([
        score_of(found.parts[k], {m: x[row : row + 1] for m, x in blocks.items()})[0]
        for row, k in enumerate(found.fold)
    ])  # fmt: skip
    best = log_partial_likelihood(found.slope * crossed, outcome)
    assert best >= max(log_partial_likelihood(s * crossed, outcome) for s in np.linspace(0, 3, 61)) - 1e-6


def test_noise_is_not_believed():
    draw = np.random.default_rng(4)
    blocks = {RNA: draw.standard_normal((100, 40))}
    outcome = Followed(draw.exponential(20, 100), draw.random(100) < 0.6)
    assert fit_linear(blocks, outcome).slope < 0.3


def test_blocks_that_never_vary_add_nothing():
    blocks, outcome = patients(60)
    more = fit_linear({**blocks, Modality.CNV: np.full((60, 3), 2.0)}, outcome)
    assert score_of(more.whole, {**blocks, Modality.CNV: np.full((60, 3), 2.0)}) == pytest.approx(
        score_of(fit_linear(blocks, outcome).whole, blocks), abs=1e-9
    )


def test_folds_are_a_partition_with_deaths_in_equal_parts():
    _, outcome = patients(53)
    parts = stratified(outcome, 5, seed=3)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(53))
    assert all(set(train) | set(test) == set(range(53)) and not set(train) & set(test) for train, test in parts)
    deaths = [outcome.events[test].sum() for _, test in parts]
    assert max(deaths) - min(deaths) <= 1
    assert [test.tolist() for _, test in stratified(outcome, 5, 3)] == [test.tolist() for _, test in parts]


def test_weights_of_blocks():
    assert [weight(m) for m in (CLINICAL, RNA, MRI)] == [CLINICAL_WEIGHT, 1.0, WEAK_WEIGHT]


def test_without_deaths_nothing_can_be_learned():
    blocks, outcome = patients(30)
    with pytest.raises(ValueError, match="no deaths in the training part"):
        fit_linear(blocks, Followed(outcome.months, np.zeros(30, dtype=bool)))
