"""Conditional latent diffusion of missing specific components (MUST, "LDM"), and its DDIM sampler.

One denoiser serves every availability pattern: each modality has a slot, which holds the clean specific
component where the modality is present and noise where it is missing. MUST conditions on the shared part
and the modality's learned CLS alone; that the present specific parts are seen too is ours (methods.md 2.7).
Components are standardised by the development cohort's mean and deviation before anything happens here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import torch
from torch import Tensor, nn

STEPS = 1000
"""Noise levels in training."""

HEADS = 4
"""Attention heads of the denoiser; they share its width."""

_BOUND = 4.0
"""Standardised components are kept within this during sampling; early estimates divide by nearly zero."""


def signal_shares() -> Tensor:
    """(STEPS + 1,) share of signal variance left after t noise steps, from 1: linear betas (DDPM)."""
    betas = torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64)
    return torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1.0 - betas, dim=0)]).float()


def noised(clean: Tensor, noise: Tensor, share: Tensor) -> Tensor:
    """sqrt(a) x + sqrt(1 - a) eps."""
    return share.sqrt() * clean + (1.0 - share).sqrt() * noise


class Denoiser(nn.Module):
    """A transformer that predicts the noise in the missing slots.

    Args:
        width: D of the components.
        inner: Width of the transformer.
        identity: (M, D) the frozen CLS_u of every modality.
    """

    identity: Tensor

    def __init__(self, width: int, inner: int, layers: int, identity: Tensor) -> None:
        super().__init__()
        self.register_buffer("identity", identity.clone())
        self.slot = nn.Linear(width, inner)
        self.shared = nn.Linear(width, inner)
        self.cls = nn.Linear(width, inner)
        self.state = nn.Parameter(torch.zeros(2, inner))
        self.time = nn.Sequential(nn.Linear(inner, inner), nn.SiLU(), nn.Linear(inner, inner))
        layer = nn.TransformerEncoderLayer(
            inner, HEADS, 2 * inner, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.out = nn.Linear(inner, width)
        self.inner = inner

    def forward(self, slots: Tensor, present: Tensor, shared: Tensor, t: Tensor) -> Tensor:
        """Predicted noise (B, M, D).

        Args:
            slots: (B, M, D) clean where present, noisy where missing.
            present: (B, M) True where the slot is clean.
            shared: (B, D) shared component.
            t: (B,) noise level, 1 to STEPS.
        """
        tokens = self.slot(slots) + self.cls(self.identity) + self.state[present.long()]
        head = torch.stack([self.shared(shared), self.time(time_code(t, self.inner))], dim=1)
        mixed = self.layers(torch.cat([head, tokens], dim=1))
        noise: Tensor = self.out(mixed[:, 2:])
        return noise


def time_code(t: Tensor, width: int) -> Tensor:
    """(B, width) sine-cosine code of the noise level."""
    frequency = torch.exp(-math.log(10_000.0) * torch.arange(width // 2, device=t.device) / (width // 2))
    angle = t.float()[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=1)


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
