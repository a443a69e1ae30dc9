"""Filling without a model, to compare with: the development mean, and the mean of the nearest patients."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from survgui.nets.generators.base import SlotGenerator
from survgui.nets.generators.frame import Frame

NEIGHBOURS = 10


class MeanFill(SlotGenerator):
    """Every missing component at the development mean, whatever is known of the patient."""

    name = "meanfill"
    stochastic = False

    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """See `SlotGenerator`; one step."""
        yield torch.where(present.unsqueeze(-1), slots, torch.zeros_like(slots))


class Nearest(SlotGenerator):
    """The mean of a missing component over the training patients who have it and are nearest in what is present.

    The distance of two patients is the mean squared difference of the coordinates that both have, the shared ones
    among them, each of unit variance. It holds the training patients' components, and so is never published.
    """

    name = "knn"
    stochastic = False

    def __init__(self, frame: Frame, slots: Tensor, present: Tensor, shared: Tensor) -> None:
        super().__init__()
        self.frame = frame
        self.slots, self.present = frame.into(slots), present
        self.known, self.shared = slots, frame.into_shared(shared)

    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """See `SlotGenerator`; one step."""
        distance = self._distance(self.frame.into(slots), present, self.frame.into_shared(shared))
        filled = torch.stack([self._mean(distance, m) for m in range(slots.shape[1])], dim=1)
        yield torch.where(present.unsqueeze(-1), slots, filled)

    def _distance(self, coordinates: Tensor, present: Tensor, shared: Tensor) -> Tensor:
        """(B, n) mean squared difference to every training patient."""
        total = torch.cdist(shared, self.shared) ** 2
        count = torch.full_like(total, shared.shape[1])
        for m, axes in enumerate(self.frame.used.sum(dim=1).tolist()):
            both = (present[:, m, None] & self.present[None, :, m]).float()
            total = total + both * torch.cdist(coordinates[:, m], self.slots[:, m]) ** 2
            count = count + both * axes
        return total / count

    def _mean(self, distance: Tensor, m: int) -> Tensor:
        """(B, D) mean component of one modality over the nearest who have it."""
        there = torch.nonzero(self.present[:, m]).flatten()
        nearest = distance[:, there].topk(min(NEIGHBOURS, len(there)), largest=False).indices
        mean: Tensor = self.known[there, m][nearest].mean(dim=1)
        return mean
