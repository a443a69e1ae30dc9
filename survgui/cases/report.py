"""What a patient report says, as plain data: every number that is printed and every array that is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from survgui.cases.audit import Trail
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName, Contribution, Information
from survgui.cases.reconstruction import Imputation, Reconstruction

Vector = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Status = Literal["draft", "final", "amended"]

RESEARCH_USE = "For Research Use Only. Not for use in diagnostic procedures."
"""Stands on every page and in every exported figure (wording of 21 CFR 809.10(c)(2)(i))."""

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """Which report this is, of whom.

    Attributes:
        case: The case's id as it is to be printed; a pseudonym where the caller wants one.
        report: Unique id of this report.
        created: ISO 8601 date and time with zone.
        subject: What is known of the patient, in words: `glioma · age 54 · female`.
        software: Version of survgui.
    """

    case: str
    report: str
    created: str
    subject: str = ""
    site: str = ""
    status: Status = "draft"
    software: str = ""


@dataclass(frozen=True, slots=True)
class SignOff:
    """What a reviewer said; empty fields are printed as lines to fill in."""

    reviewer: str = ""
    role: str = ""
    opinion: Literal["", "agree", "disagree"] = ""
    comment: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Probability of being alive at a time, with the 5th and 95th percentile over imputation draws."""

    months: float
    survival: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class PatientCurve:
    """The case's curve on a fine grid.

    Attributes:
        months: (m,) from 0.
        survival, low, high: (m,) estimate and imputation spread; the three are equal where nothing is imputed.
    """

    months: Vector
    survival: Vector
    low: Vector
    high: Vector


@dataclass(frozen=True, slots=True, eq=False)
class GroupCurve:
    """Kaplan-Meier estimate of one frozen risk group of the development cohort.

    Attributes:
        name: One of `GROUPS`.
        months, survival, low, high: (k,) steps from time 0 and their 95 % interval.
        censored_at: (c,) times at which follow-up ended alive.
        thin_from: First time at which fewer than a tenth of the group are still followed; the curve is drawn
            faint from there (KMunicate).
        ticks: (t,) months of the rows below the plot.
        at_risk: (t,) followed to that time or longer; at 0 all patients of the group.
        deaths_by, censored_by: (t,) counts before each tick, cumulative; with `at_risk` they sum to `patients`.
    """

    name: str
    patients: int
    deaths: int
    months: Vector
    survival: Vector
    low: Vector
    high: Vector
    censored_at: Vector
    thin_from: float
    ticks: Vector
    at_risk: NDArray[np.int64]
    deaths_by: NDArray[np.int64]
    censored_by: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Development patients with similar predictions: what was predicted, what was observed.

    Attributes:
        predicted: Mean cross-validated survival at the horizon.
        observed: Kaplan-Meier survival at the horizon, or None where follow-up does not reach it.
        low, high: 95 % interval of `observed`.
        here: Whether this case falls into the band.
    """

    predicted: float
    observed: float | None
    low: float | None
    high: float | None
    patients: int
    here: bool = False


@dataclass(frozen=True, slots=True)
class InputRow:
    """One modality's line.

    Attributes:
        detail: What was measured, in words.
        digest: SHA-256 of what was read, or empty.
        reason: Why it is unused or unusable, or empty.
        fidelity: Cosine with what its parts recompose to, or None.
        usual: 5th percentile of the fidelity of development patients, or None.
        developed_on: Development patients who had the modality, or None where the bundle does not take it.
    """

    modality: Modality
    state: State
    detail: str = ""
    digest: str = ""
    reason: str = ""
    fidelity: float | None = None
    usual: float | None = None
    developed_on: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One line of the cross-validation: a method on a pattern of available modalities."""

    method: str
    pattern: tuple[str, ...]
    c_index: float | None
    c_index_sd: float | None
    folds: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The bundle's card, as far as it is printed."""

    bundle: BundleName
    method: str
    cohort: str
    patients: int
    deaths: int
    endpoint: str
    origin: str
    simulated: bool
    intended_use: str
    limits: tuple[str, ...]
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """How the numbers were made, enough to make them again."""

    generator: str
    steps: int
    draws: int
    seed: int
    device: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class SlidePicture:
    """A slide at low power, and where the model looked, or what it took.

    Attributes:
        pixels: (h, w, 3) RGB thumbnail of the whole slide.
        extent: Width and height of the slide in level-0 pixels.
        mpp: µm per level-0 pixel, or None where it is not known.
        coords: (N, 2) upper left corners of the patches in level-0 pixels.
        patch: Side of a patch in level-0 pixels.
        ranks: (N,) rank of each patch's attention, 0 to 1; (0,) of tiles that the model took as pixels.
    """

    name: str
    pixels: Pixels
    extent: tuple[int, int]
    mpp: float | None
    coords: NDArray[np.int64]
    patch: float
    ranks: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One patch as the model saw it: (h, w, 3) RGB, its attention rank 0 to 1 if any, its side in µm if known."""

    pixels: Pixels
    rank: float | None
    side_um: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One plane of a volume.

    Attributes:
        pixels: (h, w) grey values.
        letters: What lies to the left, right, top and bottom: R, L, A, P, S or I.
        spacing: Size of a pixel in mm, across and down.
        box: x, y, width and height of the crop the model saw, in pixels of the plane.
    """

    name: str
    pixels: Pixels
    letters: tuple[str, str, str, str]
    spacing: tuple[float, float]
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class MriPicture:
    """Three planes of one sequence, in radiological convention (the patient's right on the left)."""

    sequence: str
    planes: tuple[Plane, ...]


