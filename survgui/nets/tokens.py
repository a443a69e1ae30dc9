"""Token encoders, one per kind of input: whatever a modality is, attention sees (B, T, D) tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from survgui.cases.case import Kind


@dataclass(frozen=True, slots=True)
class TokenConfig:
    """Input of one modality.

    Attributes:
        shape: One patient's array without the rows of a bag: (groups, C), (F,), or (C, X, Y, Z).
        queries: Latent queries that read a bag; 16 to 64 keep attention linear in the patches.
        split: Tokens made of a group; a single vector becomes several tokens.
        patch: Side of a volume's patch in voxels.
    """

    kind: Kind
    shape: tuple[int, ...]
    width: int = 64
    heads: int = 4
    queries: int = 16
    split: int = 1
    patch: int = 16
    dropout: float = 0.25


def token_encoder(config: TokenConfig) -> BagTokens | GroupTokens | VolumeTokens:
    """The encoder for a kind of input."""
    if config.kind is Kind.BAG:
        return BagTokens(config)
    if config.kind is Kind.VOLUME:
        return VolumeTokens(config)
    return GroupTokens(config)


class GroupTokens(nn.Module):
    """Feature groups to tokens, each group through its own two layers (SNN of MCAT, MUST figure)."""

    def __init__(self, config: TokenConfig) -> None:
        super().__init__()
        groups, columns = config.shape
        self.split = config.split
        wide = config.width * config.split
        self.first = nn.Parameter(torch.empty(groups, columns, wide))
        self.second = nn.Parameter(torch.empty(groups, wide, wide))
        self.bias = nn.Parameter(torch.zeros(2, groups, wide))
        self.dropout = nn.Dropout(config.dropout)
        for weight in (self.first, self.second):
            nn.init.normal_(weight, std=1.0 / math.sqrt(weight.shape[1]))

    def forward(self, x: Tensor, rows: Tensor | None = None) -> tuple[Tensor, None]:
        """(B, G, C) to (B, G * split, D)."""
        hidden = functional.elu(torch.einsum("bgc,gcd->bgd", self.dropout(x), self.first) + self.bias[0])
        tokens = torch.einsum("bgd,gde->bge", self.dropout(hidden), self.second) + self.bias[1]
        return tokens.reshape(len(x), tokens.shape[1] * self.split, -1), None


class BagTokens(nn.Module):
    """Patches to tokens: learned queries read the bag, at a cost linear in its rows.

    The attention of the queries, averaged, is what the heat map over a slide shows.
    """

    def __init__(self, config: TokenConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.project = nn.Sequential(nn.Linear(config.shape[0], width), nn.ReLU(), nn.Dropout(config.dropout))
        self.queries = nn.Parameter(torch.randn(config.queries, width) / math.sqrt(width))
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, rows: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, N, F) with (B, N) True for real rows to (B, Q, D), and attention (B, N) that sums to 1."""
        b, n, _ = x.shape
        key, value = self.key_value(self.project(x)).chunk(2, dim=-1)  # (B, N, D) each
        split = (b, n, self.heads, -1)
        key, value = key.view(split).transpose(1, 2), value.view(split).transpose(1, 2)  # (B, H, N, d)
        query = self.queries.view(len(self.queries), self.heads, -1).transpose(0, 1)  # (H, Q, d)
        scores = torch.einsum("hqd,bhnd->bhqn", query, key) / math.sqrt(query.shape[-1])
        if rows is not None:
            # An absent bag has no real row: leave its scores alone, its tokens are not read.
            hidden = ~rows & rows.any(dim=1, keepdim=True)
            scores = scores.masked_fill(hidden[:, None, None, :], float("-inf"))
        weights = scores.softmax(dim=-1)
        tokens = torch.einsum("bhqn,bhnd->bqhd", weights, value).reshape(b, len(self.queries), -1)
        return self.queries + self.out(tokens), weights.mean(dim=(1, 2))


class VolumeTokens(nn.Module):
    """A volume to tokens of cubic patches by two strided convolutions, with fixed 3-D sine positions."""

    positions: Tensor

    def __init__(self, config: TokenConfig) -> None:
        super().__init__()
        channels, *size = config.shape
        stem = config.patch // 4
        self.convolve = nn.Sequential(
            nn.Conv3d(channels, 16, kernel_size=4, stride=4),
            nn.GELU(),
            nn.Conv3d(16, config.width, kernel_size=stem, stride=stem),
        )
        grid = tuple(side // config.patch for side in size)
        self.register_buffer("positions", sine_positions(grid, config.width), persistent=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, rows: Tensor | None = None) -> tuple[Tensor, None]:
        """(B, C, X, Y, Z) to (B, T, D)."""
        tokens = self.convolve(x).flatten(2).transpose(1, 2)  # (B, T, D)
        return self.dropout(tokens + self.positions), None


def sine_positions(grid: tuple[int, ...], width: int) -> Tensor:
    """(T, width) fixed sine-cosine codes of a grid's cells, an equal share of the width per axis."""
    axes = torch.meshgrid(*(torch.arange(side, dtype=torch.float32) for side in grid), indexing="ij")
    share = width // (2 * len(grid))
    frequency = 1.0 / (100.0 ** (torch.arange(share) / max(1, share)))
    codes = [f(axis.reshape(-1, 1) * frequency) for axis in axes for f in (torch.sin, torch.cos)]
    code = torch.cat(codes, dim=1)
    return functional.pad(code, (0, width - code.shape[1]))
