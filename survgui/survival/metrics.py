"""How good risks and curves are on patients that the model has not seen.

Every score says its direction. Risks: higher is worse. Curves: (n, m) probabilities of being alive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from sksurv.metrics import concordance_index_censored, concordance_index_ipcw, integrated_brier_score
from sksurv.util import Surv

from survgui.survival.curves import survival_at

Vector = NDArray[np.float64]
Events = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Outcomes of a group of patients: (n,) months and (n,) events."""

    months: Vector
    events: Events

    def __len__(self) -> int:
        return len(self.months)

    @property
    def array(self) -> NDArray[np.void]:
        """The structured array that scikit-survival takes."""
        return np.asarray(Surv.from_arrays(self.events, self.months))


def harrell_c(test: Followed, risks: Vector) -> float | None:
    """Harrell's concordance: share of comparable pairs whose order of death the risks give; 1 is best.

    None where no pair is comparable.
    """
    if not _comparable(test):
        return None
    return float(concordance_index_censored(test.events, test.months, risks)[0])


def uno_c(train: Followed, test: Followed, risks: Vector) -> float | None:
    """Uno's concordance, weighted for censoring, truncated at the 75th percentile of the training deaths.

    Untruncated, the weights of late deaths explode. None where it is not defined: no deaths, or test
    times beyond the training follow-up leave no weight.
    """
    if not np.any(train.events) or not _comparable(test):
        return None
    tau = float(np.quantile(train.months[train.events], 0.75))
    within = test.months <= train.months.max()
    if not np.any(test.events & within & (test.months < tau)):
        return None
    part = Followed(test.months[within], test.events[within])
    try:
        return float(concordance_index_ipcw(train.array, part.array, risks[within], tau=tau)[0])
    except ValueError:  # the censoring distribution reaches zero inside the test times
        return None


def integrated_brier(train: Followed, test: Followed, edges: Vector, survival: Vector) -> float | None:
    """Integrated Brier score of the curves between the 10th and 80th percentile of test times; 0 is best.

    Args:
        edges: (K+1,) bin edges of the curves, months.
        survival: (n, K+1) curves of the test patients.

    Returns:
        None where fewer than two distinct interior times exist or the censoring weights are not defined.
    """
    within = test.months < train.months.max()
    if within.sum() < 2 or not np.any(test.events & within):
        return None
    part = Followed(test.months[within], test.events[within])
    low, high = np.quantile(part.months, [0.1, 0.8])
    high = min(high, float(train.months.max()) * 0.999)
    if not high > low:
        return None
    grid = np.linspace(low, high * 0.999, 50)
    try:
        curves = survival_at(edges, survival[within], grid)
        return float(integrated_brier_score(train.array, part.array, curves, grid))
    except ValueError:
        return None


def cs_score(c_index: float | None, brier: float | None) -> float | None:
    """CS = (C + (1 - IBS)) / 2, in continuous time (DRIM, impuTMAE); higher is better."""
    return None if c_index is None or brier is None else (c_index + 1.0 - brier) / 2.0


def d_calibration_p(test: Followed, edges: Vector, survival: Vector, bins: int = 10) -> float | None:
    """P-value of D-calibration (Haider et al. 2020): under a calibrated model S(t) at death is uniform.

    A censored patient with S(c) counts into every bin below S(c) in proportion. Small values speak
    against calibration. None with fewer than `bins` patients.
    """
    n = len(test)
    if n < bins:
        return None
    at = np.array([survival_at(edges, curve, t)[0] for curve, t in zip(survival, test.months, strict=True)])
    counts = np.zeros(bins)
    borders = np.linspace(0.0, 1.0, bins + 1)
    for s, died in zip(at, test.events, strict=True):
        own = min(int(s * bins), bins - 1)
        if died:
            counts[own] += 1.0
        elif s > 0:
            counts[own] += (s - borders[own]) / s
            counts[:own] += 1.0 / (bins * s)
    statistic = float(np.sum((counts - n / bins) ** 2) / (n / bins))
    return float(chi2.sf(statistic, bins - 1))


def _comparable(test: Followed) -> bool:
    """Whether any pair has a known order: someone died before someone else's follow-up ended."""
    if not np.any(test.events):
        return False
    return bool(np.min(test.months[test.events]) < np.max(test.months))
