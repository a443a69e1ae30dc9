import pytest
import torch

from survgui.nets.generators.diffusion import Ddim
from survgui.nets.generators.flow import Flow
from survgui.nets.generators.learned import Seen
from survgui.nets.generators.trunk import Trunk
from tests.nets.generators.conftest import D, M

PATTERN = torch.tensor([True, False, True])


def fresh(kind, world):
    torch.manual_seed(0)
    frame = world.frame()
    return kind(frame, Trunk(frame.scale.shape[1], frame.shared_axes.shape[1], 16, 1, torch.randn(M, 5))).eval()


@pytest.mark.parametrize("kind", [Flow, Ddim])
@torch.no_grad()
def test_before_anything_is_learned_draws_follow_the_development_cohorts_marginals(kind, world, others):
    generator = fresh(kind, world)
    noise = torch.randn(800, M, D, generator=torch.Generator().manual_seed(1))
    *_, found = generator.estimates(*others.shown(PATTERN), noise, 50)
    rows = generator.frame.into(found)[:, 1]
    assert torch.allclose(torch.cov(rows.T), torch.eye(6), atol=0.2)


@pytest.mark.parametrize("kind", [Flow, Ddim])
@torch.no_grad()
def test_present_slots_stay_and_missing_ones_are_not_looked_at(kind, world, others):
    generator = fresh(kind, world)
    torch.nn.init.normal_(generator.trunk.out.weight, std=0.1)
    slots, present, shared = (x[:5] for x in others.shown(PATTERN))
    noise = torch.randn(5, M, D)
    steps = list(generator.estimates(slots, present, shared, noise, 3))
    changed = torch.where(present.unsqueeze(-1), slots, -1.0)
    *_, again = generator.estimates(changed, present, shared, noise, 3)
    assert len(steps) == 3 and torch.equal(steps[-1], again)
    assert all(torch.equal(step[:, PATTERN], slots[:, PATTERN]) for step in steps)


@pytest.mark.parametrize("kind", [Flow, Ddim])
def test_the_loss_looks_only_at_what_is_known_and_hidden(kind, world):
    generator = fresh(kind, world)
    clean = torch.randn(4, M, 6)
    known = torch.tensor([[True, True, False]] * 4)
    shown = torch.tensor([[True, False, False]] * 4)
    seen = Seen(clean, shown, torch.zeros(4, 2))
    changed = clean.clone()
    changed[:, 2] = 9.0  # unknown: stands for nothing
    losses = [
        generator.loss(c, known, Seen(c, shown, seen.shared), torch.Generator().manual_seed(3))
        for c in (clean, changed)
    ]
    assert losses[0] == losses[1] and losses[0] > 0
    everything = Seen(clean, known, seen.shared)
    assert generator.loss(clean, known, everything, torch.Generator().manual_seed(3)) == 0


def test_axes_that_a_modality_lacks_do_not_count(world):
    generator = fresh(Flow, world)
    squares = torch.ones(2, M, 6)
    squares[:, 2, 2:] = 1000.0
    assert generator.mean_over(torch.ones(2, M, dtype=torch.bool), squares) == 1.0


@pytest.mark.parametrize("kind", [Flow, Ddim])
def test_numbers_of_steps_that_cannot_be(kind, world, others):
    for steps in (0, 1001):
        with pytest.raises(ValueError, match="steps"):
            list(fresh(kind, world).estimates(*others.shown(PATTERN), torch.zeros(800, M, D), steps))
