"""From a pre-trained autoencoder to a survival network (impuTMAE, stage 2).

What of the encoders goes on learning is a recipe (`FREEZING`). Missing modalities, and those that are hidden in
training so that every pattern is learned, enter as the decoder imputes them. Decoder and mask tokens no longer learn.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from survgui.cases.case import Kind, Modality
from survgui.cases.step import Task
from survgui.engine.fitting import Learned, component_vectors
from survgui.engine.generating import Vectors
from survgui.engine.inputs import Inputs, Prepared
from survgui.engine.masked.pretraining import pretrain
from survgui.engine.masked.warm import Start
from survgui.engine.stages import Stages, Terms
from survgui.nets.device import halving_here
from survgui.nets.losses import logistic_hazard_nll
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from survgui.survival.anchor.linear import CrossFitted, LinearScore, fit_linear
from survgui.survival.bins import crude_hazard, default_horizon, equidistant_edges, exposure
from survgui.survival.metrics import Followed

STAGE = "fine-tuning"
RIDGE = 1.0
"""of the regression from hidden states to latents, in patients' worth of unit variance (our choice)"""
ROUNDS = 4
"""how often every patient is shown to that regression with something else hidden"""


def learn(
    prepared: Prepared,
    outcome: Followed,
    inputs: Inputs,
    config: ImputmaeConfig,
    *,
    seed: int = 0,
    device: torch.device | None = None,
    checkpoint: Path | None = None,
    start: Start | None = None,
) -> Task[Learned]:
    """Pre-train on these patients, then fine-tune on their outcomes.

    Args:
        start: Encoders of another bundle, from which pre-training goes on.
        checkpoint: Folder of the state after the last whole epoch; a fit that finds one there goes on from it.

    Yields:
        One step per epoch of the stages `pre-training` and `fine-tuning`; before them what `start` gives.

    Raises:
        UsageError: Nothing of `start` fits.
        ValueError: No deaths.
        OutOfMemory: The device cannot hold one patient; its checkpoint can go on elsewhere.
    """
    if not outcome.events.any():
        raise ValueError("no deaths in the training part: nothing can be learned of survival")
    device = device or torch.device("cpu")
    torch.manual_seed(seed)
    edges = equidistant_edges(outcome.months, config.bins)
    net = Imputmae(config, inputs.shapes(), len(edges) - 1).to(device)
    if start is not None:
        yield from start.into(net.autoencoder, inputs)
    losses = yield from pretrain(net.autoencoder, prepared, config, seed=seed, device=device, checkpoint=checkpoint)
    net.eval()
    vectors = component_vectors(net, prepared, device)
    fit_latent_maps(net, vectors, seed)
    anchored = _anchor(net, vectors, outcome, seed)
    _start_baseline(net, vectors, edges, outcome, anchored)
    torch.manual_seed(seed + 1)
    run = _Finetuning(prepared, outcome, edges, net, vectors, anchored, seed, device, checkpoint)
    freeze(net)
    yield from run.stage(STAGE, net, run.loss, epochs=config.epochs, rate=config.learning_rate, batch=config.batch)
    net.eval().requires_grad_(False)
    if config.recipe != "encoders":
        vectors = component_vectors(net, prepared, device)
        fit_latent_maps(net, vectors, seed)
        net.remember(vectors.unique, vectors.present)
    horizon = config.horizon or default_horizon(edges, outcome.months, outcome.events)
    return Learned(net, vectors, edges, horizon, {**losses, **run.history})


def freeze(net: Imputmae) -> None:
    """Leave to fine-tuning what the recipe opens, and the head; decoder and mask tokens never learn again.

    `published`: the last layer and the CLS of every encoder of a table, nothing of tiles and volumes; `encoders`:
    nothing of the encoders; `none`: all of them.
    """
    recipe = net.config.recipe
    net.autoencoder.requires_grad_(recipe == "none")
    if recipe == "published":
        for m, cut in net.autoencoder.patches.items():
            if cut.kind not in (Kind.TILES, Kind.VOLUME):
                encoder = net.autoencoder.encoder(m)
                encoder.body.layers[-1].requires_grad_(True)
                encoder.cls.requires_grad_(True)
    for module in (net.autoencoder.decoder, net.autoencoder.heads):
        module.requires_grad_(False)
    for token in (net.autoencoder.mask_token, net.autoencoder.which, net.autoencoder.cls):
        token.requires_grad_(False)
    net.head.requires_grad_(True)


