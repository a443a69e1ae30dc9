"""`must`: the network of this package as a method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine import inference
from survgui.engine.fitting import Fitted, Learned, learn, with_generators
from survgui.engine.generating import names_of
from survgui.engine.inputs import Inputs, fit_inputs, prepare
from survgui.engine.methods.contract import CannotRun, Fit, Forecast, Options, outcome_of
from survgui.nets.must import MustConfig


@dataclass(frozen=True, slots=True, eq=False)
class MustModel:
    """MUST, fitted."""

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
        for start in range(0, len(ids), 64):
            rows = range(start, min(start + 64, len(ids)))
            with torch.inference_mode():
                parts = self.fitted.net.embed(prepared.batch(rows).to(device))
            *_, drawn = inference.impute(
                self.fitted, parts, draws=self.options.draws, seed=self.options.seed, steps=self.options.steps
            )
            survival.append(inference.draw_curves(self.fitted, drawn).mean(axis=1))
        joined = np.concatenate(survival)
        risks = inference.risk(self.fitted, joined)
        return Forecast(risks, self.fitted.edges, joined, measured=prepared.measured)


def fit_must(cohort: Cohort, train: Sequence[str], options: Options, checkpoint: Path | None = None) -> Task[MustModel]:
    """The network of this package with its own generator; it goes on from a `checkpoint` of whole epochs."""
    options = replace(options, config=replace(options.config, generators=""))
    names_of(options.config)  # a name that is none is said before anything is learned
    inputs = fit_inputs(cohort, train, options.config)
    prepared = prepare(cohort, train, inputs)
    device = torch.device(options.device)
    key = _Key(cohort, tuple(train), replace(options.config, generator=""), options.seed, options.device)
    learned = None if checkpoint else _RECENT.get(key)
    if learned is None:
        learned = yield from learn(
            prepared, outcome_of(cohort, train), inputs, options.config, seed=options.seed, device=device,
            checkpoint=checkpoint,
        )  # fmt: skip
        if not checkpoint:  # a training comes once, and its process may live long
            _remember(key, learned)
    fitted = yield from with_generators(learned, options.config, seed=options.seed, checkpoint=checkpoint)
    return MustModel(fitted, inputs, options)


@dataclass(frozen=True, slots=True)
class _Key:
    """All that a network depends on; the generator, which is fitted to it afterwards, is none of it."""

    cohort: Cohort
    train: tuple[str, ...]
    config: MustConfig
    seed: int
    device: str


_RECENT: dict[_Key, Learned] = {}
"""Networks of this process's last folds: `must-meanfill` and `must-knn` fill the same network's gaps differently."""
_KEPT = 15


def _remember(key: _Key, learned: Learned) -> None:
    _RECENT[key] = learned
    while len(_RECENT) > _KEPT:
        del _RECENT[next(iter(_RECENT))]


def must_with(generator: str) -> Fit:
    """The same network with another filling of what is missing, to see what its generator is worth."""

    def fitted(cohort: Cohort, train: Sequence[str], options: Options) -> Task[MustModel]:
        config = replace(options.config, generator=generator)
        return fit_must(cohort, train, replace(options, config=config, steps=0))

    return fitted
