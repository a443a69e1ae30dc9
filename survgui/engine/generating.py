"""Fitting generators of missing components on what a network that no longer learns reads of its patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.step import Step, Task
from survgui.engine.stages import History, Stages, Terms
from survgui.errors import UsageError
from survgui.nets.families import Config
from survgui.nets.generators.base import Generator
from survgui.nets.generators.decoder import Decoder, Latent, Reencode
from survgui.nets.generators.diffusion import Ddim
from survgui.nets.generators.fill import MeanFill, Nearest
from survgui.nets.generators.flow import Flow
from survgui.nets.generators.frame import Frame, fit_frame
from survgui.nets.generators.gaussian import Gaussian, Pool, fit_gaussian
from survgui.nets.generators.learned import Learned
from survgui.nets.generators.mean import Mean
from survgui.nets.generators.trunk import Trunk
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.must import Must, MustConfig
from survgui.nets.net import SurvivalNet

CLOSED: Mapping[str, type[Gaussian]] = {"mean": Mean, "gaussian": Gaussian}
LEARNED: Mapping[str, type[Learned]] = {"flow": Flow, "ddim": Ddim}
"""Of MUST alone: their trunk knows a modality by its tower."""
DECODERS: Mapping[str, type[Decoder]] = {"latent": Latent, "reencode": Reencode}
"""Of impuTMAE alone; without weights of their own."""
NAMES = (*CLOSED, *LEARNED)
"""Generators that a bundle of MUST may hold."""
MASKED_NAMES = (*DECODERS, *CLOSED)
"""Generators that a bundle of impuTMAE may name."""
FILLERS = ("meanfill", "knn")
"""What generators are compared with; for evaluations alone."""
STAGE = "generator"
"""Of every step, whichever generator it is of: one bar for all of them."""
HIDDEN = 0.5
"""Chance that a measured specific part is hidden from a generator that learns to draw it."""


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """What was read of every training patient, (n, M, W) and (n, M, D) as in `Read`, and (n, M) True where present."""

    whole: Tensor
    unique: Tensor
    present: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Generators:
    """What was fitted, by name, with the losses of every epoch."""

    generators: Mapping[str, Generator]
    losses: History


def names_of(config: Config) -> tuple[str, ...]:
    """The generators that a configuration asks for, the default one first.

    Raises:
        UsageError: A name that is none of its kind of network.
    """
    offered = NAMES if isinstance(config, MustConfig) else MASKED_NAMES
    others = [name.strip() for name in config.generators.split(",")]
    names = tuple(dict.fromkeys(name for name in (config.generator, *others) if name))
    for name in names:
        if name not in (*offered, *FILLERS):
            raise UsageError(f"there is no generator {name!r}; there are {', '.join(offered)}")
    return names


def fit_generators(
    net: SurvivalNet, vectors: Vectors, config: Config, *, seed: int, checkpoint: Path | None = None
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
        task = fit_generator(name, net, vectors, config, seed=seed, checkpoint=checkpoint)
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
    name: str, net: SurvivalNet, vectors: Vectors, config: Config, *, seed: int, checkpoint: Path | None = None
) -> Task[Generator]:
    """Fit one generator.

    Args:
        net: It remembers the development cohort's means and deviations.

    Yields:
        One step per epoch; one in all for those that do not learn in epochs.
    """
    if name in DECODERS:
        yield Step(STAGE, 1, 1, values={"loss": 0.0, STAGE: 0.0})
        return _decoder(name, net)
    with torch.no_grad():
        shared = net.parts(vectors.whole, vectors.unique, vectors.present).shared
        slots = (net.own(vectors.unique) - net.mean_specific) / net.specific_deviation
        frame = fit_frame(slots, vectors.present, shared)
    if isinstance(config, MustConfig) and name in LEARNED:
        torch.manual_seed(seed + 1)
        generator = _learner(name, frame, net, config)
        learning = _Learning(generator, net, vectors, slots, config, seed, checkpoint)
        yield from learning.stage(
            f"{STAGE}-{name}", generator, learning.loss,
            epochs=config.diffusion_epochs, rate=config.learning_rate, batch=config.diffusion_batch,
        )  # fmt: skip
        return generator.eval().requires_grad_(False)
    if name in FILLERS:
        yield Step(STAGE, 1, 1, values={"loss": 1.0, STAGE: 1.0})
        return MeanFill() if name == "meanfill" else Nearest(frame, slots, vectors.present, shared)
    closed = CLOSED[name](frame).to(vectors.present.device)
    words = vectors.whole[..., : net.mean_shared.numel()]
    unlikely = -fit_gaussian(closed, _pool(net), words, slots, vectors.present, seed)
    yield Step(STAGE, 1, 1, f"loss {unlikely:.3f}", {"loss": unlikely, STAGE: unlikely})
    return closed.eval().requires_grad_(False)


def empty_generator(name: str, net: SurvivalNet, config: Config, tensors: Mapping[str, Tensor]) -> Generator:
    """A generator that takes its weights from a file, or that has none.

    Args:
        tensors: Of the file: the frame's shapes are what the development cohort made them. Empty for one without.

    Raises:
        KeyError: The tensors hold no frame, or no such network has the generator.
        TypeError: The frame's axes have another number of dimensions.
    """
    if name in DECODERS:
        return _decoder(name, net)
    frame = Frame(*tensors["frame.axes"].shape, *tensors["frame.shared_axes"].shape)
    return (
        _learner(name, frame, net, config)
        if isinstance(config, MustConfig) and name in LEARNED
        else CLOSED[name](frame)
    )


def _decoder(name: str, net: SurvivalNet) -> Decoder:
    if not isinstance(net, Imputmae):
        raise KeyError(name)
    return DECODERS[name](net).eval()


def _learner(name: str, frame: Frame, net: SurvivalNet, config: MustConfig) -> Learned:
    must = cast(Must, net)
    identity = torch.stack([must.tower(m).cls[1].detach() for m in must.modalities])
    axes, shared = frame.scale.shape[1], frame.shared_axes.shape[1]
    trunk = Trunk(axes, shared, config.diffusion_width, config.diffusion_layers, identity)
    return LEARNED[name](frame, trunk).to(frame.axes.device)


def _pool(net: SurvivalNet) -> Pool:
    """How the network pools what several modalities say of what is shared."""

    def shared(whole: Tensor, present: Tensor) -> Tensor:
        return net.parts(whole, whole, present).shared if net.has_shared else whole[:, 0]

    return shared


def _epochs(name: str, config: Config) -> int:
    return config.diffusion_epochs if isinstance(config, MustConfig) and name in LEARNED else 1


class _Learning(Stages):
    """A generator that learns by hiding from it what is known."""

    def __init__(
        self,
        generator: Learned,
        net: SurvivalNet,
        vectors: Vectors,
        slots: Tensor,
        config: MustConfig,
        seed: int,
        folder: Path | None,
    ) -> None:
        device = vectors.present.device
        super().__init__(len(slots), seed=seed, device=device, decay=config.weight_decay, folder=folder)
        self.generator, self.net, self.vectors, self.slots = generator, net, vectors, slots

    def loss(self, rows: NDArray[np.int64]) -> Terms:
        """What the generator has to learn of what is known but hidden, given the shared part of what is shown."""
        at = torch.from_numpy(rows)
        whole, known = self.vectors.whole[at], self.vectors.present[at]
        shown = self.hidden(known, HIDDEN)
        shared = self.net.parts(whole, self.vectors.unique[at], shown).shared
        seen = self.generator.seen(self.slots[at], shown, shared)
        luck = torch.Generator().manual_seed(int(self.draw.integers(2**62)))
        return {STAGE: self.generator.loss(seen.slots, known, seen, luck)}
