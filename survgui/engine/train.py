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
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from survgui import __version__, storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Bundle, Manifest
from survgui.cases.case import Modality, patient_key
from survgui.cases.cohort import Cohort
from survgui.cases.development import Reference
from survgui.cases.step import Step, Task
from survgui.engine import calibrating, program
from survgui.engine.card import write_card
from survgui.engine.crossing import Crossed, cross_validate, renamed
from survgui.engine.evaluation.comparison import evaluate
from survgui.engine.fitting import Fitted, component_vectors
from survgui.engine.generating import FILLERS, names_of
from survgui.engine.inputs import Prepared, prepare
from survgui.engine.masked.warm import Start, open_start
from survgui.engine.methods.contract import Options, outcome_of
from survgui.engine.methods.network import NetworkModel, fit_network
from survgui.engine.methods.registry import NETWORKS
from survgui.engine.model import save
from survgui.engine.stored import Development
from survgui.errors import CohortError, OutOfMemory, UsageError
from survgui.nets import device as devices
from survgui.nets.families import Config, family_of
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.must import PRESETS
from survgui.survival.bins import default_horizon, quantile_edges
from survgui.survival.recalibration import Recalibrations

REFERENCES = ("cox-clinical", "cox-rna-clinical", "cox-all", "mask-only")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is to do.

    Attributes:
        method: must or imputmae.
        overrides: Fields of its configuration that differ from the preset.
        without: Patients who are left out, to serve as unseen cases.
        start: A bundle, by name or path, whose encoders pre-training starts from where they fit.
    """

    method: str = "must"
    preset: str = "small"
    seed: int = 0
    device: str = "auto"
    overrides: Mapping[str, Any] | None = None
    without: frozenset[str] = frozenset()
    version: str = "1.0.0"
    start: str = ""

    def config(self) -> Config:
        """The network's configuration.

        Raises:
            UsageError: An unknown method, preset or setting.
        """
        config = family_of(self.method).config(self.preset, self.overrides or {})
        if unfit := set(names_of(config)) & set(FILLERS):
            raise UsageError(f"{', '.join(unfit)} is for evaluations alone: no bundle can hold it")
        if self.start and not isinstance(config, ImputmaeConfig):
            raise UsageError(f"{self.method} has no encoders that start from another bundle's; that is imputmae")
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
    config, recipe = plan.config(), NETWORKS[plan.method]
    began = time.perf_counter()
    known = _known(cohort, plan.without)
    start = open_start(plan.start, known.ids) if plan.start else None
    if start is not None:
        recipe = replace(recipe, learn=partial(recipe.learn, start=start))
    if not config.horizon:
        edges = quantile_edges(known.months, known.events, config.bins)
        config = replace(config, horizon=default_horizon(edges, known.months, known.events))
    work = _work_folder(out, known, plan, config, resume, start)
    options = recipe.options(config, Options(PRESETS["small"], plan.seed, str(device)))
    crossed = yield from cross_validate(recipe, known, options, work)
    table = yield from evaluate(known, REFERENCES, options, patterns=["natural", "complete"])
    final = fit_network(recipe, known, known.ids, options, checkpoint=work / "final")
    whole = yield from renamed(final, "whole cohort")
    fitted, inputs = whole.fitted, whole.inputs
    prepared = prepare(known, known.ids, inputs)
    forecasts = calibrating.heard(known, crossed.said, [str(m) for m in inputs.specs])
    corrections, calibration = calibrating.calibration(forecasts, fitted.horizon)
    development = _develop(fitted, prepared, known, _recalibrated(crossed, corrections, prepared))
    metrics = [*crossed.summary, *table["summary"]]
    training = {
        "seed": plan.seed,
        "preset": plan.preset,
        "device": str(device),
        "seconds": round(time.perf_counter() - began),
        "draws": options.draws,
        "folds": "of the cohort file" if known.splits else "5, stratified by event, seed 0",
        "risk_variance": crossed.variance,
        **crossed.training,
    }
    if start is not None and isinstance(config, ImputmaeConfig):
        training["start"] = start.facts(inputs, config)
    manifest = _manifest(out.name, known, plan, config, whole, development, metrics, training)
    manifest = replace(manifest, calibration=calibration)
    bundle = save(out, fitted, inputs, development, manifest, write_card(manifest, known))
    shutil.rmtree(work, ignore_errors=True)
    return bundle


def _recalibrated(crossed: Crossed, corrections: Recalibrations, prepared: Prepared) -> Crossed:
    """Risks and survival on the scale of the bundle's predictions, each patient's by what was measured of him."""
    risks = corrections.risks(crossed.risks, prepared.measured)
    return replace(crossed, risks=risks, survival=np.exp(-np.exp(risks)))


def _known(cohort: Cohort, without: Iterable[str]) -> Cohort:
    cohort.require_sound()
    left_out = {patient_key(i) for i in without}
    known = cohort.with_outcome()
    kept = known.keep(i for i in known.ids if patient_key(i) not in left_out and known.pattern(i))
    deaths = int(kept.events.sum())
    if len(kept) < 50 or deaths < 20:
        raise CohortError(
            f"{cohort.name} has {len(kept)} patients with outcome and {deaths} deaths; "
            "training needs at least 50 and 20: join cohorts, or take a bundle that is there"
        )
    for split in kept.folds():
        if not outcome_of(kept, split.train).events.any():
            raise CohortError(
                f"{cohort.name}: nobody died in the training part of fold {split.fold}; correct the splits"
            )
    return kept


def _work_folder(
    out: Path, cohort: Cohort, plan: Plan, config: Config, resume: bool, start: Start | None = None
) -> Path:
    """The folder of checkpoints, beside the bundle; checked to belong to the same training."""
    work = out.with_name(f".{out.name}.training")
    parts = [asdict(config), plan.seed, cohort.digest(), program.digest(), start.bundle.sha256 if start else ""]
    content = json.dumps(parts, sort_keys=True)
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


def _develop(fitted: Fitted, prepared: Prepared, cohort: Cohort, crossed: Crossed) -> Development:
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
    config: Config,
    model: NetworkModel,
    development: Development,
    metrics: list[dict[str, Any]],
    training: dict[str, Any],
) -> Manifest:
    salt, fitted, inputs = secrets.token_hex(16), model.fitted, model.inputs
    simulated = is_simulated(cohort)
    scalings = {str(m): NETWORKS[plan.method].describe(scaling) for m, scaling in inputs.scalings.items()}
    return Manifest(
        name=name,
        version=plan.version,
        method=plan.method,
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        survgui=__version__,
        development=bundles.Development(cohort.name, len(cohort), int(cohort.events.sum()), simulated=simulated),
        inputs=inputs.specs,
        config={"network": asdict(config), "scalings": scalings},
        edges_months=tuple(float(e) for e in fitted.edges),
        horizon_months=fitted.horizon,
        thresholds=development.reference.thresholds,
        generator=fitted.generator,
        steps=fitted.generators[fitted.generator].default_steps,
        decoders=tuple(name for name, generator in fitted.generators.items() if not generator.state_dict()),
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
