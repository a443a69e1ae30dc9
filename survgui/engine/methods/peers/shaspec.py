"""`shaspec`: shared and specific features of any modalities (Wang et al., CVPR 2023), from its description.

Kept: one shared encoder for all modalities and a specific one for each; a modality's feature is its shared one plus
what a projection makes of both; a missing modality's feature is the mean of the shared ones that are there; L1
distance between shared features (0.1), telling the modality from the specific one (0.02), modality dropout.
Differs: survival in place of segmentation and classification; vectors, the mean of a modality's tokens, in place of
feature maps; a modality is dropped with chance 0.3, never the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.engine.methods.peers.blocks import (
    HazardHead,
    Likelihood,
    PeerConfig,
    PeerNet,
    Shapes,
    ViewTokens,
    perceptron,
)
from survgui.engine.methods.views import View
from survgui.nets.batch import Batch

NOTE = "cannot recover what is specific to a missing modality: the mean of the shared features stands in for it"

ALIGNMENT, TELLING, DROP = 0.1, 0.02, 0.3


class ShaSpec(PeerNet):
    """Shared and specific encoders over the mean token of each modality."""

    complete: ClassVar[bool] = False

    def __init__(self, views: Sequence[View], shapes: Shapes, bins: int, config: PeerConfig) -> None:
        super().__init__(views, shapes, bins, config)
        d = config.width
        self.tokens = nn.ModuleList(ViewTokens(view, shapes, config) for view in views)
        self.shared = perceptron(d, d, d, config.dropout)
        self.specific = nn.ModuleList(perceptron(d, d, d, config.dropout) for _ in views)
        self.project = nn.Linear(2 * d, d)
        self.tell = nn.Linear(d, len(views))
        self.head = HazardHead(len(views) * d, bins, config)

    @property
    def needed(self) -> tuple[View, ...]:
        """Anything."""
        return (tuple(m for view in self.views for m in view),)

    def features(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(B, M, D) shared and specific features; those of absent modalities mean nothing."""
        pooled = [tokens(batch).mean(dim=1) for tokens in self.tokens]
        specific = [encoder(x) for encoder, x in zip(self.specific, pooled, strict=True)]
        return self.shared(torch.stack(pooled, dim=1)), torch.stack(specific, dim=1)

    def log_hazards(self, shared: Tensor, specific: Tensor, present: Tensor) -> Tensor:
        """(B, K) from what is present, (B, M)."""
        here = present.unsqueeze(-1)
        whole = shared + self.project(torch.cat([shared, specific], dim=-1))
        mean = (shared * here).sum(dim=1, keepdim=True) / here.sum(dim=1, keepdim=True).clamp_min(1)
        out: Tensor = self.head(torch.where(here, whole, mean).flatten(1))
        return out

    def forward(self, batch: Batch) -> Tensor:
        """(B, 1, K) log hazards."""
        return self.log_hazards(*self.features(batch), batch.present).unsqueeze(1)

    def terms(self, batch: Batch, likelihood: Likelihood, progress: float) -> dict[str, Tensor]:
        """Survival with some modalities dropped, alignment of shared features, modality told from specific ones."""
        shared, specific = self.features(batch)
        here = batch.present
        of = torch.arange(here.shape[1], device=here.device).expand_as(here)
        return {
            "survival": likelihood(self.log_hazards(shared, specific, dropped(here, DROP))),
            "alignment": ALIGNMENT * alignment(shared, here),
            "telling": TELLING * functional.cross_entropy(self.tell(specific[here]), of[here]),
        }


def alignment(shared: Tensor, present: Tensor) -> Tensor:
    """Mean L1 distance between the shared features (B, M, D) of two modalities that a patient has."""
    apart = (shared[:, :, None] - shared[:, None]).abs().mean(dim=-1)  # (B, M, M)
    pairs = (present[:, :, None] & present[:, None]).float().triu(diagonal=1)
    return (apart * pairs).sum() / pairs.sum().clamp_min(1.0)


def dropped(present: Tensor, chance: float) -> Tensor:
    """(B, M) what is left of what is present; never nothing."""
    random = torch.rand(present.shape).to(present.device)
    best = torch.where(present, random, -1.0).argmax(dim=1, keepdim=True)
    kept = present & (random >= chance)
    return kept | (torch.zeros_like(present).scatter(1, best, True) & present)
