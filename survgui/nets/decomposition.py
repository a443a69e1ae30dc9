"""The algebra of MUST: a subspace that all modalities share, and what each has of its own.

With B (D, r) orthonormal, P = B B^T is an exact projector, and a modality's global vector splits into

    g = (I - P) u + P c        specific part u, shared part c                    (MUST, "decomposition")

Then P g = P c whatever u is: the shared part of a patient is the projection of any modality that is
there (methods.md 2.3, identity A), and <(I - P) u, P c> = 0 always (identity B).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SharedSubspace(nn.Module):
    """A learned r-dimensional subspace of R^D, its basis orthonormal by construction (QR), not by a penalty."""

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        if not 0 < rank < width:
            raise ValueError(f"the rank of the shared subspace must lie between 0 and {width}, not {rank}")
        self.raw = nn.Parameter(torch.linalg.qr(torch.randn(width, rank))[0])

    @property
    def basis(self) -> Tensor:
        """B, (D, r) with B^T B = I."""
        q, r = torch.linalg.qr(self.raw)
        # QR leaves the signs open; without this a small change of `raw` could flip a column.
        basis: Tensor = q * torch.sign(torch.diagonal(r))
        return basis

    def shared(self, x: Tensor) -> Tensor:
        """P x, for x of (..., D)."""
        basis = self.basis
        return (x @ basis) @ basis.T

    def specific(self, x: Tensor) -> Tensor:
        """(I - P) x, for x of (..., D)."""
        return x - self.shared(x)

    def recompose(self, u: Tensor, c: Tensor) -> Tensor:
        """(I - P) u + P c."""
        return self.specific(u) + self.shared(c)


def pooled_shared(subspace: SharedSubspace, whole: Tensor, present: Tensor, log_precision: Tensor) -> Tensor:
    """The shared part of whatever is present: precision-weighted mean of P g (product of experts).

    Args:
        whole: (B, M, D) global vectors g.
        present: (B, M) True where the modality is there; at least one per patient.
        log_precision: (M,) learned log precision of each modality's word on what is shared.

    Returns:
        (B, D), inside the subspace.
    """
    weights = (log_precision.exp() * present).unsqueeze(-1)  # (B, M, 1)
    mean = (weights * whole).sum(dim=1) / weights.sum(dim=1).clamp_min(1e-8)
    return subspace.shared(mean)
