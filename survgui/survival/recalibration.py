"""Correcting predicted curves by what came true, for everybody or per availability pattern."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from survgui.survival.calibration import cumulative_at, risk_at
from survgui.survival.metrics import Followed

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Measured = frozenset[str]
"""The modalities that a model was given of a patient, by name."""

FORM = "log H'(t) = log H(t) + alpha + (beta - 1) log H(horizon), H the cumulative hazard; risk' = alpha + beta * risk"


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal priors about "no correction"; one counts as much as 1 / sd² deaths.

    Our choice; no search over values was made. One was changed once: a model on its own cohort first had `WEAK`, as
    at another site, and was given the narrower `OWN`, for at home there should be little to correct. That was after a
    training had first learned corrections from its cross-validation, along with a new likelihood of the slope.

    Attributes:
        level: Standard deviation of the log ratio of observed to expected deaths at the mean risk.
        slope: Standard deviation of log beta.
    """

    level: float
    slope: float


WEAK = Prior(level=1.0, slope=0.5)
"""at another site, where much may differ: worth one death for the level, four for the slope at risks of deviation 1"""
OWN = Prior(level=0.5, slope=0.25)
"""for a model on its own cohort, where little should: worth four deaths for the level, 16 for the slope"""
NEAR = Prior(level=0.3, slope=0.2)
"""for one pattern on top of what holds for all: worth 11 deaths for the level, 25 for the slope"""

