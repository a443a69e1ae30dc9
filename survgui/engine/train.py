"""Train a bundle on a cohort: cross-validate, fit on everybody, freeze thresholds, write the card, publish.

Percentiles, risk groups and Kaplan-Meier backdrops of a bundle come from the cross-validation, from models
that had not seen the patient, so that they are not flattered. A training that was stopped goes on from
its last whole epoch.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from survgui import __version__, storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Bundle, Manifest
from survgui.cases.case import Modality, patient_key
from survgui.cases.cohort import Cohort, Split
from survgui.cases.development import Reference
from survgui.cases.step import Result, Step, Task
from survgui.engine import calibrating, model, program
from survgui.engine.card import write_card
from survgui.engine.evaluation.comparison import evaluate
from survgui.engine.evaluation.protocol import patterns_of
from survgui.engine.evaluation.summary import summarise
from survgui.engine.fitting import Fitted, component_vectors, fit
from survgui.engine.generating import FILLERS, names_of
from survgui.engine.generators_table import compare_generators
from survgui.engine.inputs import Inputs, Prepared, fit_inputs, prepare
from survgui.engine.methods.contract import Options, outcome_of
from survgui.engine.methods.must import fit_must
from survgui.engine.stored import Development
from survgui.errors import CohortError, OutOfMemory, UsageError
from survgui.nets import device as devices
from survgui.nets.must import PRESETS, MustConfig
from survgui.nets.weights import load_tensors, save_tensors
from survgui.survival.bins import default_horizon, quantile_edges
from survgui.survival.curves import survival_at
from survgui.survival.recalibration import Recalibrations
from survgui.survival.rubin import jackknife_variance

_MOST_FOR_ALL = 6
"""Modalities up to which every subset is tabulated: 63 of six."""
REFERENCES = ("cox-clinical", "cox-rna-clinical", "cox-all", "mask-only")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is to do.

    Attributes:
        overrides: Fields of `MustConfig` that differ from the preset.
        without: Patients who are left out, to serve as unseen cases.
    """

    method: str = "must"
    preset: str = "small"
    seed: int = 0
    device: str = "auto"
    overrides: Mapping[str, Any] | None = None
    without: frozenset[str] = frozenset()
    version: str = "1.0.0"

    def config(self) -> MustConfig:
        """The network's configuration.

        Raises:
            UsageError: An unknown preset or setting.
        """
        if self.method != "must":
            raise UsageError(f"unknown method {self.method!r}; this version trains must")
        if self.preset not in PRESETS:
            raise UsageError(f"unknown preset {self.preset!r}; there are {', '.join(PRESETS)}")
        try:
            config = PRESETS[self.preset].changed(self.overrides or {})
        except ValueError as error:
            raise UsageError(str(error)) from None
        if unfit := set(names_of(config)) & set(FILLERS):
            raise UsageError(f"{', '.join(unfit)} is for evaluations alone: no bundle can hold it")
        return config


def train(cohort: Cohort, out: Path, plan: Plan | None = None, *, resume: bool = False) -> Task[Bundle]:
    """Train and publish a bundle at the folder `out`.

    Args:
        resume: Go on with a training of the same plan that was stopped; without it a new one starts.

    Yields:
        Stages `fold 1: warm-up`, ... , `whole cohort: generator`, whose values are the losses (see `fit`), and
        `folds` after each fold of the cross-validation, whose value is its `fold c-index`.

    Raises:
        UsageError: The plan cannot be, or differs from the one that was stopped.
        CohortError: Too few patients or deaths.
    """
    plan = plan or Plan()
    plan.config()
    device = devices.pick(plan.device)
    try:
        return (yield from _train(cohort, out, plan, device, resume))
    except OutOfMemory:
        if device.type == "cpu":
            raise
    # nothing is lost: the checkpoints of the finished epochs are taken up on the CPU
    yield Step("device", 0, 1, f"the memory of {device} is exhausted: going on on the CPU")
    return (yield from _train(cohort, out, plan, torch.device("cpu"), resume=True))


