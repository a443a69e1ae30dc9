"""`ldcvae`: a latent variable that stands for missing genes (Zhou et al., CVPR 2025), from its description.

Kept: an information bottleneck on the slide; a variational autoencoder of the gene groups' embeddings with a decoder
per group; the latent variable's posterior as product of experts of prior, slide and genes; without genes, samples of
prior times slide, decoded to embeddings. Loss: survival, survival from the slide alone (1.0), reconstruction,
alignment (0.1), divergences (0.1) that are faded in over the first quarter.
Differs: alignment is the divergence of the posterior without genes from that with them, and the reconstruction's
target does not move with it (the paper's text leaves both open); latent and embeddings have one width; the curves of
all samples are averaged. The released code's draw of who is missing has a bug, which a fixed pattern does not need.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.cases.case import Kind
from survgui.engine.methods.peers.blocks import (
    HazardHead,
    Likelihood,
    PeerConfig,
    PeerNet,
    Shapes,
    Tower,
    ViewTokens,
    given,
)
from survgui.engine.methods.views import View
from survgui.nets.batch import Batch

NOTE = "cannot recover pathology, only genomics: a patient without a slide gets the training mean of slides"

SLIDE, ALIGNMENT, DIVERGENCE, WARM_UP = 1.0, 0.1, 0.1, 0.25

Normal = tuple[Tensor, Tensor]
"""Mean and log variance, (..., D) each."""


class LdCvae(PeerNet):
    """Bottleneck, latent autoencoder and two heads."""

    def __init__(self, views: Sequence[View], shapes: Shapes, bins: int, config: PeerConfig) -> None:
        super().__init__(views, shapes, bins, config)
        d = config.width
        self.slides, self.genes = (ViewTokens(view, shapes, config) for view in views)
        self.slide_tower, self.gene_tower = Tower(config), Tower(config)
        self.bottleneck, self.slide_expert, self.gene_expert = (nn.Linear(d, 2 * d) for _ in range(3))
        described = [shapes[m] for m in views[1]]
        tokens = [config.queries if kind is Kind.BAG else config.split * shape[0] for kind, shape in described]
        self.decoder = GroupDecoder(sum(tokens), d)
        self.head = HazardHead(2 * d, bins, config)
        self.slide_head = HazardHead(d, bins, config)
        self.draws, self.seed = config.draws, config.seed

    @property
    def needed(self) -> tuple[View, ...]:
        """Pathology."""
        return self.views[:1]

    def read(self, batch: Batch) -> tuple[Normal, Normal, Normal, Tensor]:
        """Bottleneck, slide's and genes' expert, (B, D) each, and embeddings (B, G, D)."""
        slide, _ = self.slide_tower(self.slides(batch))
        embeddings = self.genes(batch)
        genes, _ = self.gene_tower(embeddings)
        return (
            normal(self.bottleneck(slide)),
            normal(self.slide_expert(slide)),
            normal(self.gene_expert(genes)),
            embeddings,
        )

    def log_hazards(self, slide: Tensor, embeddings: Tensor) -> Tensor:
        """(..., K) from (..., D) and (..., G, D)."""
        return cast(Tensor, self.head(torch.cat([slide, embeddings.mean(dim=-2)], dim=-1)))

    def forward(self, batch: Batch) -> Tensor:
        """(B, S, K) log hazards; every patient without genes gets the same noise, which depends on the seed alone."""
        (slide, _), expert, _, embeddings = self.read(batch)
        mean, log_variance = product([expert])
        noise = torch.randn(self.draws, mean.shape[-1], generator=torch.Generator().manual_seed(self.seed))
        latent = mean[:, None] + (log_variance / 2).exp()[:, None] * noise.to(mean.device)  # (B, S, D)
        here = given(batch, self.views[1])[:, None, None, None]
        filled = torch.where(here, embeddings[:, None], self.decoder(latent))
        return self.log_hazards(slide[:, None].expand(-1, self.draws, -1), filled)

    def terms(self, batch: Batch, likelihood: Likelihood, progress: float) -> dict[str, Tensor]:
        """The five terms of the loss."""
        bottleneck, slide_expert, gene_expert, embeddings = self.read(batch)
        joint, alone = product([slide_expert, gene_expert]), product([slide_expert])
        slide = sample(bottleneck)
        standard = (torch.zeros_like(slide), torch.zeros_like(slide))
        weight = DIVERGENCE * min(1.0, progress / WARM_UP)
        return {
            "survival": likelihood(self.log_hazards(slide, embeddings)),
            "slide": SLIDE * likelihood(self.slide_head(slide)),
            "reconstruction": functional.mse_loss(self.decoder(sample(joint)), embeddings.detach()),
            "alignment": ALIGNMENT * divergence(joint, alone),
            "divergence": weight * (divergence(joint, standard) + divergence(bottleneck, standard)),
        }


class GroupDecoder(nn.Module):
    """A latent vector to the embedding of every gene group, through two layers of the group's own."""

    def __init__(self, groups: int, width: int) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(groups, width, 2 * width) / math.sqrt(width))
        self.second = nn.Parameter(torch.randn(groups, 2 * width, width) / math.sqrt(2 * width))
        self.bias = nn.Parameter(torch.zeros(groups, width))

    def forward(self, latent: Tensor) -> Tensor:
        """(..., D) to (..., G, D)."""
        hidden = functional.gelu(torch.einsum("...d,gde->...ge", latent, self.first))
        return torch.einsum("...ge,ged->...gd", hidden, self.second) + self.bias


def normal(both: Tensor) -> Normal:
    """Mean and log variance from (..., 2D), the variance within what does not overflow."""
    mean, log_variance = both.chunk(2, dim=-1)
    return mean, log_variance.clamp(-8.0, 8.0)


def product(experts: Sequence[Normal]) -> Normal:
    """The product of a standard normal prior and of normal experts: precisions add, means by their precision."""
    precisions = [(-log_variance).exp() for _, log_variance in experts]
    total = 1.0 + torch.stack(precisions).sum(dim=0)
    weighted = torch.stack([p * mean for p, (mean, _) in zip(precisions, experts, strict=True)]).sum(dim=0)
    return weighted / total, -total.log()


def sample(of: Normal) -> Tensor:
    """One draw, through which the gradient goes."""
    mean, log_variance = of
    return mean + (log_variance / 2).exp() * torch.randn(mean.shape).to(mean.device)


def divergence(of: Normal, against: Normal) -> Tensor:
    """Kullback-Leibler divergence of two diagonal normals, mean over patients and dimensions."""
    (mean, log_variance), (other, other_log) = of, against
    ratio = (log_variance - other_log).exp() + (mean - other) ** 2 / other_log.exp()
    return 0.5 * (ratio - 1.0 - log_variance + other_log).mean()
