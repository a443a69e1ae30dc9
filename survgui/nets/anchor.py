"""The closed-form start of a network (`survgui.survival.anchor`), laid into its component vectors.

Of the D numbers of a modality's vectors g and u, the first r span the shared subspace and the rest its
complement; the anchor fills some of each, and what is learned writes into the others alone:

    0 .. R-1          E[z | x_m], shared factors as this modality knows them
    R .. r-1          learned, shared
    r .. r+k-1        principal components of what the factors leave of x_m
    r+k .. D-2        learned, specific
    D-1               what x_m says of the log hazard beyond the shared factors

So the anchor is one linear map of the input, the algebra of MUST holds for it to the letter, a missing part of it
is drawn like every other, and exact contributions say which modality brought how much of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from survgui.survival.anchor.factors import Matrix
from survgui.survival.anchor.hazard import Anchor


class LinearPart(nn.Module):
    """x @ weight + bias, and `room`, which is 1 where the learned part of a vector may write."""

    weight: Tensor
    bias: Tensor
    room: Tensor

    def __init__(self, columns: int, width: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(columns, width))
        self.register_buffer("bias", torch.zeros(width))
        self.register_buffer("room", torch.ones(width))

    def forward(self, row: Tensor) -> Tensor:
        """(B, C) to (B, D)."""
        mapped: Tensor = row @ self.weight + self.bias
        return mapped

    @torch.no_grad()
    def fill(self, weight: Matrix, bias: Matrix, rank: int, factors: int) -> None:
        """Take the anchor's map: (C, D), (D,); `rank` numbers are shared, the first `factors` of them the anchor's."""
        self.weight.copy_(torch.from_numpy(weight))
        self.bias.copy_(torch.from_numpy(bias))
        self.room.copy_(_room(weight, rank, factors))


def mean_row(x: Tensor, rows: Tensor | None) -> Tensor:
    """(B, C) the row that an anchor reads: all features together of groups, which come first; a bag's mean row."""
    if rows is None:
        return x[:, 0]
    real = rows.unsqueeze(-1).to(x.dtype)
    mean: Tensor = (x * real).sum(dim=1) / real.sum(dim=1).clamp_min(1.0)
    return mean


def layout(anchor: Anchor, width: int, rank: int) -> dict[str, tuple[Matrix, Matrix]]:
    """Per modality the map (C, D) and bias (D,) that lay an anchor out as the module's docstring says."""
    gamma, shares = shared_slope(anchor), shared_weights(anchor)
    maps = {}
    for m, view in anchor.views.items():
        factors = len(view.precision)
        own = view.reading / (1.0 + view.precision)  # (C, R): (x - mean) @ own = E[z | x_m]
        left = anchor.axes[m] - own @ (view.loading.T @ anchor.axes[m])  # (C, k)
        weight = torch.zeros(len(view.mean), width, dtype=torch.float64).numpy()
        weight[:, :factors] = own
        kept = min(left.shape[1], width - 1 - rank)
        weight[:, rank : rank + kept] = left[:, :kept]
        weight[:, -1] = anchor.linear[m] - own @ (gamma * shares[m])
        bias = -view.mean @ weight
        bias[-1] += view.mean @ anchor.linear[m]
        maps[str(m)] = weight, bias
    return maps


def shared_slope(anchor: Anchor) -> Matrix:
    """gamma (R,): what one unit of each shared factor means for T through all modalities, sum_m A_m^T beta_m."""
    total: Matrix = sum(view.loading.T @ anchor.linear[m] for m, view in anchor.views.items())  # type: ignore[assignment]
    return total


def shared_weights(anchor: Anchor) -> dict[str, Matrix]:
    """Per modality (R,) its share of the pooled factors of a patient who has everything."""
    total = 1.0 + sum(view.precision for view in anchor.views.values())
    return {m: (1.0 + view.precision) / total for m, view in anchor.views.items()}


def _room(weight: Matrix, rank: int, factors: int) -> Tensor:
    room = torch.ones(weight.shape[1])
    room[:factors] = 0.0
    room[-1] = 0.0
    room[rank:] *= torch.from_numpy((abs(weight[:, rank:]).sum(axis=0) == 0.0).astype("float32"))
    return room
