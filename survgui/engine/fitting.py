"""Fitting MUST on prepared patients: warm-up, main stage, conditional generator (MUST, two-stage training).

A fit can be stopped between any two epochs and goes on from its checkpoint to the same bits on the CPU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.step import Task
from survgui.engine.generating import Vectors, fit_generators
from survgui.engine.inputs import Inputs, Prepared
from survgui.engine.stages import History, Stages, Terms
from survgui.nets import losses
from survgui.nets.batch import Batch
from survgui.nets.device import halving_here
from survgui.nets.families import Config
from survgui.nets.generators.base import Generator
from survgui.nets.must import Must, MustConfig
from survgui.nets.net import SurvivalNet
from survgui.survival.anchor.hazard import fit_anchor
from survgui.survival.bins import crude_hazard, default_horizon, exposure, quantile_edges
from survgui.survival.metrics import Followed


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A trained network with its generators and its time axis.

    Attributes:
        generators: By name; `generator` names the one that is taken where nobody asks for another.
        edges: (K+1,) months.
        horizon: Months at which risk is stated.
        losses: What each epoch of every stage came to, for the curves of a trainer.
    """

    net: SurvivalNet
    generators: Mapping[str, Generator]
    generator: str
    edges: NDArray[np.float64]
    horizon: float
    losses: History


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A trained network before anything is drawn: its time axis, what it reads of its patients, its losses."""

    net: SurvivalNet
    vectors: Vectors
    edges: NDArray[np.float64]
    horizon: float
    losses: History


def fit(
    prepared: Prepared,
    outcome: Followed,
    inputs: Inputs,
    config: MustConfig,
    *,
    seed: int = 0,
    device: torch.device | None = None,
    checkpoint: Path | None = None,
) -> Task[Fitted]:
    """Train on these patients: the network, then its generators.

    Args:
        checkpoint: Folder of the state after the last whole epoch; a fit that finds one there goes on from it.

    Yields:
        One step per epoch, also for those that a checkpoint holds; its values are the mean `loss` of the epoch and
        the loss's terms, weighted as they enter it.

    Raises:
        ValueError: No deaths.
        OutOfMemory: The device cannot hold one patient; its checkpoint can go on elsewhere.
    """
    learned = yield from learn(prepared, outcome, inputs, config, seed=seed, device=device, checkpoint=checkpoint)
    return (yield from with_generators(learned, config, seed=seed, checkpoint=checkpoint))


def learn(
    prepared: Prepared,
    outcome: Followed,
    inputs: Inputs,
    config: MustConfig,
    *,
    seed: int = 0,
    device: torch.device | None = None,
    checkpoint: Path | None = None,
) -> Task[Learned]:
    """The network alone; see `fit`."""
    device = device or torch.device("cpu")
    torch.manual_seed(seed)
    edges = quantile_edges(outcome.months, outcome.events, config.bins)
    must = Must(config, inputs.shapes(), len(edges) - 1).to(device)
    offset = _start(must, prepared, outcome, config)
    _start_baseline(must, edges, outcome, offset)
    run = _Run(prepared, outcome, edges, must, config, seed, device, checkpoint, offset)
    rate, batch = config.learning_rate, config.batch
    yield from run.stage("warm-up", must, run.warm_loss, epochs=config.warmup_epochs, rate=rate, batch=batch)
    yield from run.stage("main", must, run.main_loss, epochs=config.epochs, rate=rate, batch=batch)
    must.eval().requires_grad_(False)
    vectors = component_vectors(must, prepared, device)
    remembered = must.parts(vectors.whole, vectors.unique, vectors.present)
    must.remember(remembered.shared, must.own(vectors.unique), vectors.present)
    horizon = config.horizon or default_horizon(edges, outcome.months, outcome.events)
    return Learned(must, vectors, edges, horizon, run.history)


def with_generators(learned: Learned, config: Config, *, seed: int = 0, checkpoint: Path | None = None) -> Task[Fitted]:
    """The generators that a configuration asks for, fitted on a network that no longer learns; see `fit`."""
    found = yield from fit_generators(learned.net, learned.vectors, config, seed=seed, checkpoint=checkpoint)
    losses = {**learned.losses, **found.losses}
    return Fitted(learned.net, found.generators, config.generator, learned.edges, learned.horizon, losses)


@torch.no_grad()
def component_vectors(net: SurvivalNet, prepared: Prepared, device: torch.device, size: int = 64) -> Vectors:
    """What a network that no longer learns reads of all patients.

    Args:
        size: Patients that are read at once; fewer where memory runs out.

    Raises:
        OutOfMemory: The device cannot hold one patient beside what was read of the others.
    """

    def read(size: int) -> Vectors:
        found = []
        for start in range(0, len(prepared), size):
            found.append(net.read(prepared.batch(range(start, min(start + size, len(prepared)))).to(device)))
        wholes, uniques = torch.cat([one.whole for one in found]), torch.cat([one.unique for one in found])
        return Vectors(wholes, uniques, torch.from_numpy(prepared.present).to(device))

    return halving_here(read, size, device)[0]


class _Run(Stages):
    """The stages of the network: what an epoch of theirs needs."""

    def __init__(
        self,
        prepared: Prepared,
        outcome: Followed,
        edges: NDArray[np.float64],
        must: Must,
        config: MustConfig,
        seed: int,
        device: torch.device,
        folder: Path | None,
        offset: NDArray[np.float64],
    ) -> None:
        super().__init__(len(prepared), seed=seed, device=device, decay=config.weight_decay, folder=folder)
        self.prepared, self.must, self.config = prepared, must, config
        index, share = exposure(edges, outcome.months)
        self.index = torch.from_numpy(index)
        self.share = torch.from_numpy(share).float()
        self.events = torch.from_numpy(outcome.events).float()
        self.offset = torch.from_numpy(offset).float()

    def warm_loss(self, rows: NDArray[np.int64]) -> Terms:
        """Each modality's g alone must predict, with noise in every other slot (MUST, stage 1)."""
        batch = self._batch(rows)
        whole = self.must.read(batch).whole
        b, m, d = whole.shape
        slots = self.noise((b, m, 1 + m, d)) * (self.config.noise * whole.detach().std())
        own = torch.arange(m)
        slots[:, own, 1 + own] = whole
        log_hazards = self.must.head(slots[:, :, 0], slots[:, :, 1:], self._offset(rows)[:, None])  # (B, M, K)
        here = batch.present.flatten()
        return {"survival": self._survival(log_hazards.flatten(0, 1)[here], np.repeat(rows, m)[here.cpu().numpy()])}

    def main_loss(self, rows: NDArray[np.int64]) -> Terms:
        """Survival with everything and with some of it hidden, plus the three constraints (MUST, stage 2)."""
        c = self.config
        batch = self._batch(rows)
        must = self.must
        read = must.read(batch)
        whole, unique = read.whole, read.unique
        crossed = must.cross(read.tokens, batch.present)
        own = must.own(unique)
        _follow_mean(must, own.detach(), batch.present)
        seen = [must.parts(whole, unique, batch.present)]
        if c.hide > 0:
            seen.append(must.parts(whole, unique, self.hidden(batch.present, c.hide)))
        known = self._offset(rows)
        survival = torch.stack([self._survival(must.head(p.shared, p.specific, known), rows) for p in seen]).mean()
        recomposed = own + must.subspace.shared(crossed)
        decomposition = losses.decomposition_loss(whole, recomposed, batch.present)
        shared = losses.shared_loss(must.subspace.shared(crossed), batch.present)
        orthogonality = losses.orthogonality_loss(unique, own, crossed, batch.present)
        return {
            "survival": survival,
            "decomposition": c.lambda_decomposition * decomposition,
            "shared": c.lambda_shared * shared,
            "orthogonality": c.lambda_orthogonality * orthogonality,
        }

    def _batch(self, rows: NDArray[np.int64]) -> Batch:
        return self.prepared.batch(rows.tolist(), self.config.bag_rows, self.draw).to(self.device)

    def _offset(self, rows: NDArray[np.int64]) -> Tensor:
        """(B,) what is known of these patients before anything is learned."""
        return self.offset[torch.from_numpy(rows)].to(self.device)

    def _survival(self, log_hazards: Tensor, rows: NDArray[np.int64]) -> Tensor:
        at = torch.from_numpy(rows)
        index, share, events = (x[at].to(self.device) for x in (self.index, self.share, self.events))
        return losses.survival_nll(log_hazards, index, share, events)


