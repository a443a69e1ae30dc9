import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.linear_model import Ridge

from survgui.cases.case import Kind, Modality
from survgui.nets.masked import factors as module
from survgui.nets.masked.factors import Factors, choose_shared, coarsened, factors_in_all, fit_factors
from survgui.nets.masked.patches import Patches

A, B, C = Modality.RNA, Modality.DNAM, Modality.CNV
PICTURE = Modality.PATHOLOGY
CUTS = {A: Patches(Kind.VECTOR, (1, 10), 4), B: Patches(Kind.VECTOR, (1, 6), 3), C: Patches(Kind.VECTOR, (1, 5), 5)}
WIDTHS = [10, 6, 5]
SHARED, OWN = 4, 1


def simulated(n, seed=0, noise=0.5):
    """Two factors that all share, the first also a modality's own one; rows of unequal scale and mean."""
    fixed, draw = np.random.default_rng(7), np.random.default_rng(seed)
    z, rows = draw.standard_normal((n, 2)), []
    for width in WIDTHS:
        own = draw.standard_normal((n, 1)) @ fixed.standard_normal((1, width))
        x = z @ fixed.standard_normal((2, width)) + 0.5 * own + noise * draw.standard_normal((n, width))
        rows.append(x * fixed.uniform(0.5, 3.0, width) + fixed.standard_normal(width))
    return z, [torch.from_numpy(x).float() for x in rows]


def cut_all(rows):
    return {m: cut.cut(x[:, None]) for (m, cut), x in zip(CUTS.items(), rows, strict=True)}


def everybody(n):
    return torch.ones(n, 3, dtype=torch.bool)


@pytest.fixture(scope="module")
def fitted():
    _, rows = simulated(150)
    found = Factors(CUTS, SHARED, OWN)
    found.fit(cut_all(rows), everybody(150))
    return found


def as_model(found):
    """(F, r) loadings, (F,) means and noise variances of all features that are no padding, in numpy."""
    loading, mean, noise = [], [], []
    for m, cut in CUTS.items():
        psi, real = found.part(m, "noise").double(), cut.real().bool()
        loading.append((found.part(m, "reading").double() * psi.unsqueeze(-1))[real])
        mean.append(found.part(m, "centre").double()[real])
        noise.append(psi[real])
    return [torch.cat(x).numpy() for x in (loading, mean, noise)]


def conditioned(found, x, seen):
    """E[z | x_seen] and its covariance by way of the joint Gaussian of all features."""
    loading, mean, noise = as_model(found)
    a = loading[seen]
    gain = a.T @ np.linalg.inv(a @ a.T + np.diag(noise[seen]))
    return gain @ (x[seen] - mean[seen]), np.eye(a.shape[1]) - gain @ a


# --- inference --------------------------------------------------------------------------------------------------


def test_the_posterior_is_that_of_the_joint_gaussian_for_any_visible_patches(fitted):
    _, rows = simulated(12, seed=3)
    draw = torch.Generator().manual_seed(0)
    visible = {m: torch.rand(12, cut.count, generator=draw) < 0.5 for m, cut in CUTS.items()}
    for m in CUTS:
        visible[m][0], visible[m][1] = False, True  # one of whom nothing is seen, and one of whom everything
    cut = cut_all(rows)
    mean, precision = fitted.posterior({m: fitted.evidence(m, x) for m, x in cut.items()}, visible)
    flat = torch.cat(rows, dim=1).double().numpy()
    for row in range(12):
        seen = [visible[m][row, :, None].expand(-1, c.size)[c.real().bool()] for m, c in CUTS.items()]
        expected, covariance = conditioned(fitted, flat[row], torch.cat(seen).numpy())
        assert mean[row].numpy() == pytest.approx(expected, abs=2e-3)
        assert (precision[row].numpy() @ covariance) == pytest.approx(np.eye(fitted.rank), abs=5e-3)
    assert not mean[0].any() and torch.equal(precision[0], torch.eye(fitted.rank))


def test_the_word_of_a_modality_is_the_posterior_where_it_alone_is_seen(fitted):
    cut = cut_all(simulated(9, seed=4)[1])
    evidence = {m: fitted.evidence(m, x) for m, x in cut.items()}
    for m in CUTS:
        visible = {o: torch.full((9, c.count), o is m) for o, c in CUTS.items()}
        assert torch.allclose(fitted.word(m, evidence[m]), fitted.posterior(evidence, visible)[0], atol=1e-4)