@torch.no_grad()
def fit_latent_maps(net: Imputmae, vectors: Vectors, seed: int) -> None:
    """Fit the regression from hidden states and factors to latents, on patients from whom something is hidden.

    Every modality is hidden in turn, together with a random part of the others, and its real latent regressed on what
    the decoder makes of it: its mean hidden state, or, where every token is fused, the state at the token's place.
    """
    net.remember(vectors.unique, vectors.present)
    draw = torch.Generator().manual_seed(seed + 2)
    for k, m in enumerate(net.modalities):
        states, wanted = [], []
        for _ in range(ROUNDS):
            shown = vectors.present & (torch.rand(vectors.present.shape, generator=draw) >= 0.3).to(vectors.present)
            shown[:, k] = False
            at = torch.nonzero(vectors.present[:, k] & shown.any(dim=1)).flatten()
            if len(at) == 0:
                continue
            decode = partial(_decoded, net, m, vectors.whole[at], shown[at])
            (hidden, factors), _ = halving_here(decode, len(at), vectors.whole.device)
            tokens = net.split(vectors.whole[at])[m][..., : net.config.width]
            if net.config.fusion == "latents":
                tokens, hidden = tokens.mean(dim=1, keepdim=True), hidden.mean(dim=1, keepdim=True)
            known = factors[:, None].expand(-1, hidden.shape[1], -1)
            states.append(torch.cat([hidden, known], dim=-1).flatten(0, 1))
            wanted.append(tokens.flatten(0, 1))
        if states:
            slope, offset = _ridge(torch.cat(states), torch.cat(wanted))
            net.latent_map[k], net.latent_offset[k] = slope, offset


