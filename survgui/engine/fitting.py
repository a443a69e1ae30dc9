"""Fitting MUST on prepared patients: warm-up, main stage, conditional generator (MUST, two-stage training).

A fit can be stopped between any two epochs and goes on from its checkpoint to the same bits on the CPU:
weights, optimiser, and both random states are kept (safetensors, no pickle).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from survgui.cases.step import Step, Task
from survgui.engine.inputs import Inputs, Prepared
from survgui.errors import Diverged, OutOfMemory
from survgui.nets import losses
from survgui.nets.batch import Batch
from survgui.nets.device import halving
from survgui.nets.diffusion import Denoiser, diffusion_loss
from survgui.nets.must import Must, MustConfig
from survgui.nets.weights import load_tensors, save_tensors
from survgui.survival.bins import default_horizon, exposure, quantile_edges
from survgui.survival.metrics import Followed

STAGES = ("warm-up", "main", "generator")

Terms = dict[str, Tensor]
"""Terms of a loss by name, weighted: their sum, in this order, is what is minimised."""
History = dict[str, list[dict[str, float]]]
"""Per stage and epoch the mean `loss` and its terms."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A trained network with its generator and its time axis.

    Attributes:
        edges: (K+1,) months.
        horizon: Months at which risk is stated.
        losses: What each epoch of every stage came to, for the curves of a trainer.
    """

    must: Must
    denoiser: Denoiser
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
    """Train on these patients.

    Args:
        checkpoint: Folder of the state after the last whole epoch; a fit that finds one there goes on from it.

    Yields:
        One step per epoch, also for those that a checkpoint holds; its values are the mean `loss` of the epoch and
        the loss's terms, weighted as they enter it.

    Raises:
        ValueError: No deaths.
        OutOfMemory: The device cannot hold one patient; its checkpoint can go on elsewhere.
    """
    device = device or torch.device("cpu")
    torch.manual_seed(seed)
    edges = quantile_edges(outcome.months, outcome.events, config.bins)
    must = Must(config, inputs.shapes(), len(edges) - 1).to(device)
    _start_baseline(must, edges, outcome)
    run = _Run(prepared, outcome, edges, must, config, seed, device, checkpoint)
    yield from run.stage("warm-up", must, config.warmup_epochs, config.learning_rate, run.warm_loss)
    yield from run.stage("main", must, config.epochs, config.learning_rate, run.main_loss)
    must.eval().requires_grad_(False)
    vectors = component_vectors(must, prepared, device)
    remembered = must.parts(vectors.whole, vectors.unique, vectors.present)
    must.remember(remembered.shared, must.subspace.specific(vectors.unique), vectors.present)
    identity = torch.stack([must.tower(m).cls[1] for m in must.modalities])
    torch.manual_seed(seed + 1)
    denoiser = Denoiser(config.width, config.diffusion_width, config.diffusion_layers, identity).to(device)
    run.vectors, run.denoiser = vectors, denoiser
    yield from run.stage("generator", denoiser, config.diffusion_epochs, config.learning_rate, run.generator_loss)
    denoiser.eval().requires_grad_(False)
    horizon = config.horizon or default_horizon(edges, outcome.months, outcome.events)
    return Fitted(must, denoiser, edges, horizon, run.history)


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """g and u of every training patient, (n, M, D) each, with (n, M) True where present."""

    whole: Tensor
    unique: Tensor
    present: Tensor


@torch.no_grad()
def component_vectors(must: Must, prepared: Prepared, device: torch.device, size: int = 64) -> Vectors:
    """Global vectors of all patients with a network that no longer learns."""
    wholes, uniques = [], []
    for start in range(0, len(prepared), size):
        batch = prepared.batch(range(start, min(start + size, len(prepared)))).to(device)
        whole, unique, _, _ = must.vectors(batch)
        wholes.append(whole)
        uniques.append(unique)
    return Vectors(torch.cat(wholes), torch.cat(uniques), torch.from_numpy(prepared.present).to(device))


class _Run:
    """One fit's state: what an epoch needs, and what a checkpoint holds."""

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
    ) -> None:
        self.prepared, self.must, self.config, self.device, self.folder = prepared, must, config, device, folder
        self.draw = np.random.default_rng(seed)
        index, share = exposure(edges, outcome.months)
        self.index = torch.from_numpy(index)
        self.share = torch.from_numpy(share).float()
        self.events = torch.from_numpy(outcome.events).float()
        self.history: History = {}
        self.piece = max(config.batch, config.diffusion_batch) * 2
        """patients whose gradient is taken at once; halved where memory runs out"""
        self.vectors: Vectors | None = None
        self.denoiser: Denoiser | None = None

    def stage(
        self, name: str, module: nn.Module, epochs: int, rate: float, loss_of: Callable[[NDArray[np.int64]], Terms]
    ) -> Task[None]:
        """Train one module for some epochs with a cosine schedule.

        Raises:
            Diverged: A loss is no number; the checkpoint is that of the last good epoch.
        """
        optimiser = torch.optim.AdamW(_groups(module, self.config.weight_decay), lr=rate)
        done = self._resume(name, module, optimiser)
        for epoch, values in enumerate(self.history.get(name, ())):
            yield _step(name, epoch, epochs, values)
        size = self.config.diffusion_batch if name == "generator" else self.config.batch
        module.train()
        for epoch in range(done, epochs):
            for group in optimiser.param_groups:
                group["lr"] = rate * 0.5 * (1.0 + math.cos(math.pi * epoch / epochs))
            batches = [self._update(module, optimiser, loss_of, rows) for rows in self._batches(size)]
            values = {term: float(np.mean([batch[term] for batch in batches])) for term in batches[0]}
            if not all(math.isfinite(value) for value in values.values()):
                raise Diverged(
                    f"the loss is no longer a number at epoch {epoch + 1} of {epochs} of the {name} stage; what was "
                    "finished before is kept: lower the learning rate and start anew"
                )
            self.history.setdefault(name, []).append(values)
            self._save(name, module, optimiser, epoch + 1)
            yield _step(name, epoch, epochs, values)

    def warm_loss(self, rows: NDArray[np.int64]) -> Terms:
        """Each modality's g alone must predict, with noise in every other slot (MUST, stage 1)."""
        batch = self._batch(rows)
        whole, _, _, _ = self.must.vectors(batch)
        b, m, d = whole.shape
        slots = self._noise((b, m, 1 + m, d)) * (self.config.noise * whole.detach().std())
        own = torch.arange(m)
        slots[:, own, 1 + own] = whole
        log_hazards = self.must.head(slots.flatten(-2))  # (B, M, K)
        here = batch.present.flatten()
        return {"survival": self._survival(log_hazards.flatten(0, 1)[here], np.repeat(rows, m)[here.cpu().numpy()])}

    def main_loss(self, rows: NDArray[np.int64]) -> Terms:
        """Survival with everything and with some of it hidden, plus the three constraints (MUST, stage 2)."""
        c = self.config
        batch = self._batch(rows)
        must = self.must
        whole, unique, tokens, _ = must.vectors(batch)
        crossed = must.cross(tokens, batch.present)
        own = must.subspace.specific(unique)
        _follow_mean(must, own.detach(), batch.present)
        seen = [must.parts(whole, unique, batch.present)]
        if c.hide > 0:
            seen.append(must.parts(whole, unique, self._hidden(batch.present)))
        survival = torch.stack([self._survival(must.log_hazards(p.shared, p.specific), rows) for p in seen]).mean()
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

    def generator_loss(self, rows: NDArray[np.int64]) -> Terms:
        """Denoise what is known but hidden, given the shared part of what is shown."""
        assert self.vectors is not None and self.denoiser is not None
        at = torch.from_numpy(rows)
        whole, unique, known = self.vectors.whole[at], self.vectors.unique[at], self.vectors.present[at]
        shown = self._hidden(known, chance=0.5)
        parts = self.must.parts(whole, unique, shown)
        slots = (self.must.subspace.specific(unique) - self.must.mean_specific) / self.must.specific_deviation
        noise = torch.Generator().manual_seed(int(self.draw.integers(2**62)))
        return {"generator": diffusion_loss(self.denoiser, slots, shown, known, parts.shared, noise)}

    def _update(
        self,
        module: nn.Module,
        optimiser: torch.optim.Optimizer,
        loss_of: Callable[[NDArray[np.int64]], Terms],
        rows: NDArray[np.int64],
    ) -> dict[str, float]:
        """One step on a batch, in as many pieces as the device's memory asks for; gives the loss and its terms."""

        def gradient(size: int, device: torch.device) -> dict[str, float]:
            if device != self.device:
                raise OutOfMemory(f"the memory of {self.device} is exhausted even with one patient at a time [DEV-03]")
            optimiser.zero_grad(set_to_none=True)
            found: dict[str, float] = {"loss": 0.0}
            for piece in np.array_split(rows, math.ceil(len(rows) / size)):
                terms, share = loss_of(piece), len(piece) / len(rows)
                loss = reduce(torch.add, terms.values()) * share
                loss.backward()  # type: ignore[no-untyped-call]  # torch's own signature
                found["loss"] += float(loss.detach())
                for name, term in terms.items():
                    found[name] = found.get(name, 0.0) + float(term.detach()) * share
            return found

        asked = min(self.piece, len(rows))
        found, taken, _ = halving(gradient, asked, self.device)
        self.piece = min(self.piece, taken) if taken < asked else self.piece
        nn.utils.clip_grad_norm_(module.parameters(), 5.0)
        optimiser.step()
        return found

    def _batches(self, size: int) -> list[NDArray[np.int64]]:
        """Shuffled rows, cut so that no batch is much smaller than the others."""
        order = self.draw.permutation(len(self.prepared))
        return np.array_split(order, max(1, round(len(order) / size)))

    def _batch(self, rows: NDArray[np.int64]) -> Batch:
        return self.prepared.batch(rows.tolist(), self.config.bag_rows, self.draw).to(self.device)

    def _survival(self, log_hazards: Tensor, rows: NDArray[np.int64]) -> Tensor:
        at = torch.from_numpy(rows)
        index, share, events = (x[at].to(self.device) for x in (self.index, self.share, self.events))
        return losses.survival_nll(log_hazards, index, share, events)

    def _hidden(self, present: Tensor, chance: float | None = None) -> Tensor:
        """A random subset of what is present, never empty."""
        rate = self.config.hide if chance is None else chance
        random = torch.from_numpy(self.draw.random(tuple(present.shape))).to(present.device)
        kept = present & (random >= rate)
        # whoever lost everything keeps the modality whose number was highest
        best = torch.where(present, random, torch.full_like(random, -1.0)).argmax(dim=1)
        lost = ~kept.any(dim=1)
        kept[lost, best[lost]] = present[lost, best[lost]]
        return kept

    def _noise(self, shape: tuple[int, ...]) -> Tensor:
        return torch.from_numpy(self.draw.standard_normal(shape).astype(np.float32)).to(self.device)

    def _save(self, name: str, module: nn.Module, optimiser: torch.optim.Optimizer, epoch: int) -> None:
        if self.folder is None:
            return
        tensors = {f"module.{k}": v for k, v in module.state_dict().items()}
        for key, state in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{key}.{k}": torch.as_tensor(v) for k, v in state.items()}
        tensors["rng"] = torch.get_rng_state()
        progress = {"epoch": epoch, "draw": self.draw.bit_generator.state, "history": self.history}
        # in the same file as the weights, so that a kill cannot leave the two of different epochs
        tensors["progress"] = torch.tensor(list(json.dumps(progress).encode()), dtype=torch.uint8)
        save_tensors(self.folder / f"{name}.safetensors", tensors)

    def _resume(self, name: str, module: nn.Module, optimiser: torch.optim.Optimizer) -> int:
        """Put back the last whole epoch of a stage; gives how many are done."""
        if self.folder is None or not (self.folder / f"{name}.safetensors").is_file():
            return 0
        tensors = load_tensors(self.folder / f"{name}.safetensors")
        progress = json.loads(bytes(tensors["progress"].tolist()))
        module.load_state_dict({k[7:]: v for k, v in tensors.items() if k.startswith("module.")})
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimiser."):
                _, number, field = key.split(".")
                state.setdefault(int(number), {})[field] = value
        optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
        torch.set_rng_state(tensors["rng"])
        self.draw.bit_generator.state = progress["draw"]
        self.history = progress["history"]
        return int(progress["epoch"])


