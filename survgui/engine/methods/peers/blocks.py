"""What the peers' networks are made of, and what their common trainer asks of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from survgui.cases.case import Kind, Modality
from survgui.engine.methods.views import View
from survgui.nets.batch import Batch
from survgui.nets.tokens import TokenConfig, token_encoder

Likelihood = Callable[[Tensor], Tensor]
"""(B, K) log hazards of the batch's patients to their mean negative log likelihood."""
Shapes = Mapping[Modality, tuple[Kind, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class PeerConfig:
    """One setting for all peers, fixed beforehand and never tuned.

    The papers train on single patients of thousands of patches, with 256 columns and their own schedules; our
    inputs are tables and small bags of a few hundred patients, on which batches of 64 are what is stable.

    Attributes:
        width: D, of every token.
        split: Tokens made of a group of features, so that a slide's vector is several tokens.
        draws: Samples of a generative peer's latent variable at test.
    """

    width: int = 64
    heads: int = 4
    queries: int = 16
    split: int = 2
    dropout: float = 0.25
    bins: int = 4
    epochs: int = 25
    batch: int = 64
    bag_rows: int = 512
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    draws: int = 10
    seed: int = 0


class PeerNet(nn.Module, ABC):
    """A peer's network.

    Attributes:
        complete: It learns only from patients who have something of every view.
    """

    complete: ClassVar[bool] = True

    def __init__(self, views: Sequence[View], shapes: Shapes, bins: int, config: PeerConfig) -> None:
        super().__init__()
        self.views = tuple(views)

    @property
    def needed(self) -> tuple[View, ...]:
        """Views of which somebody must have something at test."""
        return self.views

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor:
        """(B, S, K) log cumulative hazard per bin in S draws; S is 1 where nothing is drawn."""

    @abstractmethod
    def terms(self, batch: Batch, likelihood: Likelihood, progress: float) -> dict[str, Tensor]:
        """Terms of the loss, weighted: their sum is minimised.

        Args:
            progress: Share of the training that is done, 0 to 1.
        """


class ViewTokens(nn.Module):
    """The tokens of some modalities, one after another.

    A table gives tokens of the whole block and of each of its gene groups, a bag is read by latent queries: the
    inputs are those of `must`, so that rows of a table differ by their methods alone. An absent modality counts as
    the development mean, which is zero after scaling, whatever the batch holds in its place.
    """

    def __init__(self, view: View, shapes: Shapes, config: PeerConfig) -> None:
        super().__init__()
        c = config
        configs = {
            m: TokenConfig(*shapes[m], c.width, c.heads, queries=c.queries, split=c.split, dropout=c.dropout)
            for m in view
        }
        self.encoders = nn.ModuleDict({m: token_encoder(config) for m, config in configs.items()})
        self.norm = nn.LayerNorm(config.width)

    def forward(self, batch: Batch) -> Tensor:
        """(B, T, D)."""
        tokens = []
        for name, encoder in self.encoders.items():
            modality = Modality(name)
            x = batch.inputs[modality]
            here = given(batch, (modality,)).view(-1, *(1 for _ in x.shape[1:]))
            tokens.append(encoder(torch.where(here, x, torch.zeros_like(x)), batch.rows.get(modality))[0])
        return cast(Tensor, self.norm(torch.cat(tokens, dim=1)))


class Tower(nn.Module):
    """One self-attention layer over a class token and tokens."""

    def __init__(self, config: PeerConfig) -> None:
        super().__init__()
        self.cls = nn.Parameter(torch.randn(config.width) / math.sqrt(config.width))
        self.layer = attention_layer(config)

    def forward(self, tokens: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, T, D), with (B, T) True where a token is not to be looked at, to (B, D) class and (B, T, D) tokens."""
        b = len(tokens)
        with_class = torch.cat([self.cls.expand(b, 1, -1), tokens], dim=1)
        mask = None if hidden is None else torch.cat([hidden.new_zeros(b, 1), hidden], dim=1)
        out = self.layer(with_class, src_key_padding_mask=mask)
        return out[:, 0], out[:, 1:]


class HazardHead(nn.Module):
    """A representation to log cumulative hazards; `baseline` starts as the cohort's own hazard."""

    def __init__(self, columns: int, bins: int, config: PeerConfig) -> None:
        super().__init__()
        self.layers = perceptron(columns, config.width, bins, config.dropout)
        self.baseline = nn.Parameter(torch.zeros(bins))

    def forward(self, x: Tensor) -> Tensor:
        """(..., columns) to (..., K)."""
        return self.baseline + cast(Tensor, self.layers(x))


def attention_layer(config: PeerConfig) -> nn.TransformerEncoderLayer:
    """A pre-norm self-attention layer."""
    return nn.TransformerEncoderLayer(
        config.width, config.heads, 2 * config.width, config.dropout, "gelu", batch_first=True, norm_first=True
    )


def perceptron(columns: int, hidden: int, out: int, dropout: float = 0.0) -> nn.Sequential:
    """Two layers."""
    return nn.Sequential(nn.Linear(columns, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, out))


def given(batch: Batch, view: View) -> Tensor:
    """(B,) True where a patient has something of a view."""
    order = list(batch.inputs)
    return batch.present[:, [order.index(m) for m in view]].any(dim=1)