@pytest.mark.parametrize("hidden", [A, B, C])
def test_the_expected_word_is_the_mean_of_the_word_given_what_is_seen(fitted, hidden):
    """A brute-force E[x_hidden | x_others], and the word of that: the word is linear."""
    _, rows = simulated(9, seed=5)
    cut = cut_all(rows)
    evidence = {m: fitted.evidence(m, x) for m, x in cut.items()}
    z, _ = fitted.posterior(evidence, {m: torch.full((9, c.count), m is not hidden) for m, c in CUTS.items()})
    loading, mean, noise = as_model(fitted)
    own = np.repeat([m is hidden for m in CUTS], WIDTHS)
    across = loading @ loading.T + np.diag(noise)
    flat = torch.cat(rows, dim=1).double().numpy()
    gain = across[np.ix_(own, ~own)] @ np.linalg.inv(across[np.ix_(~own, ~own)])
    x = torch.from_numpy(mean[own] + (flat[:, ~own] - mean[~own]) @ gain.T).float()
    expected = fitted.word(hidden, fitted.evidence(hidden, CUTS[hidden].cut(x[:, None])))
    assert torch.allclose(fitted.expected_word(hidden, z), expected, atol=2e-3)


def test_without_factors_nothing_is_said():
    empty = Factors(CUTS, 0, 5)
    assert empty.rank == factors_in_all(0, 5, 3) == 0 and factors_in_all(4, 2, 3) == 10
    cut = cut_all(simulated(4)[1])
    evidence = {m: empty.evidence(m, x) for m, x in cut.items()}
    mean, precision = empty.posterior(evidence, {m: torch.ones(4, c.count) > 0 for m, c in CUTS.items()})
    assert mean.shape == (4, 0) and precision.shape == (4, 0, 0)
    assert empty.word(A, evidence[A]).shape == empty.expected_word(A, mean).shape == (4, 0)
    seen = torch.zeros(4, dtype=torch.bool)
    assert not empty.base(A, mean, seen).any() and empty.base(A, mean, seen).shape == (4, 3, 4)


# --- EM ---------------------------------------------------------------------------------------------------------


def penalised(found, rows, present):
    """Log likelihood of what each patient has under the marginal Gaussian, less the shrinkage of the loadings."""
    total = 0.0
    for row in range(len(present)):
        here = [k for k in range(len(rows)) if present[row, k]]
        a = torch.cat([found.loading[k] for k in here]).numpy()
        psi = torch.cat([found.noise[k] for k in here]).numpy()
        x = torch.cat([rows[k][row] for k in here]).numpy()
        total += multivariate_normal(np.zeros(len(x)), a @ a.T + np.diag(psi)).logpdf(x)
    shrunk = sum(float((a**2 / psi[:, None]).sum()) for a, psi in zip(found.loading, found.noise, strict=True))
    return total - 0.5 * module.SHRINKAGE * shrunk


def standardised(rows, present):
    found = []
    for k, x in enumerate(rows):
        some = x[present[:, k]].double()
        found.append((x.double() - some.mean(dim=0)) / some.std(dim=0) * present[:, k, None])
    return found


def test_no_iteration_makes_the_likelihood_fall(monkeypatch):
    _, rows = simulated(60, seed=1)
    present = torch.rand(60, 3, generator=torch.Generator().manual_seed(0)) < 0.7
    present[:, 0] |= ~present.any(dim=1)
    rows = standardised(rows, present)
    values = []
    for count in (1, 2, 3, 5, 8, 13, 40):
        monkeypatch.setattr(module, "ITERATIONS", count)
        values.append(penalised(fit_factors(rows, present, 2, 1), rows, present))
    assert np.all(np.diff(values) > -1e-6) and values[-1] > values[0] + 1.0


def test_values_of_who_lacks_a_modality_do_not_enter():
    _, rows = simulated(80)
    present = everybody(80)
    present[::3, 1] = False
    found = []
    for content in (0.0, 1000.0):
        other = rows[1].clone()
        other[::3] = content
        made = Factors(CUTS, SHARED, OWN)
        made.fit(cut_all([rows[0], other, rows[2]]), present)
        found.append(made.state_dict())
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_a_factor_of_one_modality_is_read_and_told_by_no_other(fitted):
    for k, m in enumerate(CUTS):
        others = [SHARED + j for j in range(3) if j != k]
        assert not fitted.part(m, "reading")[..., others].any()
        assert fitted.part(m, "reading")[..., SHARED + k].any()
        assert fitted.part(m, "places").tolist() == [*range(SHARED), SHARED + k]


