"""Training in stages: one module, one loss, a fixed number of epochs; stopped and resumed to the same bits.

Weights, optimiser and both random states are kept after every epoch (safetensors, no pickle).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from survgui.cases.step import Step, Task
from survgui.errors import Diverged
from survgui.nets.device import halving_here
from survgui.nets.weights import load_tensors, save_tensors

Terms = dict[str, Tensor]
"""Terms of a loss by name, weighted: their sum, in this order, is what is minimised."""
History = dict[str, list[dict[str, float]]]
"""Per stage and epoch the mean `loss` and its terms."""


class Stages:
    """What the stages of one fit share, and what a checkpoint holds.

    Args:
        count: Training patients.
        decay: Weight decay of matrices.
        folder: Of the state after the last whole epoch; None keeps none.
    """

    def __init__(self, count: int, *, seed: int, device: torch.device, decay: float, folder: Path | None) -> None:
        self.count, self.device, self.decay, self.folder = count, device, decay, folder
        self.draw = np.random.default_rng(seed)
        self.history: History = {}
        self.piece = count
        """patients whose gradient is taken at once; halved where memory runs out"""

    def stage(
        self,
        name: str,
        module: nn.Module,
        loss_of: Callable[[NDArray[np.int64]], Terms],
        *,
        epochs: int,
        rate: float,
        batch: int,
    ) -> Task[None]:
        """Train one module for some epochs with a cosine schedule.

        Args:
            loss_of: Loss of some rows of the training patients.
            rate: Learning rate of AdamW at the start.
            batch: Patients per step.

        Yields:
            One step per epoch, also for those that a checkpoint holds; its values are the mean `loss` and its terms.

        Raises:
            Diverged: A loss is no number; the checkpoint is that of the last good epoch.
            OutOfMemory: The device cannot hold one patient.
        """
        optimiser = self.optimiser(module, rate)
        done = self._resume(name, module, optimiser)
        for epoch, values in enumerate(self.history.get(name, ())):
            yield _step(name, epoch, epochs, values)
        module.train()
        for epoch in range(done, epochs):
            for group in optimiser.param_groups:
                group["lr"] = rate * 0.5 * (1.0 + math.cos(math.pi * epoch / epochs))
            batches = [self._update(module, optimiser, loss_of, rows) for rows in self._batches(batch)]
            values = {term: float(np.mean([found[term] for found in batches])) for term in batches[0]}
            if not all(math.isfinite(value) for value in values.values()):
                raise Diverged(
                    f"the loss is no longer a number at epoch {epoch + 1} of {epochs} of the {name} stage; what was "
                    "finished before is kept: lower the learning rate and start anew"
                )
            self.history.setdefault(name, []).append(values)
            self._save(name, module, optimiser, epoch + 1)
            yield _step(name, epoch, epochs, values)

    def begun(self, name: str) -> bool:
        """Whether a checkpoint holds an epoch of a stage."""
        return self._kept(name) is not None

    def optimiser(self, module: nn.Module, rate: float) -> torch.optim.Optimizer:
        """AdamW, unless a fit has it otherwise."""
        return torch.optim.AdamW(_groups(module, self.decay), lr=rate)

    def hidden(self, present: Tensor, rate: float) -> Tensor:
        """A random subset of what is present, never empty: each is hidden with the chance `rate`."""
        random = torch.from_numpy(self.draw.random(tuple(present.shape))).to(present.device)
        kept = present & (random >= rate)
        # whoever lost everything keeps the modality whose number was highest
        best = torch.where(present, random, torch.full_like(random, -1.0)).argmax(dim=1)
        lost = ~kept.any(dim=1)
        kept[lost, best[lost]] = present[lost, best[lost]]
        return kept

    def noise(self, shape: tuple[int, ...]) -> Tensor:
        """Standard normal numbers of the fit's own random state."""
        return torch.from_numpy(self.draw.standard_normal(shape).astype(np.float32)).to(self.device)

    def _update(
        self,
        module: nn.Module,
        optimiser: torch.optim.Optimizer,
        loss_of: Callable[[NDArray[np.int64]], Terms],
        rows: NDArray[np.int64],
    ) -> dict[str, float]:
        """One step on a batch, in as many pieces as the device's memory asks for; gives the loss and its terms."""

        def gradient(size: int) -> dict[str, float]:
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
        found, taken = halving_here(gradient, asked, self.device)
        self.piece = min(self.piece, taken) if taken < asked else self.piece
        nn.utils.clip_grad_norm_(module.parameters(), 5.0)
        optimiser.step()
        return found

    def _batches(self, size: int) -> list[NDArray[np.int64]]:
        """Shuffled rows, cut so that no batch is much smaller than the others."""
        order = self.draw.permutation(self.count)
        return np.array_split(order, max(1, round(self.count / size)))

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
        kept = self._kept(name)
        if kept is None:
            return 0
        tensors = load_tensors(kept)
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

    def _kept(self, name: str) -> Path | None:
        file = None if self.folder is None else self.folder / f"{name}.safetensors"
        return file if file is not None and file.is_file() else None


def _step(stage: str, epoch: int, epochs: int, values: Mapping[str, float]) -> Step:
    return Step(stage, epoch + 1, epochs, f"loss {values['loss']:.3f}", values)


def _groups(module: nn.Module, decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices only: biases, norms and the baseline hazard are no slopes."""
    matrices = [p for p in module.parameters() if p.ndim >= 2]
    others = [p for p in module.parameters() if p.ndim < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
