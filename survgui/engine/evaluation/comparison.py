"""Cross-validated comparison of methods on one protocol (contracts.md, methods.md 7).

Everything is fitted on the training part of a fold; the test part is looked at once, for the figures.
Each (method, fold, seed) is one cell; with a `work` folder a finished cell is a file, so that an
evaluation that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from survgui import __version__, storage
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Step, Task, run_to_end
from survgui.engine import program
from survgui.engine.evaluation.protocol import judge, patterns_of
from survgui.engine.evaluation.spread import Where, Work, one_thread, spread
from survgui.engine.evaluation.summary import differences, summarise
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.published import PREFIX
from survgui.engine.methods.registry import fit_of, needs_one_seed, note_of
from survgui.errors import CohortError, Diverged
from survgui.nets.must import PRESETS


@dataclass(frozen=True, slots=True)
class Cell:
    """One method on one fold with one seed: the piece of work that is done, kept and spread."""

    method: str
    split: Split
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What all cells share."""

    cohort: Cohort
    patterns: tuple[tuple[str, ...], ...]
    options: Options


def evaluate(
    cohort: Cohort,
    methods: Sequence[str],
    options: Options,
    *,
    patterns: Sequence[str] = ("natural",),
    seeds: int = 1,
    work: Path | None = None,
    resume: bool = True,
    where: Where | None = None,
    oracle: Mapping[str, float] | None = None,
) -> Task[dict[str, Any]]:
    """Compare methods on a cohort's folds.

    Args:
        patterns: `natural`, `complete`, `all`, or modalities joined by `+`.
        seeds: How often a method with a random start is fitted.
        work: Folder of finished cells.
        resume: Whether those that lie there are kept; else they go, once the request is known to be a valid one.
        where: Processes or a cluster to spread the cells over; the numbers do not depend on it.
        oracle: Pattern -> best possible C-index, where the patients are simulated (`oracle_c` of `truth.json`).

    Returns:
        The object that `evaluate --json` writes.

    Raises:
        UsageError: An unknown method or pattern.
        CohortError: Too few patients or deaths.
        DeviceError: A worker or the cluster is lost; finished cells are kept.
    """
    known = cohort.with_outcome()
    known = known.keep(i for i in known.ids if known.pattern(i))
    wanted = patterns_of(patterns, tuple(known.blocks))
    methods = tuple(dict.fromkeys(methods))
    _check(known, methods)
    if work is not None and not resume:
        shutil.rmtree(work, ignore_errors=True)
    splits = known.folds()
    job = Job(known, tuple(wanted), options)
    cells = [Cell(m, s, seed) for m in methods for s in splits for seed in range(1 if needs_one_seed(m) else seeds)]
    found = yield from _all(job, cells, work, where or Where())
    rows = [row for cell in found for row in cell["rows"]]
    reasons = {(c.method, pattern): reason for c, one in zip(cells, found, strict=True)
               for pattern, reason in one["reasons"].items()}  # fmt: skip
    return {
        "cohort": cohort.name,
        "protocol": _protocol(known, splits, seeds, options, bool(oracle)),
        "rows": rows,
        "summary": summarise(rows, reasons, methods, wanted, best_possible(known, oracle or {})),
        "differences": differences(rows, methods, wanted),
        "notes": {m: note for m in methods if (note := note_of(m))},
    }


def best_possible(cohort: Cohort, oracle: Mapping[str, float]) -> dict[str, float]:
    """The oracle of every pattern, also of `complete`, and of `natural` where everybody has everything."""
    every = "+".join(sorted(cohort.blocks))
    if every not in oracle:
        return dict(oracle)
    whole = all(len(cohort.pattern(i)) == len(cohort.blocks) for i in cohort.ids)
    return {**oracle, "complete": oracle[every], **({"natural": oracle[every]} if whole else {})}


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


