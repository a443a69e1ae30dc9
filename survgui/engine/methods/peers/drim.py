"""`drim`: disentangled shared and unique parts (Robinet et al., MICCAI 2024), from its description.

Kept: a shared and a unique encoder per modality; shared parts of one patient drawn together and apart from other
patients' by a contrastive loss; shared and unique part made independent by an adversary that estimates their
Jensen-Shannon divergence (0.8); one layer of masked attention over all parts, which leaves out absent modalities.
Differs: the adversary learns in the same step through a reversed gradient, where the paper takes turns; 4 time bins in
place of 20, for all peers share one loss; the paper's second form, without labels, is not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.engine.inputs import Inputs
from survgui.engine.methods.contract import CannotRun
from survgui.engine.methods.peers.blocks import (
    HazardHead,
    Likelihood,
    PeerConfig,
    PeerNet,
    Shapes,
    Tower,
    ViewTokens,
    perceptron,
)
from survgui.engine.methods.peers.training import every_modality
from survgui.engine.methods.views import View
from survgui.nets.batch import Batch

NOTE = "cannot learn from one modality alone, nor recover a missing one: what is absent is left out of the fusion"

TEMPERATURE, ADVERSARY = 0.1, 0.8


class Drim(PeerNet):
    """Shared and unique encoders, their adversaries, and the fusion."""

    complete: ClassVar[bool] = False

    def __init__(self, views: Sequence[View], shapes: Shapes, bins: int, config: PeerConfig) -> None:
        super().__init__(views, shapes, bins, config)
        d = config.width
        self.encoders = nn.ModuleList(ViewTokens(view, shapes, config) for view in (*views, *views))
        self.projections = nn.ModuleList(nn.Linear(d, d) for _ in self.encoders)
        self.adversaries = nn.ModuleList(perceptron(2 * d, d, 1) for _ in views)
        self.fusion = Tower(config)
        self.head = HazardHead(d, bins, config)

    @property
    def needed(self) -> tuple[View, ...]:
        """Anything."""
        return (tuple(m for view in self.views for m in view),)

    def parts(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(B, M, D) shared and unique parts; those of absent modalities mean nothing."""
        pairs = zip(self.encoders, self.projections, strict=True)
        found = torch.stack([project(tokens(batch).mean(dim=1)) for tokens, project in pairs], dim=1)
        shared, unique = found.chunk(2, dim=1)
        return shared, unique

    def log_hazards(self, shared: Tensor, unique: Tensor, present: Tensor) -> Tensor:
        """(B, K) from what is present, (B, M)."""
        fused, _ = self.fusion(torch.cat([shared, unique], dim=1), ~present.repeat(1, 2))
        return cast(Tensor, self.head(fused))

    def forward(self, batch: Batch) -> Tensor:
        """(B, 1, K) log hazards."""
        return self.log_hazards(*self.parts(batch), batch.present).unsqueeze(1)

    def terms(self, batch: Batch, likelihood: Likelihood, progress: float) -> dict[str, Tensor]:
        """Survival, contrast of shared parts, and what tells unique from shared."""
        shared, unique = self.parts(batch)
        told = [
            dependence(adversary, shared[here, m], unique[here, m])
            for m, adversary in enumerate(self.adversaries)
            if (here := batch.present[:, m]).sum() > 1
        ]
        return {
            "survival": likelihood(self.log_hazards(shared, unique, batch.present)),
            "contrast": contrast(shared, batch.present),
            "adversary": torch.stack(told).mean() if told else shared.sum() * 0.0,
        }


def contrast(shared: Tensor, present: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """How hard it is to find a patient's other modality among the batch by its shared part (InfoNCE, both ways)."""
    unit = functional.normalize(shared, dim=-1)
    losses = []
    for a, b in combinations(range(shared.shape[1]), 2):
        both = present[:, a] & present[:, b]
        if both.sum() > 1:
            scores = unit[both, a] @ unit[both, b].T / temperature
            own = torch.arange(len(scores), device=scores.device)
            losses.append((functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2)
    return torch.stack(losses).mean() if losses else shared.sum() * 0.0


def dependence(adversary: nn.Module, shared: Tensor, unique: Tensor) -> Tensor:
    """The adversary's loss at telling a patient's own pair of parts (n, D) from pairs of two patients.

    It is log 2 less the estimated Jensen-Shannon divergence of joint and product. The adversary makes it small,
    the encoders, through a reversed gradient, large: then their parts tell nothing of each other.
    """
    shared, unique = (cast(Tensor, Reversed.apply(x, ADVERSARY)) for x in (shared, unique))  # type: ignore[no-untyped-call]
    own = adversary(torch.cat([shared, unique], dim=-1))
    strange = adversary(torch.cat([shared, unique.roll(1, dims=0)], dim=-1))
    return (functional.softplus(-own) + functional.softplus(strange)).mean() / 2


class Reversed(torch.autograd.Function):
    """The identity, whose gradient is reversed and weighted."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: float) -> Tensor:
        """X as it is."""
        ctx.weight = weight
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """The gradient, reversed."""
        return -ctx.weight * gradients[0], None


def two_or_more(inputs: Inputs) -> tuple[View, ...]:
    """Each modality as a view of its own.

    Raises:
        CannotRun: There is only one: nothing is shared.
    """
    if len(inputs.specs) < 2:
        raise CannotRun(f"it needs two modalities to learn what they share; there is {', '.join(inputs.specs)}")
    return every_modality(inputs)