def _step(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> Step:
    return Step(stage, epoch + 1, epochs, f"loss {values['loss']:.3f}", values)


def _groups(module: nn.Module, decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices only: biases, norms and the baseline hazard are no slopes."""
    matrices = [p for p in module.parameters() if p.ndim >= 2]
    others = [p for p in module.parameters() if p.ndim < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


@torch.no_grad()
def _start_baseline(must: Must, edges: NDArray[np.float64], outcome: Followed) -> None:
    """Start from the cohort's own hazard: deaths per bin over the time at risk in it."""
    index, share = exposure(edges, outcome.months)
    bins = np.arange(len(edges) - 1)
    exposed = (bins < index[:, None]) + (bins == index[:, None]) * share[:, None]  # (n, K) in bins
    deaths = np.array([np.sum(outcome.events & (index == k)) for k in bins])
    hazard = (deaths + 0.5) / (exposed.sum(axis=0) + 1.0)
    must.head.baseline.copy_(torch.from_numpy(np.log(hazard)).float())


@torch.no_grad()
def _follow_mean(must: Must, specific: Tensor, present: Tensor, rate: float = 0.1) -> None:
    """Running mean of the specific parts, which stands in for missing ones while the network learns."""
    weight = present.unsqueeze(-1).float()
    count = weight.sum(dim=0)
    mean = (weight * specific).sum(dim=0) / count.clamp_min(1.0)
    must.mean_specific.lerp_(torch.where(count > 0, mean, must.mean_specific), rate)
