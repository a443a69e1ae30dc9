"""Cross-validated comparison of methods on one protocol (contracts.md, methods.md 7).

Everything is fitted on the training part of a fold; the test part is looked at once, for the figures.
Each (method, fold, seed) is one cell; with a `work` folder a finished cell is a file, so that an
evaluation that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np

from survgui import storage
from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Step, Task
from survgui.engine.methods.contract import CannotRun, Forecast, Model, Options, outcome_of
from survgui.engine.methods.registry import DETERMINISTIC, METHODS
from survgui.errors import CohortError, UsageError
from survgui.nets.must import PRESETS
from survgui.survival import metrics
from survgui.survival.metrics import Followed

FIGURES = ("c_index", "uno_c", "ibs", "cs", "d_calibration_p")
LEAST = 5
"""Fewest test patients of a fold for which a figure is given."""

Row = dict[str, Any]


def evaluate(
    cohort: Cohort,
    methods: Sequence[str],
    options: Options,
    *,
    patterns: Sequence[str] = ("natural",),
    seeds: int = 1,
    work: Path | None = None,
) -> Task[dict[str, Any]]:
    """Compare methods on a cohort's folds.

    Args:
        patterns: `natural`, `complete`, `all`, or modalities joined by `+`.
        seeds: How often a method with a random start is fitted.
        work: Folder of finished cells.

    Returns:
        The object that `evaluate --json` writes.

    Raises:
        UsageError: An unknown method or pattern.
        CohortError: Too few patients or deaths.
    """
    known = cohort.with_outcome()
    known = known.keep(i for i in known.ids if known.pattern(i))
    wanted = _patterns(patterns, tuple(known.blocks))
    _check(known, methods)
    splits = known.folds()
    rows: list[Row] = []
    reasons: dict[tuple[str, str], str] = {}
    digest = known.digest() if work is not None else ""  # of every slide's features: once, not once a cell
    cells = [(m, s, seed) for m in methods for s in splits for seed in range(1 if m in DETERMINISTIC else seeds)]
    for done, (method, split, seed) in enumerate(cells):
        yield Step("evaluate", done, len(cells), f"{method}, fold {split.fold + 1} of {len(splits)}, seed {seed}")
        own = replace(options, seed=seed)
        file = None if work is None else work / f"{_cell_name(digest, method, split, wanted, own)}.json"
        cell = yield from _cell(known, method, split, wanted, own, file)
        rows += cell["rows"]
        reasons |= {(method, pattern): reason for pattern, reason in cell["reasons"].items()}
    protocol = _protocol(known, splits, seeds, options)
    summary = summarise(rows, reasons, methods, wanted)
    yield Step("evaluate", len(cells), len(cells))
    return {"cohort": cohort.name, "protocol": protocol, "rows": rows, "summary": summary}


def mask_c_index(cohort: Cohort) -> Task[float | None]:
    """Cross-validated C-index of knowing only which modalities a patient has; None where it cannot be told."""
    if len({cohort.pattern(patient) for patient in cohort.ids}) < 2:
        return None
    try:
        result = yield from evaluate(cohort, ["mask-only"], Options(PRESETS["small"]))
    except CohortError:  # too few patients or deaths, which the cohort's own notes tell
        return None
    value = result["summary"][0]["c_index"]
    return None if value is None else float(value)


def as_text(result: Mapping[str, Any]) -> str:
    """The summary as a table for a terminal."""
    lines = [f"{result['cohort']}: {result['protocol']['patients']} patients, {result['protocol']['events']} deaths"]
    lines += [f"{'method':<18}{'given':<34}{'C-index':>9}{'± s.d.':>8}{'CS':>7}{'folds':>7}"]
    for s in result["summary"]:
        given = "+".join(s["pattern"])
        if s["c_index"] is None:
            lines.append(f"{s['method']:<18}{given:<34}{'–':>9}  {s['reason']}")
        else:
            deviation, cs = ("–" if s[name] is None else f"{s[name]:.3f}" for name in ("c_index_sd", "cs"))
            lines.append(f"{s['method']:<18}{given:<34}{s['c_index']:>9.3f}{deviation:>8}{cs:>7}{s['n_folds']:>7}")
    return "\n".join(lines)


def to_csv(result: Mapping[str, Any]) -> str:
    """All rows as CSV."""
    names = ["method", "fold", "seed", "pattern", "n", "events", *FIGURES, "seconds"]
    lines = [",".join(names)]
    for row in result["rows"]:
        values = {**row, "pattern": "+".join(row["pattern"])}
        lines.append(",".join("" if values[n] is None else str(values[n]) for n in names))
    return "\n".join(lines) + "\n"


def figures(train: Followed, test: Followed, forecast: Forecast) -> dict[str, float | None]:
    """All figures of one forecast; None where a figure is not defined."""
    c = metrics.harrell_c(test, forecast.risks)
    ibs = metrics.integrated_brier(train, test, forecast.edges, forecast.survival)
    return {
        "c_index": c,
        "uno_c": metrics.uno_c(train, test, forecast.risks),
        "ibs": ibs,
        "cs": metrics.cs_score(c, ibs),
        "d_calibration_p": metrics.d_calibration_p(test, forecast.edges, forecast.survival),
    }


def _cell(
    cohort: Cohort, method: str, split: Split, patterns: Sequence[tuple[str, ...]], options: Options, file: Path | None
) -> Task[dict[str, Any]]:
    """Fit one method on one fold and judge it on every pattern, or read what `file` has of that."""
    if file is not None and file.is_file():
        stored: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return stored
    start = time.perf_counter()
    cell: dict[str, Any] = {"rows": [], "reasons": {}}
    try:
        if not outcome_of(cohort, split.train).events.any():
            raise CannotRun("nobody died in the training part of a fold")
        model = yield from METHODS[method](cohort, split.train, options)
    except (CannotRun, CohortError) as reason:
        cell["reasons"] = {"+".join(p): str(reason) for p in patterns}
        return cell
    fitting = time.perf_counter() - start
    cell = yield from judge(cohort, model, method, split, patterns, options.seed, fitting)
    if file is not None:
        storage.write_json(file, cell)
    return cell


def judge(
    cohort: Cohort,
    model: Model,
    method: str,
    split: Split,
    patterns: Sequence[tuple[str, ...]],
    seed: int,
    fitting: float,
) -> Task[dict[str, Any]]:
    """Figures of a fitted model on the test part of a fold, under every pattern.

    Returns:
        `rows`, and `reasons` of the patterns for which there is none.
    """
    cell: dict[str, Any] = {"rows": [], "reasons": {}}
    for done, pattern in enumerate(patterns):
        try:
            row = _row(cohort, model, split, pattern)
        except CannotRun as reason:
            cell["reasons"]["+".join(pattern)] = str(reason)
            continue
        seconds = round(fitting + row.pop("took"), 2)
        cell["rows"].append({"method": method, "fold": split.fold, "seed": seed, **row, "seconds": seconds})
        yield Step("patterns", done + 1, len(patterns), method)
    return cell


def _row(cohort: Cohort, model: Model, split: Split, pattern: tuple[str, ...]) -> Row:
    shown, ids = _shown(cohort, split.test, pattern)
    if len(ids) < LEAST:
        raise CannotRun(f"fewer than {LEAST} test patients of a fold have it")
    start = time.perf_counter()
    forecast = model.predict(shown, ids)
    test = outcome_of(cohort, ids)
    judged = figures(outcome_of(cohort, split.train), test, forecast)
    took = time.perf_counter() - start
    return {"pattern": list(pattern), "n": len(ids), "events": int(test.events.sum()), **judged, "took": took}


def _shown(cohort: Cohort, test: Sequence[str], pattern: tuple[str, ...]) -> tuple[Cohort, list[str]]:
    """The cohort as the model sees it under a pattern, and the test patients whom the pattern fits."""
    if pattern == ("natural",):
        return cohort, [i for i in test if cohort.pattern(i)]
    given = set(cohort.blocks) if pattern == ("complete",) else {Modality(m) for m in pattern}
    ids = [i for i in test if given <= cohort.pattern(i)]
    return cohort.hide(set(cohort.blocks) - given), ids


def _patterns(wanted: Iterable[str], modalities: Sequence[Modality]) -> list[tuple[str, ...]]:
    """Availability patterns by name, each as the tuple that a row holds."""
    every = chain.from_iterable(combinations(sorted(modalities), k) for k in range(1, len(modalities) + 1))
    subsets = [tuple(str(m) for m in subset) for subset in every]
    found: list[tuple[str, ...]] = []
    for name in wanted:
        if name in ("natural", "complete"):
            found.append((name,))
        elif name == "all":
            found += subsets
        elif tuple(sorted(name.split("+"))) in subsets:
            found.append(tuple(sorted(name.split("+"))))
        else:
            there = ", ".join(modalities)
            raise UsageError(f"pattern {name!r} is none of natural, complete, all or modalities of {there} joined by +")
    return list(dict.fromkeys(found))


def _check(cohort: Cohort, methods: Sequence[str]) -> None:
    unknown = [m for m in methods if m not in METHODS]
    if unknown:
        raise UsageError(f"unknown method {unknown[0]!r}; there are {', '.join(METHODS)}")
    deaths = int(cohort.events.sum())
    if len(cohort) < 30 or deaths < 10:
        raise CohortError(
            f"{cohort.name} has {len(cohort)} patients with outcome and {deaths} deaths; "
            "a comparison needs at least 30 and 10"
        )


def _protocol(cohort: Cohort, splits: Sequence[Split], seeds: int, options: Options) -> dict[str, Any]:
    return {
        "splits": "of the cohort file" if cohort.splits else "5 folds, stratified by event, seed 0",
        "folds": len(splits),
        "patients": len(cohort),
        "events": int(cohort.events.sum()),
        "seeds": seeds,
        "selection": "fixed epochs",
        "bins": options.config.bins,
        "draws": options.draws,
        "steps": options.steps,
        "cox": "ridge penalty 20, 30 principal components per block, clinical x 1.5; fixed, not tuned",
        "ibs": "between the 10th and 80th percentile of test times",
        "uno_c": "truncated at the 75th percentile of training deaths",
    }


def summarise(
    rows: Sequence[Row],
    reasons: Mapping[tuple[str, str], str],
    methods: Sequence[str],
    patterns: Sequence[tuple[str, ...]],
) -> list[Row]:
    """Mean and s.d. over folds for every method and pattern; a reason where there is no figure."""
    return [_summary(rows, m, p, reasons.get((m, "+".join(p)))) for m in methods for p in patterns]


def _summary(rows: Iterable[Row], method: str, pattern: tuple[str, ...], reason: str | None) -> Row:
    """Mean and s.d. over folds, seeds averaged within a fold first."""
    own = [row for row in rows if row["method"] == method and row["pattern"] == list(pattern)]
    folds = sorted({row["fold"] for row in own})
    summary: Row = {"method": method, "pattern": list(pattern)}
    for name in FIGURES:
        means = [_mean([row[name] for row in own if row["fold"] == fold]) for fold in folds]
        kept = [value for value in means if value is not None]
        summary[name] = float(np.mean(kept)) if kept else None
        if name == "c_index":
            summary["c_index_sd"] = float(np.std(kept, ddof=1)) if len(kept) > 1 else None
            summary["n_folds"] = len(kept)
    if summary["c_index"] is None and reason is None:
        reason = "no fold has comparable test patients"
    return {**summary, "reason": reason if summary["c_index"] is None else None}


def _mean(values: Sequence[float | None]) -> float | None:
    kept = [value for value in values if value is not None]
    return float(np.mean(kept)) if kept else None


def _cell_name(digest: str, method: str, split: Split, patterns: Sequence[tuple[str, ...]], options: Options) -> str:
    """Names a cell by everything that its figures depend on."""
    key = json.dumps([digest, method, asdict(split), patterns, asdict(options)], sort_keys=True)
    return f"{method}-fold{split.fold}-seed{options.seed}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
