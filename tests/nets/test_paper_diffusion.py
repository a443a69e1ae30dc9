import pytest
import torch
from torch import nn

from survgui.nets.generators.diffusion import noised, signal_shares
from survgui.nets.must_paper import PaperConfig
from survgui.nets.paper_diffusion import PaperDenoiser, denoising_loss, sample

CONFIG = PaperConfig(width=16, rank=4, diffusion_width=16, diffusion_layers=1)


class Gaussian(nn.Module):
    """The exact denoiser of z ~ N(m, v I): E[eps | z_t] = sqrt(1 - a) (z_t - sqrt(a) m) / (a v + 1 - a)."""

    def __init__(self, mean, variance):
        super().__init__()
        self.mean, self.variance, self.calls = mean, variance, 0

    def forward(self, z, shared, cls, t):
        self.calls += 1
        a = signal_shares()[t][:, None]
        return (1 - a).sqrt() * (z - a.sqrt() * self.mean) / (a * self.variance + 1 - a)


def test_the_denoiser_is_told_the_shared_part_the_side_and_the_time():
    torch.manual_seed(0)
    denoiser = PaperDenoiser(CONFIG).eval()
    nn.init.normal_(denoiser.out.weight)  # as after training: it starts at zero
    z, shared, cls, t = torch.randn(2, 16), torch.randn(2, 16), torch.randn(16), torch.tensor([5, 5])
    base = denoiser(z, shared, cls, t)
    assert base.shape == (2, 16)
    for other in ((z + 1, shared, cls, t), (z, shared + 1, cls, t), (z, shared, cls + 1, t), (z, shared, cls, t + 500)):
        assert not torch.allclose(denoiser(*other), base, atol=1e-4)


def test_an_untrained_denoiser_gives_the_noise_back():
    noise = torch.randn(5, 16).clamp(-2.5, 2.5)
    with torch.inference_mode():
        found = sample(PaperDenoiser(CONFIG), torch.randn(5, 16), torch.randn(16), noise, 200)
    assert torch.allclose(found, noise, atol=0.05)


def test_with_the_exact_denoiser_sampling_is_the_map_from_noise_to_the_distribution():
    noise, mean = torch.randn(4000, 2, generator=torch.Generator().manual_seed(1)), torch.tensor([0.5, -1.0])
    found = sample(Gaussian(mean, 0.25), noise, mean, noise, 200)
    assert torch.allclose(found.mean(dim=0), mean, atol=0.03) and torch.allclose(
        found.std(dim=0), mean.new_full((2,), 0.5), atol=0.03
    )
    order = noise[:, 0].argsort()  # the flow of a Gaussian is increasing and affine in the noise
    assert (found[order, 0].diff() > -1e-6).all()


def test_sampling_takes_as_many_steps_as_asked():
    denoiser = Gaussian(torch.zeros(3), 1.0)
    sample(denoiser, torch.zeros(2, 3), torch.zeros(3), torch.randn(2, 3), 50)
    assert denoiser.calls == 50
    for steps in (0, 1001):
        with pytest.raises(ValueError, match="steps must lie between"):
            sample(denoiser, torch.zeros(2, 3), torch.zeros(3), torch.randn(2, 3), steps)


def test_the_loss_is_the_squared_error_of_the_noise():
    clean, shared, cls = torch.randn(6, 3), torch.zeros(6, 3), torch.zeros(3)
    draw = torch.Generator().manual_seed(4)
    t = torch.randint(1, 1001, (6,), generator=draw)
    noise = torch.randn(6, 3, generator=draw)
    seen = []

    def nothing(z, *rest):
        seen.append(z)
        return torch.zeros_like(z)

    found = denoising_loss(nothing, clean, shared, cls, torch.Generator().manual_seed(4))
    assert found.item() == pytest.approx((noise**2).mean().item(), rel=1e-6)
    assert torch.allclose(seen[0], noised(clean, noise, signal_shares()[t][:, None]))


def test_it_learns_what_the_shared_part_says_of_u():
    torch.manual_seed(0)
    denoiser = PaperDenoiser(CONFIG)
    optimiser = torch.optim.AdamW(denoiser.parameters(), lr=0.02)
    shared, cls, draw = torch.randn(128, 16), torch.zeros(16), torch.Generator().manual_seed(0)
    clean = shared[:, :1].expand(-1, 16)
    for _ in range(60):
        optimiser.zero_grad()
        denoising_loss(denoiser, clean, shared, cls, draw).backward()
        optimiser.step()
    noise = torch.randn(128, 16, generator=draw)
    with torch.inference_mode():
        found = sample(denoiser, shared, cls, noise, 10)
    # the noise as it is, from an untrained one, would be twice the variance away
    assert ((found - clean) ** 2).mean() < 0.75 * (clean**2).mean()
