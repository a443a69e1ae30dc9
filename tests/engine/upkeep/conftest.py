"""A case of two tables and a volume in a folder of the user's, in a workspace of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.cases.step import run_to_end
from survgui.engine.upkeep import freshness
from survgui.workspace import Workspace

BUNDLE = BundleName("demo-simulated", "1.0", "0" * 64)
STATES = {Modality.CLINICAL: State.MEASURED, Modality.MRI: State.MEASURED, Modality.RNA: State.IMPUTED}
CONTENT = {"case": "C-1", "risk": 0.25, "survival": [1.0, 0.5]}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "workspace") as made:
        yield made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "mri").mkdir(parents=True)
    (folder / "clinical.csv").write_text("case_id,age\nC-1,54\n")
    (folder / "rna.csv").write_text("case_id,TP53,EGFR\nC-1,1.5,2.5\n")
    for number, name in enumerate(("t1", "flair")):
        image = nibabel.Nifti1Image(np.full((4, 4, 4), number, np.int16), np.eye(4))
        nibabel.save(image, folder / "mri" / f"{name}.nii.gz")
    return folder


@pytest.fixture
def key(workspace: Workspace, data: Path) -> str:
    return add(workspace, data)


def add(workspace: Workspace, data: Path, identifier: str = "C-1") -> str:
    text = f"""id = "{identifier}"
[modality.clinical]
table = "{data}/clinical.csv"
[modality.rna]
table = "{data}/rna.csv"
[modality.mri.files]
t1 = ["{data}/mri/t1.nii.gz"]
flair = ["{data}/mri/flair.nii.gz"]
"""
    return workspace.add(identifier, "age 54", text, {Modality.CLINICAL: "1 field"}).key


def predict(workspace: Workspace, key: str) -> None:
    sources = freshness.states(workspace.case_file(key))
    workspace.keep_prediction(key, BUNDLE, 0.25, "high", 87.5, STATES, CONTENT, sources)


def run(task):
    return run_to_end(task)
