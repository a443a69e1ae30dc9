"""What is asked of every method: availability patterns, and the figures of one fold under each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Step, Task
from survgui.engine.methods.contract import CannotRun, Forecast, Model, outcome_of
from survgui.errors import CohortError, UsageError
from survgui.survival import metrics
from survgui.survival.binned import binned_cs
from survgui.survival.metrics import Followed

FIGURES = ("c_index", "uno_c", "ibs", "cs", "cs_binned", "d_calibration_p")
LEAST = 5
"""Fewest test patients of a fold for which a figure is given."""

Row = dict[str, Any]
Pattern = tuple[str, ...]
Said = dict[Pattern, tuple[list[str], Forecast]]
"""The patients of whom a model said something under a pattern, and what it said."""


def patterns_of(wanted: Iterable[str], modalities: Sequence[Modality]) -> list[Pattern]:
    """Availability patterns by name, each as the tuple that a row holds."""
    every = chain.from_iterable(combinations(sorted(modalities), k) for k in range(1, len(modalities) + 1))
    subsets = [tuple(str(m) for m in subset) for subset in every]
    found: list[Pattern] = []
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


def need_enough(cohort: Cohort) -> None:
    """Refuse a cohort that is too small to compare on.

    Raises:
        CohortError: Fewer than 30 patients or 10 deaths.
    """
    deaths = int(cohort.events.sum())
    if len(cohort) < 30 or deaths < 10:
        raise CohortError(
            f"{cohort.name} has {len(cohort)} patients with outcome and {deaths} deaths; "
            "a comparison needs at least 30 and 10"
        )


def comparable(cohort: Cohort) -> Cohort:
    """The patients who have an outcome and something measured."""
    known = cohort.with_outcome()
    return known.keep(i for i in known.ids if known.pattern(i))


def figures(train: Followed, test: Followed, forecast: Forecast) -> dict[str, float | None]:
    """All figures of one forecast; None where a figure is not defined, as are those of curves that are not there."""
    c = metrics.harrell_c(test, forecast.risks)
    found: dict[str, float | None] = dict.fromkeys(FIGURES)
    found |= {"c_index": c, "uno_c": metrics.uno_c(train, test, forecast.risks)}
    if forecast.has_curve:
        edges, survival = forecast.edges, forecast.survival
        ibs = metrics.integrated_brier(train, test, edges, survival)
        found |= {"ibs": ibs, "cs": metrics.cs_score(c, ibs), "cs_binned": binned_cs(train, test, edges, survival)}
        found["d_calibration_p"] = metrics.d_calibration_p(test, edges, survival)
    return found


def judge(
    cohort: Cohort,
    model: Model,
    method: str,
    split: Split,
    patterns: Sequence[Pattern],
    seed: int,
    fitting: float,
    said: Said | None = None,
) -> Task[dict[str, Any]]:
    """Figures of a fitted model on the test part of a fold, under every pattern.

    Args:
        said: Is filled with the forecasts of the patterns that have a row.

    Returns:
        `rows`, and `reasons` of the patterns for which there is none.
    """
    cell: dict[str, Any] = {"rows": [], "reasons": {}}
    for done, pattern in enumerate(patterns):
        try:
            row, told = _row(cohort, model, split, pattern)
        except CannotRun as reason:
            cell["reasons"]["+".join(pattern)] = str(reason)
            continue
        if said is not None:
            said[pattern] = told
        seconds = round(fitting + row.pop("took"), 2)
        cell["rows"].append({"method": method, "fold": split.fold, "seed": seed, **row, "seconds": seconds})
        yield Step("patterns", done + 1, len(patterns), method)
    return cell


def _row(cohort: Cohort, model: Model, split: Split, pattern: Pattern) -> tuple[Row, tuple[list[str], Forecast]]:
    shown, ids = _shown(cohort, split.test, pattern)
    if len(ids) < LEAST:
        raise CannotRun(f"fewer than {LEAST} test patients of a fold have it")
    start = time.perf_counter()
    ids, forecast = _told(ids, model.predict(shown, ids))
    test = outcome_of(cohort, ids)
    judged = figures(outcome_of(cohort, split.train), test, forecast)
    took = time.perf_counter() - start
    row: Row = {"pattern": list(pattern), "n": len(ids), "events": int(test.events.sum()), **judged, "took": took}
    return row | ({"note": forecast.note} if forecast.note else {}), (ids, forecast)


def _told(ids: list[str], forecast: Forecast) -> tuple[list[str], Forecast]:
    """The patients of whom the method says something, and the forecast of them.

    Raises:
        CannotRun: There are too few, or what should be a number of a curve is none.
    """
    known = ~np.isnan(forecast.risks)
    if forecast.has_curve and not (known.all() and np.isfinite(forecast.survival).all()):
        raise CannotRun("its forecast of a test patient is not a number")
    if known.sum() < LEAST:
        raise CannotRun(f"fewer than {LEAST} test patients of a fold have a forecast")
    if known.all():
        return ids, forecast
    kept = [i for i, ok in zip(ids, known, strict=True) if ok]
    measured = tuple(m for m, ok in zip(forecast.measured, known, strict=True) if ok) if forecast.measured else ()
    return kept, replace(forecast, risks=forecast.risks[known], survival=forecast.survival[known], measured=measured)


def _shown(cohort: Cohort, test: Sequence[str], pattern: Pattern) -> tuple[Cohort, list[str]]:
    """The cohort as the model sees it under a pattern, and the test patients whom the pattern fits."""
    if pattern == ("natural",):
        return cohort, [i for i in test if cohort.pattern(i)]
    given = set(cohort.blocks) if pattern == ("complete",) else {Modality(m) for m in pattern}
    ids = [i for i in test if given <= cohort.pattern(i)]
    return cohort.hide(set(cohort.blocks) - given), ids