def _all(job: Job, cells: Sequence[Cell], work: Path | None, where: Where) -> Task[list[dict[str, Any]]]:
    """Every cell's rows and reasons, in the order of the cells; those that lie finished in `work` are read."""
    digest = job.cohort.digest() if work is not None else ""  # of every slide's features: once, not once a cell
    files = [None if work is None else work / f"{_cell_name(digest, job, cell)}.json" for cell in cells]
    found = {k: json.loads(file.read_text("utf-8")) for k, file in enumerate(files) if file and file.is_file()}
    waiting = [k for k in range(len(cells)) if k not in found]

    def keep(place: int, result: dict[str, Any]) -> None:
        k = waiting[place]
        found[k] = result
        if (file := files[k]) is not None and result["rows"]:
            storage.write_json(file, result)

    if where.here or not waiting:
        for place, k in enumerate(waiting):
            yield Step("evaluate", len(found), len(cells), _named(cells[k], job))
            with one_thread():
                keep(place, (yield from _fit_and_judge(job, cells[k])))
    else:
        for step in spread(Work(run_cell, job, [cells[k] for k in waiting], keep), where):
            yield Step("evaluate", len(found), len(cells), step.text)
    yield Step("evaluate", len(cells), len(cells))
    return [found[k] for k in range(len(cells))]


def run_cell(job: Job, cell: Cell) -> dict[str, Any]:
    """Fit one method on one fold and judge it on every pattern, without steps."""
    return run_to_end(_fit_and_judge(job, cell))


def _fit_and_judge(job: Job, cell: Cell) -> Task[dict[str, Any]]:
    start = time.perf_counter()
    try:
        if not outcome_of(job.cohort, cell.split.train).events.any():
            raise CannotRun("nobody died in the training part of a fold")
        fit = fit_of(cell.method)
        model = yield from fit(job.cohort, cell.split.train, replace(job.options, seed=cell.seed))
    except (CannotRun, CohortError, Diverged) as reason:
        return {"rows": [], "reasons": {"+".join(p): str(reason) for p in job.patterns}}
    fitting = time.perf_counter() - start
    return (yield from judge(job.cohort, model, cell.method, cell.split, job.patterns, cell.seed, fitting))


def _named(cell: Cell, job: Job) -> str:
    return f"{cell.method}, fold {cell.split.fold + 1} of {len(job.cohort.folds())}, seed {cell.seed}"


def _check(cohort: Cohort, methods: Sequence[str]) -> None:
    for method in methods:
        fit_of(method)
    deaths = int(cohort.events.sum())
    if len(cohort) < 30 or deaths < 10:
        raise CohortError(
            f"{cohort.name} has {len(cohort)} patients with outcome and {deaths} deaths; "
            "a comparison needs at least 30 and 10"
        )


def _protocol(cohort: Cohort, splits: Sequence[Split], seeds: int, options: Options, oracle: bool) -> dict[str, Any]:
    config = options.config
    return {
        "survgui": __version__,
        "device": options.device,
        "preset": next((name for name, preset in PRESETS.items() if preset == config), None),
        "config": asdict(config),
        "splits": "of the cohort file" if cohort.splits else "5 folds, stratified by event, seed 0",
        "folds": len(splits),
        "patients": len(cohort),
        "events": int(cohort.events.sum()),
        "seeds": seeds,
        "selection": "fixed epochs",
        "bins": f"{config.bins} (must and its variants) or 4 (must-paper and the peers), at quantiles of the deaths of "
        "the training part; a Cox model and a forest have none",
        "draws": options.draws,
        "steps": options.steps,
        "cox": "ridge penalty 20, 30 principal components per block, clinical x 1.5; fixed, not tuned",
        "ibs": "between the 10th and 80th percentile of test times",
        "uno_c": "truncated at the 75th percentile of training deaths",
        "cs_binned": "on 20 equidistant cuts of the training follow-up, as DRIM; for comparison alone",
        "differences": "paired by fold, seeds averaged first; standard error = s.d. / root of the folds",
        "simulated": oracle,
    }


def _cell_name(digest: str, job: Job, cell: Cell) -> str:
    """Names a cell by everything that its figures depend on."""
    options = asdict(replace(job.options, seed=cell.seed, risks=""))
    if cell.method.startswith(PREFIX) and job.options.risks:
        options["risks"] = storage.sha256(Path(job.options.risks))
    content = [program.digest(), digest, cell.method, asdict(cell.split), job.patterns, options]
    key = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    name = cell.method.replace(":", "-")
    return f"{name}-fold{cell.split.fold}-seed{cell.seed}-{key[:16]}"
