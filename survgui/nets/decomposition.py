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
    """An r-dimensional subspace of R^D, its basis orthonormal by construction (QR), not by a penalty.

    Args:
        learned: Whether the subspace is found in training; if not, it is spanned by the first r axes.
    """

    def __init__(self, width: int, rank: int, *, learned: bool = True) -> None:
        super().__init__()
        if not 0 < rank < width:
            raise ValueError(f"the rank of the shared subspace must lie between 0 and {width}, not {rank}")
        start = torch.linalg.qr(torch.randn(width, rank))[0] if learned else torch.eye(width, rank)
        self.raw = nn.Parameter(start, requires_grad=learned)

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


def pooled_shared(subspace: SharedSubspace, whole: Tensor, present: Tensor, precision: Tensor) -> Tensor:
    """The shared part of whatever is present: the product of the modalities' experts and a standard normal prior.

    P g of a modality is what it alone expects, at precision 1 + p. Multiplied, the prior counts once:
    sum_m (1 + p_m) P g_m / (1 + sum_m p_m), coordinate by coordinate of the subspace. That is
    exact for Gaussian experts of diagonal precision, and an approximation where a precision has more than a diagonal.

    Args:
        whole: (B, M, D) global vectors g.
        present: (B, M) True where the modality is there; a patient without any is at the prior's mean, 0.
        precision: (M, r) p, what each modality knows of each shared coordinate beyond the prior.

    Returns:
        (B, D), inside the subspace.
    """
    basis = subspace.basis
    here = present.unsqueeze(-1).to(whole.dtype)
    natural = (here * (1.0 + precision) * (whole @ basis)).sum(dim=1)  # (B, r)
    pooled: Tensor = natural / (1.0 + (here * precision).sum(dim=1)) @ basis.T
    return pooled
