"""Conditional latent diffusion of missing specific components (MUST, "LDM"), and its DDIM sampler.

The denoiser is the trunk, which predicts the noise in the missing slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor

from survgui.nets.generators.frame import Frame
from survgui.nets.generators.learned import Learned, Seen
from survgui.nets.generators.trunk import Trunk

STEPS = 1000
"""Noise levels in training."""

_BOUND = 4.0
"""Coordinates of unit variance are kept within this during sampling; early estimates divide by nearly zero."""


def signal_shares() -> Tensor:
    """(STEPS + 1,) share of signal variance left after t noise steps, from 1: linear betas (DDPM)."""
    betas = torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64)
    return torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1.0 - betas, dim=0)]).float()


def noised(clean: Tensor, noise: Tensor, share: Tensor) -> Tensor:
    """sqrt(a) x + sqrt(1 - a) eps."""
    return share.sqrt() * clean + (1.0 - share).sqrt() * noise


class Ddim(Learned):
    """The trunk as a denoiser, sampled by deterministic DDIM (eta = 0).

    For data of unit variance without any structure the best guess of the noise is sqrt(1 - a) z; the trunk learns
    what there is beyond that, so that an untrained one draws from the development cohort's marginals (our choice).
    """

    name = "ddim"
    default_steps = 50
    shares: Tensor

    def __init__(self, frame: Frame, trunk: Trunk) -> None:
        super().__init__(frame, trunk)
        self.register_buffer("shares", signal_shares(), persistent=False)

    def noise_in(self, z: Tensor, seen: Seen, t: Tensor) -> Tensor:
        """The noise that is believed to be in (B, M, k) slots at (B,) noise levels."""
        plain = (1.0 - self.shares[t]).sqrt()[:, None, None] * z
        noise: Tensor = plain + self.trunk(seen.fill(z), seen.present, seen.shared, t)
        return noise

    def path(self, seen: Seen, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """One estimate of the clean coordinates per noise level that is visited."""
        if not 1 <= steps <= STEPS:
            raise ValueError(f"steps must lie between 1 and {STEPS}, not {steps}")
        levels = torch.linspace(STEPS, 0, steps + 1).round().long().tolist()
        z = noise
        for now, after in pairwise(levels):
            share = self.shares[now]
            predicted = self.noise_in(z, seen, torch.full((len(z),), now, device=z.device))
            clean = ((z - (1.0 - share).sqrt() * predicted) / share.sqrt()).clamp(-_BOUND, _BOUND)
            implied = (z - share.sqrt() * clean) / (1.0 - share).sqrt()
            z = noised(clean, implied, self.shares[after])
            yield clean

    def loss(self, clean: Tensor, known: Tensor, seen: Seen, draw: torch.Generator) -> Tensor:
        """E ||eps - eps_theta||² over slots that are hidden but known (MUST, L_LDM)."""
        t = torch.randint(1, STEPS + 1, (len(clean),), generator=draw).to(clean.device)
        noise = torch.randn(clean.shape, generator=draw).to(clean.device)
        z = torch.where(known.unsqueeze(-1), noised(clean, noise, self.shares[t][:, None, None]), noise)
        return self.mean_over(known & ~seen.present, (self.noise_in(z, seen, t) - noise) ** 2)