def test_the_shared_subspace_is_found():
    z, rows = simulated(300)
    found = Factors(CUTS, SHARED, OWN)
    found.fit(cut_all(rows), everybody(300))
    cut = cut_all(rows)
    visible = {m: torch.ones(300, c.count) > 0 for m, c in CUTS.items()}
    ours = found.posterior({m: found.evidence(m, x) for m, x in cut.items()}, visible)[0][:, :SHARED].numpy()
    fit = ours @ np.linalg.lstsq(ours, z, rcond=None)[0]
    assert np.var(z - fit, axis=0) == pytest.approx([0.0, 0.0], abs=0.1)  # both factors lie in it


def test_imputation_beats_the_mean_on_others_and_comes_near_the_best():
    found = Factors(CUTS, SHARED, OWN)
    found.fit(cut_all(simulated(300)[1]), everybody(300))
    z, rows = simulated(200, seed=9)
    cut = cut_all(rows)
    evidence = {m: found.evidence(m, x) for m, x in cut.items()}
    for m, x in zip(CUTS, rows, strict=True):
        others = {o: torch.full((200, c.count), o is not m) for o, c in CUTS.items()}
        z, _ = found.posterior(evidence, others)
        guess = CUTS[m].join(found.base(m, z, torch.ones(len(z), dtype=torch.bool)))[:, 0]
        error = ((guess - x) ** 2).mean(dim=0) / x.var(dim=0)
        design = np.column_stack([z, np.ones(200)])
        known = x.numpy() - design @ np.linalg.lstsq(design, x.numpy(), rcond=None)[0]
        best = (known**2).mean() / x.var(dim=0).mean().item()  # of who knows the shared factors
        assert error.mean() < 0.75
        assert ((guess - x) ** 2).mean() / x.var(dim=0).mean() < best + 0.15


# --- the number of factors, trust, pictures --------------------------------------------------------------------


def test_factors_that_are_not_taken_have_no_loadings():
    _, rows = simulated(120)
    found = Factors(CUTS, 16, 1)
    chosen = found.fit(cut_all(rows), everybody(120))
    assert chosen in (4, 8, 16)
    for k, m in enumerate(CUTS):
        assert not found.part(m, "reading")[..., chosen:16].any()
        assert found.part(m, "reading")[..., 16 + k].any()


def test_hardly_anything_is_told_of_what_nothing_goes_with():
    draw = torch.Generator().manual_seed(0)
    z = torch.randn(200, 1, generator=draw)
    rows = [z + 0.5 * torch.randn(200, 6, generator=draw), z + 0.5 * torch.randn(200, 5, generator=draw),
            torch.randn(200, 8, generator=draw)]  # fmt: skip
    rows = standardised(rows, everybody(200))
    chosen, kept = choose_shared(rows, everybody(200), 4, 1, [1.0, 1.0, 1.0], seed=0)
    assert chosen == 4 and all(0 <= k <= 1 for k in kept)
    assert min(kept[:2]) > 0.7 and kept[2] < 0.3
    assert choose_shared(rows, everybody(200), 4, 1, [1.0, 1.0, 1.0], seed=0) == (chosen, kept)


def test_less_than_the_smallest_number_of_factors_may_be_asked_for():
    rows = standardised(simulated(60)[1], everybody(60))
    assert choose_shared(rows, everybody(60), 2, 0, [1.0] * 3, seed=0)[0] == 2


def pictures(n=60, seed=0):
    """A table and tiles whose brightness follows it."""
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(n, 1, generator=draw)
    pixels = torch.randn(n, 1, 3, 4, 4, generator=draw) + z.view(n, 1, 1, 1, 1) * torch.linspace(0, 2, 16).view(4, 4)
    cuts = {A: Patches(Kind.VECTOR, (1, 4), 2), PICTURE: Patches(Kind.TILES, (1, 3, 4, 4), 2)}
    table = z + 0.5 * torch.randn(n, 4, generator=draw)
    return cuts, {A: cuts[A].cut(table[:, None]), PICTURE: cuts[PICTURE].cut(pixels)[:, 0]}


