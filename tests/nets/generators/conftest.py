"""A Gaussian world: components of three modalities with a known joint distribution, through known pooling."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from survgui.nets.generators.frame import Frame, fit_frame

M, D, R = 3, 8, 2


def pool(whole: Tensor, present: Tensor) -> Tensor:
    """Weighted mean of the first R coordinates of what is present, towards a prior at zero."""
    weights = torch.tensor([1.0, 2.0, 0.5]) * present
    total = (weights.unsqueeze(-1) * whole).sum(dim=1) / (1.0 + weights.sum(dim=1, keepdim=True))
    return torch.cat([total[:, :R], torch.zeros(len(total), D - R)], dim=1)


@dataclass(frozen=True)
class World:
    """Patients of the world.

    Attributes:
        whole: (n, M, D) global vectors; their first R coordinates speak of what is shared.
        slots: (n, M, D) standardised specific components, zero in the first R; the last has two coordinates only.
        present: (n, M).
    """

    whole: Tensor
    slots: Tensor
    present: Tensor

    @property
    def shared(self) -> Tensor:
        return pool(self.whole, self.present)

    def frame(self) -> Frame:
        return fit_frame(self.slots, self.present, self.shared, explained=1 - 1e-9)

    def shown(self, pattern: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Slots, present and shared with a pattern (M,) shown of everybody; nonsense where hidden."""
        present = pattern.expand(len(self.slots), -1)
        slots = torch.where(present.unsqueeze(-1), self.slots, torch.full_like(self.slots, 77.0))
        return slots, present, pool(self.whole, present)


def make_world(n: int, seed: int, missing: float = 0.3) -> World:
    law = torch.Generator().manual_seed(11)  # the world is one, its patients are many
    mixing = [torch.randn(6, D - R, generator=law) / 3 for _ in range(M)]
    draw = torch.Generator().manual_seed(seed)
    factors = torch.randn(n, 6, generator=draw)
    slots = torch.zeros(n, M, D)
    for m in range(M):
        own = torch.randn(n, D - R, generator=draw)
        slots[:, m, R:] = factors @ mixing[m] + 0.6 * own
    slots[:, 2, R + 2 :] = 0.0
    whole = torch.randn(n, M, D, generator=draw) * 0.5
    whole[..., :R] += factors[:, None, :R]
    present = torch.rand(n, M, generator=draw) >= missing
    present[:, 0] |= ~present.any(dim=1)
    return World(whole, slots, present)


@pytest.fixture(scope="package")
def world() -> World:
    return make_world(800, seed=0)


@pytest.fixture(scope="package")
def others() -> World:
    """Patients of the same world that nothing was fitted on, with everything measured."""
    return make_world(800, seed=1, missing=0.0)
