"""The transformer that diffusion and flow have in common: a field over the slots of all modalities.

Each modality has a slot, which holds the clean component where the modality is present and noise where it is
missing. MUST conditions on the shared part and the modality's learned CLS alone; that the present specific
parts are seen too is ours (methods.md 2.7).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

HEADS = 4
"""Attention heads; they share the inner width."""


class Trunk(nn.Module):
    """(B, M, k) slots, the shared part and a time to a field over the slots, zero before anything is learned.

    Args:
        axes: k, coordinates of a specific component (see `Frame`).
        shared: s, coordinates of the shared component.
        inner: Width of the transformer.
        identity: (M, D) the frozen CLS_u of every modality.
    """

    identity: Tensor

    def __init__(self, axes: int, shared: int, inner: int, layers: int, identity: Tensor) -> None:
        super().__init__()
        self.register_buffer("identity", identity.clone())
        self.slot = nn.Linear(axes, inner)
        self.shared = nn.Linear(shared, inner)
        self.cls = nn.Linear(identity.shape[1], inner)
        self.state = nn.Parameter(torch.zeros(2, inner))
        self.time = nn.Sequential(nn.Linear(inner, inner), nn.SiLU(), nn.Linear(inner, inner))
        layer = nn.TransformerEncoderLayer(
            inner, HEADS, 2 * inner, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.out = nn.Linear(inner, axes)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.inner = inner

    def forward(self, slots: Tensor, present: Tensor, shared: Tensor, t: Tensor) -> Tensor:
        """The field, (B, M, k).

        Args:
            slots: (B, M, k) clean where present, noisy where missing.
            present: (B, M) True where the slot is clean.
            shared: (B, s) shared component.
            t: (B,) time, 0 to 1000.
        """
        tokens = self.slot(slots) + self.cls(self.identity) + self.state[present.long()]
        head = torch.stack([self.shared(shared), self.time(time_code(t, self.inner))], dim=1)
        mixed = self.layers(torch.cat([head, tokens], dim=1))
        field: Tensor = self.out(mixed[:, 2:])
        return field


def time_code(t: Tensor, width: int) -> Tensor:
    """(B, width) sine-cosine code of a time between 0 and 1000."""
    frequency = torch.exp(-math.log(10_000.0) * torch.arange(width // 2, device=t.device) / (width // 2))
    angle = t.float()[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=1)
