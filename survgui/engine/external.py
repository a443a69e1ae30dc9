"""External validation: a bundle on a cohort that it was not trained on, as it is and recalibrated to the site.

A correction of two numbers is fitted on the site's own patients (`survival.recalibration`). Figures "after" are of
corrections fitted on the other four of five folds, so that they are honest; the correction of all patients is given
too. It keeps the ranking, so concordance is the same before and after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui.cases.bundle import Bundle
from survgui.cases.case import Modality, State
from survgui.cases.cohort import Cohort, Split
from survgui.cases.prediction import Prediction
from survgui.cases.step import Step, Task
from survgui.engine.calibrating import Forecasted, judged, pooled
from survgui.engine.methods.contract import CannotRun, Forecast, Options, outcome_of
from survgui.engine.methods.cox import cox_on
from survgui.engine.model import OpenModel, open_model
from survgui.engine.predict import Choices, predict_one
from survgui.errors import CohortError
from survgui.nets import device as devices
from survgui.nets.must import PRESETS
from survgui.survival import metrics
from survgui.survival.calibration import risk_at
from survgui.survival.metrics import Followed
from survgui.survival.recalibration import fit_recalibration

LEAST_PATIENTS, LEAST_DEATHS = 20, 5
"""of a group for which figures are given"""
RESAMPLES = 200
FOLDS = 5
REFERENCE = "cox-clinical"

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Site:
    """The cohort's patients whom the bundle could predict, in the cohort's order, and who was left out and why."""

    cohort: Cohort
    forecasts: Forecasted
    trained_on: int
    failures: tuple[dict[str, Any], ...]


def validate(
    cohort: Cohort, bundle: Bundle, *, device: str = "auto", seed: int = 0, include_training: bool = False
) -> Task[dict[str, Any]]:
    """Predict every patient of known outcome with the bundle's default generator, and judge what came true.

    Args:
        include_training: Also those on whom the bundle was trained, which flatters it.

    Returns:
        The object that `evaluate --bundle --json` writes. Patients are named by their number in the cohort alone.

    Raises:
        CohortError: Fewer than 20 patients or 5 deaths are left.
        BundleError, DeviceError: The bundle or the device does not work.
    """
    known = cohort.with_outcome()
    strangers = known if include_training else known.keep(i for i in known.ids if not bundle.manifest.knows(i))
    trained_on = sum(map(bundle.manifest.knows, known.ids))
    _enough(strangers, f"{trained_on} patients of its training set are left out" if len(strangers) < len(known) else "")
    yield Step("predict", 0, len(strangers), "opening the bundle")
    model = open_model(bundle, devices.pick(device))
    site = yield from _forecast(cohort, strangers, model, seed, trained_on)
    f, horizon = site.forecasts, model.fitted.horizon
    after = _crossed(f, horizon)
    groups = _groups(f, after, model, horizon, seed)
    yield Step("compare", 0, FOLDS, REFERENCE)
    reference = yield from _reference(site, horizon)
    everyone = fit_recalibration(f.outcome, f.edges, f.survival, horizon)
    return {
        "cohort": cohort.name,
        "bundle": {"name": bundle.label.name, "version": bundle.label.version, "sha256": bundle.label.sha256},
        "horizon_months": horizon,
        "protocol": _protocol(model, seed),
        "patients": len(f),
        "deaths": int(f.outcome.events.sum()),
        "without_outcome": len(cohort) - len(known),
        "in_training_set": {"patients": trained_on, "excluded": not include_training},
        "failures": list(site.failures),
        "groups": groups,
        "recalibration": {"alpha": everyone.alpha, "beta": everyone.beta},
        "reference": reference,
        "notes": _notes(site, model, include_training),
    }


def _enough(cohort: Cohort, why: str) -> None:
    deaths = int(cohort.events.sum())
    if len(cohort) < LEAST_PATIENTS or deaths < LEAST_DEATHS:
        raise CohortError(
            f"{cohort.name} has {len(cohort)} patients with outcome and {deaths} deaths to validate on"
            f"{f' ({why})' if why else ''}; it takes at least {LEAST_PATIENTS} and {LEAST_DEATHS}"
        )


def _forecast(cohort: Cohort, strangers: Cohort, model: OpenModel, seed: int, trained_on: int) -> Task[_Site]:
    """Predict one patient after the other; who cannot be predicted is a failure with a number and a reason."""
    number = {patient: row for row, patient in enumerate(cohort.ids, 1)}
    found: dict[str, Prediction] = {}
    failures: list[dict[str, Any]] = []
    for done, patient in enumerate(strangers.ids, 1):
        result = predict_one(model, strangers, patient, Choices(seed=seed))
        if isinstance(result, Prediction):
            found[patient] = result
        else:
            failures.append({"number": number[patient], "reason": _unnamed(result.message, patient)})
        yield Step("predict", done, len(strangers))
    kept = replace(strangers.keep(found), splits=())  # folds of its own: a file's need not test everybody
    _enough(kept, f"{len(failures)} could not be predicted" if failures else "")
    measured = tuple(
        frozenset(str(m) for m, state in found[i].states.items() if state is State.MEASURED) for i in kept.ids
    )
    fold_of = {i: split.fold for split in kept.folds(FOLDS) for i in split.test}
    forecasts = Forecasted(
        model.fitted.edges,
        np.stack([found[i].survival for i in kept.ids]),
        outcome_of(kept, kept.ids),
        np.array([fold_of[i] for i in kept.ids]),
        measured,
    )
    return _Site(kept, forecasts, trained_on, tuple(failures))


def _unnamed(message: str, patient: str) -> str:
    """A message without the patient's id, where it is no part of a longer word or number."""
    return re.sub(rf"(?<![^\W_]){re.escape(patient)}(?![^\W_])", "the patient", message)