@dataclass(frozen=True, slots=True)
class Gene:
    """A measured feature that stands out: its distance from the development mean in standard deviations."""

    modality: Modality
    name: str
    z: float


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a report may show beyond numbers; all of it optional.

    Attributes:
        imputed: What stands in for modalities that the estimate does without, as data.
        compared: Modalities that were measured, hidden and imputed, as the author of the report asked for.
    """

    slides: tuple[SlidePicture, ...] = ()
    top: tuple[Tile, ...] = ()
    least: tuple[Tile, ...] = ()
    mri: tuple[MriPicture, ...] = ()
    genes: tuple[Gene, ...] = ()
    imputed: tuple[Imputation, ...] = ()
    compared: tuple[Reconstruction, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """Everything that a report prints.

    Attributes:
        at_horizon: The headline number.
        horizons: The same at the usual times that the bundle's curve reaches.
        ticks: (t,) months of the time axis, the first 0.
        restricted_mean: Mean survival up to `restricted_to` months.
        thresholds: Risks that part low | intermediate | high, frozen in the bundle.
        groups: Of the development cohort; a group without patients is left out.
        calibration: Bands of the development cohort by predicted survival, lowest first.
        prediction: The object that `predict --json` writes.
        trail: What was done with the case so far, as the audit log has it; None where there is no log of it.
        statement: What was done so that nobody can tell whose report it is, a sentence each; empty where nothing was.
    """

    identity: Identity
    at_horizon: Horizon
    horizons: tuple[Horizon, ...]
    curve: PatientCurve
    ticks: Vector
    groups: tuple[GroupCurve, ...]
    risk: float
    risk_percentile: float
    risk_group: str
    thresholds: tuple[float, float]
    median_months: float | None
    restricted_mean: float
    restricted_to: float
    base: float
    contributions: tuple[Contribution, ...]
    information: tuple[Information, ...]
    inputs: tuple[InputRow, ...]
    model: ModelFacts
    run: RunFacts
    calibration: tuple[Calibration, ...]
    warnings: tuple[str, ...]
    prediction: Mapping[str, Any]
    pictures: Pictures = field(default_factory=Pictures)
    sign_off: SignOff = field(default_factory=SignOff)
    trail: Trail | None = None
    statement: tuple[str, ...] = ()

    @property
    def imputed(self) -> tuple[Modality, ...]:
        """Modalities whose specific part was drawn, in the order of the inputs.

        One that was given but could not be used is drawn like a missing one; its contribution says so.
        """
        drawn = {c.component for c in self.contributions if c.state is State.IMPUTED}
        rows = self.inputs
        return tuple(row.modality for row in rows if row.state is State.IMPUTED or str(row.modality) in drawn)


def as_json(content: ReportContent) -> dict[str, Any]:
    """The report as JSON: everything printed, and the prediction as `predict --json` writes it."""
    c = content
    return {
        "schema": SCHEMA,
        "notice": RESEARCH_USE,
        "report": _plain(c.identity),
        "result": {
            "at_horizon": _plain(c.at_horizon),
            "horizons": [_plain(h) for h in c.horizons],
            "median_months": c.median_months,
            "restricted_mean_months": c.restricted_mean,
            "restricted_to_months": c.restricted_to,
            "risk": c.risk,
            "risk_percentile": c.risk_percentile,
            "risk_group": c.risk_group,
            "thresholds": list(c.thresholds),
        },
        "inputs": [_plain(row) for row in c.inputs],
        "model": _plain(c.model),
        "run": _plain(c.run),
        "development_groups": [_plain(g) for g in c.groups],
        "calibration": [_plain(band) for band in c.calibration],
        "genes": [_plain(gene) for gene in c.pictures.genes],
        "imputed": [_without_pixels(item) for item in c.pictures.imputed],
        "compared": [_without_pixels(item) for item in c.pictures.compared],
        "warnings": list(c.warnings),
        "sign_off": _plain(c.sign_off),
        "audit": None if c.trail is None else _plain(c.trail),
        "deidentification": list(c.statement),
        "prediction": dict(c.prediction),
    }


def _without_pixels(item: Imputation | Reconstruction) -> dict[str, Any]:
    """What was imputed in numbers: every feature, and how near each picture comes."""
    written = {name: _plain(getattr(item, name)) for name in item.__dataclass_fields__ if name != "images"}
    if isinstance(item, Reconstruction):
        told = ("group", "title", "ssim", "error", "unit")
        written["images"] = [{name: _plain(getattr(image, name)) for name in told} for image in item.images]
    return written


def _plain(value: Any) -> Any:
    """Dataclasses, tuples and arrays as what JSON knows; not a number becomes null."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, np.ndarray):
        return [_plain(v) for v in value.tolist()]
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return str(value) if isinstance(value, Modality | State) else value