def _train(cohort: Cohort, out: Path, plan: Plan, device: torch.device, resume: bool) -> Task[Bundle]:
    config = plan.config()
    start = time.perf_counter()
    known = _known(cohort, plan.without)
    if not config.horizon:
        edges = quantile_edges(known.months, known.events, config.bins)
        config = replace(config, horizon=default_horizon(edges, known.months, known.events))
    work = _work_folder(out, known, plan, config, resume)
    options = Options(config, plan.seed, str(device))
    crossed = yield from _cross_validate(known, options, work)
    generators: list[dict[str, Any]] = []
    if len(names_of(config)) > 1:
        generators = yield from _renamed(_compare_generators(known, options, config, work / "generators"), "generators")
    table = yield from evaluate(known, REFERENCES, options, patterns=["natural", "complete"])
    inputs = fit_inputs(known, known.ids, config)
    prepared = prepare(known, known.ids, inputs)
    fitted = yield from _renamed(
        fit(prepared, outcome_of(known, known.ids), inputs, config, seed=plan.seed, device=device,
            checkpoint=work / "final"),
        "whole cohort",
    )  # fmt: skip
    forecasts = calibrating.heard(known, crossed.said, [str(m) for m in inputs.specs])
    corrections, calibration = calibrating.calibration(forecasts, fitted.horizon)
    development = _develop(fitted, inputs, prepared, known, _recalibrated(crossed, corrections, prepared))
    metrics = [*crossed.summary, *table["summary"]]
    training = {
        "seed": plan.seed,
        "preset": plan.preset,
        "device": str(device),
        "seconds": round(time.perf_counter() - start),
        "draws": options.draws,
        "folds": "of the cohort file" if known.splits else "5, stratified by event, seed 0",
        "generators": generators,
        "risk_variance": crossed.variance,
    }
    manifest = _manifest(out.name, known, plan, config, fitted, inputs, development, metrics, training)
    manifest = replace(manifest, calibration=calibration)
    bundle = model.save(out, fitted, inputs, development, manifest, write_card(manifest, known))
    shutil.rmtree(work, ignore_errors=True)
    return bundle


@dataclass(frozen=True, slots=True, eq=False)
class _Crossed:
    """Cross-validated risk and survival at the horizon, (n,) each, NaN where no fold tests a patient; the figures.

    Attributes:
        said: Forecasts under every pattern, by fold (`calibrating.listening`).
        variance: Of the risk, by how much the models of the folds differ; 0 with one fold.
    """

    risks: NDArray[np.float64]
    survival: NDArray[np.float64]
    summary: list[dict[str, Any]]
    said: Mapping[int, Mapping[str, NDArray[Any]]]
    variance: float


def _recalibrated(crossed: _Crossed, corrections: Recalibrations, prepared: Prepared) -> _Crossed:
    """Risks and survival on the scale of the bundle's predictions, each patient's by what was measured of him."""
    risks = corrections.risks(crossed.risks, prepared.measured)
    return replace(crossed, risks=risks, survival=np.exp(-np.exp(risks)))


def _known(cohort: Cohort, without: Iterable[str]) -> Cohort:
    left_out = {patient_key(i) for i in without}
    known = cohort.with_outcome()
    kept = known.keep(i for i in known.ids if patient_key(i) not in left_out and known.pattern(i))
    deaths = int(kept.events.sum())
    if len(kept) < 50 or deaths < 20:
        raise CohortError(
            f"{cohort.name} has {len(kept)} patients with outcome and {deaths} deaths; "
            "training needs at least 50 and 20"
        )
    for split in kept.folds():
        if not outcome_of(kept, split.train).events.any():
            raise CohortError(
                f"{cohort.name}: nobody died in the training part of fold {split.fold}; correct the splits"
            )
    return kept


