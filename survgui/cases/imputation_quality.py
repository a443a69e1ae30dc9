"""How well a bundle's network reconstructs modalities that it is not shown, measured on held-out patients.

The rows are those of `Manifest.training["reconstruction"]`, the tables of features those of `reconstruction_features`;
a manifest from elsewhere may hold anything under these names, so whatever is not understood is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from survgui.cases.case import Modality

Pattern = tuple[str, ...]
Beside = Literal["better", "level", "worse"]
OTHERS: Pattern = ("others",)
"""everything else that a patient has is shown"""
HALF: Pattern = ("half",)
"""half of the modality's own patches are masked, and everything else is shown"""
SHOWN = {OTHERS: "all others", HALF: "all others, half of its own patches"}
"""What was shown, as it is read."""
LEAST_SPREAD, LEAST_GAIN = 0.1, 0.01
"""Below either, a reconstruction is said to have collapsed to the mean (our choice).

A conditional mean that explains a share R² of the variance between patients varies by sqrt(R²) of their s.d., so both
ask the same of it: that it explain at least one hundredth. The spread alone finds a network that says the same of
everybody, the error alone one whose reconstructions vary without telling anything."""
LEVEL = 0.01
"""Errors, relative to the mean's, that differ by less are called level (our choice): a hundredth of the variance."""


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One modality, reconstructed from what was shown.

    Errors are on the scale of the network's input: variance of the development cohort for features, pixels from -1 to
    1, z-scores of voxels. Of `HALF` they are of the masked patches alone.

    Attributes:
        pattern: Modalities that were shown, or `OTHERS`, or `HALF`.
        n: Held-out patients.
        mse, mean_mse, ridge_mse: Mean squared error of the reconstruction, of the training patients' mean, and of ridge
            regression from the same modalities; lower is better.
        correlation, correlation_low, correlation_high: Pearson over patients of each feature: median, 5th and 95th
            percentile over the features; None of pictures.
        ssim, mean_ssim: Structural similarity of pictures, and that of the training patients' mean picture; 1 is best.
        spread_ratio: S.d. between patients of the reconstruction, over that of what was measured.
        coverage: Share of values within the 90 % interval of the draws, estimated with a correction for their finite
            number; nominally 0.9; None of a single draw.
        collapsed: See `collapsed`.
    """

    modality: Modality
    pattern: Pattern
    n: int
    mse: float
    mean_mse: float
    ridge_mse: float | None = None
    correlation: float | None = None
    correlation_low: float | None = None
    correlation_high: float | None = None
    ssim: float | None = None
    mean_ssim: float | None = None
    spread_ratio: float | None = None
    coverage: float | None = None
    collapsed: bool = False

    @property
    def gain(self) -> float:
        """1 - mse / mean_mse: 1 is perfect, 0 the training patients' mean, less is worse than that."""
        return _gain(self.mse, self.mean_mse)

    @property
    def ridge_gain(self) -> float | None:
        """The same of ridge regression."""
        return None if self.ridge_mse is None else _gain(self.ridge_mse, self.mean_mse)

    @property
    def beats_mean(self) -> bool:
        """Whether it is better than the mean by `LEVEL`; what has collapsed to it is not."""
        return not self.collapsed and self.gain >= LEVEL

    @property
    def beside_ridge(self) -> Beside | None:
        """Whether it is better or worse than ridge regression by `LEVEL`; None where there is none."""
        if self.ridge_gain is None:
            return None
        ahead = self.gain - self.ridge_gain
        if abs(ahead) < LEVEL:
            return "level"
        return "better" if ahead > 0.0 else "worse"

    def stored(self) -> dict[str, Any]:
        """As a manifest keeps it, numbers rounded."""
        row = {**asdict(self), "modality": str(self.modality), "pattern": list(self.pattern)}
        return {name: round(value, 5) if isinstance(value, float) else value for name, value in row.items()}


@dataclass(frozen=True, slots=True)
class Feature:
    """One gene, probe or other feature, reconstructed from everything else that a patient has.

    Attributes:
        correlation: Pearson over held-out patients.
        mse: In development variance.
    """

    name: str
    correlation: float
    mse: float


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Features of one modality by how well they are reconstructed.

    Attributes:
        n: Held-out patients.
        features: Of how many the deciles are.
        deciles: (11,) of the features' correlations, least to greatest.
        best, worst: By correlation; the best first, the worst first.
    """

    modality: Modality
    n: int
    features: int
    deciles: tuple[float, ...]
    best: tuple[Feature, ...]
    worst: tuple[Feature, ...]

    def stored(self) -> dict[str, Any]:
        """As a manifest keeps it under the modality's name, numbers rounded."""
        told = {"best": self.best, "worst": self.worst}
        rows = {key: [[f.name, round(f.correlation, 4), round(f.mse, 4)] for f in some] for key, some in told.items()}
        return {"n": self.n, "features": self.features, "deciles": [round(d, 4) for d in self.deciles], **rows}


def collapsed(mse: float, mean_mse: float, spread_ratio: float | None) -> bool:
    """Whether a reconstruction hardly differs from the mean: in what it varies by, or in what that is worth."""
    return mse >= (1.0 - LEAST_GAIN) * mean_mse or (spread_ratio is not None and spread_ratio < LEAST_SPREAD)


def quality_rows(training: Mapping[str, Any]) -> tuple[QualityRow, ...]:
    """The rows of a manifest's `training`."""
    stored = training.get("reconstruction", ())
    found = (_row(row) for row in stored if isinstance(row, Mapping)) if isinstance(stored, list | tuple) else ()
    return tuple(row for row in found if row is not None)


def feature_tables(training: Mapping[str, Any]) -> dict[Modality, FeatureTable]:
    """The tables of features of a manifest's `training`."""
    stored = training.get("reconstruction_features", {})
    found = {}
    for name, table in stored.items() if isinstance(stored, Mapping) else ():
        try:
            found[Modality(name)] = FeatureTable(
                Modality(name), int(table["n"]), int(table["features"]),
                tuple(float(d) for d in table["deciles"]), _features(table["best"]), _features(table["worst"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            continue
    return found


def main_rows(rows: Iterable[QualityRow], pattern: Pattern = OTHERS) -> dict[Modality, QualityRow]:
    """The rows of one pattern, by modality."""
    return {row.modality: row for row in rows if row.pattern == pattern}


def _row(stored: Mapping[str, Any]) -> QualityRow | None:
    names = [name for name in QualityRow.__dataclass_fields__ if name not in ("modality", "pattern", "n", "collapsed")]
    try:
        numbers = {name: _number(stored.get(name)) for name in names}
        mse, mean_mse = numbers.pop("mse"), numbers.pop("mean_mse")
        if mse is None or mean_mse is None or not stored["pattern"]:
            return None
        pattern = tuple(str(name) for name in stored["pattern"])
        flat = bool(stored.get("collapsed"))
        return QualityRow(
            Modality(stored["modality"]), pattern, int(stored["n"]), mse, mean_mse, **numbers, collapsed=flat
        )
    except (KeyError, TypeError, ValueError):
        return None


def _features(rows: Iterable[Any]) -> tuple[Feature, ...]:
    return tuple(Feature(str(name), float(correlation), float(mse)) for name, correlation, mse in rows)


def _number(value: object) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]


def _gain(mse: float, mean_mse: float) -> float:
    return 1.0 - mse / mean_mse if mean_mse > 0.0 else 0.0
