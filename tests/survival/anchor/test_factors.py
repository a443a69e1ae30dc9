import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.survival.anchor.factors import View, fit_views, pool

CLINICAL, RNA, SLIDE = Modality.CLINICAL, Modality.RNA, Modality.PATHOLOGY


def planted(n=800, missing=0.3, seed=0):
    """Two factors that three modalities share, one specific factor in each, and who has what."""
    draw = np.random.default_rng(seed)
    z = draw.standard_normal((n, 2))
    rows = {}
    for m, width in ((CLINICAL, 5), (RNA, 8), (SLIDE, 6)):
        axes = np.linalg.qr(draw.standard_normal((width, 3)))[0]
        own = draw.standard_normal((n, 1))
        x = np.hstack([z, own]) @ axes.T + 0.4 * draw.standard_normal((n, width))
        x[draw.random(n) < missing] = np.nan
        rows[m] = x
    return rows, z


def canonical(a, b):
    a, b = (np.linalg.qr(x - x.mean(axis=0))[0] for x in (a, b))
    return np.linalg.svd(a.T @ b)[1]


def test_the_planted_factors_are_found_and_superfluous_ones_stay_blind():
    rows, z = planted()
    views = fit_views(rows, rank=4)
    here = np.any([np.isfinite(x[:, 0]) for x in rows.values()], axis=0)
    # one modality reads a factor at precision 1 / .16; the mean over those present leaves little noise
    assert canonical(pool(views, rows)[here, :2], z[here]).min() > 0.9
    total = sum(view.precision for view in views.values())
    assert total[1] > 5 * total[2]


def test_for_two_views_the_loadings_span_the_canonical_variates():
    """Bach and Jordan 2005: the posterior means of probabilistic CCA are the canonical variates."""
    rows, _ = planted(n=3000, missing=0.0)
    two = {m: rows[m] for m in (CLINICAL, RNA)}
    views = fit_views(two, rank=2)
    a, b = (x - x.mean(axis=0) for x in two.values())
    wa, wb = (np.linalg.inv(np.linalg.cholesky(x.T @ x / len(x))) for x in (a, b))
    u, _, vt = np.linalg.svd(wa @ (a.T @ b / len(a)) @ wb.T)
    assert canonical(views[CLINICAL].expect(two[CLINICAL]), a @ wa.T @ u[:, :2]).min() > 0.99
    assert canonical(views[RNA].expect(two[RNA]), b @ wb.T @ vt[:2].T).min() > 0.99


def test_pooling_is_the_gaussian_posterior_of_the_model():
    """Where the experts' precisions are diagonal, pooling is the closed form of the joint Gaussian."""
    draw = np.random.default_rng(1)
    loading = {RNA: np.diag([2.0, 1.0]), SLIDE: np.diag([0.5, 3.0])}
    views = {m: View(np.ones(2), a, a / 0.5, np.diag(a.T @ a) / 0.5) for m, a in loading.items()}
    rows = {m: draw.standard_normal((4, 2)) for m in loading}
    joint = np.vstack(list(loading.values()))
    covariance = joint @ joint.T + 0.5 * np.eye(4)
    expected = (np.hstack(list(rows.values())) - 1.0) @ np.linalg.solve(covariance, joint)
    assert pool(views, rows) == pytest.approx(expected)
    rows[SLIDE][0] = np.nan
    alone = loading[RNA]
    assert pool(views, rows)[0] == pytest.approx(
        (rows[RNA][0] - 1.0) @ np.linalg.solve(alone @ alone.T + 0.5 * np.eye(2), alone)
    )


def test_nobody_speaks_for_a_patient_without_anything():
    rows, _ = planted(n=60)
    views = fit_views(rows, rank=2)
    assert not pool(views, {m: np.full_like(x[:1], np.nan) for m, x in rows.items()}).any()


def test_what_is_left_is_what_the_factors_do_not_say():
    rows, _ = planted(n=200, missing=0.0)
    view = fit_views(rows, rank=3)[RNA]
    x = rows[RNA]
    assert view.rest(x) + view.mean + view.expect(x) @ view.loading.T == pytest.approx(x)
