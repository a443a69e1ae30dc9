"""`must`, and the same network with other fillings of what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from survgui.cases.step import Task
from survgui.encoders import scaling
from survgui.engine import fitting
from survgui.engine.inputs import fit_inputs
from survgui.engine.methods.network import Recipe


def _nothing(*fold: object, seed: int) -> Task[dict[str, Any]]:
    """Nothing is judged beyond survival: it draws components, not data."""
    yield from ()
    return {}


def _pooled(folds: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {}


MUST = Recipe("must", "config", fit_inputs, fitting.learn, scaling.describe, _nothing, _pooled)
