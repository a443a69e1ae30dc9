"""A plain pre-norm transformer, as in ViT (Dosovitskiy et al. 2021): what encoders and decoder are made of."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional


class Transformer(nn.Module):
    """Some layers and a norm after the last.

    Args:
        inner: Width of the layers' own feed-forward part.
    """

    def __init__(self, width: int, heads: int, layers: int, inner: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        for layer in self.layers:
            x = layer(x)
        return cast(Tensor, self.norm(x))


class Layer(nn.Module):
    """Self-attention and feed-forward, each on the normalised input and added to it."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.query_key_value, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        b, t, d = x.shape
        parts = self.query_key_value(self.before(x)).view(b, t, 3, self.heads, d // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, d))
        return cast(Tensor, x + self.feed(self.between(x)))
