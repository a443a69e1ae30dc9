"""From a prediction, its bundle's manifest and its development cohort to everything that a report prints."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui import __version__
from survgui.cases.bundle import Manifest
from survgui.cases.case import Modality, State
from survgui.cases.development import Reference
from survgui.cases.prediction import GROUPS, Prediction, as_json
from survgui.cases.report import (
    Calibration,
    GroupCurve,
    Horizon,
    Identity,
    InputRow,
    ModelFacts,
    PatientCurve,
    Pictures,
    ReportContent,
    RunFacts,
    Score,
    SignOff,
    Status,
)
from survgui.survival import calibration
from survgui.survival.curves import kaplan_meier, number_at_risk, restricted_mean, survival_at
from survgui.survival.metrics import Followed

Vector = NDArray[np.float64]

USUAL_MONTHS = (12.0, 24.0, 36.0, 60.0)
LONGEST_AXIS = 60.0
"""A report looks five years ahead, or to its horizon where that lies further"""


def report_content(
    prediction: Prediction,
    manifest: Manifest,
    reference: Reference,
    *,
    pictures: Pictures | None = None,
    sign_off: SignOff | None = None,
    subject: str = "",
    site: str = "",
    status: Status = "draft",
    report_id: str = "",
    created: str = "",
) -> ReportContent:
    """Gather what is printed; nothing is estimated here that the bundle has not frozen.

    Args:
        prediction: The case.
        manifest: Of the bundle that made the prediction.
        reference: The bundle's development cohort.
        pictures: Slides, planes and genes to show.
        subject: What is known of the patient, in words.
        status: draft, final or amended.
        report_id: A new random id if empty.
        created: ISO 8601; now, with the zone, if empty.
    """
    p = prediction
    limit = axis_limit(p.edges_months, p.horizon_months)
    ticks = axis_ticks(limit)
    report_id = report_id or str(uuid.uuid4())
    created = created or datetime.now().astimezone().isoformat(timespec="minutes")
    return ReportContent(
        identity=Identity(p.case, report_id, created, subject, site, status, __version__),
        at_horizon=_horizons(p, [p.horizon_months])[0],
        horizons=_horizons(p, usual_months(p.edges_months, limit)),
        curve=patient_curve(p, limit),
        ticks=ticks,
        groups=group_curves(reference, ticks),
        risk=p.risk,
        risk_percentile=p.risk_percentile,
        risk_group=p.risk_group,
        thresholds=manifest.thresholds,
        median_months=p.median_months,
        restricted_mean=restricted_mean(p.edges_months, p.survival, limit),
        restricted_to=limit,
        base=p.base,
        contributions=p.contributions,
        information=p.information,
        inputs=_inputs(p, manifest, reference),
        model=_model(p, manifest),
        run=RunFacts(p.generator, p.steps, len(p.draws), p.seed, p.device, p.seconds),
        calibration=calibration_bands(reference, p),
        warnings=p.warnings,
        prediction=as_json(p),
        pictures=pictures or Pictures(),
        sign_off=sign_off or SignOff(),
    )


def axis_limit(edges: Vector, horizon: float) -> float:
    """How many months the curve is drawn for: five years, but no further than the bundle's follow-up."""
    return float(min(edges[-1], max(LONGEST_AXIS, horizon)))


def axis_ticks(limit: float) -> Vector:
    """At most seven even ticks from 0, months or years apart as the length asks for."""
    step = next((s for s in (1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0, 120.0) if limit / s <= 6), limit / 5)
    return np.arange(0.0, limit + 1e-9, step)


def usual_months(edges: Vector, limit: float) -> list[float]:
    """The usual horizons that the curve reaches, or the axis' ticks where it reaches fewer than two of them."""
    usual = [m for m in USUAL_MONTHS if m <= edges[-1]]
    return usual if len(usual) > 1 else [float(m) for m in axis_ticks(limit)[1:]][-4:]


def patient_curve(prediction: Prediction, limit: float) -> PatientCurve:
    """The case's curve and its imputation spread, four points a month at least where the curve is short."""
    p = prediction
    inner = p.edges_months[p.edges_months < limit]
    months = np.union1d(np.linspace(0.0, limit, 121), inner)
    low, high = np.percentile(survival_at(p.edges_months, p.draws, months), [5, 95], axis=0)
    return PatientCurve(months, survival_at(p.edges_months, p.survival, months), low, high)


