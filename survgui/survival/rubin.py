"""Pooling an estimate over multiple imputations (Rubin 1987, "Multiple Imputation for Nonresponse in Surveys").

With m imputations, each giving an estimate and a variance of it, the pooled estimate is the mean, and its variance
has two sources: what the estimate would vary by with complete data (within), and what the imputations disagree by
(between). Here the estimate is a log cumulative hazard. A network states no variance of its own output, so within
is 0 unless whoever calls knows one: then the total is the imputations' share alone, and no confidence interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Pooled:
    """An estimate pooled over imputations.

    Attributes:
        estimate: Mean over the imputations.
        within: W, mean variance of the estimate within an imputation, in the square of its unit.
        between: B, variance of the estimate over the imputations, with divisor m - 1.
        draws: m, at least 2.
    """

    estimate: float
    within: float
    between: float
    draws: int

    @property
    def total(self) -> float:
        """T = W + (1 + 1/m) B."""
        return self.within + self._missing

    @property
    def fraction_missing_information(self) -> float:
        """lambda = (1 + 1/m) B / T, the share of the variance that is due to what is missing; 0 where T is 0."""
        return self._missing / self.total if self.total > 0.0 else 0.0

    @property
    def degrees_of_freedom(self) -> float:
        """nu = (m - 1) / lambda², Rubin's large-sample form; infinite where nothing is missing."""
        share = self.fraction_missing_information
        return (self.draws - 1) / share**2 if share > 0.0 else math.inf

    def adjusted_degrees_of_freedom(self, complete: float) -> float:
        """For small samples, never above what complete data would have (Barnard and Rubin 1999).

        Args:
            complete: Degrees of freedom with complete data.
        """
        share = self.fraction_missing_information
        observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share)
        large = self.degrees_of_freedom
        return observed if math.isinf(large) else large * observed / (large + observed) if observed > 0.0 else 0.0

    @property
    def _missing(self) -> float:
        return (1.0 + 1.0 / self.draws) * self.between


def pool(estimates: ArrayLike, within: float = 0.0) -> Pooled:
    """Pool one estimate per imputation.

    Args:
        estimates: (m,) such as the log cumulative hazard of each draw.
        within: Mean variance of the estimate with complete data; 0 says that none is known.

    Raises:
        ValueError: Fewer than two estimates, or a negative variance.
    """
    values = np.asarray(estimates, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError("pooling takes at least two imputations")
    if within < 0.0:
        raise ValueError("a variance is not negative")
    return Pooled(float(values.mean()), within, float(values.var(ddof=1)), len(values))


def jackknife_variance(estimates: NDArray[np.float64]) -> float:
    """Within-imputation variance of a model's output: (K - 1) / K * sum_k (estimate_k - their mean)^2, over patients.

    Args:
        estimates: (K, n) output for each of n patients by the model without the k-th of K groups of patients. Source:
            the delete-a-group jackknife (Kott 2001); the mean over patients is our choice, for one number says enough.
    """
    groups = len(estimates)
    return float(np.mean((groups - 1) * np.var(estimates, axis=0)))
