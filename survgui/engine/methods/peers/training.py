"""One trainer for all peers: AdamW, cosine schedule, fixed epochs, and our likelihood in place of each paper's.

The loss is the piecewise exponential likelihood of `nets.losses` over four bins, whose edges are quartiles of the
deaths of the training part; the papers count whole bins, and CMTA, MCAT and LD-CVAE take the edges from all
patients and the best epoch by the test fold. Neither is done here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from survgui.cases.cohort import Cohort
from survgui.cases.step import Step, Task
from survgui.engine.inputs import LEAST, Inputs, Prepared, fit_inputs, prepare
from survgui.engine.methods.contract import CannotRun, Fit, Forecast, Model, Options, outcome_of
from survgui.engine.methods.peers.blocks import HazardHead, PeerConfig, PeerNet
from survgui.engine.methods.views import View, two_views
from survgui.nets.losses import survival_nll
from survgui.survival.bins import crude_hazard, default_horizon, exposure, quantile_edges
from survgui.survival.calibration import risk_at
from survgui.survival.metrics import Followed

STANDARD = PeerConfig()
CHUNK = 64
"""Patients that are predicted together."""


@dataclass(frozen=True, slots=True, eq=False)
class PeerModel:
    """A fitted peer.

    Attributes:
        edges: (K+1,) months.
        horizon: Months at which risk is stated.
    """

    net: PeerNet
    inputs: Inputs
    edges: NDArray[np.float64]
    horizon: float
    device: torch.device

    def predict(self, cohort: Cohort, ids: Sequence[str]) -> Forecast:
        """Forecast these patients; what one of them lacks and the method cannot do without is the training mean.

        Raises:
            CannotRun: Nobody here has anything of a view that the method needs.
        """
        prepared = prepare(cohort, ids, self.inputs)
        filled = []
        for view in self.net.needed:
            there = has(prepared, view)
            if not there.any():
                raise CannotRun(f"it needs {' or '.join(view)} at test")
            if not there.all():
                filled.append(f"patients without {' or '.join(view)} have the training mean in its place")
        survival = np.concatenate([self._curves(prepared, rows) for rows in _chunks(len(ids))])
        return Forecast(risk_at(self.edges, survival, self.horizon), self.edges, survival, "; ".join(filled))

    @torch.no_grad()
    def _curves(self, prepared: Prepared, rows: range) -> NDArray[np.float64]:
        log_hazards = self.net(prepared.batch(rows).to(self.device)).cpu().double()  # (B, S, K)
        survival = log_hazards.exp().cumsum(dim=-1).neg().exp().mean(dim=1).numpy()
        return np.concatenate([np.ones((len(survival), 1)), survival], axis=1)


def peer(
    net: type[PeerNet], choose: Callable[[Inputs], Sequence[View]] = two_views, config: PeerConfig = STANDARD
) -> Fit:
    """A peer as a method.

    Args:
        net: Its network.
        choose: Which modalities it takes, as which views; refuses with `CannotRun`.
    """

    def fit_peer(cohort: Cohort, train: Sequence[str], options: Options) -> Task[Model]:
        everything = fit_inputs(cohort, train, options.config)
        views = choose(everything)
        inputs = only(everything, {m for view in views for m in view})
        prepared = learners(cohort, train, inputs, views if net.complete else [tuple(inputs.specs)])
        outcome = outcome_of(cohort, prepared.ids)
        if not outcome.events.any():
            raise CannotRun("nobody died among the training patients who have what it learns from")
        edges = quantile_edges(outcome.months, outcome.events, config.bins)
        own, device = replace(config, seed=options.seed, draws=options.draws), torch.device(options.device)
        torch.manual_seed(options.seed)
        built = net(views, inputs.shapes(), len(edges) - 1, own).to(device)
        yield from train_peer(built, prepared, outcome, edges, own)
        return PeerModel(built, inputs, edges, default_horizon(edges, outcome.months, outcome.events), device)

    return fit_peer


def train_peer(
    net: PeerNet, prepared: Prepared, outcome: Followed, edges: NDArray[np.float64], config: PeerConfig
) -> Task[None]:
    """Train a network in place; yields one step an epoch with the mean of each term of the loss.

    Raises:
        CannotRun: The loss is no longer a number.
    """
    start_baseline(net, edges, outcome)
    device = next(net.parameters()).device
    ends, lived = exposure(edges, outcome.months)
    index = torch.from_numpy(ends).to(device)
    share, died = (torch.from_numpy(x).float().to(device) for x in (lived, outcome.events))
    draw = np.random.default_rng(config.seed)
    optimiser = torch.optim.AdamW(net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.epochs)
    net.train()
    for epoch in range(config.epochs):
        found: list[dict[str, float]] = []
        for rows in np.array_split(draw.permutation(len(prepared)), math.ceil(len(prepared) / config.batch)):
            at = torch.from_numpy(rows).to(device)
            likelihood = partial(survival_nll, index=index[at], share=share[at], events=died[at])
            batch = prepared.batch(rows.tolist(), config.bag_rows, draw).to(device)
            terms = net.terms(batch, likelihood, epoch / config.epochs)
            optimiser.zero_grad(set_to_none=True)
            reduce(torch.add, terms.values()).backward()  # type: ignore[no-untyped-call]  # torch's own signature
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            found.append({name: float(term.detach()) for name, term in terms.items()})
        schedule.step()
        values = {name: float(np.mean([terms[name] for terms in found])) for name in found[0]}
        if not math.isfinite(sum(values.values())):
            raise CannotRun(f"its loss is no longer a number at epoch {epoch + 1} of {config.epochs}")
        yield Step("peer", epoch + 1, config.epochs, f"loss {sum(values.values()):.3f}", values)
    net.eval().requires_grad_(False)


def learners(cohort: Cohort, train: Sequence[str], inputs: Inputs, views: Sequence[View]) -> Prepared:
    """The training patients who have something of every view.

    Raises:
        CannotRun: They are too few to learn from.
    """
    prepared = prepare(cohort, train, inputs)
    complete = np.all([has(prepared, view) for view in views], axis=0)
    ids = [i for i, ok in zip(train, complete, strict=True) if ok]
    if len(ids) < LEAST:
        sides = " and ".join(" or ".join(view) for view in views)
        raise CannotRun(f"only {len(ids)} training patients have {sides}; it needs {LEAST}")
    return prepare(cohort, ids, inputs)


def has(prepared: Prepared, view: View) -> NDArray[np.bool_]:
    """(n,) True where a patient has something of a view."""
    order = list(prepared.arrays)
    return np.asarray(prepared.present[:, [order.index(m) for m in view]].any(axis=1))


def only(inputs: Inputs, wanted: set[str]) -> Inputs:
    """The inputs of some modalities."""
    kept = [m for m in inputs.specs if m in wanted]
    return Inputs({m: inputs.specs[m] for m in kept}, {m: inputs.scalings[m] for m in kept})


def every_modality(inputs: Inputs) -> tuple[View, ...]:
    """Each modality as a view of its own."""
    return tuple((m,) for m in inputs.specs)


@torch.no_grad()
def start_baseline(net: nn.Module, edges: NDArray[np.float64], outcome: Followed) -> None:
    """Start every head from the cohort's own hazard."""
    baseline = torch.from_numpy(np.log(crude_hazard(edges, outcome.months, outcome.events))).float()
    for head in net.modules():
        if isinstance(head, HazardHead):
            head.baseline.copy_(baseline)


def _chunks(n: int) -> Iterator[range]:
    return (range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))
