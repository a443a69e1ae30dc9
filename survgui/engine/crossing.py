"""The cross-validation of a training: one network per fold, judged on patients that it has not seen.

A finished fold is one file, so that a training that was stopped goes on from there. The first fold is fitted with
every generator of the bundle, and compares them on its test part.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort, Split
from survgui.cases.step import Result, Step, Task
from survgui.engine import calibrating
from survgui.engine.evaluation.protocol import patterns_of
from survgui.engine.evaluation.summary import summarise
from survgui.engine.generators_table import compare_generators
from survgui.engine.inputs import prepare
from survgui.engine.methods.contract import Options, outcome_of
from survgui.engine.methods.network import NetworkModel, Recipe, fit_network
from survgui.nets.weights import load_tensors, save_tensors
from survgui.survival.curves import survival_at
from survgui.survival.rubin import jackknife_variance

_MOST_FOR_ALL = 6
"""Modalities up to which every subset is tabulated: 63 of six."""


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """What the folds came to.

    Attributes:
        risks, survival: (n,) cross-validated, the latter at the horizon; NaN where no fold tests a patient.
        summary: The figures, as rows of `evaluate --json`.
        said: Forecasts under every pattern, by fold (`calibrating.listening`).
        variance: Of the risk, by how much the models of the folds differ; 0 with one fold.
        training: What the recipe's own judges have to say, for `Manifest.training`.
    """

    risks: NDArray[np.float64]
    survival: NDArray[np.float64]
    summary: list[dict[str, Any]]
    said: Mapping[int, Mapping[str, NDArray[Any]]]
    variance: float
    training: Mapping[str, Any]


def cross_validate(recipe: Recipe, cohort: Cohort, options: Options, work: Path) -> Task[Crossed]:
    """Fit and judge on every fold.

    Args:
        work: Folder of the files of finished folds, and of checkpoints.

    Yields:
        Stages `fold 1: ...`, and `folds` after each fold, whose value is its `fold c-index`.
    """
    splits = cohort.folds()
    patterns = _card_patterns(tuple(cohort.blocks))
    place = {patient: row for row, patient in enumerate(cohort.ids)}
    risks, alive = np.full(len(cohort), np.nan), np.full(len(cohort), np.nan)
    cells: list[dict[str, Any]] = []
    said: dict[int, dict[str, NDArray[Any]]] = {}
    everybody: list[NDArray[np.float64]] = []
    for done, split in enumerate(splits, 1):
        file = work / f"fold{split.fold}.safetensors"
        if not file.is_file():
            own = options if done == 1 else recipe.with_config(options, generators="")
            yield from renamed(_fold(recipe, cohort, split, patterns, own, file), f"fold {done}")
        tensors = load_tensors(file)
        at = [place[i] for i in split.test]
        risks[at], alive[at] = tensors["risks"].numpy(), tensors["survival"].numpy()
        cells.append(json.loads(bytes(tensors.pop("figures").tolist())))
        everybody.append(tensors.pop("everybody").double().numpy())
        said[split.fold] = {name: tensor.numpy() for name, tensor in tensors.items()}
        yield _fold_step(done, len(splits), cells[-1]["rows"])
    reasons = {(recipe.method, pattern): reason for cell in cells for pattern, reason in cell["reasons"].items()}
    summary = summarise([row for cell in cells for row in cell["rows"]], reasons, [recipe.method], patterns)
    training = {"generators": cells[0]["generators"], **recipe.pooled([cell["quality"] for cell in cells])}
    return Crossed(risks, alive, summary, said, jackknife_variance(np.stack(everybody)), training)


def renamed(task: Task[Result], prefix: str) -> Task[Result]:
    """The same task, its stages named after the part of the training they belong to."""
    while True:
        try:
            step = next(task)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield replace(step, stage=f"{prefix}: {step.stage}")


def _fold_step(done: int, folds: int, rows: Sequence[Mapping[str, Any]]) -> Step:
    """A finished fold, with what its test part came to: to be looked at, and never to choose by."""
    found = next((row["c_index"] for row in rows if row["pattern"] == ["natural"]), None)
    if found is None:
        return Step("folds", done, folds)
    return Step("folds", done, folds, f"C-index {found:.3f}", {"fold c-index": found})


def _fold(
    recipe: Recipe, cohort: Cohort, split: Split, patterns: Sequence[tuple[str, ...]], options: Options, file: Path
) -> Task[None]:
    """Fit on one training part and store what the model says of the test part."""
    start = time.perf_counter()
    model = yield from fit_network(recipe, cohort, split.train, options, checkpoint=file.with_suffix(""))
    forecast = model.predict(cohort, split.test)
    cell, said = yield from calibrating.listening(
        cohort, model, recipe.method, split, patterns, options.seed, time.perf_counter() - start
    )
    cell["generators"] = yield from _compared(model, cohort, split, options.seed)
    cell["quality"] = yield from recipe.quality(model.fitted.net, model.inputs, cohort, split, seed=options.seed)
    tensors: dict[str, NDArray[np.generic]] = {
        **said,
        "everybody": model.predict(cohort, cohort.ids).risks,
        "risks": forecast.risks,
        "survival": survival_at(forecast.edges, forecast.survival, model.fitted.horizon)[:, 0],
        "figures": np.frombuffer(json.dumps(cell).encode(), dtype=np.uint8).copy(),
    }
    save_tensors(file, tensors)
    shutil.rmtree(file.with_suffix(""), ignore_errors=True)


def _compared(model: NetworkModel, cohort: Cohort, split: Split, seed: int) -> Task[list[dict[str, Any]]]:
    """The generators of a model beside each other on the test part; nothing where there is one alone."""
    if len(model.fitted.generators) < 2:
        return []
    test = prepare(cohort, split.test, model.inputs)
    return (yield from compare_generators(model.fitted, test, outcome_of(cohort, split.test), seed=seed))


def _card_patterns(modalities: Sequence[Modality]) -> list[tuple[str, ...]]:
    """What a card tabulates: natural, complete, every subset; of more than six modalities one missing and one alone."""
    if len(modalities) <= _MOST_FOR_ALL:
        return patterns_of(["natural", "complete", "all"], modalities)
    names = sorted(str(m) for m in modalities)
    without = [tuple(n for n in names if n != left) for left in names]
    return [("natural",), ("complete",), *without, *[(n,) for n in names]]