def _work_folder(out: Path, cohort: Cohort, plan: Plan, config: MustConfig, resume: bool) -> Path:
    """The folder of checkpoints, beside the bundle; checked to belong to the same training."""
    work = out.with_name(f".{out.name}.training")
    content = json.dumps([asdict(config), plan.seed, cohort.digest(), program.digest()], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    marker = work / "plan.txt"
    if resume and marker.is_file() and marker.read_text("utf-8") != digest:
        raise UsageError(
            f"the training that was stopped at {out.name} had other settings or patients, or was of "
            "another version of the program; run it with those, or start anew instead of resuming it"
        )
    if not resume:
        shutil.rmtree(work, ignore_errors=True)
    storage.write_text(marker, digest)
    return work


def _cross_validate(cohort: Cohort, options: Options, work: Path) -> Task[_Crossed]:
    """Fit and judge on every fold; a finished fold is one file."""
    splits = cohort.folds()
    patterns = _card_patterns(tuple(cohort.blocks))
    place = {patient: row for row, patient in enumerate(cohort.ids)}
    risks, alive = np.full(len(cohort), np.nan), np.full(len(cohort), np.nan)
    rows: list[dict[str, Any]] = []
    reasons: dict[tuple[str, str], str] = {}
    said: dict[int, dict[str, NDArray[Any]]] = {}
    everybody: list[NDArray[np.float64]] = []
    for done, split in enumerate(splits, 1):
        file = work / f"fold{split.fold}.safetensors"
        if not file.is_file():
            yield from _renamed(_fold(cohort, split, patterns, options, file), f"fold {done}")
        tensors = load_tensors(file)
        at = [place[i] for i in split.test]
        risks[at], alive[at] = tensors["risks"].numpy(), tensors["survival"].numpy()
        cell = json.loads(bytes(tensors.pop("figures").tolist()))
        everybody.append(tensors.pop("everybody").double().numpy())
        said[split.fold] = {name: tensor.numpy() for name, tensor in tensors.items()}
        yield _fold_step(done, len(splits), cell["rows"])
        rows += cell["rows"]
        reasons |= {("must", pattern): reason for pattern, reason in cell["reasons"].items()}
    summary = summarise(rows, reasons, ["must"], patterns)
    return _Crossed(risks, alive, summary, said, jackknife_variance(np.stack(everybody)))


def _fold_step(done: int, folds: int, rows: Sequence[Mapping[str, Any]]) -> Step:
    """A finished fold, with what its test part came to: to be looked at, and never to choose by."""
    found = next((row["c_index"] for row in rows if row["pattern"] == ["natural"]), None)
    if found is None:
        return Step("folds", done, folds)
    return Step("folds", done, folds, f"C-index {found:.3f}", {"fold c-index": found})


def _fold(
    cohort: Cohort, split: Split, patterns: Sequence[tuple[str, ...]], options: Options, file: Path
) -> Task[None]:
    """Fit on one training part and store what the model says of the test part."""
    start = time.perf_counter()
    fitted = yield from fit_must(cohort, split.train, options, checkpoint=file.with_suffix(""))
    forecast = fitted.predict(cohort, split.test)
    cell, said = yield from calibrating.listening(
        cohort, fitted, "must", split, patterns, options.seed, time.perf_counter() - start
    )
    tensors: dict[str, NDArray[np.generic]] = {
        **said,
        "everybody": fitted.predict(cohort, cohort.ids).risks,
        "risks": forecast.risks,
        "survival": survival_at(forecast.edges, forecast.survival, fitted.fitted.horizon)[:, 0],
        "figures": np.frombuffer(json.dumps(cell).encode(), dtype=np.uint8).copy(),
    }
    save_tensors(file, tensors)
    shutil.rmtree(file.with_suffix(""), ignore_errors=True)


def _card_patterns(modalities: Sequence[Modality]) -> list[tuple[str, ...]]:
    """What a card tabulates: natural, complete, every subset; of more than six modalities one missing and one alone."""
    if len(modalities) <= _MOST_FOR_ALL:
        return patterns_of(["natural", "complete", "all"], modalities)
    names = sorted(str(m) for m in modalities)
    without = [tuple(n for n in names if n != left) for left in names]
    return [("natural",), ("complete",), *without, *[(n,) for n in names]]


def _compare_generators(
    cohort: Cohort, options: Options, config: MustConfig, checkpoint: Path
) -> Task[list[dict[str, Any]]]:
    """All generators beside each other on the test part of the first fold, by a network of its training part."""
    split = cohort.folds()[0]
    inputs = fit_inputs(cohort, split.train, config)
    fitted = yield from fit(
        prepare(cohort, split.train, inputs), outcome_of(cohort, split.train), inputs, config,
        seed=options.seed, device=torch.device(options.device), checkpoint=checkpoint,
    )  # fmt: skip
    test = prepare(cohort, split.test, inputs)
    return (yield from compare_generators(fitted, test, outcome_of(cohort, split.test), seed=options.seed))


def _renamed(task: Task[Result], prefix: str) -> Task[Result]:
    """The same task, its stages named after the part of the training they belong to."""
    while True:
        try:
            step = next(task)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield replace(step, stage=f"{prefix}: {step.stage}")


def _develop(fitted: Fitted, inputs: Inputs, prepared: Prepared, cohort: Cohort, crossed: _Crossed) -> Development:
    """The cross-validated patients as the bundle keeps them; rows sorted by risk, so that their order names nobody."""
    net = fitted.net
    vectors = component_vectors(net, prepared, net.mean_specific.device)
    parts = net.parts(vectors.whole, vectors.unique, vectors.present)
    joined = torch.cat([parts.shared, parts.specific.flatten(1)], dim=1).cpu().double().numpy()
    centre = joined.mean(axis=0)
    _, spread, axes = np.linalg.svd(joined - centre, full_matrices=False)
    shares = spread**2 / np.sum(spread**2)
    # fixed folds need not test everybody: those whom no fold tests have no risk to compare with, and sort last
    order = np.argsort(crossed.risks, kind="stable")[: np.isfinite(crossed.risks).sum()]
    low, high = np.quantile(crossed.risks[order], [1 / 3, 2 / 3])
    lowest = _lowest_fidelity(fitted, prepared)
    reference = Reference(
        risks=crossed.risks[order],
        months=cohort.months[order],
        events=cohort.events[order],
        survival=crossed.survival[order],
        thresholds=(float(low), float(high)),
        map_=((joined - centre) @ axes[:2].T)[order],
        fidelity=lowest,
    )
    explained = float(shares[0]), float(shares[1])
    return Development(reference, axes[:2].astype(np.float32), centre.astype(np.float32), explained)


@torch.no_grad()
def _lowest_fidelity(fitted: Fitted, prepared: Prepared) -> dict[Modality, float]:
    """Per modality the fidelity that 95 of 100 development patients exceed."""
    net, cosines = fitted.net, []
    for start in range(0, len(prepared), 64):
        batch = prepared.batch(range(start, min(start + 64, len(prepared)))).to(net.mean_specific.device)
        cosines.append(net.fidelity(net.read(batch), batch.present).cpu().double().numpy())
    every = np.concatenate(cosines)
    known = np.isfinite(every).any(axis=0)  # a network that recomposes nothing has none
    return {m: float(np.nanpercentile(every[:, k], 5)) for k, m in enumerate(net.modalities) if known[k]}


def _manifest(
    name: str,
    cohort: Cohort,
    plan: Plan,
    config: MustConfig,
    fitted: Fitted,
    inputs: Inputs,
    development: Development,
    metrics: list[dict[str, Any]],
    training: dict[str, Any],
) -> Manifest:
    salt = secrets.token_hex(16)
    simulated = is_simulated(cohort)
    return Manifest(
        name=name,
        version=plan.version,
        method=plan.method,
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        survgui=__version__,
        development=bundles.Development(cohort.name, len(cohort), int(cohort.events.sum()), simulated=simulated),
        inputs=inputs.specs,
        config={"network": asdict(config), "scalings": model.input_extras(inputs)},
        edges_months=tuple(float(e) for e in fitted.edges),
        horizon_months=fitted.horizon,
        thresholds=development.reference.thresholds,
        generator=fitted.generator,
        steps=fitted.generators[fitted.generator].default_steps,
        training=training,
        metrics=tuple(metrics),
        intended_use=(
            "Research on prognosis from whatever modalities a patient has. Not for use in diagnostic procedures."
        ),
        limits=_limits(cohort, simulated),
        salt=salt,
        trained_on=frozenset(bundles.salted(salt, i) for i in cohort.ids),
    )


def is_simulated(cohort: Cohort) -> bool:
    """Whether nobody of the cohort exists: its truth lies beside one of its tables, or its name says so."""
    folders = {source.path.parent for source in cohort.origin.values()}
    return "simulated" in cohort.name.lower() or any((folder / "truth.json").is_file() for folder in folders)


def _limits(cohort: Cohort, simulated: bool) -> tuple[str, ...]:
    said = [
        f"Trained on {len(cohort)} patients of one cohort ({cohort.name}); "
        "not validated on another, nor prospectively.",
        "Missing modalities are drawn from what the development cohort shows; the spread of the draws is "
        "no statement on the error of the whole model.",
    ]
    if simulated:
        said.insert(0, "Every patient of the development cohort is simulated: nothing here holds for real ones.")
    return tuple(said)