def _decoded(net: Imputmae, modality: Modality, whole: Tensor, shown: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """(B, T, d) hidden states of one modality and (B, r) factors, of `size` patients at a time."""
    pieces = []
    for start in range(0, len(whole), size):
        at = slice(start, start + size)
        decoded = net.decode(whole[at], net.visible(shown[at]))
        pieces.append((decoded.hidden[modality], decoded.factors))
    states, factors = zip(*pieces, strict=True)
    return torch.cat(states), torch.cat(factors)


def _ridge(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """(K, D) slope and (D,) offset of y on x, standardised and shrunk by `RIDGE`."""
    x, y = x.cpu().double(), y.cpu().double()  # Apple's devices have no 64 bits
    mean, deviation = x.mean(dim=0), x.std(dim=0, correction=0).clamp_min(1e-6)  # a factor of no modality never moves
    scaled = (x - mean) / deviation
    eye = torch.eye(x.shape[1], dtype=torch.float64)
    slope = torch.linalg.solve(scaled.T @ scaled + RIDGE * ROUNDS * eye, scaled.T @ (y - y.mean(dim=0)))
    slope = slope / deviation[:, None]
    return slope.float(), (y.mean(dim=0) - mean @ slope).float()


@torch.no_grad()
def filled(net: Imputmae, whole: Tensor, unique: Tensor, shown: Tensor, size: int = 128) -> Tensor:
    """(B, M, D) latents of what is shown, and what the decoder imputes of the rest."""
    pieces = []
    for start in range(0, len(whole), size):
        at = slice(start, start + size)
        imputed = net.decoded_latents(whole[at], net.visible(shown[at]))
        pieces.append(torch.where(shown[at].unsqueeze(-1), unique[at], imputed))
    return torch.cat(pieces)


def _anchor(net: Imputmae, vectors: Vectors, outcome: Followed, seed: int) -> CrossFitted | None:
    """Start the hazard from a ridge Cox score of the words on the factors, or from none.

    Where there are no factors the score is of the latents. What the encoders make of tokens is left to the fusion: a
    linear score of that too was no better on held-out patients of a training part, nor would it stay true where
    encoders go on learning.
    """
    if not net.config.anchor:
        return None
    latents = filled(net, vectors.whole, vectors.unique, vectors.present).cpu().double().numpy()
    if net.autoencoder.factors.rank:
        latents[..., : net.head.wide] = 0.0
    found = fit_linear({m: latents[:, k] for k, m in enumerate(net.modalities)}, outcome, seed=seed)
    net.head.weights.copy_(torch.from_numpy(_stacked(net, found.whole)))
    net.head.constant.fill_(found.whole.constant)
    net.head.slope.fill_(found.slope)
    return found


def _stacked(net: Imputmae, score: LinearScore) -> NDArray[np.float64]:
    return np.stack([score.weights[m] for m in net.modalities])


@torch.no_grad()
def _start_baseline(
    net: Imputmae, vectors: Vectors, edges: NDArray[np.float64], outcome: Followed, anchored: CrossFitted | None
) -> None:
    """Start from the cohort's own hazard, given what is known: logits of deaths per bin over the time at risk."""
    offset = None
    if anchored is not None:
        latents = filled(net, vectors.whole, vectors.unique, vectors.present)
        offset = _offsets(net, anchored, latents, np.arange(len(latents))).cpu().double().numpy()
    hazard = crude_hazard(edges, outcome.months, outcome.events, offset)
    net.head.baseline.copy_(torch.from_numpy(np.log(np.expm1(np.minimum(hazard, 20.0)))).float())


def _offsets(net: Imputmae, anchored: CrossFitted, latents: Tensor, rows: NDArray[np.int64]) -> Tensor:
    """(B,) slope * score of these training patients by fits that had not seen them."""
    weights = np.stack([_stacked(net, part) for part in anchored.parts])[anchored.fold[rows]]
    constants = np.array([part.constant for part in anchored.parts])[anchored.fold[rows]]
    scores = (latents * torch.from_numpy(weights).to(latents)).sum(dim=(1, 2)) - torch.from_numpy(constants).to(latents)
    return anchored.slope * scores


class _Finetuning(Stages):
    """What an epoch of fine-tuning needs."""

    def __init__(
        self,
        prepared: Prepared,
        outcome: Followed,
        edges: NDArray[np.float64],
        net: Imputmae,
        vectors: Vectors,
        anchored: CrossFitted | None,
        seed: int,
        device: torch.device,
        folder: Path | None,
    ) -> None:
        super().__init__(len(prepared), seed=seed, device=device, decay=net.config.weight_decay, folder=folder)
        self.prepared, self.net, self.vectors, self.anchored = prepared, net, vectors, anchored
        index, share = exposure(edges, outcome.months)
        self.index = torch.from_numpy(index)
        self.share = torch.from_numpy(share).float()
        self.events = torch.from_numpy(outcome.events).float()

    def optimiser(self, module: nn.Module, rate: float) -> torch.optim.Optimizer:
        """AdamW on what the recipe leaves open."""
        opened = [p for p in module.parameters() if p.requires_grad]
        return torch.optim.AdamW(
            [
                {"params": [p for p in opened if p.ndim >= 2], "weight_decay": self.decay},
                {"params": [p for p in opened if p.ndim < 2], "weight_decay": 0.0},
            ],
            lr=rate,
        )

    def loss(self, rows: NDArray[np.int64]) -> Terms:
        """Survival with everything that a patient has, and with some of it hidden and imputed."""
        at = torch.from_numpy(rows)
        present = self.vectors.present[at]
        whole, unique = self._read(rows)
        views = [present]
        if self.net.config.hide:
            views.append(self.hidden(present, self.net.config.hide))
        losses = []
        for shown in views:
            latents = self._filled(whole, unique, shown)
            known = None if self.anchored is None else _offsets(self.net, self.anchored, latents, rows)
            logits = self.net.head(latents, known)
            index, share, events = (x[at].to(self.device) for x in (self.index, self.share, self.events))
            losses.append(logistic_hazard_nll(logits, index, share, events))
        return {"survival": torch.stack(losses).mean()}

    def _read(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Tokens and latents; those of encoders that learn are read anew."""
        if self.net.config.recipe == "encoders":
            at = torch.from_numpy(rows)
            return self.vectors.whole[at], self.vectors.unique[at]
        read = self.net.read(self.prepared.batch(rows.tolist()).to(self.device))
        return read.whole, read.unique

    def _filled(self, whole: Tensor, unique: Tensor, shown: Tensor) -> Tensor:
        """Latents of what is shown, through which encoders may learn, and imputed ones of the rest."""
        return torch.where(shown.unsqueeze(-1), unique, filled(self.net, whole.detach(), unique.detach(), shown))
