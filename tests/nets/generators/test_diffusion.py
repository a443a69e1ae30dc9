import itertools

import numpy as np
import pytest
import torch

from survgui.nets.generators.diffusion import Ddim, noised, signal_shares
from survgui.nets.generators.learned import Seen
from survgui.nets.generators.trunk import Trunk
from tests.nets.generators.conftest import M

PATTERN = torch.tensor([True, False, False])


class Oracle(torch.nn.Module):
    """Knows the clean coordinates, and so the exact noise beyond sqrt(1 - a) z."""

    inner = 1

    def __init__(self, clean):
        super().__init__()
        self.clean = clean

    def forward(self, slots, present, shared, t):
        share = signal_shares()[t][:, None, None]
        return (slots - share.sqrt() * self.clean) / (1 - share).sqrt() - (1 - share).sqrt() * slots


def test_signal_shares_fall_from_one_to_nearly_zero():
    shares = signal_shares()
    assert shares[0] == 1 and shares[-1] < 1e-4 and torch.all(torch.diff(shares) < 0)


@pytest.mark.parametrize("steps", [1, 4, 50])
def test_ddim_with_the_true_noise_returns_the_truth(world, steps):
    torch.manual_seed(0)
    clean = torch.randn(6, M, 6).clamp(-3, 3)
    seen = Seen(clean, torch.zeros(6, M, dtype=torch.bool), torch.zeros(6, 2))
    *_, found = Ddim(world.frame(), Oracle(clean)).path(seen, torch.randn(6, M, 6), steps)
    assert torch.allclose(found, clean, atol=2e-3)


def test_ddim_agrees_with_a_plain_numpy_version(world):
    torch.manual_seed(1)
    trunk = Trunk(6, 2, 16, 2, torch.randn(M, 5)).eval()
    torch.nn.init.normal_(trunk.out.weight, std=0.1)
    slots, noise = torch.randn(2, 2, M, 6)
    shared = torch.randn(2, 2)
    present = torch.tensor([[True, False, True], [False, True, False]])
    with torch.no_grad():
        *_, ours = Ddim(world.frame(), trunk).path(Seen(slots, present, shared), noise, 10)
        a = np.concatenate([[1.0], np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))])
        z = noise.numpy()
        times = np.linspace(1000, 0, 11).round().astype(int)
        for now, after in itertools.pairwise(times):
            filled = np.where(present.numpy()[..., None], slots.numpy(), z)
            eps = trunk(torch.from_numpy(filled).float(), present, shared, torch.tensor([now, now])).numpy()
            eps = eps + np.sqrt(1 - a[now]) * z
            x0 = np.clip((z - np.sqrt(1 - a[now]) * eps) / np.sqrt(a[now]), -4, 4)
            eps = (z - np.sqrt(a[now]) * x0) / np.sqrt(1 - a[now])
            z = np.sqrt(a[after]) * x0 + np.sqrt(1 - a[after]) * eps
    assert ours.numpy() == pytest.approx(x0, abs=1e-3)


def test_noise_is_added_with_unit_variance():
    draw = torch.Generator().manual_seed(0)
    x, eps = torch.randn(2, 20000, generator=draw)
    assert noised(x, eps, torch.tensor(0.3)).var() == pytest.approx(1.0, abs=0.03)


def test_the_true_noise_has_no_loss(world):
    clean = torch.randn(50, M, 6)
    seen = Seen(clean, PATTERN.expand(50, -1), torch.zeros(50, 2))
    found = Ddim(world.frame(), Oracle(clean)).loss(clean, torch.ones(50, M).bool(), seen, torch.Generator())
    # the oracle is told the slots as they are shown: noisy where hidden
    assert float(found) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.slow
def test_training_learns_the_conditional_distribution(world):
    """Slot 1 is 0.9 of slot 0 and a little noise: draws have the conditional's mean and deviation."""
    torch.manual_seed(0)
    generator = Ddim(world.frame(), Trunk(6, 2, 48, 2, torch.randn(M, 5)))
    optimiser = torch.optim.AdamW(generator.parameters(), lr=3e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 800)
    draw = torch.Generator().manual_seed(0)
    shown = PATTERN.expand(512, -1)
    known = torch.tensor([[True, True, False]] * 512)
    for _ in range(800):
        first = torch.randn(512, 1, 6, generator=draw)
        second = 0.9 * first + (1 - 0.81) ** 0.5 * torch.randn(512, 1, 6, generator=draw)
        clean = torch.cat([first, second, torch.zeros_like(first)], dim=1)
        optimiser.zero_grad()
        generator.loss(clean, known, Seen(clean, shown, torch.zeros(512, 2)), draw).backward()
        optimiser.step()
        rate.step()
    seen = Seen(torch.ones(2000, M, 6) * 0.8, PATTERN.expand(2000, -1), torch.zeros(2000, 2))
    with torch.no_grad():
        *_, found = generator.eval().path(seen, torch.randn(2000, M, 6, generator=draw), 50)
    assert float(found[:, 1].mean()) == pytest.approx(0.72, abs=0.1)
    assert float(found[:, 1].std(dim=0).mean()) == pytest.approx(0.436, abs=0.08)
