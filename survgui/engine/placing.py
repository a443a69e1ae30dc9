"""The cohort map: where a case lies among the development patients, in their first two principal components."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.display import CohortMap
from survgui.engine.inference import Drawn
from survgui.engine.model import OpenModel
from survgui.engine.stored import Development

Vector = NDArray[np.float64]


def joined(shared: Tensor, specific: Tensor) -> Vector:
    """(..., (1 + M) * D) all components of a patient in a row, from (..., D) and (..., M, D)."""
    row = torch.cat([shared, specific.flatten(-2)], dim=-1)
    return np.asarray(row.cpu().double().numpy())


def projected(development: Development, components: Vector) -> Vector:
    """(..., 2) on the map, from (..., (1 + M) * D); the development mean is its origin."""
    away = components - development.centre.astype(np.float64)
    return np.asarray(away @ development.axes.astype(np.float64).T)


def place(model: OpenModel, drawn: Drawn) -> CohortMap:
    """Put a case on the map: each draw of it a point, and the case at their mean.

    Args:
        drawn: The components of one patient.
    """
    development = model.development
    reference = development.reference
    shown = len(reference.map_)
    specific = drawn.specific[0]  # (S, M, D)
    cloud = projected(development, joined(drawn.shared.expand(len(specific), -1), specific))
    return CohortMap(
        cohort=reference.map_,
        groups=reference.groups()[:shown],
        events=reference.events[:shown],
        case=cloud.mean(axis=0),
        cloud=cloud,
        explained=development.explained,
    )
