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


def logistic(logits, months, events):
    index, share = exposure(EDGES, np.array(months))
    return losses.logistic_hazard_nll(
        logits, torch.from_numpy(index), torch.from_numpy(share).to(logits), torch.tensor(events).to(logits)
    )


def test_logistic_hazard_is_the_cross_entropy_of_every_bin_that_was_lived():
    """Bins lived through are zeros, the bin of death is a one; a censored patient's last bin counts in part."""
    draw = np.random.default_rng(0)
    logits = torch.from_numpy(3 * draw.standard_normal((50, 3)))
    months, events = draw.uniform(0, 30, 50), (draw.random(50) < 0.5).astype(float)
    index, share = exposure(EDGES, months)
    total = 0.0
    for row in range(50):
        for k in range(index[row] + 1):
            last = k == index[row]
            label, weight = float(last and events[row]), share[row] if last and not events[row] else 1.0
            total += (
                weight
                * torch.nn.functional.binary_cross_entropy_with_logits(
                    logits[row, k], torch.tensor(label, dtype=torch.float64)
                ).item()
            )
    assert logistic(logits, months, events).item() == pytest.approx(total / 50)


def test_logistic_hazard_counted_by_hand():
    logits = torch.logit(torch.tensor([[0.1, 0.2, 0.5]], dtype=torch.float64))
    assert logistic(logits, [9.0], [1.0]).item() == pytest.approx(-np.log(0.9) - np.log(0.2))
    assert logistic(logits, [9.0], [0.0]).item() == pytest.approx(-np.log(0.9) - 0.5 * np.log(0.8))
    assert logistic(logits, [30.0], [0.0]).item() == pytest.approx(-np.log(0.9 * 0.8 * 0.5))
    assert logistic(logits, [99.0], [1.0]).item() == pytest.approx(-np.log(0.9 * 0.8 * 0.5))


@pytest.mark.parametrize("events", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
@pytest.mark.parametrize("size", [0.0, 16.0, 1e4, -1e4])
def test_logistic_hazard_is_finite_for_every_logit_and_every_batch(events, size):
    logits = torch.full((3, 3), size, requires_grad=True)
    loss = logistic(logits, [0.0, 9.0, 30.0], events)
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()
    assert not logits.grad[0, 1:].any() and not logits.grad[1, 2]  # bins after the end of follow-up
    assert loss.item() >= 0


def test_logistic_hazard_is_least_at_deaths_over_those_at_risk():
    months, events = np.array([3.0] * 2 + [9.0] * 3 + [30.0] * 5), np.array([1.0] * 5 + [0.0] * 5)
    best = torch.logit(torch.tensor([2 / 10, 3 / 8, 1e-6], dtype=torch.float64)).requires_grad_()
    logistic(best.expand(10, 3), months, events).backward()
    assert best.grad[:2].tolist() == pytest.approx([0.0, 0.0], abs=1e-12)
