"""Conditional latent diffusion of missing specific components (MUST, "LDM"), and its DDIM sampler.

The denoiser is the trunk, which predicts the noise in the missing slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

from survgui.nets.generators.base import Generator
from survgui.nets.generators.trunk import Trunk

STEPS = 1000
"""Noise levels in training."""

_BOUND = 4.0
"""Standardised components are kept within this during sampling; early estimates divide by nearly zero."""


def signal_shares() -> Tensor:
    """(STEPS + 1,) share of signal variance left after t noise steps, from 1: linear betas (DDPM)."""
    betas = torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64)
    return torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1.0 - betas, dim=0)]).float()


def noised(clean: Tensor, noise: Tensor, share: Tensor) -> Tensor:
    """sqrt(a) x + sqrt(1 - a) eps."""
    return share.sqrt() * clean + (1.0 - share).sqrt() * noise


class Ddim(Generator):
    """The trunk as a denoiser, sampled by DDIM."""

    name = "ddim"
    default_steps = 50

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.trunk, self.inner = trunk, trunk.inner

    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """See `Generator`; `steps` is the number of noise levels that are visited, 1 to STEPS."""
        return ddim(self.trunk, slots, present, shared, noise, steps)


def ddim(
    denoiser: nn.Module, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int
) -> Iterator[Tensor]:
    """Deterministic DDIM (eta = 0) from noise to components; one estimate per step, the last is the answer.

    Args:
        slots: (B, M, D) standardised components; what stands in missing slots is not looked at.
        noise: (B, M, D) standard normal.
        steps: How many of the noise levels are visited.

    Yields:
        (B, M, D) current estimate of the clean components; present slots unchanged.

    Raises:
        ValueError: `steps` outside 1 to STEPS.
    """
    if not 1 <= steps <= STEPS:
        raise ValueError(f"steps must lie between 1 and {STEPS}, not {steps}")
    shares = signal_shares().to(noise.device)
    levels = torch.linspace(STEPS, 0, steps + 1, device=noise.device).round().long()
    here = present.unsqueeze(-1)
    z = noise
    for now, after in pairwise(levels.tolist()):
        t = torch.full((len(noise),), now, device=noise.device)
        predicted = denoiser(torch.where(here, slots, z), present, shared, t)
        clean = ((z - (1.0 - shares[now]).sqrt() * predicted) / shares[now].sqrt()).clamp(-_BOUND, _BOUND)
        implied = (z - shares[now].sqrt() * clean) / (1.0 - shares[now]).sqrt()
        z = noised(clean, implied, shares[after])
        yield torch.where(here, slots, clean)


def diffusion_loss(
    denoiser: nn.Module, slots: Tensor, shown: Tensor, known: Tensor, shared: Tensor, draw: torch.Generator
) -> Tensor:
    """E ||eps - eps_theta||² over slots that are hidden from the denoiser but known (MUST, L_LDM).

    Args:
        shown: (B, M) True where the denoiser sees the clean component.
        known: (B, M) True where the component was measured.
        draw: CPU generator of noise and noise levels.
    """
    t = torch.randint(1, STEPS + 1, (len(slots),), generator=draw).to(slots.device)
    noise = torch.randn(slots.shape, generator=draw).to(slots.device)
    share = signal_shares().to(slots.device)[t][:, None, None]
    mixed = torch.where(known.unsqueeze(-1), noised(slots, noise, share), noise)
    predicted = denoiser(torch.where(shown.unsqueeze(-1), slots, mixed), shown, shared, t)
    wanted = (known & ~shown).unsqueeze(-1).float()
    total: Tensor = (wanted * (predicted - noise) ** 2).sum() / (wanted.sum() * slots.shape[-1]).clamp_min(1.0)
    return total
