"""Cross-validated comparison of methods on one protocol (contracts.md, methods.md 7).

Everything is fitted on the training part of a fold; the test part is looked at once, for the figures.
Each (method, fold, seed) is one cell (`cells`), so that an evaluation that was stopped goes on where it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from survgui import __version__
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Task
from survgui.engine.evaluation.cells import Cell, Job, finish, reasons
from survgui.engine.evaluation.protocol import comparable, need_enough, patterns_of
from survgui.engine.evaluation.summary import differences, summarise
from survgui.engine.methods.contract import Options
from survgui.engine.methods.registry import fit_of, needs_one_seed, note_of
from survgui.engine.spread import Where
from survgui.errors import CohortError
from survgui.nets.must import PRESETS


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
    known = comparable(cohort)
    wanted = patterns_of(patterns, tuple(known.blocks))
    methods = tuple(dict.fromkeys(methods))
    check(known, methods)
    if work is not None and not resume:
        shutil.rmtree(work, ignore_errors=True)
    splits = known.folds()
    cells = cells_of(methods, splits, seeds)
    found = yield from finish([Job(known, tuple(wanted), options)], cells, work, where)
    rows = [row for cell in found for row in cell["rows"]]
    return {
        "cohort": cohort.name,
        "protocol": protocol_of(known, splits, seeds, options, bool(oracle)),
        "rows": rows,
        "summary": summarise(rows, reasons(cells, found), methods, wanted, best_possible(known, oracle or {})),
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


def cells_of(methods: Sequence[str], splits: Sequence[Split], seeds: int, job: int = 0) -> list[Cell]:
    """Every method on every fold, those with a random start with every seed."""
    return [Cell(m, s, seed, job) for m in methods for s in splits for seed in range(1 if needs_one_seed(m) else seeds)]


def check(cohort: Cohort, methods: Sequence[str]) -> None:
    """Refuse methods that there are not, and a cohort that is too small to compare on.

    Raises:
        UsageError: An unknown method.
        CohortError: Too few patients or deaths.
    """
    for method in methods:
        fit_of(method)
    need_enough(cohort)


def protocol_of(cohort: Cohort, splits: Sequence[Split], seeds: int, options: Options, oracle: bool) -> dict[str, Any]:
    """What a result says of how it was computed."""
    config = options.config
    return {
        "survgui": __version__,
        "device": options.device,
        "preset": next((name for name, preset in PRESETS.items() if preset == config), None),
        "config": asdict(config),
        "imputmae": asdict(options.imputmae),
        "encoders": {str(m): block.encoder for m, block in cohort.blocks.items() if block.encoder},
        "splits": "of the cohort file" if cohort.splits else "5 folds, stratified by event, seed 0",
        "folds": len(splits),
        "patients": len(cohort),
        "events": int(cohort.events.sum()),
        "seeds": seeds,
        "selection": "fixed epochs",
        "bins": f"{config.bins} (must and its variants) or 4 (must-paper and the peers), at quantiles of the deaths of "
        f"the training part; {options.imputmae.bins} equidistant (imputmae); a Cox model and a forest have none",
        "draws": options.draws,
        "steps": options.steps,
        "cox": "ridge penalty 20, 30 principal components per block, clinical x 1.5; fixed, not tuned",
        "ibs": "between the 10th and 80th percentile of test times",
        "uno_c": "truncated at the 75th percentile of training deaths",
        "cs_binned": "on 20 equidistant cuts of the training follow-up, as DRIM; for comparison alone",
        "differences": "paired by fold, seeds averaged first; standard error = s.d. / root of the folds",
        "simulated": oracle,
    }
