import math

import numpy as np
import pytest
import torch

from survgui.engine.methods.peers.ldcvae import divergence, product
from tests.engine.methods.peers.conftest import make_batch, make_net


def density(x, mean, variance):
    return np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def test_the_product_of_experts_is_the_normalised_product_of_their_densities():
    experts = [
        (torch.tensor([1.5]), torch.tensor([math.log(0.5)])),
        (torch.tensor([-0.7]), torch.tensor([math.log(2)])),
    ]
    x = np.linspace(-12, 12, 20001)
    weights = density(x, 0, 1) * density(x, 1.5, 0.5) * density(x, -0.7, 2.0)
    weights /= weights.sum()
    mean, log_variance = product(experts)
    assert float(mean) == pytest.approx((weights * x).sum(), abs=1e-5)
    assert math.exp(float(log_variance)) == pytest.approx((weights * (x - float(mean)) ** 2).sum(), abs=1e-5)


def test_no_expert_leaves_the_prior():
    vague = (torch.tensor([5.0]), torch.tensor([30.0]))
    mean, log_variance = product([vague])
    assert float(mean) == pytest.approx(0, abs=1e-6) and float(log_variance) == pytest.approx(0, abs=1e-6)


def test_divergence_is_that_of_torch():
    torch.manual_seed(0)
    a, b, c, d = torch.randn(4, 5, 3)
    p, q = torch.distributions.Normal(a, (b / 2).exp()), torch.distributions.Normal(c, (d / 2).exp())
    expected = torch.distributions.kl_divergence(p, q).mean()
    assert float(divergence((a, b), (c, d))) == pytest.approx(float(expected), rel=1e-5)


def test_draws_differ_without_genes_and_are_one_with_them():
    net = make_net("ldcvae").eval()
    with torch.no_grad():
        found = net(make_batch([[1, 1, 1], [1, 0, 0]]))
        again = net(make_batch([[1, 1, 1], [1, 0, 0]]))
    assert found.shape == (2, net.draws, 4) and torch.equal(found, again)
    assert float(found[0].std(dim=0).max()) < 1e-6 < float(found[1].std(dim=0).min())


def test_divergences_are_faded_in():
    net = make_net("ldcvae").eval()
    found = []
    for progress in (0.0, 0.125, 0.25, 1.0):
        torch.manual_seed(0)
        terms = net.terms(make_batch([[1, 1, 1]] * 2), lambda x: x.mean(), progress)
        found.append(float(terms["divergence"].detach()))
    assert found[0] == 0.0 < found[1] and found[1] == pytest.approx(found[2] / 2) and found[2] == found[3]
