"""Mean and covariance of a Gaussian from rows of which parts are missing, by expectation and maximisation.

Source: Dempster, Laird and Rubin 1977; Little and Rubin, "Statistical Analysis with Missing Data", section 11.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean (P,) and covariance (P, P), double precision."""

    mean: Tensor
    covariance: Tensor

    def shrunken(self, share: float) -> Moments:
        """Covariances scaled towards zero, variances kept; a share of 0 keeps all, 1 leaves nothing."""
        diagonal = torch.diag(torch.diagonal(self.covariance))
        return Moments(self.mean, (1.0 - share) * self.covariance + share * diagonal)


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """Missing entries given seen ones: mean + gain (seen - its mean), and what is left of the covariance.

    Attributes:
        gain: (missing, seen).
        covariance: (missing, missing).
    """

    gain: Tensor
    covariance: Tensor


def conditional(across: Tensor, seen: Tensor, missing: Tensor) -> Conditional:
    """The Gaussian of missing entries given seen ones.

    Args:
        across: (missing, seen) covariance of one with the other.
        seen: (seen, seen), missing: (missing, missing) covariance of each.
    """
    if not len(seen):
        return Conditional(across, missing)
    factor = safe_cholesky(seen)
    gain = torch.cholesky_solve(across.T, factor).T
    left = missing - gain @ across.T
    return Conditional(gain, (left + left.T) / 2)


def safe_cholesky(covariance: Tensor) -> Tensor:
    """Lower triangular L with L L^T the covariance and as little more on its diagonal as makes it definite.

    Two words on what is shared can be the same to the last digit, and rounding does the rest.
    """
    level = torch.diagonal(covariance).mean().clamp_min(1e-12)
    for share in (1e-9, 1e-7, 1e-5, 1e-3, 1e-1):
        factor, wrong = torch.linalg.cholesky_ex(
            covariance + share * level * torch.eye(len(covariance), dtype=covariance.dtype)
        )
        if not int(wrong):
            found: Tensor = factor
            return found
    raise ValueError("a covariance is far from positive definite")


def fit_moments(
    rows: Tensor, seen: Tensor, *, share: float, iterations: int = 30, start: Moments | None = None
) -> Moments:
    """Maximum likelihood of rows with missing entries, its covariance shrunken on the way.

    With share > 0 every iteration works with the shrunken covariance, which keeps it well conditioned where there
    are fewer rows than columns; what is returned is not shrunken, so that another share can be tried on it.

    Args:
        rows: (n, P); what stands in missing places is not looked at.
        seen: (n, P) True where measured.
        share: See `Moments.shrunken`.
        iterations: At most; complete rows need one.
    """
    x = torch.where(seen, rows, 0.0).double()
    found = start or _available(x, seen)
    patterns, member = torch.unique(seen, dim=0, return_inverse=True)
    for _ in range(1 if bool(seen.all()) else iterations):
        found, before = _step(x, patterns, member, found.shrunken(share)), found
        change = (found.covariance - before.covariance).abs().max()
        if change < 1e-4 * torch.diagonal(found.covariance).max():
            break
    return found


def _available(x: Tensor, seen: Tensor) -> Moments:
    """Mean and variance of each column from the rows that have it; uncorrelated."""
    count = seen.sum(dim=0).clamp_min(1)
    mean = x.sum(dim=0) / count
    variance = (torch.where(seen, x - mean, 0.0) ** 2).sum(dim=0) / count
    return Moments(mean, torch.diag(variance.clamp_min(1e-6)))


def _step(x: Tensor, patterns: Tensor, member: Tensor, now: Moments) -> Moments:
    """One iteration: fill what is missing by its conditional mean, and count what the filling leaves open."""
    filled = x.clone()
    left = torch.zeros_like(now.covariance)
    for number, pattern in enumerate(patterns):
        at = torch.nonzero(member == number).flatten()
        here, gone = torch.nonzero(pattern).flatten(), torch.nonzero(~pattern).flatten()
        if not len(gone):
            continue
        s = now.covariance
        rule = conditional(s[gone][:, here], s[here][:, here], s[gone][:, gone])
        filled[at[:, None], gone] = now.mean[gone] + (x[at[:, None], here] - now.mean[here]) @ rule.gain.T
        left[gone[:, None], gone] += len(at) * rule.covariance
    mean = filled.mean(dim=0)
    centred = filled - mean
    return Moments(mean, (centred.T @ centred + left) / len(x))
