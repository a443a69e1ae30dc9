"""Ridge regression against scikit-learn's, against deviance counted patient by patient, and where it must be exact."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge as Reference

from survgui.cases.case import Kind, Modality
from survgui.engine.inputs import Prepared
from survgui.engine.masked.ridge import MOST, PENALTIES, Ridge, summaries, targets

CLINICAL, DNAM, MRI, PATHOLOGY, RNA = (
    Modality.CLINICAL, Modality.DNAM, Modality.MRI, Modality.PATHOLOGY, Modality.RNA,
)  # fmt: skip


def prepared(**rows) -> Prepared:
    """Tables of (n, F); a row of NaN is a patient without the modality."""
    given = {Modality(name): values for name, values in rows.items()}
    n = len(next(iter(given.values())))
    arrays = {
        m: tuple(None if np.isnan(row).any() else row[None].astype(np.float32) for row in x) for m, x in given.items()
    }
    kinds, shapes = dict.fromkeys(given, Kind.VECTOR), {m: (1, x.shape[1]) for m, x in given.items()}
    return Prepared(tuple(f"P-{k}" for k in range(n)), kinds, arrays, shapes)


@pytest.fixture
def made():
    draw = np.random.default_rng(5)
    x = 3.0 * draw.standard_normal((50, 6)) + 1.0
    y = x @ draw.standard_normal((6, 4)) * 0.2 + draw.standard_normal((50, 4)) - 2.0
    return x, y


def test_equals_scikit_learn_at_the_penalty_of_least_gcv(made):
    x, y = made
    train, test = prepared(clinical=x[:40], rna=y[:40]), prepared(clinical=x[40:], rna=y[40:])
    smoother = Ridge(train, test).fit(RNA, [CLINICAL])
    assert smoother is not None
    found = smoother.weights @ targets(train, RNA)[smoother.rows]
    z, scale = (x[:40] - x[:40].mean(0)) / x[:40].std(0), np.linalg.eigvalsh
    hats = []
    for penalty in PENALTIES * scale(z @ z.T).clip(0).mean():
        inverse = np.linalg.inv(z.T @ z + penalty * np.eye(6))
        hat = np.full((40, 40), 1 / 40) + z @ inverse @ z.T
        hats.append((40 * (((np.eye(40) - hat) @ y[:40]) ** 2).sum() / (40 - np.trace(hat)) ** 2, penalty))
    reference = Reference(alpha=min(hats)[1]).fit(z, y[:40])
    assert found == pytest.approx(reference.predict((x[40:] - x[:40].mean(0)) / x[:40].std(0)), abs=1e-4)


def test_a_linear_relation_is_found_and_noise_is_left_to_the_mean(made):
    x, _ = made
    draw = np.random.default_rng(6)
    y, noise = x @ draw.standard_normal((6, 3)), draw.standard_normal((50, 3))
    for values, most in ((y, 0.01), (noise, 1.4)):
        train, test = prepared(clinical=x[:40], rna=values[:40]), prepared(clinical=x[40:], rna=values[40:])
        smoother = Ridge(train, test).fit(RNA, [CLINICAL])
        assert smoother is not None
        found = smoother.weights @ values[:40][smoother.rows]
        mean = ((values[40:] - values[:40].mean(0)) ** 2).mean()
        assert ((found - values[40:]) ** 2).mean() < most * mean


def test_blocks_weigh_the_same_where_that_foresees_more():
    """Five fields that decide everything beside 400 features of noise: weighted feature by feature they drown."""
    draw = np.random.default_rng(7)
    x, noise = draw.standard_normal((80, 5)), draw.standard_normal((80, 400))
    y = x @ draw.standard_normal((5, 3))
    train = prepared(clinical=x[:60], dnam=noise[:60], rna=y[:60])
    test = prepared(clinical=x[60:], dnam=noise[60:], rna=y[60:])
    smoother = Ridge(train, test).fit(RNA, [CLINICAL, DNAM])
    assert smoother is not None
    assert ((smoother.weights @ y[:60][smoother.rows] - y[60:]) ** 2).mean() < 0.3 * (y[60:] ** 2).mean()


def test_who_lacks_the_target_or_everything_shown_is_not_fitted_on(made):
    x, y = (values.copy() for values in made)
    y[3], x[7] = np.nan, np.nan
    train = prepared(clinical=x[:40], rna=y[:40])
    smoother = Ridge(train, prepared(clinical=x[40:], rna=y[40:])).fit(RNA, [CLINICAL])
    assert smoother is not None
    assert set(range(40)) - set(smoother.rows.tolist()) == {3, 7}
    assert smoother.weights.sum(axis=1) == pytest.approx(np.ones(10))
    few = prepared(clinical=x[:40], rna=np.where(np.arange(40)[:, None] < 2, y[:40], np.nan))
    assert Ridge(few, few).fit(RNA, [CLINICAL]) is None


def test_a_test_patient_without_anything_shown_gets_what_the_mean_of_what_is_shown_says(made):
    x, y = made
    absent = prepared(clinical=np.full((1, 6), np.nan), rna=y[40:41])
    train = prepared(clinical=x[:40], rna=y[:40])
    smoother = Ridge(train, absent).fit(RNA, [CLINICAL])
    assert smoother is not None
    assert (smoother.weights @ y[:40])[0] == pytest.approx(y[:40].mean(axis=0), abs=1e-5)


def test_images_are_averaged_to_few_numbers():
    draw = np.random.default_rng(8)
    tiles, volume = draw.random((3, 3, 64, 64)), draw.random((4, 32, 32, 32))
    arrays = {PATHOLOGY: (tiles.astype(np.float32), None), MRI: (None, volume.astype(np.float16))}
    both = Prepared(("A", "B"), {PATHOLOGY: Kind.TILES, MRI: Kind.VOLUME}, arrays,
                    {PATHOLOGY: tiles.shape, MRI: volume.shape})  # fmt: skip
    small, coarse = summaries(both, PATHOLOGY), summaries(both, MRI)
    assert small.shape == (2, 3 * 16 * 16) and coarse.shape == (2, 4 * 8**3) and coarse.shape[1] <= MOST
    assert np.isnan(small[1]).all() and np.isnan(coarse[0]).all()
    assert small[0, 1] == pytest.approx(tiles[:, 0, :4, 4:8].mean(), abs=1e-6)
    assert coarse[1, -1] == pytest.approx(volume[3, 28:, 28:, 28:].mean(), abs=1e-3)
    assert targets(both, PATHOLOGY)[0] == pytest.approx(tiles.mean(axis=0).ravel(), abs=1e-6)
