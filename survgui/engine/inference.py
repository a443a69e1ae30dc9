"""A fitted network applied: missing components drawn, curves averaged, risk stated, components credited.

All of it works on components, (D,) vectors that were computed once, so a draw or a coalition costs one
pass through a small head.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.engine.fitting import Fitted
from survgui.nets.batch import Parts
from survgui.survival.calibration import risk_at
from survgui.survival.curves import survival_at
from survgui.survival.recalibration import Recalibration

Vector = NDArray[np.float64]
SHARED = "shared"
"""Name of the component that modalities share."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Components with missing specific parts filled S times.

    Attributes:
        shared: (B, D).
        specific: (B, S, M, D); measured parts repeat over the draws.
        present: (B, M).
    """

    shared: Tensor
    specific: Tensor
    present: Tensor


@torch.inference_mode()
def impute(
    fitted: Fitted, parts: Parts, *, draws: int, seed: int, generator: str = "", steps: int = 0
) -> Iterator[Drawn]:
    """Draw missing specific parts; one estimate per step, the last is the answer.

    Every patient gets the same luck, which depends on the seed alone: noise in antithetic pairs (z, -z), or the same
    patches that are seen. So a case gets the same draws by itself, in a cohort and on every device, and two patients
    are compared under the same luck. Each patient's draws are still draws from his own distribution. Our choice: with
    luck of each patient's own, a few draws blur the ranking.

    Args:
        draws: A generator without chance gives one, whatever is asked.
        generator: By name; empty takes the model's own.
        steps: 0 takes the generator's own number.
    """
    filling = fitted.generators[generator or fitted.generator]
    draws = draws if filling.stochastic else 1
    if bool(parts.present.all()):
        yield Drawn(parts.shared, parts.specific.unsqueeze(1), parts.present)
        return
    here = parts.present[:, None, :, None]
    for drawn in filling.draw(fitted.net, parts, draws, seed, filling.takes(steps)):
        yield Drawn(parts.shared, torch.where(here, parts.specific[:, None], drawn), parts.present)


@torch.inference_mode()
def curves(fitted: Fitted, shared: Tensor, specific: Tensor) -> Vector:
    """(..., K+1) survival at the edges from (..., D) shared and (..., M, D) specific components."""
    log_hazards = fitted.net.log_hazards(shared, specific)
    cumulative = log_hazards.exp().cpu().double().cumsum(dim=-1)  # Apple's devices have no 64 bits
    survival = torch.exp(-cumulative)
    ones = torch.ones_like(survival[..., :1])
    return np.asarray(torch.cat([ones, survival], dim=-1).numpy())


def draw_curves(fitted: Fitted, drawn: Drawn) -> Vector:
    """(B, S, K+1) one curve per draw."""
    shared = drawn.shared[:, None].expand(-1, drawn.specific.shape[1], -1)
    return curves(fitted, shared, drawn.specific)


def survival_at_horizon(fitted: Fitted, survival: Vector) -> Vector:
    """(...) S at the horizon of (..., K+1) curves, hazard constant inside each bin."""
    return np.asarray(survival_at(fitted.edges, survival, fitted.horizon)[..., 0])


def risk(fitted: Fitted, survival: Vector) -> Vector:
    """(...) log of the cumulative hazard at the horizon; higher is worse."""
    return risk_at(fitted.edges, survival, fitted.horizon)


@dataclass(frozen=True, slots=True, eq=False)
class Shapley:
    """Exact Shapley values of one patient's components.

    Attributes:
        components: What is credited: `SHARED`, where modalities share a component, and each modality's own by name.
        base: Output with every component at its development mean.
        values: (P,) of these components; base + sum = output.
        draws: (S, P) the same with each draw taken for the truth.
    """

    components: tuple[str, ...]
    base: float
    values: Vector
    draws: Vector

    def recalibrated(self, correction: Recalibration) -> Shapley:
        """The credit for the recalibrated output, which is linear in the output: values and base still sum to it."""
        base = correction.alpha + correction.beta * self.base
        return Shapley(self.components, base, correction.beta * self.values, correction.beta * self.draws)


def shapley(fitted: Fitted, drawn: Drawn, row: int = 0) -> Shapley:
    """Credit the output to the P components by enumeration of all 2^P coalitions.

    A component outside the coalition is at its development mean. The output is the risk of the
    survival curve averaged over the draws, so that the values sum to what is reported. At most nine
    components make 512 coalitions: no sampling.
    """
    net = fitted.net
    components = (*((SHARED,) if net.has_shared else ()), *map(str, net.modalities))
    players, first = len(components), int(net.has_shared)
    inside = torch.tensor([[bool(c >> p & 1) for p in range(players)] for c in range(2**players)])
    inside = inside.to(drawn.shared.device)
    own = drawn.specific[row][None]  # (1, S, M, D)
    # 512 coalitions of 1000 draws at once would take gigabytes
    size = max(1, 4096 * 64 // (own.shape[1] * max(own.shape[3], 64)))
    found = []
    for start in range(0, len(inside), size):
        some = inside[start : start + size]
        shared = torch.where(some[:, :1], drawn.shared[row], net.mean_shared)  # (C, D_s)
        specific = torch.where(some[:, None, first:, None], own, net.mean_specific)  # (C, S, M, D)
        found.append(curves(fitted, shared[:, None].expand(-1, own.shape[1], -1), specific))
    survival = np.concatenate(found)  # (2^players, S, K+1)
    outputs = risk(fitted, survival.mean(axis=1))  # (C,)
    per_draw = risk(fitted, survival)  # (C, S)
    values = np.array([_credit(outputs[:, None], p, players)[0] for p in range(players)])
    draws = np.stack([_credit(per_draw, p, players) for p in range(players)], axis=1)
    return Shapley(components, float(outputs[0]), values, draws)


def _credit(outputs: Vector, player: int, players: int) -> Vector:
    """Shapley value of one player from the outputs (2^players, S) of all coalitions."""
    others = [p for p in range(players) if p != player]
    total = np.zeros(outputs.shape[1])
    for size in range(players):
        weight = 1.0 / (players * math.comb(players - 1, size))
        for members in combinations(others, size):
            coalition = sum(1 << p for p in members)
            total += weight * (outputs[coalition | 1 << player] - outputs[coalition])
    return total