def _crossed(f: Forecasted, horizon: float) -> Vector:
    """(n, K+1) curves, each corrected by what the other folds say."""
    after = f.survival.copy()
    for fold in range(FOLDS):
        own, others = f.folds == fold, f.rows(f.folds != fold)
        correction = fit_recalibration(others.outcome, others.edges, others.survival, horizon)
        after[own] = correction.curves(f.edges, f.survival[own], horizon)
    return after


def _groups(f: Forecasted, after: Vector, model: OpenModel, horizon: float, seed: int) -> list[dict[str, Any]]:
    """All patients as they are, then each availability pattern that has enough of them, the most frequent first."""
    names = sorted(set(f.measured), key=lambda m: (-f.measured.count(m), sorted(m)))
    rows = [("natural", np.ones(len(f), dtype=bool))]
    rows += [("+".join(sorted(m)), np.array([own == m for own in f.measured])) for m in names]
    made = []
    for name, chosen in rows:
        group = f.rows(chosen)
        if len(group) >= LEAST_PATIENTS and group.outcome.events.sum() >= LEAST_DEATHS:
            made.append({"pattern": name.split("+"), **_figures(group, after[chosen], model, horizon, seed)})
    return made


def _figures(f: Forecasted, after: Vector, model: OpenModel, horizon: float, seed: int) -> dict[str, Any]:
    reference = model.development.reference
    risks = risk_at(f.edges, f.survival, horizon)
    c = metrics.harrell_c(f.outcome, risks)
    found = judged(f, after, horizon)
    for state in ("before", "after"):
        found[state]["cs"] = metrics.cs_score(c, found[state]["ibs"])
    ranking = {
        "c_index": c,
        "c_index_se": _bootstrap(f.outcome, risks, seed),
        "uno_c": metrics.uno_c(Followed(reference.months, reference.events), f.outcome, risks),
    }
    return {"n": found["n"], "deaths": found["deaths"], **ranking, "before": found["before"], "after": found["after"]}


