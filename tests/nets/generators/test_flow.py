import pytest
import torch

from survgui.nets.generators.flow import Flow
from survgui.nets.generators.learned import Seen
from survgui.nets.generators.trunk import Trunk
from tests.nets.generators.conftest import M


class Exact(torch.nn.Module):
    """What the velocity of N(mean, deviation²) is beyond that of N(0, 1): the closed form."""

    inner = 1

    def __init__(self, mean, deviation):
        super().__init__()
        self.mean, self.deviation = mean, deviation

    def forward(self, x, present, shared, t):
        t = (t / 1000)[:, None, None]

        def velocity(mean, deviation):
            variance = (1 - t) ** 2 + (t * deviation) ** 2
            return mean + (t * deviation**2 - (1 - t)) / variance * (x - t * mean)

        return velocity(self.mean, self.deviation) - velocity(0.0, 1.0)


def flow(world, trunk):
    return Flow(world.frame(), trunk).eval()


def seen(n):
    return Seen(torch.zeros(n, M, 6), torch.zeros(n, M, dtype=torch.bool), torch.zeros(n, 2))


@pytest.mark.parametrize(("steps", "near"), [(4, 0.12), (8, 0.06), (200, 0.005)])
def test_euler_steps_along_the_exact_velocity_reach_the_gaussian(world, steps, near):
    """For one dimension the flow is x -> mean + deviation * noise, whatever the noise."""
    noise = torch.linspace(-2, 2, 9)[:, None, None].expand(-1, M, 6)
    *_, found = flow(world, Exact(1.5, 0.5)).path(seen(9), noise, steps)
    assert torch.allclose(found, 1.5 + 0.5 * noise, atol=near * 3)
    assert float((found[8] - found[0]).mean()) == pytest.approx(2.0, abs=3 * near)


def test_one_step_adds_the_conditional_mean_to_the_noise(world):
    noise = torch.randn(5, M, 6)
    (found,) = flow(world, Exact(1.5, 0.5)).path(seen(5), noise, 1)
    assert torch.allclose(found, noise + 1.5, atol=1e-5)


def test_the_exact_velocity_has_the_smallest_loss(world):
    clean = 1.5 + 0.5 * torch.randn(4000, M, 6, generator=torch.Generator().manual_seed(0))
    known = torch.ones(4000, M, dtype=torch.bool)

    def loss(mean, deviation):
        generator = flow(world, Exact(mean, deviation))
        return float(generator.loss(clean, known, seen(4000), torch.Generator().manual_seed(1)))

    best = loss(1.5, 0.5)
    assert all(best < loss(*other) for other in ((1.2, 0.5), (1.5, 0.8), (0.0, 1.0)))


@pytest.mark.slow
def test_training_reaches_the_closed_form_conditional(world):
    """Slot 1 is 0.9 of slot 0 and a little noise: draws have the conditional's mean and deviation."""
    torch.manual_seed(0)
    generator = Flow(world.frame(), Trunk(6, 2, 48, 2, torch.randn(M, 5)))
    optimiser = torch.optim.AdamW(generator.parameters(), lr=3e-3)
    draw = torch.Generator().manual_seed(0)
    shown = torch.tensor([[True, False, False]] * 512)
    known = torch.tensor([[True, True, False]] * 512)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 800)
    for _ in range(800):
        first = torch.randn(512, 1, 6, generator=draw)
        second = 0.9 * first + (1 - 0.81) ** 0.5 * torch.randn(512, 1, 6, generator=draw)
        clean = torch.cat([first, second, torch.zeros_like(first)], dim=1)
        optimiser.zero_grad()
        generator.loss(clean, known, Seen(clean, shown, torch.zeros(512, 2)), draw).backward()
        optimiser.step()
        rate.step()
    given = torch.ones(2000, M, 6) * 0.8
    with torch.no_grad():
        seen_ = Seen(given, shown[:1].expand(2000, -1), torch.zeros(2000, 2))
        *_, found = generator.eval().path(seen_, torch.randn(2000, M, 6, generator=draw), 8)
    assert float(found[:, 1].mean()) == pytest.approx(0.72, abs=0.1)
    assert float(found[:, 1].std(dim=0).mean()) == pytest.approx(0.436, abs=0.08)
