import numpy as np
import pytest
import torch

from survgui.nets import losses
from survgui.survival.bins import exposure

EDGES = np.array([0.0, 6.0, 12.0, 30.0])


def nll(log_hazards, months, events):
    index, share = exposure(EDGES, np.array(months))
    return losses.survival_nll(
        log_hazards, torch.from_numpy(index), torch.from_numpy(share), torch.tensor(events, dtype=torch.float64)
    )


def test_survival_nll_is_the_density_and_survival_of_the_piecewise_exponential():
    a = torch.tensor([[-2.0, -1.5, -0.5]], dtype=torch.float64)
    rate = a.exp().numpy()[0] / np.diff(EDGES)
    cumulative = rate[0] * 6 + rate[1] * 3  # hazard up to month 9
    assert nll(a, [9.0], [0.0]).item() == pytest.approx(cumulative)
    # the density's constant log(width) does not depend on the network and is left out
    assert nll(a, [9.0], [1.0]).item() == pytest.approx(cumulative - np.log(rate[1]) - np.log(6.0))


def test_survival_nll_is_least_at_the_closed_form_hazard():
    draw = np.random.default_rng(0)
    months = np.minimum(draw.exponential(15, 4000), 30.0)
    events = (months < 30).astype(float)
    a = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([a], max_iter=100)

    def closure():
        optimiser.zero_grad()
        loss = nll(a.expand(4000, 3), months, events)
        loss.backward()
        return loss

    optimiser.step(closure)
    index, share = exposure(EDGES, months)
    k = np.arange(3)
    exposed = ((k < index[:, None]) + (k == index[:, None]) * share[:, None]).sum(axis=0)
    deaths = np.array([(events[index == j]).sum() for j in k])
    assert a.detach().exp().numpy() == pytest.approx(deaths / exposed, rel=1e-4)


def test_a_batch_in_which_nobody_died_has_a_finite_gradient():
    a = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    nll(a, [3.0, 20.0], [0.0, 0.0]).backward()
    assert torch.isfinite(a.grad).all() and a.grad.abs().sum() > 0


def test_decomposition_loss_ignores_what_is_absent():
    whole, other = torch.randn(2, 3, 4), torch.randn(2, 3, 4)
    present = torch.tensor([[True, False, True], [True, False, False]])
    changed = other.clone()
    changed[~present] = 100.0
    assert losses.decomposition_loss(whole, other, present) == losses.decomposition_loss(whole, changed, present)
    assert losses.decomposition_loss(whole, whole, present) == 0


def test_shared_loss_of_two_modalities_is_half_their_squared_distance():
    c = torch.randn(1, 2, 4)
    both = torch.ones(1, 2, dtype=torch.bool)
    expected = 0.5 * ((c[:, 0] - c[:, 1]) ** 2).mean()
    assert torch.allclose(losses.shared_loss(c, both), expected)
    assert losses.shared_loss(c, torch.tensor([[True, False]])) == 0


def test_orthogonality_loss_counts_squared_cosines():
    e = torch.eye(4)
    both = torch.ones(1, 2, dtype=torch.bool)
    apart = losses.orthogonality_loss(e[None, :2], e[None, :2], e[None, 2:], both)
    assert apart == pytest.approx(0.0, abs=1e-6)
    same = losses.orthogonality_loss(e[None, [0, 0]], e[None, [0, 0]], e[None, [0, 0]], both)
    assert same == pytest.approx(2.0, abs=1e-5)
