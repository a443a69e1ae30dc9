"""Fitting generators of missing specific parts on the component vectors of a network that no longer learns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.step import Step, Task
from survgui.engine.stages import History, Stages, Terms
from survgui.errors import UsageError
from survgui.nets.generators.base import Generator
from survgui.nets.generators.diffusion import Ddim
from survgui.nets.generators.fill import MeanFill, Nearest
from survgui.nets.generators.flow import Flow
from survgui.nets.generators.frame import Frame, fit_frame
from survgui.nets.generators.gaussian import Gaussian, Pool, fit_gaussian
from survgui.nets.generators.learned import Learned
from survgui.nets.generators.mean import Mean
from survgui.nets.generators.trunk import Trunk
from survgui.nets.must import Must, MustConfig

CLOSED: Mapping[str, type[Gaussian]] = {"mean": Mean, "gaussian": Gaussian}
LEARNED: Mapping[str, type[Learned]] = {"flow": Flow, "ddim": Ddim}
NAMES = (*CLOSED, *LEARNED)
"""Generators that a bundle may hold."""
FILLERS = ("meanfill", "knn")
"""What generators are compared with; for evaluations alone."""
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
    """What was fitted, by name, with the losses of every epoch."""

    generators: Mapping[str, Generator]
    losses: History


def names_of(config: MustConfig) -> tuple[str, ...]:
    """The generators that a configuration asks for, the default one first.

    Raises:
        UsageError: A name that is none.
    """
    others = [name.strip() for name in config.generators.split(",")]
    names = tuple(dict.fromkeys(name for name in (config.generator, *others) if name))
    for name in names:
        if name not in (*NAMES, *FILLERS):
            raise UsageError(f"there is no generator {name!r}; there are {', '.join(NAMES)}")
    return names


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

    Args:
        must: The network; it remembers the development cohort's means and deviations.

    Yields:
        One step per epoch; one in all for those that do not learn in epochs.
    """
    with torch.no_grad():
        parts = must.parts(vectors.whole, vectors.unique, vectors.present)
        slots = _standardised(must, vectors)
        frame = fit_frame(slots, vectors.present, parts.shared)
    if name in LEARNED:
        torch.manual_seed(seed + 1)
        generator = _learner(name, frame, must, config)
        learning = _Learning(generator, must, vectors, slots, config, seed, checkpoint)
        yield from learning.stage(
            f"{STAGE}-{name}", generator, learning.loss,
            epochs=config.diffusion_epochs, rate=config.learning_rate, batch=config.diffusion_batch,
        )  # fmt: skip
        return generator.eval().requires_grad_(False)
    if name in FILLERS:
        yield Step(STAGE, 1, 1, values={"loss": 1.0, STAGE: 1.0})
        return MeanFill() if name == "meanfill" else Nearest(frame, slots, vectors.present, parts.shared)
    closed = CLOSED[name](frame).to(vectors.present.device)
    unlikely = -fit_gaussian(closed, _pool(must), vectors.whole, slots, vectors.present, seed)
    yield Step(STAGE, 1, 1, f"loss {unlikely:.3f}", {"loss": unlikely, STAGE: unlikely})
    return closed.eval().requires_grad_(False)


def empty_generator(name: str, must: Must, config: MustConfig, tensors: Mapping[str, Tensor]) -> Generator:
    """A generator that takes its weights from a file.

    Args:
        tensors: Of the file: the frame's shapes are what the development cohort made them.

    Raises:
        KeyError: The tensors hold no frame.
    """
    modalities, width, axes = tensors["frame.axes"].shape
    frame = Frame(modalities, width, axes, tensors["frame.shared_axes"].shape[1])
    return CLOSED[name](frame) if name in CLOSED else _learner(name, frame, must, config)


def _learner(name: str, frame: Frame, must: Must, config: MustConfig) -> Learned:
    identity = torch.stack([must.tower(m).cls[1].detach() for m in must.modalities])
    axes, shared = frame.scale.shape[1], frame.shared_axes.shape[1]
    trunk = Trunk(axes, shared, config.diffusion_width, config.diffusion_layers, identity)
    return LEARNED[name](frame, trunk).to(frame.axes.device)


def _pool(must: Must) -> Pool:
    """How the network pools what several modalities say of what is shared."""

    def shared(whole: Tensor, present: Tensor) -> Tensor:
        return must.parts(whole, whole, present).shared

    return shared


def _standardised(must: Must, vectors: Vectors) -> Tensor:
    """(n, M, D) specific components in the development cohort's deviations from its mean."""
    return (must.subspace.specific(vectors.unique) - must.mean_specific) / must.specific_deviation


def _epochs(name: str, config: MustConfig) -> int:
    return config.diffusion_epochs if name in LEARNED else 1


class _Learning(Stages):
    """A generator that learns by hiding from it what is known."""

    def __init__(
        self,
        generator: Learned,
        must: Must,
        vectors: Vectors,
        slots: Tensor,
        config: MustConfig,
        seed: int,
        folder: Path | None,
    ) -> None:
        device = vectors.present.device
        super().__init__(len(slots), seed=seed, device=device, decay=config.weight_decay, folder=folder)
        self.generator, self.must, self.vectors, self.slots = generator, must, vectors, slots

    def loss(self, rows: NDArray[np.int64]) -> Terms:
        """What the generator has to learn of what is known but hidden, given the shared part of what is shown."""
        at = torch.from_numpy(rows)
        whole, known = self.vectors.whole[at], self.vectors.present[at]
        shown = self.hidden(known, HIDDEN)
        shared = self.must.parts(whole, self.vectors.unique[at], shown).shared
        seen = self.generator.seen(self.slots[at], shown, shared)
        luck = torch.Generator().manual_seed(int(self.draw.integers(2**62)))
        return {STAGE: self.generator.loss(seen.slots, known, seen, luck)}
