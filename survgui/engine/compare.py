"""How near the drawn specific part of a modality comes to the one that was measured (MUST, "imputation")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.case import Modality, State
from survgui.engine.embedding import Shown
from survgui.engine.inference import Drawn
from survgui.engine.model import OpenModel
from survgui.errors import UsageError

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Draws of one specific part beside the real one (see `cases.display.Comparison`).

    Attributes:
        cosine: (S,) about the development mean; 1 where a draw points the way of the real part.
        real_part, drawn_part: (D,) and (S, D), in development standard deviations from the development mean.
        ranks: (D,) share of the draws below the real value, ties counting half.
        inside: Share of the D values within the 5th to 95th percentile of the draws.
    """

    cosine: Vector
    real_part: Vector
    drawn_part: Vector
    ranks: Vector
    inside: float


def check_comparable(shown: Shown, modality: Modality, takes: Collection[Modality]) -> None:
    """Whether a modality can be hidden and laid beside the real one.

    Args:
        shown: The case with everything measured.
        takes: Modalities of the bundle.

    Raises:
        UsageError: It was not measured, the bundle does not use it, or nothing else is there to impute it from.
    """
    if modality not in takes:
        raise UsageError(f"{modality.title} cannot be compared: the bundle does not take it")
    if shown.states[modality] is not State.MEASURED:
        why = shown.reasons.get(modality) or "the case does not have it"
        raise UsageError(f"{modality.title} cannot be compared with the real one: {why}")
    if not any(state is State.MEASURED for m, state in shown.states.items() if m is not modality):
        raise UsageError(f"{modality.title} is all that was measured: there is nothing to impute it from")


def likeness(model: OpenModel, real: Shown, drawn: Drawn, modality: Modality) -> Likeness:
    """Compare the draws of a modality's specific part with the measured one.

    Args:
        real: The case with the modality shown.
        drawn: The same case with the modality hidden and drawn.
    """
    net = model.fitted.net
    place = net.modalities.index(modality)
    centre, deviation = _numbers(net.mean_specific[place]), _numbers(net.specific_deviation[place])
    return _likeness(_numbers(real.parts.specific[0, place]), _numbers(drawn.specific[0, :, place]), centre, deviation)


def _likeness(real: Vector, drawn: Vector, centre: Vector, deviation: Vector) -> Likeness:
    """From (D,) real, (S, D) draws, and the development cohort's (D,) mean and deviation."""
    away, drawn_away = real - centre, drawn - centre
    lengths = np.linalg.norm(away) * np.linalg.norm(drawn_away, axis=1)
    below = (drawn < real).mean(axis=0) + 0.5 * (drawn == real).mean(axis=0)
    low, high = np.percentile(drawn, [5, 95], axis=0)
    return Likeness(
        cosine=drawn_away @ away / np.maximum(lengths, 1e-12),
        real_part=away / deviation,
        drawn_part=drawn_away / deviation,
        ranks=below,
        inside=float(np.mean((low <= real) & (real <= high))),
    )


def _numbers(values: Tensor) -> Vector:
    return np.asarray(values.cpu().double().numpy())