def _bootstrap(outcome: Followed, risks: Vector, seed: int) -> float | None:
    """Standard error of Harrell's C over resamples of the patients.

    A resample counts patient i w_i times: with pairs as matrices, C = w'Aw / w'Bw, and no pair is compared twice.
    """
    months, events = outcome.months, outcome.events
    later = (months[:, None] < months) | ((months[:, None] == months) & ~events)
    comparable = (events[:, None] & later).astype(np.float32)
    right = comparable * ((risks[:, None] > risks) + np.float32(0.5) * (risks[:, None] == risks)).astype(np.float32)
    draw = np.random.default_rng(seed)
    counts = draw.multinomial(len(risks), np.full(len(risks), 1.0 / len(risks)), RESAMPLES).astype(np.float32)
    pairs, won = (np.sum((counts @ matrix) * counts, axis=1) for matrix in (comparable, right))
    return float(np.std(won[pairs > 0] / pairs[pairs > 0], ddof=1)) if np.count_nonzero(pairs) > 1 else None


def _reference(site: _Site, horizon: float) -> Task[dict[str, Any]]:
    """What the site could do by itself: a Cox model of its clinical fields, cross-validated on the same folds."""
    options, parts, pairs = Options(PRESETS["small"]), [], []
    f = site.forecasts
    try:
        for done, split in enumerate(site.cohort.folds(FOLDS), 1):
            fitted = yield from cox_on([Modality.CLINICAL])(site.cohort, split.train, options)
            forecast = fitted.predict(site.cohort, split.test)
            parts.append(_part(site.cohort, split, forecast))
            own = f.rows(f.folds == split.fold)
            bundle = metrics.harrell_c(own.outcome, risk_at(own.edges, own.survival, horizon))
            pairs.append((metrics.harrell_c(parts[-1].outcome, forecast.risks), bundle))
            yield Step("compare", done, FOLDS, REFERENCE)
    except (CannotRun, CohortError, ValueError) as reason:
        return {"method": REFERENCE, "c_index": None, "reason": str(reason)}
    both = np.array([pair for pair in pairs if None not in pair], dtype=float).reshape(-1, 2)
    away = both[:, 1] - both[:, 0]
    judgement = judged(pooled(parts), None, horizon)
    return {
        "method": REFERENCE,
        "c_index": float(both[:, 0].mean()) if len(both) else None,
        "bundle_c_index": float(both[:, 1].mean()) if len(both) else None,
        "difference": float(away.mean()) if len(both) else None,
        "difference_se": float(away.std(ddof=1) / np.sqrt(len(away))) if len(both) > 1 else None,
        "n_folds": len(both),
        **judgement["before"],
        "reason": None if len(both) else "no fold has comparable test patients",
    }


def _part(cohort: Cohort, split: Split, forecast: Forecast) -> Forecasted:
    outcome, n = outcome_of(cohort, split.test), len(split.test)
    folds = np.full(n, split.fold)
    return Forecasted(forecast.edges, forecast.survival, outcome, folds, (frozenset({"clinical"}),) * n)


def _protocol(model: OpenModel, seed: int) -> dict[str, Any]:
    return {
        "generator": model.manifest.generator,
        "draws": Choices().draws,
        "seed": seed,
        "bundle_recalibrated": model.corrections is not None,
        "recalibration": f"two numbers, fitted on the site; after: {FOLDS} folds, stratified by event, seed 0",
        "c_index_se": f"bootstrap, {RESAMPLES} resamples",
        "uno_c": "weights and truncation of the bundle's development cohort",
        "ibs": "between the 10th and 80th percentile of the site's times, weights of the site's censoring",
        "o_e": "deaths until the horizon over the sum of predicted cumulative hazards",
        "slope": "Cox coefficient of the predicted log cumulative hazard at the horizon",
        "ici": "Austin, Harrell, van Klaveren 2020, at the horizon",
    }


