"""The generator as MUST's paper has it: it draws the missing specific part, given the recovered shared part and CLS_u.

One denoiser for each side sees no more than that (F5); `survgui.nets.generators` is what we make of it for any number
of modalities. Specific parts are standardised by the training part's mean and deviation before anything happens here.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from survgui.nets.generators.diffusion import STEPS, noised, signal_shares
from survgui.nets.generators.trunk import time_code
from survgui.nets.must_paper import PaperConfig

_BOUND = 4.0
"""Standardised parts are kept within this during sampling; early estimates divide by nearly zero."""


class PaperDenoiser(nn.Module):
    """A transformer over four tokens: noisy u, time, recovered shared part, CLS_u.

    What it predicts is added to sqrt(1 - a) z_t, the noise to be expected in a standardised u of which nothing is
    known, so that an untrained one gives the noise back as it is. Our choice: a transformer that has to find that
    out from some hundred patients errs by little in the noise, but by 1 / sqrt(a) times that in u.
    """

    shares: Tensor

    def __init__(self, config: PaperConfig) -> None:
        super().__init__()
        inner = config.diffusion_width
        self.noisy, self.shared, self.cls = (nn.Linear(config.width, inner) for _ in range(3))
        self.time = nn.Sequential(nn.Linear(inner, inner), nn.SiLU(), nn.Linear(inner, inner))
        layer = nn.TransformerEncoderLayer(
            inner, config.diffusion_heads, 2 * inner, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, config.diffusion_layers, enable_nested_tensor=False)
        self.out = nn.Linear(inner, config.width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.register_buffer("shares", signal_shares(), persistent=False)

    def forward(self, z: Tensor, shared: Tensor, cls: Tensor, t: Tensor) -> Tensor:
        """Predicted noise (B, D).

        Args:
            z: (B, D) noisy u.
            shared: (B, D) recovered shared part.
            cls: (D,) CLS_u of the side.
            t: (B,) noise level, 1 to STEPS.
        """
        code = self.time(time_code(t, self.noisy.out_features))
        side = self.cls(cls).expand_as(code)
        tokens = torch.stack([self.noisy(z), code, self.shared(shared), side], dim=1)
        noise: Tensor = (1.0 - self.shares[t]).sqrt()[:, None] * z + self.out(self.layers(tokens)[:, 0])
        return noise


def denoising_loss(denoiser: nn.Module, clean: Tensor, shared: Tensor, cls: Tensor, draw: torch.Generator) -> Tensor:
    """L_LDM = E ||eps - eps_theta(z_t, t, [c^; CLS_u])||², mean over D.

    Args:
        clean: (B, D) standardised u.
        draw: CPU generator of noise and noise levels.
    """
    t = torch.randint(1, STEPS + 1, (len(clean),), generator=draw).to(clean.device)
    noise = torch.randn(clean.shape, generator=draw).to(clean.device)
    z = noised(clean, noise, signal_shares().to(clean.device)[t][:, None])
    loss: Tensor = ((denoiser(z, shared, cls, t) - noise) ** 2).mean()
    return loss


def sample(denoiser: nn.Module, shared: Tensor, cls: Tensor, noise: Tensor, steps: int) -> Tensor:
    """Deterministic DDIM (eta = 0): (B, D) standardised u from (B, D) noise.

    Raises:
        ValueError: `steps` outside 1 to STEPS.
    """
    if not 1 <= steps <= STEPS:
        raise ValueError(f"steps must lie between 1 and {STEPS}, not {steps}")
    shares = signal_shares().to(noise.device)
    z = clean = noise
    for now, after in pairwise(torch.linspace(STEPS, 0, steps + 1).round().long().tolist()):
        predicted = denoiser(z, shared, cls, torch.full((len(z),), now, device=z.device))
        clean = ((z - (1.0 - shares[now]).sqrt() * predicted) / shares[now].sqrt()).clamp(-_BOUND, _BOUND)
        implied = (z - shares[now].sqrt() * clean) / (1.0 - shares[now]).sqrt()
        z = noised(clean, implied, shares[after])
    return clean