def _start(must: Must, prepared: Prepared, outcome: Followed, config: MustConfig) -> NDArray[np.float64]:
    """Start from the closed form; gives (n,) its cross-fitted log hazards, or zeros without an anchor.

    What is learned on top learns beside scores of fits that had not seen the patient: beside the final ones it would
    think that nothing is left to learn.
    """
    rows = prepared.rows()
    if not (config.anchor and rows):
        return np.zeros(len(prepared))
    most = config.width - 1 - config.rank
    anchor = fit_anchor(rows, outcome, rank=config.factors, leading=config.leading, most=most)
    must.start(anchor)
    return anchor.crossed


@torch.no_grad()
def _start_baseline(must: Must, edges: NDArray[np.float64], outcome: Followed, offset: NDArray[np.float64]) -> None:
    """Start from the cohort's own hazard: deaths per bin over the time at risk in it, given what is known."""
    hazard = crude_hazard(edges, outcome.months, outcome.events, offset)
    must.head.baseline.copy_(torch.from_numpy(np.log(hazard)).float())


@torch.no_grad()
def _follow_mean(must: Must, specific: Tensor, present: Tensor, rate: float = 0.1) -> None:
    """Running mean of the specific parts, which stands in for missing ones while the network learns."""
    weight = present.unsqueeze(-1).float()
    count = weight.sum(dim=0)
    mean = (weight * specific).sum(dim=0) / count.clamp_min(1.0)
    must.mean_specific.lerp_(torch.where(count > 0, mean, must.mean_specific), rate)