def _notes(site: _Site, model: OpenModel, include_training: bool) -> list[str]:
    said = []
    if site.trained_on:
        what = "they are kept: the figures are flattered" if include_training else "they are left out"
        said.append(f"{site.trained_on} patients were in the training set of the bundle; {what}")
    if site.failures:
        numbers = ", ".join(str(failure["number"]) for failure in site.failures)
        said.append(f"{len(site.failures)} patients could not be predicted: number {numbers} of the cohort")
    if not np.any(site.forecasts.outcome.months >= model.fitted.horizon):
        said.append(
            f"nobody was followed for {model.fitted.horizon:.0f} months: there is no calibration curve at the horizon"
        )
    if model.manifest.development.simulated:
        said.append("the bundle was trained on simulated patients: it says nothing of real ones")
    return said


def as_text(result: Mapping[str, Any]) -> str:
    """The result as a table for a terminal."""
    b = result["bundle"]
    lines = [
        f"{result['cohort']}: {b['name']} {b['version']} on {result['patients']} patients, {result['deaths']} deaths",
        f"{'given':<34}{'n':>5}{'deaths':>7}{'C-index':>9}{'± s.e.':>8}{'Uno C':>7}  {'':<13}"
        f"{'IBS':>6}{'CS':>7}{'D-cal p':>9}{'slope':>7}{'O/E':>6}{'ICI':>7}",
    ]
    for group in result["groups"]:
        head = f"{'+'.join(group['pattern']):<34}{group['n']:>5}{group['deaths']:>7}"
        head += f"{_three(group['c_index']):>9}{_three(group['c_index_se']):>8}{_three(group['uno_c']):>7}  "
        lines.append(f"{head}{'as it is':<13}{_columns(group['before'])}")
        lines.append(f"{'':<{len(head)}}{'recalibrated':<13}{_columns(group['after'])}")
    r, correction = result["reference"], result["recalibration"]
    lines.append(
        f"recalibration to all of the site: risk' = {correction['alpha']:.3f} + {correction['beta']:.3f} * risk"
    )
    lines.append(_compared(r))
    return "\n".join([*lines, *(f"note: {note}" for note in result["notes"])])


def to_csv(result: Mapping[str, Any]) -> str:
    """A row for each group, as it is and recalibrated."""
    ranking = ["n", "deaths", "c_index", "c_index_se", "uno_c"]
    figures = ["ibs", "cs", "d_calibration_p", "slope", "slope_se", "observed", "expected", "o_e", "ici"]
    lines = [",".join(["pattern", "recalibrated", *ranking, *figures])]
    for group in result["groups"]:
        for state, word in (("before", "no"), ("after", "yes")):
            values = [*(group[name] for name in ranking), *(group[state][name] for name in figures)]
            lines.append(",".join(["+".join(group["pattern"]), word, *("" if v is None else str(v) for v in values)]))
    return "\n".join(lines) + "\n"


def _columns(state: Mapping[str, Any]) -> str:
    slope, ratio = ("–" if state[name] is None else f"{state[name]:.2f}" for name in ("slope", "o_e"))
    return (
        f"{_three(state['ibs']):>6}{_three(state['cs']):>7}{_three(state['d_calibration_p']):>9}"
        f"{slope:>7}{ratio:>6}{_three(state['ici']):>7}"
    )


def _compared(reference: Mapping[str, Any]) -> str:
    if reference["c_index"] is None:
        return f"{reference['method']} of the site itself: no figure, {reference['reason']}"
    error = "" if reference["difference_se"] is None else f" ± {reference['difference_se']:.3f}"
    return (
        f"{reference['method']} of the site itself, {reference['n_folds']} folds: C-index {reference['c_index']:.3f}; "
        f"the bundle on the same folds {reference['bundle_c_index']:.3f}, {reference['difference']:+.3f}{error}"
    )


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
