import itertools

import numpy as np
import pytest
import torch

from survgui.nets.generators import diffusion
from survgui.nets.generators.diffusion import ddim, diffusion_loss, noised, signal_shares
from survgui.nets.generators.trunk import Trunk


class Oracle(torch.nn.Module):
    """Knows the clean components, and so the exact noise."""

    def __init__(self, clean):
        super().__init__()
        self.clean = clean

    def forward(self, slots, present, shared, t):
        share = signal_shares()[t][:, None, None]
        return (slots - share.sqrt() * self.clean) / (1 - share).sqrt()


def test_signal_shares_fall_from_one_to_nearly_zero():
    shares = signal_shares()
    assert shares[0] == 1 and shares[-1] < 1e-4 and torch.all(torch.diff(shares) < 0)


@pytest.mark.parametrize("steps", [1, 4, 50])
def test_ddim_with_the_true_noise_returns_the_truth(steps):
    torch.manual_seed(0)
    clean = torch.randn(6, 3, 8).clamp(-3, 3)
    present = torch.tensor([[True, False, False]] * 6)
    *_, found = ddim(Oracle(clean), clean, present, torch.zeros(6, 8), torch.randn(6, 3, 8), steps)
    assert torch.allclose(found, clean, atol=1e-3)


def test_ddim_agrees_with_a_plain_numpy_version():
    torch.manual_seed(1)
    net = Trunk(8, 16, 2, torch.randn(3, 8)).eval()
    slots, noise = torch.randn(2, 2, 3, 8)
    shared = torch.randn(2, 8)
    present = torch.tensor([[True, False, True], [False, True, False]])
    with torch.no_grad():
        *_, ours = ddim(net, slots, present, shared, noise, 10)
        a = np.concatenate([[1.0], np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))])
        z = noise.numpy()
        times = np.linspace(1000, 0, 11).round().astype(int)
        for now, after in itertools.pairwise(times):
            seen = np.where(present.numpy()[..., None], slots.numpy(), z)
            eps = net(torch.from_numpy(seen).float(), present, shared, torch.tensor([now, now])).numpy()
            x0 = np.clip((z - np.sqrt(1 - a[now]) * eps) / np.sqrt(a[now]), -4, 4)
            eps = (z - np.sqrt(a[now]) * x0) / np.sqrt(1 - a[now])
            z = np.sqrt(a[after]) * x0 + np.sqrt(1 - a[after]) * eps
    expected = np.where(present.numpy()[..., None], slots.numpy(), x0)
    assert ours.numpy() == pytest.approx(expected, abs=1e-3)


def test_what_is_present_is_left_alone():
    slots = torch.randn(2, 3, 8)
    present = torch.tensor([[True, False, True]] * 2)
    *_, found = ddim(Trunk(8, 16, 1, torch.zeros(3, 8)), slots, present, torch.zeros(2, 8), torch.randn(2, 3, 8), 3)
    assert torch.equal(found[present], slots[present])


def test_one_estimate_per_step_and_a_bound_on_steps():
    args = (torch.zeros(1, 2, 8), torch.tensor([[True, False]]), torch.zeros(1, 8), torch.randn(1, 2, 8))
    assert len(list(ddim(Trunk(8, 16, 1, torch.zeros(2, 8)), *args, 7))) == 7
    with pytest.raises(ValueError, match="steps"):
        list(ddim(Trunk(8, 16, 1, torch.zeros(2, 8)), *args, 0))


def test_noise_is_added_with_unit_variance():
    draw = torch.Generator().manual_seed(0)
    x, eps = torch.randn(2, 20000, generator=draw)
    assert noised(x, eps, torch.tensor(0.3)).var() == pytest.approx(1.0, abs=0.03)


def test_the_loss_looks_only_at_what_is_known_and_hidden():
    slots = torch.randn(4, 3, 8)
    known = torch.tensor([[True, True, False]] * 4)
    shown = torch.tensor([[True, False, False]] * 4)
    net = Trunk(8, 16, 1, torch.zeros(3, 8)).eval()
    changed = slots.clone()
    changed[:, 2] = 9.0  # unknown: stands for nothing
    losses = [
        diffusion_loss(net, s, shown, known, torch.zeros(4, 8), torch.Generator().manual_seed(3))
        for s in (slots, changed)
    ]
    assert losses[0] == losses[1]
    assert diffusion_loss(net, slots, known, known, torch.zeros(4, 8), torch.Generator().manual_seed(3)) == 0


def test_training_the_denoiser_learns_the_conditional_mean():
    """x_2 = x_1 + little noise: after training, draws of x_2 follow the given x_1."""
    torch.manual_seed(0)
    net = Trunk(2, 32, 2, torch.randn(2, 2))
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3)
    draw = torch.Generator().manual_seed(0)
    known = torch.ones(256, 2, dtype=torch.bool)
    shown = torch.tensor([[True, False]] * 256)
    for _ in range(300):
        first = torch.randn(256, 1, 2, generator=draw)
        slots = torch.cat([first, 0.95 * first + 0.3 * torch.randn(256, 1, 2, generator=draw)], dim=1)
        optimiser.zero_grad()
        diffusion_loss(net, slots, shown, known, torch.zeros(256, 2), draw).backward()
        optimiser.step()
    net.eval()
    given = torch.randn(200, 1, 2, generator=draw)
    with torch.no_grad():
        noise = torch.randn(200, 2, 2, generator=draw)
        *_, found = ddim(net, given.expand(-1, 2, -1), shown[:200], torch.zeros(200, 2), noise, 25)
    r = np.corrcoef(found[:, 1].flatten(), given[:, 0].flatten())[0, 1]
    assert r > 0.8
    assert diffusion.STEPS == 1000
