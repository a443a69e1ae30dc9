"""`survpath`: pathway tokens and patch tokens in one transformer (Jaume et al., CVPR 2024), from its description.

Kept: a token per gene group, each through its own network; one attention in which pathways look at pathways and
patches, patches at pathways alone, so that the patch-by-patch part is never formed; a feed-forward layer; the mean of
either kind of token before the head.
Differs: the cohort's gene groups (and the whole of each block) in place of 331 Reactome and Hallmark pathways;
16 latent queries stand for 4,096 sampled patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

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

NOTE = "cannot predict without both pathology and genomics: a patient without one of them gets its training mean"


class PathwayAttention(nn.Module):
    """Attention over patches and pathways without its patch-by-patch part."""

    def __init__(self, config: PeerConfig) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.norm = nn.LayerNorm(config.width)
        self.project = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def forward(self, patches: Tensor, pathways: Tensor) -> tuple[Tensor, Tensor]:
        """(B, P, D) patches and (B, G, D) pathways to the same."""
        n = patches.shape[1]
        both = torch.cat([patches, pathways], dim=1)
        b, t, d = both.shape
        split = self.project(self.norm(both)).view(b, t, 3, self.heads, d // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)  # (B, H, T, d) each
        rate = self.dropout if self.training else 0.0
        of_patches = functional.scaled_dot_product_attention(
            query[:, :, :n], key[:, :, n:], value[:, :, n:], dropout_p=rate
        )
        of_pathways = functional.scaled_dot_product_attention(query[:, :, n:], key, value, dropout_p=rate)
        mixed = both + cast(Tensor, self.out(torch.cat([of_patches, of_pathways], dim=2).transpose(1, 2).flatten(2)))
        return mixed[:, :n], mixed[:, n:]


class SurvPath(PeerNet):
    """The transformer and its head."""

    def __init__(self, views: Sequence[View], shapes: Shapes, bins: int, config: PeerConfig) -> None:
        super().__init__(views, shapes, bins, config)
        self.patches, self.pathways = (ViewTokens(view, shapes, config) for view in views)
        self.attention = PathwayAttention(config)
        self.norm = nn.LayerNorm(config.width)
        self.feed = perceptron(config.width, 2 * config.width, config.width, config.dropout)
        self.head = HazardHead(2 * config.width, bins, config)

    def log_hazards(self, batch: Batch) -> Tensor:
        """(B, K)."""
        mixed = self.attention(self.patches(batch), self.pathways(batch))
        means = [(tokens + self.feed(self.norm(tokens))).mean(dim=1) for tokens in mixed]
        return cast(Tensor, self.head(torch.cat(means, dim=-1)))

    def forward(self, batch: Batch) -> Tensor:
        """(B, 1, K) log hazards."""
        return self.log_hazards(batch).unsqueeze(1)

    def terms(self, batch: Batch, likelihood: Likelihood, progress: float) -> dict[str, Tensor]:
        """Survival alone."""
        return {"survival": likelihood(self.log_hazards(batch))}
