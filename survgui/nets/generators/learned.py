"""What generators with a transformer have in common: they follow a path from noise to coordinates, step by step."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from survgui.nets.generators.base import SlotGenerator
from survgui.nets.generators.frame import Frame
from survgui.nets.generators.trunk import Trunk


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a generator is shown.

    Attributes:
        slots: (B, M, k) coordinates; what stands in missing slots is not looked at.
        present: (B, M) True where shown.
        shared: (B, s) coordinates of the shared component.
    """

    slots: Tensor
    present: Tensor
    shared: Tensor

    def fill(self, z: Tensor) -> Tensor:
        """(B, M, k) what is shown, and z where nothing is."""
        return torch.where(self.present.unsqueeze(-1), self.slots, z)


class Learned(SlotGenerator):
    """A generator whose transformer is trained by hiding from it what is known."""

    def __init__(self, frame: Frame, trunk: Trunk) -> None:
        super().__init__()
        self.frame, self.trunk, self.inner = frame, trunk, trunk.inner

    def takes(self, steps: int) -> int:
        """As many as are asked for."""
        return steps or self.default_steps

    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """See `SlotGenerator`."""
        seen = self.seen(slots, present, shared)
        for coordinates in self.path(seen, noise[..., : self.frame.scale.shape[1]], steps):
            yield torch.where(present.unsqueeze(-1), slots, self.frame.back(coordinates))

    def seen(self, slots: Tensor, present: Tensor, shared: Tensor) -> Seen:
        """(B, M, D) standardised components and (B, D) shared ones in the frame's coordinates."""
        return Seen(self.frame.into(slots), present, self.frame.into_shared(shared))

    @abstractmethod
    def path(self, seen: Seen, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """(B, M, k) one estimate per step of all coordinates from (B, M, k) standard normal noise."""

    @abstractmethod
    def loss(self, clean: Tensor, known: Tensor, seen: Seen, draw: torch.Generator) -> Tensor:
        """What is minimised.

        Args:
            clean: (B, M, k) true coordinates.
            known: (B, M) True where they were measured.
            draw: CPU generator of noise and times.
        """

    def mean_over(self, wanted: Tensor, squares: Tensor) -> Tensor:
        """Mean of (B, M, k) squares over the (B, M) slots that are wanted and the axes that a modality has."""
        weight = (wanted.unsqueeze(-1) & self.frame.used).float()
        mean: Tensor = (weight * squares).sum() / weight.sum().clamp_min(1.0)
        return mean