def group_curves(reference: Reference, ticks: Vector) -> tuple[GroupCurve, ...]:
    """Kaplan-Meier of the frozen risk groups, those with patients."""
    group_of = reference.groups()
    found = []
    for name in GROUPS:
        months, events = reference.months[group_of == name], reference.events[group_of == name]
        if len(months):
            found.append(group_curve(name, months, events, ticks))
    return tuple(found)


def group_curve(name: str, months: Vector, events: NDArray[np.bool_], ticks: Vector) -> GroupCurve:
    """Kaplan-Meier of one group with the numbers below its plot.

    Args:
        months: (n,) follow-up, at least one.
        events: (n,) True where the patient died.
        ticks: (t,) months of the rows below the plot.
    """
    curve = kaplan_meier(months, events)
    before = months[None, :] < ticks[:, None]
    return GroupCurve(
        name=name,
        patients=len(months),
        deaths=int(np.count_nonzero(events)),
        months=curve.months,
        survival=curve.survival,
        low=curve.low,
        high=curve.high,
        censored_at=np.unique(months[~events]),
        thin_from=thin_from(months),
        ticks=ticks,
        at_risk=number_at_risk(months, ticks),
        deaths_by=np.count_nonzero(before & events[None, :], axis=1),
        censored_by=np.count_nonzero(before & ~events[None, :], axis=1),
    )


def thin_from(months: Vector) -> float:
    """The follow-up time after which fewer than a tenth of the patients are left."""
    left = len(months) - 1 - np.arange(len(months))
    return float(np.sort(months)[np.argmax(left < len(months) / 10)])


def calibration_bands(reference: Reference, prediction: Prediction) -> tuple[Calibration, ...]:
    """Predicted against observed survival at the horizon, in up to ten bands of equal size.

    Both sides are of the development cohort under cross-validation, so the bands do not flatter.
    """
    horizon = prediction.horizon_months
    bands = calibration.calibration_bands(Followed(reference.months, reference.events), reference.survival, horizon)
    here = float(survival_at(prediction.edges_months, prediction.survival, horizon)[0])
    mine = int(np.searchsorted([band.highest for band in bands[:-1]], here, side="left"))
    return tuple(
        Calibration(band.predicted, band.observed, band.low, band.high, band.patients, i == mine)
        for i, band in enumerate(bands)
    )


def _horizons(p: Prediction, months: Sequence[float]) -> tuple[Horizon, ...]:
    at = np.asarray(months, dtype=float)
    survival = survival_at(p.edges_months, p.survival, at)
    low, high = np.percentile(survival_at(p.edges_months, p.draws, at), [5, 95], axis=0)
    return tuple(
        Horizon(float(m), float(s), float(lo), float(hi)) for m, s, lo, hi in zip(at, survival, low, high, strict=True)
    )


def _inputs(p: Prediction, manifest: Manifest, reference: Reference) -> tuple[InputRow, ...]:
    """One row a modality, those that the bundle takes first, in the bundle's order."""
    order = [*(m for m in manifest.inputs if m in p.states), *(m for m in p.states if m not in manifest.inputs)]
    return tuple(_input(m, p, manifest, reference) for m in order)


def _input(modality: Modality, p: Prediction, manifest: Manifest, reference: Reference) -> InputRow:
    state = p.states[modality]
    taken = manifest.inputs.get(modality)
    measured = state is State.MEASURED
    return InputRow(
        modality=modality,
        state=state,
        detail=p.details.get(modality, ""),
        digest=p.digests.get(modality, ""),
        reason=p.reasons.get(modality, ""),
        fidelity=p.fidelity.get(modality) if measured else None,
        usual=reference.fidelity.get(modality) if measured else None,
        developed_on=taken.patients if taken else None,
    )


def _model(p: Prediction, manifest: Manifest) -> ModelFacts:
    d = manifest.development
    return ModelFacts(
        bundle=p.bundle,
        method=manifest.method,
        cohort=d.cohort,
        patients=d.patients,
        deaths=d.events,
        endpoint=d.endpoint,
        origin=d.origin,
        simulated=d.simulated,
        intended_use=manifest.intended_use,
        limits=manifest.limits,
        scores=tuple(_score(row) for row in manifest.metrics),
    )


def _score(row: Mapping[str, Any]) -> Score:
    return Score(
        method=str(row["method"]),
        pattern=tuple(row.get("pattern", ("natural",))),
        c_index=row.get("c_index"),
        c_index_sd=row.get("c_index_sd"),
        folds=row.get("n_folds"),
        reason=row.get("reason") or "",
    )
