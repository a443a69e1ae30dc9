"""`cmta`: cross-modal translation and alignment (Zhou and Chen, ICCV 2023), from its description.

Kept: two towers, each an encoder and a decoder with a class token; cross attention both ways, so that each
decoder reads the other modality's knowledge in its own tokens; the mean of encoder and decoder class token of both
towers before the head; L1 distance of each decoder's class token to the encoder's, which is not moved by it.
Differs: plain self-attention in place of Nyström attention with convolutions, for 16 latent queries stand for the
patches; one weight of the L1 term for all cohorts, where the paper chooses 1 to 100 per cohort.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.engine.methods.peers.blocks import HazardHead, Likelihood, PeerConfig, PeerNet, Shapes, Tower, ViewTokens
from survgui.engine.methods.views import View
from survgui.nets.batch import Batch

NOTE = "cannot predict without both pathology and genomics: a patient without one of them gets its training mean"

ALIGNMENT = 1.0
"""Weight of the L1 term."""


class Cmta(PeerNet):
    """Two encoder-decoder towers that translate into each other."""

    def __init__(self, views: Sequence[View], shapes: Shapes, bins: int, config: PeerConfig) -> None:
        super().__init__(views, shapes, bins, config)
        self.tokens = nn.ModuleList(ViewTokens(view, shapes, config) for view in views)
        self.encoders = nn.ModuleList(Tower(config) for _ in views)
        self.across = nn.ModuleList(
            nn.MultiheadAttention(config.width, config.heads, config.dropout, batch_first=True) for _ in views
        )
        self.decoders = nn.ModuleList(Tower(config) for _ in views)
        self.head = HazardHead(2 * config.width, bins, config)

    def classes(self, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
        """(B, D) class tokens of both encoders, and of both decoders."""
        read = [encoder(tokens(batch)) for tokens, encoder in zip(self.tokens, self.encoders, strict=True)]
        decoded = []
        for own, (across, decoder) in enumerate(zip(self.across, self.decoders, strict=True)):
            query, other = read[own][1], read[1 - own][1]
            decoded.append(decoder(across(query, other, other, need_weights=False)[0])[0])
        return [cls for cls, _ in read], decoded

    def log_hazards(self, encoded: Sequence[Tensor], decoded: Sequence[Tensor]) -> Tensor:
        """(B, K) from the class tokens."""
        out: Tensor = self.head(torch.cat([(e + d) / 2 for e, d in zip(encoded, decoded, strict=True)], dim=-1))
        return out

    def forward(self, batch: Batch) -> Tensor:
        """(B, 1, K) log hazards."""
        return self.log_hazards(*self.classes(batch)).unsqueeze(1)

    def terms(self, batch: Batch, likelihood: Likelihood, progress: float) -> dict[str, Tensor]:
        """Survival, and the distance of translations to what they translate."""
        encoded, decoded = self.classes(batch)
        distances = [functional.l1_loss(d, e.detach()) for e, d in zip(encoded, decoded, strict=True)]
        return {
            "survival": likelihood(self.log_hazards(encoded, decoded)),
            "alignment": ALIGNMENT * torch.stack(distances).sum(),
        }
