"""Rectified flow: straight paths from noise to components, which few Euler steps follow.

With x_t = (1 - t) eps + t x, the velocity x - eps is regressed on x_t, t and what is seen, noise and component
drawn independently (Liu, Gong and Liu 2022; Lipman et al. 2022).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from survgui.nets.generators.learned import Learned, Seen

TIMES = 1000.0
"""of the trunk's time code per unit of flow time"""
MOST_STEPS = 1000


class Flow(Learned):
    """The trunk as what a velocity is beyond that of components without structure, followed by Euler steps.

    For independent components of unit variance the velocity is r'/r x with r² = t² + (1 - t)²: x_t = r y with a y
    that stands still. Steps are taken in y = x / r, so that only what the trunk adds is approximated by them, and
    a few steps keep the spread that many have (our choice).
    """

    name = "flow"
    default_steps = 4

    def push(self, x: Tensor, seen: Seen, t: Tensor) -> Tensor:
        """(B, M, k) velocity beyond the structureless one at (B, M, k) positions and (B,) times 0 to 1."""
        velocity: Tensor = self.trunk(seen.fill(x), seen.present, seen.shared, TIMES * t)
        return velocity

    def path(self, seen: Seen, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """One estimate of where the path ends per step: from where it is, straight on."""
        if not 1 <= steps <= MOST_STEPS:
            raise ValueError(f"steps must lie between 1 and {MOST_STEPS}, not {steps}")
        y = noise
        for step in range(steps):
            t = torch.full((len(y),), step / steps, device=y.device)
            r = _scale(t)[:, None, None]
            slope = self.push(r * y, seen, t) / r
            yield y + (1.0 - step / steps) * slope
            y = y + slope / steps

    def loss(self, clean: Tensor, known: Tensor, seen: Seen, draw: torch.Generator) -> Tensor:
        """E ||(x - eps) - v(x_t, t)||² over slots that are hidden but known."""
        t = torch.rand(len(clean), generator=draw).to(clean.device)
        noise = torch.randn(clean.shape, generator=draw).to(clean.device)
        share = t[:, None, None]
        x = torch.where(known.unsqueeze(-1), (1.0 - share) * noise + share * clean, noise)
        plain = (2.0 * share - 1.0) / _scale(share) ** 2 * x
        return self.mean_over(known & ~seen.present, (plain + self.push(x, seen, t) - (clean - noise)) ** 2)


def _scale(t: Tensor) -> Tensor:
    """r(t), the deviation of a mixture (1 - t) eps + t x of two independent unit variables."""
    return (t**2 + (1.0 - t) ** 2).sqrt()
