"""The shared part of linear encoders against closed forms: what MUST's constraints learn is a canonical correlation.

The constraints alone are satisfied by vectors that are the same for everybody (test_must_paper). Where that is
excluded, by linear encoders with orthonormal rows on whitened features so that g has the identity for its covariance,
they are least for the subspace of the largest canonical correlations: per pair of correlation rho the best c is s g,
and what remains, 2 (1 - s)² + 2 s² (1 - rho), falls with rho.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import orthogonal

from survgui.cases.case import Modality
from survgui.engine.simulation.latent import draw, population
from survgui.nets.decomposition import SharedSubspace
from survgui.nets.must_paper import Vectors, decomposition_loss, shared_loss

SHARED, WIDTH = 4, 12


@pytest.fixture(scope="module")
def views():
    """Two whitened views of 1500 patients, and the factors that they truly share."""
    patients = draw(population([Modality.PATHOLOGY, Modality.RNA]), 1500, seed=5)
    return [whiten(patients.features[m]) for m in (Modality.PATHOLOGY, Modality.RNA)], patients.factors.shared


def whiten(x):
    x = x - x.mean(axis=0)
    values, axes = np.linalg.eigh(x.T @ x / len(x))
    return x @ (axes / np.sqrt(values))


def correlations(a, b):
    """Canonical correlations of two sets of variables, the largest first."""
    left, right = (np.linalg.qr(v - v.mean(axis=0))[0] for v in (a, b))
    return np.linalg.svd(left.T @ right, compute_uv=False)


def cca(x, y, rank):
    """Leading canonical variates of whitened views, in closed form."""
    left, rho, right = np.linalg.svd(x.T @ y / len(x))
    return x @ left[:, :rank], y @ right[:rank].T, rho


def explained(y, variates):
    """Share of the variance of y that a linear map of the variates explains."""
    fit = variates @ np.linalg.lstsq(variates, y, rcond=None)[0]
    return 1 - ((y - fit) ** 2).sum() / (y**2).sum()


def learn(views, steps=120):
    """P g of both views, learned from nothing but the two constraints on the shared part."""
    torch.manual_seed(0)
    x = [torch.from_numpy(v).float() for v in views]
    whole = nn.ModuleList([orthogonal(nn.Linear(v.shape[1], WIDTH, bias=False)) for v in x])
    unique, crossed = (nn.ModuleList([nn.Linear(v.shape[1], WIDTH, bias=False) for v in x]) for _ in range(2))
    space = SharedSubspace(WIDTH, SHARED)
    modules = nn.ModuleList([whole, unique, crossed, space])
    optimiser = torch.optim.Adam(modules.parameters(), lr=0.03)
    for _ in range(steps):
        v = Vectors(*(torch.stack([e(a) for e, a in zip(es, x, strict=True)], 1) for es in (whole, unique, crossed)))
        loss = decomposition_loss(v, space) + shared_loss(v, space)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return [(e(a) @ space.basis).numpy() for e, a in zip(whole, x, strict=True)]


@pytest.fixture(scope="module")
def learned(views):
    return learn(views[0])


def test_the_constraints_find_the_canonical_variates(views, learned):
    (x, y), factors = views
    closed = cca(x, y, SHARED)
    for mine, theirs in zip(learned, closed[:2], strict=True):
        assert correlations(mine, factors) == pytest.approx(correlations(theirs, factors), abs=0.005)
    assert correlations(*learned) == pytest.approx(closed[2][:SHARED], abs=0.005)
    # sqrt(1 / 1.25) = 0.894 is what one view holds of a factor; 1500 patients leave 0.02 of scatter
    assert correlations(learned[0], factors) == pytest.approx(np.full(SHARED, 0.894), abs=0.03)


def test_what_one_side_recovers_predicts_the_other_as_reduced_rank_regression_does(views, learned):
    """Of whitened views the reduced-rank regression of y on x is by the leading canonical variates of x."""
    (x, y), _ = views
    best = explained(y, cca(x, y, SHARED)[0])
    assert explained(y, learned[0]) == pytest.approx(best, rel=0.01)
    assert best > 2 * explained(y, x[:, :SHARED])
