"""What a bundle says of one case, with everything needed to draw it, explain it and reproduce it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality, State

GROUPS = ("low", "intermediate", "high")
"""Risk groups, cut at the tertiles of the development cohort."""


@dataclass(frozen=True, slots=True)
class BundleName:
    """Which bundle, beyond doubt."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one component adds to the output, compared with the development cohort's mean component.

    Attributes:
        component: `shared`, where a network has such a component, or a modality's name (its own).
        value: Exact Shapley value, in units of the output (log cumulative hazard at the horizon).
        state: Measured or imputed.
        spread: 5th and 95th percentile of the value over the imputation draws, or None.
    """

    component: str
    value: float
    state: State
    spread: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Information:
    """What measuring a missing modality could change, judged by the spread of its imputations.

    Attributes:
        group_change: Share of draws that fall into another risk group than the estimate.
        expected_change: Mean absolute change of the survival probability at the horizon.
    """

    modality: Modality
    group_change: float
    expected_change: float


@dataclass(frozen=True, slots=True)
class Rubin:
    """What the imputations disagree by, of the risk, as Rubin's rules count it; no confidence interval.

    Attributes:
        between: Variance of the risk over the draws.
        within: Variance that the risk would have with everything measured; 0 where the bundle states none.
        total: within + (1 + 1 / draws) between.
        fraction_missing_information: Share of the total that is due to what is missing; None without a `within`,
            where it would be all of it by definition.
    """

    between: float
    within: float
    total: float
    fraction_missing_information: float | None
    draws: int


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Where the model looked in a bag of patches; attention has no sign.

    Attributes:
        weights: (N,) sums to 1.
        coords: (N, 2) upper left corners in level-0 pixels.
        patch: Side of a patch in level-0 pixels.
        slides: Name of the slide file of each patch.
    """

    weights: NDArray[np.float32]
    coords: NDArray[np.int64]
    patch: float
    slides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """The tiles of slides that went into the model as pixels; such a model gives no attention.

    Attributes:
        coords: (K, 2) upper left corners in level-0 pixels.
        side: Of a tile in level-0 pixels; 0 where the slides differ in it.
        slides: Name of the slide file of each tile.
    """

    coords: NDArray[np.int64]
    side: float
    slides: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """One case, predicted.

    Attributes:
        case: The case's id.
        states: State per modality of the bundle, and of what was given beyond it.
        reasons: Why a modality is unused or unusable.
        details: What was measured, in words: `3 120 patches · 0.499 µm/px`.
        digests: SHA-256 of the files that were read, by modality.
        horizon_months: At which output and contributions are stated.
        edges_months: (K+1,) bin edges, the first 0.
        survival: (K+1,) S at the edges, the first 1; hazard constant inside a bin.
        draws: (S, K+1) one curve per imputation draw; S = 1 where nothing is imputed.
        risk: Log of the cumulative hazard at the horizon; higher is worse.
        risk_percentile: Rank among the development cohort's cross-validated risks, 0 to 100.
        risk_group: One of `GROUPS`.
        median_months: None where the curve does not fall to one half.
        base: Output with every component at its development mean.
        fidelity: Cosine of each measured modality's vector with what its parts recompose to.
        information: For each missing modality.
        attention: For each bag that was measured.
        taken: For each modality that was measured and taken as tiles.
        recalibrated: Whether the bundle's recalibration went into curves, risk, base and contributions.
        rubin: Where something was drawn more than once.
    """

    case: str
    bundle: BundleName
    states: Mapping[Modality, State]
    reasons: Mapping[Modality, str]
    details: Mapping[Modality, str]
    digests: Mapping[Modality, str]
    horizon_months: float
    edges_months: NDArray[np.float64]
    survival: NDArray[np.float64]
    draws: NDArray[np.float64]
    risk: float
    risk_percentile: float
    risk_group: str
    median_months: float | None
    base: float
    contributions: tuple[Contribution, ...]
    fidelity: Mapping[Modality, float]
    information: tuple[Information, ...]
    seed: int
    generator: str
    steps: int
    device: str
    seconds: float
    warnings: tuple[str, ...] = ()
    attention: Mapping[Modality, Attention] = field(default_factory=dict)
    taken: Mapping[Modality, Taken] = field(default_factory=dict)
    recalibrated: bool = False
    rubin: Rubin | None = None

    @property
    def imputed(self) -> frozenset[Modality]:
        """Modalities whose own component was drawn, not measured."""
        return frozenset(m for m, state in self.states.items() if state is State.IMPUTED)

    @property
    def spread(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """5th and 95th percentile of the draws at every edge, each (K+1,)."""
        low, high = np.percentile(self.draws, [5, 95], axis=0)
        return low, high


def as_json(prediction: Prediction) -> dict[str, Any]:
    """The object that `predict --json` writes for one case (contracts.md, "Result files")."""
    p = prediction
    low, high = p.spread
    return {
        "case": p.case,
        "bundle": {"name": p.bundle.name, "version": p.bundle.version, "sha256": p.bundle.sha256},
        "modalities": {str(m): str(s) for m, s in p.states.items()},
        "reasons": {str(m): reason for m, reason in p.reasons.items()},
        "details": {str(m): text for m, text in p.details.items()},
        "inputs_sha256": {str(m): digest for m, digest in p.digests.items()},
        "horizon_months": p.horizon_months,
        "edges_months": _numbers(p.edges_months),
        "survival": _numbers(p.survival),
        "spread": {"low": _numbers(low), "high": _numbers(high), "draws": len(p.draws)},
        "risk": p.risk,
        "risk_percentile": p.risk_percentile,
        "risk_group": p.risk_group,
        "median_months": p.median_months,
        "base": p.base,
        "contributions": [_contribution(c) for c in p.contributions],
        "output": p.risk,
        "recalibrated": p.recalibrated,
        **({} if p.rubin is None else {"rubin": asdict(p.rubin)}),
        "fidelity": {str(m): round(value, 6) for m, value in p.fidelity.items()},
        "information": [
            {"modality": str(i.modality), "group_change": i.group_change, "expected_change": i.expected_change}
            for i in p.information
        ],
        "seed": p.seed,
        "generator": p.generator,
        "steps": p.steps,
        "device": p.device,
        "seconds": round(p.seconds, 4),
        "warnings": list(p.warnings),
        "error": None,
    }


_FIGURES = (
    "horizon_months", "edges_months", "survival", "spread", "risk", "risk_percentile", "risk_group", "median_months",
    "base", "output", "recalibrated", "seed", "generator", "steps", "device", "seconds",
)  # fmt: skip


def error_json(case: str, bundle: BundleName, message: str) -> dict[str, Any]:
    """The object for a case that could not be predicted: the keys of `as_json`, no figure, and the reason."""
    return {
        "case": case,
        "bundle": {"name": bundle.name, "version": bundle.version, "sha256": bundle.sha256},
        **{key: {} for key in ("modalities", "reasons", "details", "inputs_sha256", "fidelity")},
        **dict.fromkeys(_FIGURES),
        **{key: [] for key in ("contributions", "information", "warnings")},
        "error": message,
    }


def _contribution(c: Contribution) -> dict[str, Any]:
    spread = None if c.spread is None else {"low": c.spread[0], "high": c.spread[1]}
    return {"component": c.component, "value": c.value, "state": str(c.state), "spread": spread}


def _numbers(values: NDArray[np.float64]) -> list[float]:
    return [float(v) for v in values]
