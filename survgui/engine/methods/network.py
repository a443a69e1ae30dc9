"""The networks of this package as methods: learned on the training part, with a generator of what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.encoders.scaling import Scaling
from survgui.engine import inference
from survgui.engine.fitting import Fitted, Learned, with_generators
from survgui.engine.generating import Vectors, names_of
from survgui.engine.inputs import Inputs, prepare
from survgui.engine.methods.contract import CannotRun, Fit, Forecast, Options, outcome_of
from survgui.nets.families import Config

TOGETHER = 64
"""Patients whose draws are made at once."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the networks of one method come about.

    Attributes:
        method: As bundles and `FAMILIES` name it.
        field: Of `Options`, the configuration.
        inputs: Fits the scalings on training patients.
        learn: Fits the network; called as `engine.fitting.learn`.
        describe: What a manifest keeps of a scaling.
        quality: Judges a fold's network on its test part beyond survival; called with the network, its inputs, the
            cohort and the split. Gives plain values.
        pooled: What `Manifest.training` holds of the plain values of all folds.
    """

    method: str
    field: str
    inputs: Callable[[Cohort, Sequence[str], Any], Inputs]
    learn: Callable[..., Task[Any]]
    describe: Callable[[Scaling], dict[str, Any]]
    quality: Callable[..., Task[dict[str, Any]]]
    pooled: Callable[[Sequence[Mapping[str, Any]]], Mapping[str, Any]]

    def config(self, options: Options) -> Config:
        """The configuration of these networks."""
        found: Config = getattr(options, self.field)
        return found

    def with_config(self, options: Options, **changes: Any) -> Options:
        """The same options with some settings of these networks changed."""
        return self.options(self.config(options).changed(changes), options)

    def options(self, config: Config, others: Options) -> Options:
        """Options with this configuration, in everything else as others."""
        changed: dict[str, Any] = {self.field: config}
        return replace(others, **changed)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkModel:
    """A network, fitted."""

    fitted: Fitted
    inputs: Inputs
    options: Options

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Impute what is missing and average the curves over the draws.

        A patient with nothing that the model takes gets its average, as in the Cox rows: figures of all
        methods are of the same patients.
        """
        prepared = prepare(cohort, ids, self.inputs)
        if not prepared.present.any():
            raise CannotRun(f"it needs one of {', '.join(self.inputs.specs)}")
        device = torch.device(self.options.device)
        survival = []
        for start in range(0, len(ids), TOGETHER):
            rows = range(start, min(start + TOGETHER, len(ids)))
            with torch.inference_mode():
                parts = self.fitted.net.embed(prepared.batch(rows).to(device))
            *_, drawn = inference.impute(
                self.fitted, parts, draws=self.options.draws, seed=self.options.seed, steps=self.options.steps
            )
            survival.append(inference.draw_curves(self.fitted, drawn).mean(axis=1))
        joined = np.concatenate(survival)
        risks = inference.risk(self.fitted, joined)
        return Forecast(risks, self.fitted.edges, joined, measured=prepared.measured)


def fit_network(
    recipe: Recipe, cohort: Cohort, train: Sequence[str], options: Options, checkpoint: Path | None = None
) -> Task[NetworkModel]:
    """A network with the generators that its configuration asks for; it goes on from a `checkpoint` of whole epochs."""
    config = recipe.config(options)
    names_of(config)  # a name that is none is said before anything is learned
    inputs = recipe.inputs(cohort, train, config)
    key = _Key(cohort, tuple(train), config.changed({"generator": "", "generators": ""}), options.seed, options.device)
    learned = None if checkpoint else _RECENT.get(key)
    if learned is None:
        learned = yield from recipe.learn(
            prepare(cohort, train, inputs), outcome_of(cohort, train), inputs, config, seed=options.seed,
            device=torch.device(options.device), checkpoint=checkpoint,
        )  # fmt: skip
        if not checkpoint:  # a training comes once, and its process may live long
            _remember(key, learned)
    fitted = yield from with_generators(learned, config, seed=options.seed, checkpoint=checkpoint)
    return NetworkModel(fitted, inputs, options)


def network_with(recipe: Recipe, generator: str = "", **changes: Any) -> Fit:
    """The network with its own generator alone, or with another one, to see what its own is worth.

    Args:
        changes: Settings that make another method of it. Where they make none of the options, it cannot run.
    """

    def fitted(cohort: Cohort, train: Sequence[str], options: Options) -> Task[NetworkModel]:
        chosen = {"generator": generator} if generator else {}
        try:
            alone = recipe.with_config(options, generators="", **chosen, **changes)
        except ValueError as error:
            raise CannotRun(f"with these settings it cannot be: {error}") from None
        return fit_network(recipe, cohort, train, replace(alone, steps=0) if generator else alone)

    return fitted


@dataclass(frozen=True, slots=True)
class _Key:
    """All that a network depends on; the generator, which is fitted to it afterwards, is none of it."""

    cohort: Cohort
    train: tuple[str, ...]
    config: Config
    seed: int
    device: str


_RECENT: dict[_Key, Learned] = {}
"""Networks of this process's last folds: methods that fill the same network's gaps differently share them."""
_KEPT = 15


def _remember(key: _Key, learned: Learned) -> None:
    words = learned.vectors.whole[..., : learned.net.mean_shared.numel()].clone()  # all that generators are fitted on
    vectors = Vectors(words, learned.vectors.unique, learned.vectors.present)
    _RECENT[key] = replace(learned, vectors=vectors)
    while len(_RECENT) > _KEPT:
        del _RECENT[next(iter(_RECENT))]
