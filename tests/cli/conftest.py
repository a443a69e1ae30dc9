"""The engine's doors, replaced: a command's own work is what it asks of the engine and what it writes."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from survgui.cases.bundle import Bundle, Manifest
from survgui.cases.case import Kind, Modality, State
from survgui.cases.cohort import Block, Cohort
from survgui.cases.prediction import BundleName, Contribution, Prediction
from survgui.cases.step import Step
from survgui.workspace.audit import default_log
from tests.small_bundle import small_manifest


@pytest.fixture
def engine(monkeypatch):
    """Put functions in the place of a module's: `engine("survgui.engine.encode", encode=...)`."""

    def put(module: str, **functions) -> None:
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**functions))

    return put


@pytest.fixture
def deeds():
    """What the audit log says was done: each line's action and what it is about."""
    return lambda: [(entry.what, entry.about) for entry in default_log().entries()]


@pytest.fixture
def task():
    """A task of one step that ends with the given result."""

    def make(result):
        yield Step("work", 1, 1)
        return result

    return make


@pytest.fixture
def cohort() -> Cohort:
    rna = Block(Modality.RNA, Kind.VECTOR, ("A",), {i: np.ones(1, dtype=np.float32) for i in ("P1", "P2")})
    return Cohort("two", ("P1", "P2"), np.array([3.0, 5.0]), np.array([True, False]), {Modality.RNA: rna})


@pytest.fixture
def manifest() -> Manifest:
    return small_manifest()


@pytest.fixture
def bundle(manifest, tmp_path) -> Bundle:
    return Bundle(tmp_path / "demo", manifest, "abc")


@pytest.fixture
def prediction() -> Prediction:
    return Prediction(
        case="P1",
        bundle=BundleName("demo", "1.0", "abc"),
        states={Modality.RNA: State.MEASURED},
        reasons={},
        details={},
        digests={},
        horizon_months=24.0,
        edges_months=np.array([0.0, 24.0]),
        survival=np.array([1.0, 0.4]),
        draws=np.array([[1.0, 0.4]]),
        risk=-0.1,
        risk_percentile=50.0,
        risk_group="intermediate",
        median_months=None,
        base=0.0,
        contributions=(Contribution("rna", -0.1, State.MEASURED),),
        fidelity={},
        information=(),
        seed=0,
        generator="ddim",
        steps=4,
        device="cpu",
        seconds=0.1,
        warnings=("simulated",),
    )
