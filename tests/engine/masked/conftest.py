"""Patients of every kind of modality, for trainings of seconds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from survgui.engine.inputs import Prepared
from survgui.nets.masked import factors
from survgui.survival.metrics import Followed
from tests.nets.masked.conftest import CONFIG, INPUTS, MRI, PATHOLOGY, RNA

FAST = CONFIG.changed({"vector_patch": 2, "pretrain_epochs": 3, "epochs": 3, "batch": 18, "pretrain_batch": 18})
"""Clinical fields are two patches, one of them padded."""
TAKEN = SimpleNamespace(shapes=lambda: dict(INPUTS))
"""Stands for `Inputs`, of which training wants the shapes alone."""


def patients(n: int = 36, seed: int = 0, missing: bool = True) -> tuple[Prepared, Followed]:
    """One factor that everything shows and that kills; one in three lacks RNA, one in four the pictures."""
    draw, fixed = np.random.default_rng(seed), np.random.default_rng(42)
    z = draw.standard_normal(n)
    arrays = {}
    for m, (_, shape) in INPUTS.items():
        loading = fixed.standard_normal(shape)
        column = [(z[k] * loading + 0.5 * draw.standard_normal(shape)).astype(np.float32) for k in range(n)]
        every = {RNA: 3, PATHOLOGY: 4, MRI: 4}.get(m, n + 1) if missing else n + 1
        arrays[m] = tuple(None if k % every == every - 1 else x for k, x in enumerate(column))
    kinds, shapes = ({m: x[place] for m, x in INPUTS.items()} for place in (0, 1))
    death, censored = draw.exponential(20 * np.exp(-z)), draw.uniform(5, 80, n)
    outcome = Followed(np.minimum(death, censored), death <= censored)
    return Prepared(tuple(f"P-{k}" for k in range(n)), kinds, arrays, shapes), outcome


@pytest.fixture(scope="session")
def some():
    return patients()


@pytest.fixture(scope="module")
def quick_factors():
    """The closed form after a few steps of its EM: enough where it is only to be there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "ITERATIONS", 4)
        yield


def stopped(task, after: int) -> None:
    """Take some steps of a task and ask for no more."""
    for _ in range(after):
        next(task)
    task.close()