LEAST_EXPECTED = 1e-6
"""deaths that are expected at least: curves that never fall would ask for a level beyond all bounds"""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A correction of curves: log H'(t) = log H(t) + alpha + (beta - 1) log H(horizon).

    So risk' = alpha + beta * risk. Hazards stay proportional to what they were, only their level and their spread over
    patients change (calibration in the large and slope; van Houwelingen 2000, Crowson et al. 2016); the shape of a
    curve over time stays, which log H'(t) = alpha + beta log H(t) would bend. With beta > 0 the ranking stays too.
    """

    alpha: float = 0.0
    beta: float = 1.0

    def risks(self, risks: Vector | np.float64) -> Vector:
        """Corrected risks, any shape."""
        return np.asarray(self.alpha + self.beta * risks)

    def curves(self, edges: Vector, survival: Matrix, horizon: float) -> Matrix:
        """Corrected (..., K+1) curves."""
        if self == Recalibration():
            return survival
        factor = np.exp(self.alpha + (self.beta - 1.0) * risk_at(edges, survival, horizon))
        return np.asarray(survival ** factor[..., None])

    def after(self, first: Recalibration) -> Recalibration:
        """The correction that does `first` and then this one."""
        return Recalibration(self.alpha + self.beta * first.alpha, self.beta * first.beta)


def fit_recalibration(
    test: Followed,
    edges: Vector,
    survival: Matrix,
    horizon: float,
    *,
    weights: Vector | None = None,
    prior: Prior = WEAK,
) -> Recalibration:
    """Fit alpha and beta by maximum penalised likelihood.

    Beta maximises Cox's partial likelihood of the risks over the whole follow-up: every death ranks patients, and a
    baseline that is wrong at late times cannot pass for a slope, as it does in a likelihood of the hazards, for those
    of low risk are followed longest. Alpha then maximises the Poisson likelihood of the deaths until the horizon, where
    the risk is stated: as many are expected by then as were observed, but for the prior.

    Args:
        test: Outcomes of patients whom the model behind the curves had not seen.
        survival: (n, K+1) curves at `edges`.
        weights: (n,) how much each patient counts; 1 where not given.
    """
    if len(test) == 0:
        return Recalibration()
    w = np.ones(len(test)) if weights is None else weights
    risks = risk_at(edges, survival, horizon)
    centre = float(np.average(risks, weights=w))
    beta = _slope(w, test, risks - centre, prior)
    before = cumulative_at(edges, survival, np.minimum(test.months, horizon))
    expected = float(np.sum(w * before * np.exp((beta - 1.0) * (risks - centre))))
    deaths = float(np.sum(w * (test.events & (test.months <= horizon))))
    return Recalibration(_level(deaths, expected, prior) - (beta - 1.0) * centre, beta)


def _slope(w: Vector, test: Followed, away: Vector, prior: Prior) -> float:
    """The mode of beta under hazards proportional to exp(beta * away), ties as Breslow's."""
    order = np.argsort(test.months, kind="stable")
    weight, risk, months, died = w[order], away[order], test.months[order], test.events[order]
    start = np.searchsorted(months, months[died], side="left")  # where each death's risk set begins

    def loss(log_beta: float) -> float:
        score = np.exp(log_beta) * risk
        highest = score.max()
        at_risk = np.cumsum((weight * np.exp(score - highest))[::-1])[::-1]
        partial = np.sum(weight[died] * (score[died] - highest - np.log(at_risk[start])))
        return float(0.5 * (log_beta / prior.slope) ** 2 - partial)

    return float(np.exp(minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded", options={"xatol": 1e-7}).x))


def _level(deaths: float, expected: float, prior: Prior) -> float:
    """The mode of the level: log(deaths / expected), drawn to 0 by the prior."""
    at_least = max(expected, LEAST_EXPECTED)
    return float(brentq(lambda a: deaths - at_least * np.exp(a) - a / prior.level**2, -30.0, 30.0))


@dataclass(frozen=True, slots=True)
class Fit:
    """A correction, and on how many patients and deaths it rests."""

    recalibration: Recalibration
    patients: int
    deaths: int


@dataclass(frozen=True, slots=True)
class Recalibrations:
    """The corrections of a bundle.

    Attributes:
        horizon: Months at which the risk is stated that `beta` multiplies.
        everyone: For a patient whose modalities are like no pattern's.
        patterns: By what was measured.
    """

    horizon: float
    everyone: Fit
    patterns: Mapping[Measured, Fit]

    def of(self, measured: Collection[str]) -> Recalibration:
        """The correction for a patient: of his own pattern, else of the most similar one, else everyone's.

        Similar are patterns with the largest share of common modalities (Jaccard); of equals the one with most deaths.
        """
        given = frozenset(measured)
        if given in self.patterns:
            return self.patterns[given].recalibration
        shares = {pattern: len(given & pattern) / len(given | pattern) for pattern in self.patterns}
        best = max(shares, key=lambda p: (shares[p], self.patterns[p].deaths, sorted(p)), default=None)
        return self.everyone.recalibration if best is None or not shares[best] else self.patterns[best].recalibration

    def curves(self, edges: Vector, survival: Matrix, measured: Sequence[Measured]) -> Matrix:
        """(n, K+1) curves, each corrected as its patient's pattern asks; what a bundle's reference is made of."""
        found = survival.copy()
        for given in set(measured):
            rows = np.array([m == given for m in measured])
            found[rows] = self.of(given).curves(edges, survival[rows], self.horizon)
        return found

    def risks(self, risks: Vector, measured: Sequence[Measured]) -> Vector:
        """(n,) risks, each corrected as its patient's pattern asks."""
        return np.array([self.of(given).risks(risk) for given, risk in zip(measured, risks, strict=True)])

    def content(self) -> dict[str, Any]:
        """Plain values, for the manifest."""
        patterns = [{"modalities": sorted(m), **_plain(self.patterns[m])} for m in sorted(self.patterns, key=sorted)]
        return {"form": FORM, "horizon_months": self.horizon, "everyone": _plain(self.everyone), "patterns": patterns}


def read(content: Mapping[str, Any]) -> Recalibrations | None:
    """The corrections that a manifest's `calibration` holds; None where it holds none.

    Raises:
        KeyError, TypeError, ValueError: It is not what `Recalibrations.content` wrote.
    """
    if not content:
        return None
    patterns = {frozenset(p["modalities"]): _fit(p) for p in content["patterns"]}
    return Recalibrations(float(content["horizon_months"]), _fit(content["everyone"]), patterns)


def _plain(fit: Fit) -> dict[str, Any]:
    return {
        "alpha": fit.recalibration.alpha,
        "beta": fit.recalibration.beta,
        "patients": fit.patients,
        "deaths": fit.deaths,
    }


def _fit(content: Mapping[str, Any]) -> Fit:
    found = Recalibration(float(content["alpha"]), float(content["beta"]))
    if not (np.isfinite(found.alpha) and found.beta > 0):
        raise ValueError(f"beta {found.beta} would turn the ranking round")
    return Fit(found, int(content["patients"]), int(content["deaths"]))
