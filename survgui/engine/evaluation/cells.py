"""Cells: one method on one fold with one seed, the piece of work that is done, kept and spread.

With a `work` folder a finished cell is a file, named by everything that its figures depend on: what was stopped goes
on where it was, whichever comparison or study asks for the cell.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from survgui import storage
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Step, Task, run_to_end
from survgui.engine import program
from survgui.engine.evaluation.protocol import judge
from survgui.engine.methods.contract import CannotRun, Model, Options, outcome_of
from survgui.engine.methods.published import PREFIX
from survgui.engine.methods.registry import fit_of
from survgui.engine.spread import Where, Work, one_thread, spread
from survgui.errors import CohortError, Diverged

Also = Callable[[Model, Cohort, Split, Options], Task[Any]]
"""What else is asked of a fitted model on a fold; a module's own function, so that other processes find it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One method on one fold with one seed.

    Attributes:
        job: Place of its job among those that are done together.
    """

    method: str
    split: Split
    seed: int
    job: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What cells share.

    Attributes:
        also: Is asked of every fitted model besides its figures; its answer lies under `also` of the cell's result.
        name: What tells the jobs of a study apart, such as `mask ratio 0.5`.
    """

    cohort: Cohort
    patterns: tuple[tuple[str, ...], ...]
    options: Options
    also: Also | None = None
    name: str = ""


def finish(
    jobs: Sequence[Job], cells: Sequence[Cell], work: Path | None = None, where: Where | None = None
) -> Task[list[dict[str, Any]]]:
    """Every cell's `rows` and `reasons`, in the order of the cells; those that lie finished in `work` are read.

    Raises:
        DeviceError: A worker or the cluster is lost; finished cells are kept.
    """
    files = _files(jobs, cells, work)
    found = {k: json.loads(file.read_text("utf-8")) for k, file in enumerate(files) if file and file.is_file()}
    waiting = [k for k in range(len(cells)) if k not in found]
    where = where or Where()

    def keep(place: int, result: dict[str, Any]) -> None:
        k = waiting[place]
        found[k] = result
        if (file := files[k]) is not None and result["rows"]:
            storage.write_json(file, result)

    if where.here or not waiting:
        for place, k in enumerate(waiting):
            yield Step("evaluate", len(found), len(cells), _named(jobs, cells[k]))
            with one_thread():
                keep(place, (yield from fit_and_judge(jobs[cells[k].job], cells[k])))
    else:
        for step in spread(Work(run_cell, tuple(jobs), [cells[k] for k in waiting], keep), where):
            yield Step("evaluate", len(found), len(cells), step.text)
    yield Step("evaluate", len(cells), len(cells))
    return [found[k] for k in range(len(cells))]


def run_cell(jobs: Sequence[Job], cell: Cell) -> dict[str, Any]:
    """Fit one method on one fold and judge it on every pattern, without steps."""
    return run_to_end(fit_and_judge(jobs[cell.job], cell))


def fit_and_judge(job: Job, cell: Cell) -> Task[dict[str, Any]]:
    """Fit one method on one fold and judge it on every pattern: `rows`, and `reasons` where there are none."""
    start = time.perf_counter()
    options = replace(job.options, seed=cell.seed)
    try:
        if not outcome_of(job.cohort, cell.split.train).events.any():
            raise CannotRun("nobody died in the training part of a fold")
        fit = fit_of(cell.method)
        model = yield from fit(job.cohort, cell.split.train, options)
    except (CannotRun, CohortError, Diverged) as reason:
        return {"rows": [], "reasons": {"+".join(p): str(reason) for p in job.patterns}}
    fitting = time.perf_counter() - start
    result = yield from judge(job.cohort, model, cell.method, cell.split, job.patterns, cell.seed, fitting)
    if job.also is not None:
        result["also"] = yield from job.also(model, job.cohort, cell.split, options)
    return result


def cell_name(digest: str, job: Job, cell: Cell) -> str:
    """Names a cell by everything that its figures depend on.

    Args:
        digest: Of the job's cohort.
    """
    options = asdict(replace(job.options, seed=cell.seed, risks=""))
    if cell.method.startswith(PREFIX) and job.options.risks:
        options["risks"] = storage.sha256(Path(job.options.risks))
    also = "" if job.also is None else f"{job.also.__module__}.{job.also.__qualname__}"
    content = [program.digest(), digest, cell.method, asdict(cell.split), job.patterns, options, also]
    key = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    name = cell.method.replace(":", "-")
    return f"{name}-fold{cell.split.fold}-seed{cell.seed}-{key[:16]}"


def reasons(cells: Sequence[Cell], found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """(method, pattern joined by `+`) -> why a fold has no figure, of the cells of one job."""
    return {
        (cell.method, pattern): reason
        for cell, one in zip(cells, found, strict=True)
        for pattern, reason in one["reasons"].items()
    }


def _files(jobs: Sequence[Job], cells: Sequence[Cell], work: Path | None) -> list[Path | None]:
    """The file of each cell; a cohort's digest is of every slide's features, so it is taken once, not once a cell."""
    if work is None:
        return [None] * len(cells)
    cohorts = {id(job.cohort): job.cohort for job in jobs}
    digests = {key: cohort.digest() for key, cohort in cohorts.items()}
    return [work / f"{cell_name(digests[id(jobs[c.job].cohort)], jobs[c.job], c)}.json" for c in cells]


def _named(jobs: Sequence[Job], cell: Cell) -> str:
    job = jobs[cell.job]
    said = f"{cell.method}, fold {cell.split.fold + 1} of {len(job.cohort.folds())}, seed {cell.seed}"
    return f"{job.name}, {said}" if job.name else said
