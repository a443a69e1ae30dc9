"""Patches: every modality's array cut into tokens of equal size, and put together again without loss.

vector   (B, 1, F)            1-D patches of p features, the last one padded
tiles    (B, K, 3, S, S)      2-D patches of p x p pixels, each tile for itself
volume   (B, C, S, S, S)      3-D patches of p^3 voxels, all channels together
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from survgui.cases.case import Kind


@dataclass(frozen=True, slots=True)
class Patches:
    """How one modality is cut.

    Attributes:
        shape: Of one patient's array: (1, F), (K, 3, S, S) or (C, S, S, S).
        side: Features, pixels or voxels along one side of a patch.
    """

    kind: Kind
    shape: tuple[int, ...]
    side: int

    @property
    def grid(self) -> tuple[int, ...]:
        """Patches along each axis."""
        if self.kind is Kind.TILES:
            return tuple(side // self.side for side in self.shape[2:])
        if self.kind is Kind.VOLUME:
            return tuple(side // self.side for side in self.shape[1:])
        return (math.ceil(self.shape[-1] / self.side),)

    @property
    def count(self) -> int:
        """T, patches of one vector, tile or volume."""
        return math.prod(self.grid)

    @property
    def size(self) -> int:
        """P, values of one patch."""
        if self.kind is Kind.TILES:
            return self.shape[1] * self.side**2
        return self.shape[0] * self.side**3 if self.kind is Kind.VOLUME else self.side

    def cut(self, x: Tensor) -> Tensor:
        """(B, ...) to (B, T, P); of tiles (B, K, 3, S, S) to (B, K, T, P)."""
        if self.kind is Kind.TILES:
            b, k, c = x.shape[:3]
            (h, w), p = self.grid, self.side
            return x.reshape(b, k, c, h, p, w, p).permute(0, 1, 3, 5, 2, 4, 6).reshape(b, k, h * w, c * p * p)
        if self.kind is Kind.VOLUME:
            b, c = x.shape[:2]
            (i, j, k), p = self.grid, self.side
            cut = x.reshape(b, c, i, p, j, p, k, p).permute(0, 2, 4, 6, 1, 3, 5, 7)
            return cut.reshape(b, i * j * k, c * p**3)
        padded = functional.pad(x.flatten(1), (0, self.count * self.side - self.shape[-1]))
        return padded.view(len(x), self.count, self.side)

    def join(self, patches: Tensor) -> Tensor:
        """The inverse of `cut`."""
        if self.kind is Kind.TILES:
            b, k = patches.shape[:2]
            (h, w), p, c = self.grid, self.side, self.shape[1]
            return patches.view(b, k, h, w, c, p, p).permute(0, 1, 4, 2, 5, 3, 6).reshape(b, k, c, h * p, w * p)
        if self.kind is Kind.VOLUME:
            b, c, p = len(patches), self.shape[0], self.side
            i, j, k = self.grid
            joined = patches.view(b, i, j, k, c, p, p, p).permute(0, 4, 1, 5, 2, 6, 3, 7)
            return joined.reshape(b, c, i * p, j * p, k * p)
        return patches.flatten(1)[:, : self.shape[-1]].reshape(len(patches), *self.shape)

    def real(self) -> Tensor:
        """(T, P) 1 for values of the array, 0 for the padding of a vector's last patch."""
        if self.kind in (Kind.TILES, Kind.VOLUME):
            return torch.ones(self.count, self.size)
        flat = torch.arange(self.count * self.side) < self.shape[-1]
        return flat.float().view(self.count, self.side)


def positions(grid: tuple[int, ...], width: int) -> Tensor:
    """(T, width) fixed sine-cosine codes of a grid's cells: an equal share of the width for each axis.

    Two and three axes have codes of their own, as the paper says; its code numbers the flattened cells instead.
    """
    axes = torch.meshgrid(*(torch.arange(side, dtype=torch.float32) for side in grid), indexing="ij")
    share = width // (2 * len(grid))
    frequency = 1.0 / (10000.0 ** (torch.arange(share) / max(1, share)))
    codes = [f(axis.reshape(-1, 1) * frequency) for axis in axes for f in (torch.sin, torch.cos)]
    code = torch.cat(codes, dim=1)
    return functional.pad(code, (0, width - code.shape[1]))
