"""Recalibration per availability pattern, learned from cross-validated forecasts and kept in the bundle's manifest.

What is fitted is two numbers a pattern (`survival.recalibration.Recalibration`), in two levels: one correction for
everybody, then one for each pattern on top of it, held near it by a fixed prior, so that a pattern with few deaths
borrows from all. Forecasts are of models that had not seen the patient; the figures "after" are of corrections that
had not seen him either: they are fitted on the other folds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Task
from survgui.engine.evaluation.protocol import Pattern, Said, judge
from survgui.engine.methods.contract import Model
from survgui.survival.calibration import calibration_bands, calibration_figures, risk_at, smooth_observed
from survgui.survival.curves import survival_at
from survgui.survival.metrics import Followed
from survgui.survival.recalibration import NEAR, OWN, Fit, Measured, Recalibration, Recalibrations, fit_recalibration

SMOOTH_POINTS = 21


@dataclass(frozen=True, slots=True, eq=False)
class Forecasted:
    """Patients forecast by models that had not seen them.

    Attributes:
        edges: (K+1,) months, common to all folds.
        survival: (n, K+1).
        outcome: Of the n patients.
        folds: (n,) number of the fold in which each was tested.
        measured: n sets of what the model used of each, by modality name: what could not be used was not measured.
    """

    edges: NDArray[np.float64]
    survival: NDArray[np.float64]
    outcome: Followed
    folds: NDArray[np.int64]
    measured: tuple[Measured, ...]

    def __len__(self) -> int:
        return len(self.folds)

    def rows(self, chosen: NDArray[np.bool_]) -> Forecasted:
        """Only some of the patients."""
        outcome = Followed(self.outcome.months[chosen], self.outcome.events[chosen])
        measured = tuple(m for m, keep in zip(self.measured, chosen, strict=True) if keep)
        return Forecasted(self.edges, self.survival[chosen], outcome, self.folds[chosen], measured)


def pooled(parts: Sequence[Forecasted]) -> Forecasted:
    """All folds in one. Each has edges of its own; on the edges of all, its curves are the same curves."""
    edges = np.unique(np.concatenate([part.edges for part in parts]))
    return Forecasted(
        edges,
        np.concatenate([survival_at(part.edges, part.survival, edges) for part in parts]),
        Followed(
            np.concatenate([part.outcome.months for part in parts]),
            np.concatenate([part.outcome.events for part in parts]),
        ),
        np.concatenate([part.folds for part in parts]),
        tuple(measured for part in parts for measured in part.measured),
    )


def recalibrations(forecasts: Mapping[Pattern, Forecasted], horizon: float) -> Recalibrations:
    """Fit the corrections on cross-validated forecasts.

    Args:
        forecasts: By pattern of contracts.md (`natural`, `complete`, modalities). All of them make everyone's
            correction, weighted so that they count as much as one; a pattern that shows the same of everybody has a
            correction of its own, from those of whom all that it shows could be used.
    """
    full = [f for f in forecasts.values() if len(f)]
    everyone = _everyone(full, horizon)
    patterns: dict[Measured, Fit] = {}
    for name, given in forecasts.items():
        shown = frozenset[str]().union(*given.measured)
        f = given.rows(np.array([m == shown for m in given.measured], dtype=bool))
        if shown and len(f) and (len(f) == len(given) or name != ("natural",)):
            first = everyone.recalibration
            survival = first.curves(f.edges, f.survival, horizon)
            own = fit_recalibration(f.outcome, f.edges, survival, horizon, prior=NEAR)
            patterns[shown] = Fit(own.after(first), len(f), int(f.outcome.events.sum()))
    return Recalibrations(horizon, everyone, patterns)


def calibration(forecasts: Mapping[Pattern, Forecasted], horizon: float) -> tuple[Recalibrations, dict[str, Any]]:
    """Fit the corrections, and judge them by cross-validation.

    Returns:
        The corrections, and what the manifest keeps as `calibration`: they, and `figures`, for each pattern before
        and after, those of `principal` patterns with the calibration curves at the horizon, which would make a
        manifest of 63 patterns large. "after" is None where there are no two folds.
    """
    found = recalibrations(forecasts, horizon)
    after = _crossed(forecasts, horizon)
    drawn = principal(forecasts)
    figures = [
        {"pattern": list(name), **judged(f, after[name] if after else None, horizon, curves=name in drawn)}
        for name, f in forecasts.items()
        if len(f)
    ]
    kept = _where_better(found, figures)
    return kept, {**kept.content(), "figures": figures}


def _where_better(found: Recalibrations, figures: Sequence[Mapping[str, Any]]) -> Recalibrations:
    """Only the corrections that lower the integrated Brier score of cross-validated curves; the others do nothing.

    A model that is calibrated already can only lose by two more fitted numbers. Everyone's is judged by what patients
    naturally have. Our choice.
    """
    better = {tuple(f["pattern"]): _gains(f) for f in figures}
    patterns = {
        given: fit if better.get(tuple(sorted(given)), True) else replace(fit, recalibration=Recalibration())
        for given, fit in found.patterns.items()
    }
    everyone = found.everyone
    if not better.get(("natural",), True):
        everyone = replace(everyone, recalibration=Recalibration())
    return replace(found, everyone=everyone, patterns=patterns)


def _gains(figure: Mapping[str, Any]) -> bool:
    """Whether the score before is higher than after, as far as both are known."""
    after = figure["after"] or {}
    before, then = figure["before"].get("ibs"), after.get("ibs")
    return before is None or then is None or bool(then < before)


def principal(patterns: Collection[Pattern]) -> set[Pattern]:
    """Natural, complete, one modality alone, at most one missing."""
    most = max(map(len, patterns), default=0)
    return {p for p in patterns if p == ("complete",) or len(p) == 1 or len(p) >= most - 1}


def judged(f: Forecasted, after: NDArray[np.float64] | None, horizon: float, *, curves: bool = True) -> dict[str, Any]:
    """Figures and curves of calibration before and after a correction.

    Returns:
        `n`, `deaths`, and `before` and `after`, each with `calibration_figures`, `bands` and `smooth`, (x, y) points;
        these two empty without `curves`.
    """
    return {
        "n": len(f),
        "deaths": int(f.outcome.events.sum()),
        "before": _state(f, f.survival, horizon, curves),
        "after": None if after is None else _state(f, after, horizon, curves),
    }


def listening(
    cohort: Cohort,
    model: Model,
    method: str,
    split: Split,
    patterns: Sequence[Pattern],
    seed: int,
    fitting: float,
) -> Task[tuple[dict[str, Any], dict[str, NDArray[np.generic]]]]:
    """`judge` a fold, and keep what the model said under the patterns that have a row.

    Returns:
        The cell of `judge`, and arrays for a file, which `heard` reads: edges, curves, row in the cohort and, of a
        method that says it, which of the cohort's modalities were used.
    """
    said: Said = {}
    cell = yield from judge(cohort, model, method, split, patterns, seed, fitting, said)
    place = {patient: row for row, patient in enumerate(cohort.ids)}
    arrays: dict[str, NDArray[np.generic]] = {}
    for pattern, (ids, forecast) in said.items():
        name = "+".join(pattern)
        arrays[f"{name}.edges"], arrays[f"{name}.curves"] = forecast.edges, forecast.survival
        arrays[f"{name}.rows"] = np.array([place[i] for i in ids], dtype=np.int64)
        if forecast.measured:
            arrays[f"{name}.measured"] = np.array([[m in used for m in cohort.blocks] for used in forecast.measured])
    return cell, arrays


def heard(
    cohort: Cohort, folds: Mapping[int, Mapping[str, NDArray[Any]]], modalities: Collection[str]
) -> dict[Pattern, Forecasted]:
    """The forecasts of all folds by pattern.

    Args:
        folds: The arrays of `listening` by number of the fold.
        modalities: What the bundle takes: a patient's other modalities are not part of his pattern.
    """
    parts: dict[Pattern, list[Forecasted]] = {}
    for fold, arrays in folds.items():
        for name in [key.removesuffix(".curves") for key in arrays if key.endswith(".curves")]:
            rows = arrays[f"{name}.rows"].astype(int)
            outcome = Followed(cohort.months[rows], cohort.events[rows])
            used = arrays.get(f"{name}.measured")
            found = [_given(cohort, cohort.ids[row], name) for row in rows] if used is None else _used(cohort, used)
            measured = tuple(m & frozenset(modalities) for m in found)
            edges, curves = arrays[f"{name}.edges"].astype(float), arrays[f"{name}.curves"].astype(float)
            part = Forecasted(edges, curves, outcome, np.full(len(rows), fold), measured)
            parts.setdefault(tuple(name.split("+")), []).append(part)
    # the order of a file's arrays is nobody's promise, and sums depend on it in their last bit
    return {pattern: pooled(parts[pattern]) for pattern in sorted(parts, key=_place)}


def as_markdown(content: Mapping[str, Any]) -> str:
    """What a manifest's `calibration` holds, for the model card."""
    lines = [
        f"At {content['horizon_months']:.0f} months, cross-validated, before → after recalibrating for what was "
        "measured; after: each fold by what the other folds say. Slope and O/E are best at 1, ICI (mean error of the "
        "probability) and IBS at 0; a small p of D-calibration speaks against calibration. A correction is applied "
        "only where it lowers the IBS. "
        f"{content['form']}.",
        "",
        "| given | patients | deaths | slope | O/E | ICI | IBS | D-calibration p |",
        "|---|---|---|---|---|---|---|---|",
    ]
    columns = (("slope", 2), ("o_e", 2), ("ici", 3), ("ibs", 3), ("d_calibration_p", 2))
    shown = principal([tuple(row["pattern"]) for row in content["figures"]])
    for row in (row for row in content["figures"] if tuple(row["pattern"]) in shown):
        cells = [_arrow(row["before"][name], (row["after"] or {}).get(name), digits) for name, digits in columns]
        lines.append(f"| {' + '.join(row['pattern'])} | {row['n']} | {row['deaths']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _arrow(before: float | None, after: float | None, digits: int) -> str:
    return " → ".join("–" if value is None else f"{value:.{digits}f}" for value in (before, after))


def _place(pattern: Pattern) -> tuple[bool, bool, int, Pattern]:
    """Natural first, then complete, then by how much is given."""
    return pattern != ("natural",), pattern != ("complete",), -len(pattern), pattern


def _used(cohort: Cohort, used: NDArray[np.bool_]) -> list[Measured]:
    """n sets from an (n, M) table in the order of the cohort's modalities."""
    return [frozenset(str(m) for m, here in zip(cohort.blocks, row, strict=True) if here) for row in used]


def _given(cohort: Cohort, patient: str, name: str) -> Measured:
    if name in ("natural", "complete"):
        return frozenset(str(m) for m in cohort.pattern(patient))
    return frozenset(name.split("+"))


def _everyone(full: Sequence[Forecasted], horizon: float) -> Fit:
    if not full:
        return Fit(Recalibration(), 0, 0)
    every = pooled(full)
    weights = np.full(len(every), 1.0 / len(full))
    found = fit_recalibration(every.outcome, every.edges, every.survival, horizon, weights=weights, prior=OWN)
    most = max(full, key=len)
    return Fit(found, len(most), int(most.outcome.events.sum()))


def _curves(found: Recalibrations, f: Forecasted) -> NDArray[np.float64]:
    return found.curves(f.edges, f.survival, f.measured)


def _crossed(forecasts: Mapping[Pattern, Forecasted], horizon: float) -> dict[Pattern, NDArray[np.float64]] | None:
    """The curves of every pattern, corrected by what the other folds say; None where there are no two folds."""
    folds = sorted({int(fold) for f in forecasts.values() for fold in f.folds})
    if len(folds) < 2:
        return None
    corrected = {name: f.survival.copy() for name, f in forecasts.items()}
    for fold in folds:
        others = {name: f.rows(f.folds != fold) for name, f in forecasts.items()}
        found = recalibrations(others, horizon)
        for name, f in forecasts.items():
            corrected[name][f.folds == fold] = _curves(found, f.rows(f.folds == fold))
    return corrected


def _state(f: Forecasted, survival: NDArray[np.float64], horizon: float, curves: bool) -> dict[str, Any]:
    alive = survival_at(f.edges, survival, horizon)[:, 0]
    bands = calibration_bands(f.outcome, alive, horizon) if curves else ()
    return {
        **{name: _rounded(value) for name, value in calibration_figures(f.outcome, f.edges, survival, horizon).items()},
        "bands": [
            {name: _rounded(value) for name, value in asdict(band).items() if name != "highest"} for band in bands
        ],
        "smooth": [list(point) for point in _smooth(f, survival, alive, horizon)] if curves else [],
    }


def _smooth(
    f: Forecasted, survival: NDArray[np.float64], alive: NDArray[np.float64], horizon: float
) -> Iterator[tuple[float, float]]:
    """Points of the smooth calibration curve, predicted and observed survival, from the 5th to the 95th percentile."""
    observed = smooth_observed(f.outcome, risk_at(f.edges, survival, horizon), horizon)
    if observed is None:
        return
    order = np.argsort(alive, kind="stable")
    for at in np.linspace(0.05, 0.95, SMOOTH_POINTS) * (len(alive) - 1):
        row = order[round(float(at))]
        yield round(float(alive[row]), 4), round(float(observed[row]), 4)


def _rounded(value: float | int | None) -> float | int | None:
    return float(f"{value:.5g}") if isinstance(value, float) else value
