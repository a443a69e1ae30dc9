"""The simulated demo patient in a workspace of the test's own, and the bundle that is shipped for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from survgui.engine.simulation import demo_case
from survgui.worker import recent
from survgui.workspace import Workspace
from tests.conftest import REPOSITORY

BLOCKS = {
    "clinical": 'table = {clinical!r}\ncase = "case_id"\nordered.grade = ["G2", "G3", "G4"]',
    "pathology": "files = {slide!r}",
    "rna": 'table = {rna!r}\ncase = "case_id"\ntransform = "log1p"',
    "mri": 'files = {mri!r}\nsequences = ["t1", "t1c", "t2", "flair", "seg"]',
}


@pytest.fixture(autouse=True)
def nothing_kept():
    """Every test begins as a worker process does."""
    recent.clear()


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory) -> Path:
    return demo_case(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def bundle_folder() -> Path:
    return REPOSITORY / "models" / "demo-simulated"


@pytest.fixture
def adopt(demo_files):
    """Put the demo patient into the workspace with some modalities of his; gives the case's key."""

    def put(*modalities: str) -> str:
        places = {
            "clinical": str(demo_files / "clinical.csv"),
            "slide": str(demo_files / "slide.svs"),
            "rna": str(demo_files / "rna.csv"),
            "mri": str(demo_files / "mri" / "{sequence}.nii.gz"),
        }
        sections = [f"[modality.{name}]\n{BLOCKS[name].format(**places)}" for name in modalities]
        with Workspace.default() as workspace:
            return workspace.add("DEMO-01", "", "\n".join(['id = "DEMO-01"', *sections, ""]), {}).key

    return put


@pytest.fixture
def key(adopt) -> str:
    """Clinical fields, RNA and MRI; no slide, which takes seconds to encode."""
    return adopt("clinical", "rna", "mri")