def test_features_of_a_picture_are_its_channels_means():
    cuts, patched = pictures()
    whole = cuts[PICTURE].join(patched[PICTURE][:, None])[:, 0]  # (n, 3, 4, 4)
    expected = torch.nn.functional.avg_pool2d(whole, 2).flatten(2).transpose(1, 2)
    assert torch.allclose(coarsened(cuts[PICTURE], patched[PICTURE]), expected, atol=1e-6)
    assert torch.equal(coarsened(cuts[A], patched[A]), patched[A])


def test_pictures_are_trusted_less_and_tables_as_they_are(monkeypatch):
    cuts, patched = pictures()
    monkeypatch.setattr(module, "choose_shared", lambda *_: (2, [1.0, 1.0]))
    found = {}
    for trust in (1.0, 0.1):
        monkeypatch.setattr(module, "TRUST", trust)
        found[trust] = Factors(cuts, 2, 1)
        found[trust].fit(patched, torch.ones(60, 2, dtype=torch.bool))
    for name in ("reading", "gram"):
        less, full = (found[t].part(PICTURE, name) for t in (0.1, 1.0))
        assert torch.allclose(less, 0.1 * full, atol=1e-5) and full.any()
        assert torch.equal(found[0.1].part(A, name), found[1.0].part(A, name))


@pytest.mark.parametrize("kept", [1.0, 0.4])
def test_pixels_follow_from_the_factors_by_a_ridge_regression(monkeypatch, kept):
    cuts, patched = pictures()
    present = torch.ones(60, 2, dtype=torch.bool)
    present[::4, 1] = False
    monkeypatch.setattr(module, "choose_shared", lambda *_: (2, [1.0, kept]))
    found = Factors(cuts, 2, 1)
    found.fit(patched, present)
    visible = {m: present[:, k, None].expand(-1, c.count) for k, (m, c) in enumerate(cuts.items())}
    z, _ = found.posterior({m: found.evidence(m, x) for m, x in patched.items()}, visible)
    x = patched[PICTURE][present[:, 1]].flatten(1).numpy()
    own = z[present[:, 1]][:, found.part(PICTURE, "places")].numpy()
    ridge = Ridge(alpha=module.SHRINKAGE, fit_intercept=False).fit(own, x - x.mean(axis=0))
    assert found.part(PICTURE, "detail").flatten(0, 1).numpy() == pytest.approx(ridge.coef_, abs=1e-4)
    assert float(found.part(PICTURE, "kept")) == pytest.approx(kept)
    assert found.part(PICTURE, "mean").flatten().numpy() == pytest.approx(x.mean(axis=0), abs=1e-5)


def test_a_modality_is_shrunk_where_nothing_of_it_is_visible():
    """Two modalities that have nothing in common: half of one tells the other half, and the other one tells nothing."""
    draw = torch.Generator().manual_seed(0)
    cuts = {name: Patches(Kind.VECTOR, (1, 24), 6) for name in (Modality.RNA, Modality.DNAM)}
    loading = torch.randn(2, 24, generator=draw)
    rows = [torch.randn(300, 1, 2, generator=draw) @ loading + 0.3 * torch.randn(300, 1, 24, generator=draw)
            for _ in cuts]  # fmt: skip
    patched = {m: cut.cut(x) for (m, cut), x in zip(cuts.items(), rows, strict=True)}
    found = Factors(cuts, 4, 2)
    found.fit({m: x[:200] for m, x in patched.items()}, torch.ones(200, 2, dtype=torch.bool))
    test = {m: x[200:] for m, x in patched.items()}
    evidence = {m: found.evidence(m, x) for m, x in test.items()}
    every = torch.ones(100, 4, dtype=torch.bool)
    for first, least, most in ((True, 0.0, 0.1), (False, 0.95, 1.05)):
        seen = torch.tensor([first, first, False, False])
        z, _ = found.posterior(evidence, {Modality.RNA: seen.expand(100, -1), Modality.DNAM: every})
        guess = found.base(Modality.RNA, z, (~seen.any()).expand(100))[:, 2:]
        missed = ((guess - test[Modality.RNA][:, 2:]) ** 2).mean() / (test[Modality.RNA][:, 2:] ** 2).mean()
        assert least <= missed < most
