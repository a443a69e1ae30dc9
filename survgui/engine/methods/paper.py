"""`must-paper`: MUST to the letter where its paper is clear (methods.md 2), for two sides of a patient.

Warm-up and main stage learn from patients who have both sides, the generator from their vectors with the network
frozen. A patient who lacks a side has its specific part drawn; one who lacks both is the training part's mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from survgui.cases.cohort import Cohort
from survgui.cases.step import Task
from survgui.engine.methods.contract import CannotRun, Forecast, Options, outcome_of
from survgui.engine.methods.sides import Patients, Sides, fit_sides
from survgui.engine.stages import Stages, Terms
from survgui.nets import must_paper as net
from survgui.nets.must import PRESETS, MustConfig
from survgui.nets.must_paper import MustPaper, Pair, PaperConfig, Vectors
from survgui.nets.paper_diffusion import PaperDenoiser, denoising_loss, sample
from survgui.survival.bins import quantile_edges

LEAST = 20
"""Fewest training patients with both sides."""


EPOCHS, PUBLISHED_EPOCHS = (8, 20, 200), (8, 25, 200)
"""Of the three stages, in small and in the paper's size, for the paper says nothing of them."""
PAPER_WIDTH = 256


def paper_config(shared: MustConfig) -> PaperConfig:
    """The paper's form in the sizes of a preset; epochs are its own, but for presets that train for a minute.

    `must` needs few epochs beside its anchor; the paper's form has none, and learns everything in them.
    """
    most = EPOCHS if shared.width < PAPER_WIDTH else PUBLISHED_EPOCHS
    quick = shared.epochs < MustConfig().epochs
    own = (shared.warmup_epochs, shared.epochs, shared.diffusion_epochs)
    warmup, main, generator = np.minimum(most, own) if quick else most
    return PaperConfig(
        width=shared.width, rank=shared.rank, heads=shared.heads, cross_heads=shared.heads, snn_hidden=4 * shared.width,
        queries=max(16, shared.width // 4), bag_rows=shared.bag_rows,
        learning_rate=shared.learning_rate, diffusion_width=shared.diffusion_width,
        diffusion_rate=3 * shared.learning_rate, warmup_epochs=int(warmup), epochs=int(main),
        diffusion_epochs=int(generator),
    )  # fmt: skip


def _said() -> str:
    small, published = (paper_config(PRESETS[name]) for name in ("small", "published"))
    epochs = f"{small.warmup_epochs}, {small.epochs} and {small.diffusion_epochs}"
    return (
        f"At the small preset it has width {small.width} and rank {small.rank}, and {epochs} epochs of warm-up, main "
        f"stage and generator; the paper's sizes, {published.width} and {published.rank}, are --preset published."
    )


NOTE = _said()
"""What its row is of, in a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class PaperModel:
    """The paper's MUST, fitted.

    Attributes:
        denoisers: One for each side, or one that serves both.
        edges: (K+1,) months.
    """

    network: MustPaper
    denoisers: nn.ModuleList
    sides: Sides
    edges: NDArray[np.float64]
    seed: int

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Risk is minus the area under the discrete curve, - sum_k S_k (MCAT).

        Raises:
            CannotRun: Nobody has either side.
        """
        patients = self.sides.gather(cohort, ids)
        if not patients.present.any():
            first, second = ("+".join(view) for view in self.sides.views)
            raise CannotRun(f"it needs {first} or {second}")
        curves = [self._curves(patients, range(s, min(s + 64, len(ids)))) for s in range(0, len(ids), 64)]
        survival = np.concatenate(curves)
        return Forecast(-survival[:, 1:].sum(axis=1), self.edges, survival)

    @torch.inference_mode()
    def _curves(self, patients: Patients, rows: range) -> NDArray[np.float64]:
        network = self.network
        pair = patients.pair(rows).to(network.mean_shared.device)
        shared, own = self.components(network.vectors(pair), pair.present)  # (B, D), (B, S, 2, D)
        if network.config.average == "vectors":
            own = own.mean(dim=1, keepdim=True)
        logits = network.logits(shared[:, None].expand(-1, own.shape[1], -1), own)
        return np.asarray(net.survival_of(logits.cpu().double()).mean(dim=1).numpy())

    def components(self, vectors: Vectors, present: Tensor) -> tuple[Tensor, Tensor]:
        """Shared (B, D) and specific parts (B, samples, 2, D), missing ones drawn where the other side is there."""
        network, samples = self.network, self.network.config.samples
        shared, own = network.shared(vectors, present), network.own(vectors.unique)
        own = torch.where(present[..., None], own, network.mean_specific)
        many = own[:, None].repeat(1, samples, 1, 1)
        for m in (0, 1):
            lacking = present[:, 1 - m] & ~present[:, m]
            if lacking.any():
                many[lacking, :, m] = self.drawn(m, shared[lacking])
        return shared, many

    def drawn(self, m: int, shared: Tensor) -> Tensor:
        """(B, samples, D) what the generator makes of the recovered shared part (B, D) for side `m`.

        Every patient gets the same noise, from a seeded CPU generator: two patients are compared under the same
        luck, and a patient gets the same samples in any company.
        """
        network, config = self.network, self.network.config
        b, d = shared.shape
        chance = torch.Generator().manual_seed(2 * self.seed + m)
        noise = torch.randn(config.samples, d, generator=chance).to(shared.device).repeat(b, 1)
        many = shared.repeat_interleave(config.samples, 0)
        clean = sample(_denoiser(self.denoisers, m), many, network.identity[m], noise, config.steps)
        found = clean.view(b, config.samples, d) * network.specific_deviation[m] + network.mean_specific[m]
        # what is drawn must not speak of what is shared (methods.md 2.5)
        return network.subspace.specific(found) if config.projected else found


def fit_must_paper(cohort: Cohort, train: Sequence[str], options: Options) -> Task[PaperModel]:
    """Warm-up, main stage and generator, on the patients of the training part who have both sides."""
    config = paper_config(options.config)
    model = yield from fit_paper(cohort, train, config, seed=options.seed, device=torch.device(options.device))
    return model


def fit_paper(
    cohort: Cohort, train: Sequence[str], config: PaperConfig, *, seed: int = 0, device: torch.device | None = None
) -> Task[PaperModel]:
    """The paper's MUST in any of its readings.

    Yields:
        One step per epoch.

    Raises:
        CannotRun: The cohort has not both sides, or too few patients or no death with both.
    """
    device = device or torch.device("cpu")
    sides = fit_sides(cohort, train, config.gene_tokens)
    present = sides.gather(cohort, train).present
    complete = [patient for patient, both in zip(train, present, strict=True) if both.all()]
    outcome, known = outcome_of(cohort, train), outcome_of(cohort, complete)
    if len(complete) < LEAST or not known.events.any():
        raise CannotRun(f"{len(complete)} training patients with {int(known.events.sum())} deaths have both sides")
    edges = quantile_edges(outcome.months, outcome.events, config.bins)
    torch.manual_seed(seed)
    network = MustPaper(config, sides.sides, len(edges) - 1).to(device)
    learning = _Learning(network, sides.gather(cohort, complete), bin_of(edges, known.months), known.events, seed)
    yield from learning.network_stages()
    denoisers = yield from learning.generator_stages()
    return PaperModel(network, denoisers, sides, edges, seed)


def bin_of(edges: NDArray[np.float64], months: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) the bin [e_k, e_k+1) of every follow-up; the outer edges stand at infinity (MCAT)."""
    return np.asarray(np.searchsorted(edges[1:-1], months, side="right"), dtype=np.int64)


class _Learning(Stages):
    """The three stages."""

    def __init__(
        self,
        network: MustPaper,
        patients: Patients,
        index: NDArray[np.int64],
        events: NDArray[np.bool_],
        seed: int,
    ) -> None:
        device = network.mean_shared.device
        super().__init__(len(patients), seed=seed, device=device, decay=network.config.weight_decay, folder=None)
        self.network, self.patients = network, patients
        self.index, self.events = torch.from_numpy(index).to(device), torch.from_numpy(events).to(device)

    def optimiser(self, module: nn.Module, rate: float) -> torch.optim.Optimizer:
        """Adam or plain gradient descent for the network; the denoisers have AdamW."""
        if module is not self.network:
            return super().optimiser(module, rate)
        found = torch.optim.Adam if self.network.config.optimiser == "adam" else torch.optim.SGD
        return found(module.parameters(), lr=rate, weight_decay=self.decay)

    def network_stages(self) -> Task[None]:
        """Warm-up and main stage; the network is frozen afterwards and remembers its components."""
        c = self.network.config
        stages = (("warm-up", self.warm_loss, c.warmup_epochs), ("main", self.main_loss, c.epochs))
        for name, loss, epochs in stages:
            yield from self.stage(name, self.network, loss, epochs=epochs, rate=c.learning_rate, batch=c.batch)
        self.network.eval().requires_grad_(False)

    def generator_stages(self) -> Task[nn.ModuleList]:
        """The denoisers, on cached vectors."""
        network, c = self.network, self.network.config
        found = [self._vectors(range(s, min(s + 64, self.count))) for s in range(0, self.count, 64)]
        vectors = Vectors(*(torch.cat([getattr(v, k) for v in found]) for k in ("whole", "unique", "crossed")))
        both = torch.ones(self.count, 2, dtype=torch.bool, device=self.device)
        network.remember(network.shared(vectors, both), network.own(vectors.unique))
        self.latent = (network.own(vectors.unique) - network.mean_specific) / network.specific_deviation
        self.recovered = network.subspace.shared(vectors.whole)
        denoisers = nn.ModuleList([PaperDenoiser(c) for _ in range(1 if c.one_denoiser else 2)]).to(self.device)
        yield from self.stage(
            "generator", denoisers, lambda rows: self.generator_loss(denoisers, rows),
            epochs=c.diffusion_epochs, rate=c.diffusion_rate, batch=c.diffusion_batch,
        )  # fmt: skip
        return denoisers.eval().requires_grad_(False)

    def warm_loss(self, rows: NDArray[np.int64]) -> Terms:
        """L_warm: each side's g alone must predict, with noise in the two other slots."""
        pair = self._pair(rows)
        whole = self.network.vectors(pair).whole
        noise = self.noise((len(rows), 2, 2 * whole.shape[-1])) * (self.network.config.noise * whole.detach().std())
        logits = self.network.warm_logits(whole, noise)
        return {"survival": self._survival(logits[:, 0], rows) + self._survival(logits[:, 1], rows)}

    def main_loss(self, rows: NDArray[np.int64]) -> Terms:
        """L_main: survival and the three constraints, weighted."""
        network, c = self.network, self.network.config
        pair = self._pair(rows)
        vectors = network.vectors(pair)
        logits = network.logits(network.shared(vectors, pair.present), network.own(vectors.unique))
        space = network.subspace
        decomposition = net.decomposition_loss(vectors, space, c.distance, c.stop_gradient)
        return {
            "survival": self._survival(logits, rows),
            "decomposition": c.lambda_decomposition * decomposition,
            "shared": c.lambda_shared * net.shared_loss(vectors, space),
            "orthogonality": c.lambda_orthogonality * net.orthogonality_loss(vectors, space),
        }

    def generator_loss(self, denoisers: nn.ModuleList, rows: NDArray[np.int64]) -> Terms:
        """L_LDM of both sides, each from the shared part that the other recovers."""
        at = torch.from_numpy(rows).to(self.device)
        chance = torch.Generator().manual_seed(int(self.draw.integers(2**62)))
        cls = self.network.identity.detach()
        each = [
            denoising_loss(_denoiser(denoisers, m), self.latent[at, m], self.recovered[at, 1 - m], cls[m], chance)
            for m in (0, 1)
        ]
        return {"generator": each[0] + each[1]}

    @torch.no_grad()
    def _vectors(self, rows: range) -> Vectors:
        return self.network.vectors(self.patients.pair(rows).to(self.device))

    def _pair(self, rows: NDArray[np.int64]) -> Pair:
        return self.patients.pair(rows.tolist(), self.network.config.bag_rows, self.draw).to(self.device)

    def _survival(self, logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        at = torch.from_numpy(rows).to(self.device)
        return net.discrete_nll(logits, self.index[at], self.events[at])


def _denoiser(denoisers: nn.ModuleList, m: int) -> nn.Module:
    return denoisers[m % len(denoisers)]
