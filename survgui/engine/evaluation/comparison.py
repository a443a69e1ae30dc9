"""Cross-validated comparison of methods on one protocol (contracts.md, methods.md 7).

Everything is fitted on the training part of a fold; the test part is looked at once, for the figures.
Each (method, fold, seed) is one cell; with a `work` folder a finished cell is a file, so that an
evaluation that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Step, Task
from survgui.engine.evaluation.protocol import Row, judge, patterns_of
from survgui.engine.evaluation.summary import summarise
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.registry import DETERMINISTIC, METHODS
from survgui.errors import CohortError, UsageError
from survgui.nets.must import PRESETS


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
    wanted = patterns_of(patterns, tuple(known.blocks))
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


def _cell_name(digest: str, method: str, split: Split, patterns: Sequence[tuple[str, ...]], options: Options) -> str:
    """Names a cell by everything that its figures depend on."""
    key = json.dumps([digest, method, asdict(split), patterns, asdict(options)], sort_keys=True)
    return f"{method}-fold{split.fold}-seed{options.seed}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
