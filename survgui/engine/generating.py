"""Fitting generators of missing specific parts on the component vectors of a network that no longer learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.step import Task
from survgui.engine.stages import History, Stages, Terms
from survgui.nets.generators.base import Generator
from survgui.nets.generators.diffusion import Ddim, diffusion_loss
from survgui.nets.generators.trunk import Trunk
from survgui.nets.must import Must, MustConfig

STAGE = "generator"
"""Of every step, whichever generator it is of: one bar for all of them."""
HIDDEN = 0.5
"""Chance that a measured specific part is hidden from a generator that learns to draw it."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """g and u of every training patient, (n, M, D) each, with (n, M) True where present."""

    whole: Tensor
    unique: Tensor
    present: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Generators:
    """What was fitted, by name, with the losses of those that learn in epochs."""

    generators: Mapping[str, Generator]
    losses: History


def names_of(config: MustConfig) -> tuple[str, ...]:
    """The generators that a configuration asks for, the default one first."""
    others = [name.strip() for name in config.generators.split(",")]
    return tuple(dict.fromkeys(name for name in (config.generator, *others) if name))


def fit_generators(
    must: Must, vectors: Vectors, config: MustConfig, *, seed: int, checkpoint: Path | None = None
) -> Task[Generators]:
    """Fit all generators that the configuration asks for.

    Yields:
        Steps of one stage, `generator`, that runs through all of them.
    """
    names = names_of(config)
    total, before = sum(_epochs(name, config) for name in names), 0
    found: dict[str, Generator] = {}
    losses: History = {}
    for name in names:
        task = fit_generator(name, must, vectors, config, seed=seed, checkpoint=checkpoint)
        while True:
            try:
                step = next(task)
            except StopIteration as stop:
                found[name] = stop.value
                break
            losses.setdefault(f"{STAGE} {name}", []).append(dict(step.values))
            yield replace(step, stage=STAGE, done=before + step.done, total=total)
        before += _epochs(name, config)
    return Generators(found, losses)


def fit_generator(
    name: str, must: Must, vectors: Vectors, config: MustConfig, *, seed: int, checkpoint: Path | None = None
) -> Task[Generator]:
    """Fit one generator.

    Yields:
        One step per epoch.
    """
    device = vectors.present.device
    torch.manual_seed(seed + 1)
    generator = empty_generator(name, must, config).to(device)
    learning = _Learning(generator, must, vectors, seed, device, config, checkpoint)
    yield from learning.stage(
        f"{STAGE}-{name}", generator, learning.loss,
        epochs=config.diffusion_epochs, rate=config.learning_rate, batch=config.diffusion_batch,
    )  # fmt: skip
    return generator.eval().requires_grad_(False)


def empty_generator(name: str, must: Must, config: MustConfig) -> Generator:
    """A generator that has learned nothing yet, or whose weights come from a file."""
    identity = torch.stack([must.tower(m).cls[1].detach() for m in must.modalities])
    return Ddim(Trunk(config.width, config.diffusion_width, config.diffusion_layers, identity))


def _epochs(name: str, config: MustConfig) -> int:
    return config.diffusion_epochs


class _Learning(Stages):
    """A generator that learns by hiding from it what is known."""

    def __init__(
        self,
        generator: Generator,
        must: Must,
        vectors: Vectors,
        seed: int,
        device: torch.device,
        config: MustConfig,
        folder: Path | None,
    ) -> None:
        super().__init__(len(vectors.present), seed=seed, device=device, decay=config.weight_decay, folder=folder)
        self.generator, self.must, self.vectors = generator, must, vectors

    def loss(self, rows: NDArray[np.int64]) -> Terms:
        """What the generator has to learn of what is known but hidden, given the shared part of what is shown."""
        at = torch.from_numpy(rows)
        whole, unique, known = self.vectors.whole[at], self.vectors.unique[at], self.vectors.present[at]
        shown = self.hidden(known, HIDDEN)
        shared = self.must.parts(whole, unique, shown).shared
        slots = (self.must.subspace.specific(unique) - self.must.mean_specific) / self.must.specific_deviation
        noise = torch.Generator().manual_seed(int(self.draw.integers(2**62)))
        assert isinstance(self.generator, Ddim)
        return {STAGE: diffusion_loss(self.generator.trunk, slots, shown, known, shared, noise)}
