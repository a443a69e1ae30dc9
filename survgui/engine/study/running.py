"""Running a study: every value on every fold with every seed, as cells that are kept and spread like an evaluation's.

Everything is fitted on the training part of a fold; the test part is looked at once, for the figures. A study shows
what a setting does; it chooses none, for the test parts have then been seen.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.evaluation.cells import Cell, Job, finish
from survgui.engine.evaluation.comparison import cells_of, check
from survgui.engine.evaluation.protocol import comparable, patterns_of
from survgui.engine.methods.contract import Options
from survgui.engine.spread import Where
from survgui.engine.study.plan import Asked, Setup, arms
from survgui.engine.study.reconstruction import held_out
from survgui.engine.study.result import result_of
from survgui.errors import UsageError


def run_study(
    cohort: Cohort,
    asked: Asked,
    options: Options,
    *,
    work: Path | None = None,
    resume: bool = True,
    where: Where | None = None,
) -> Task[dict[str, Any]]:
    """Fit and judge every value of a study.

    Args:
        work: Folder of finished cells.
        resume: Whether those that lie there are kept; else they go, once the request is known to be a valid one.
        where: Processes or a cluster to spread the cells over; the numbers do not depend on it.

    Returns:
        The object that `study --json` writes.

    Raises:
        UsageError: An unknown method or pattern, or no value that can be.
        CohortError: Too few patients or deaths.
        DeviceError: A worker or the cluster is lost; finished cells are kept.
    """
    study, known = asked.study, comparable(cohort)
    methods = asked.methods or study.methods
    check(known, (*methods, *study.references))
    patterns = tuple(patterns_of(asked.patterns, tuple(known.blocks)))
    tried = tuple(arms(study, asked.values or study.values, known, options, asked.rate))
    if all(arm.reason for arm in tried):
        raise UsageError(f"no value of {study.name} can be studied: {tried[0].reason}")
    if work is not None and not resume:
        shutil.rmtree(work, ignore_errors=True)
    setup = Setup(asked, known, options, tried, methods, patterns)
    jobs = [Job(arm.cohort, patterns, arm.options, held_out, f"{study.varied} {arm.value}") for arm in tried]
    jobs.append(Job(known, patterns, options, name="reference"))
    cells = _cells(setup)
    return result_of(setup, cells, (yield from finish(jobs, cells, work, where)))


def _cells(setup: Setup) -> list[Cell]:
    """Those of every arm that can be, and those of the references, which are the job after the last arm."""
    splits, seeds = setup.cohort.folds(), setup.asked.seeds
    able = [job for job, arm in enumerate(setup.arms) if not arm.reason]
    made = [cell for job in able for cell in cells_of(setup.methods, splits, seeds, job)]
    return made + cells_of(setup.asked.study.references, splits, seeds, len(setup.arms))
