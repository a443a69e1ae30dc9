"""Dropped folders and archives: unpacked into the workspace, looked at once, and nothing of them left lying about."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.display import Recognised
from survgui.cases.step import Step, run_to_end
from survgui.worker import cases, dropped
from survgui.workspace import Workspace


def dropped_files(*paths: Path) -> Recognised:
    return run_to_end(dropped.recognise(paths))


def write_head(path: Path, radius: float, air: float, step: float = 4.0) -> Path:
    """A ball of so many mm of radius on `step` mm voxels, in a cube of 240 mm."""
    count = round(240 / step)
    place = (np.arange(count) - (count - 1) / 2) * step
    distance = np.sqrt(place[:, None, None] ** 2 + place[:, None] ** 2 + place**2)
    data = np.where(distance < radius, 100, air).astype(np.float32)
    affine = np.diag([step, step, step, 1.0])
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(data, affine), path)
    return path


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A folder with MRI, a table, and the sequence of one file said by no name."""
    folder = tmp_path / "P-001"
    write_head(folder / "mri/P-001_t1ce.nii.gz", 70, 0)
    write_head(folder / "mri/P-001_t2w.nii.gz", 95, 2, step=5.0)
    (folder / "clinical.csv").write_text("patient,age,sex\nP-001,60,F\n")
    return folder


def packed(folder: Path, target: Path) -> Path:
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder.parent))
    else:
        with tarfile.open(target, "w:gz") as archive:
            archive.add(folder, folder.name)
    return target


def test_volumes_are_looked_at_once_each(patient: Path) -> None:
    steps: list[Step] = []
    found = run_to_end(dropped.recognise([patient]), steps.append)
    scans = {scan.path.name: scan for scan in found.scans}
    assert scans["P-001_t1ce.nii.gz"].stripped is True and scans["P-001_t2w.nii.gz"].stripped is False
    assert scans["P-001_t1ce.nii.gz"].words.startswith("4 × 4 × 4 mm; skull removed (")
    assert scans["P-001_t1ce.nii.gz"].grid != scans["P-001_t2w.nii.gz"].grid
    assert not any("P-001" in step.text for step in steps)


def test_a_volume_that_cannot_be_read_says_so(patient: Path) -> None:
    broken = patient / "mri/P-001_t1ce.nii.gz"
    broken.write_bytes(broken.read_bytes()[:2000])
    (scan,) = [scan for scan in dropped_files(patient).scans if scan.error]
    assert "copy it again" in scan.error


@pytest.mark.parametrize("name", ["MUSTERMANN.zip", "MUSTERMANN.tar.gz"])
def test_an_archive_is_a_case_with_its_files_inside(patient: Path, tmp_path: Path, name: str) -> None:
    """The case's folder holds what was unpacked, named relative to it; the archive's own name is in no path."""
    found = dropped_files(packed(patient, tmp_path / name))
    assert {f.modality for f in found.findings} == {Modality.CLINICAL, Modality.MRI}
    assert found.patient == "P-001" or found.patient == "MUSTERMANN"
    record = run_to_end(cases.adopt(found.findings, "P-001", None))
    with Workspace.default() as workspace:
        text = workspace.case_file(record.key).read_text()
        assert str(workspace.drafts) not in text
        assert list(workspace.drafts.iterdir()) == []
        assert not any("MUSTERMANN" in str(path) for path in workspace.drafts.parent.rglob("*"))
    facts = run_to_end(cases.open(record.key))
    assert [s.role for s in facts.sequences] == ["t1c", "t2"]
    assert all(s.path.is_relative_to(facts.file.parent) and not s.error for s in facts.sequences)


def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("a.csv", "age\n1\n")
        archive.writestr("../../escaped.csv", "age\n1\n")
    (finding,) = dropped_files(tmp_path / "evil.zip").findings
    assert finding.error is not None and finding.error.code == "TBL-12"
    assert not list(tmp_path.rglob("escaped.csv"))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survgui.importing.collecting.LARGEST", 2**20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bytes(2**20))
        archive.writestr("b.csv", bytes(2**20))
    (finding,) = dropped_files(tmp_path / "bomb.zip").findings
    assert finding.error is not None and finding.error.code == "TBL-09"
    with Workspace.default() as workspace:
        assert not list(workspace.drafts.rglob("*.csv"))


def test_every_real_slide_is_what_it_is(shared_data: Path) -> None:
    """Those of one folder and the small pyramids: levels, pixel sizes in µm, and the two that hold none."""
    found = dropped_files(*sorted((shared_data / "wsi").iterdir()), *sorted((shared_data / "wsi_rois").glob("*.tif")))
    slides = {slide.name: slide for slide in found.slides}
    assert len(slides) == 6 + 15 and not any(slide.error for slide in slides.values())
    assert {name for name, slide in slides.items() if slide.mpp is None} == {
        "TCGA-CR-7395-01A-01-TS1.svs",
        "openslide-python_boxes.tiff",
    }
    assert slides["CMU-1-Small-Region.svs"].levels == ((2220, 2967),)
    assert slides["highdicom_sm_image.dcm"].levels == ((50, 50),)
    said = {f.name: f.evidence for f in found.findings}
    assert said["openslide-python_boxes_0.dcm"] == "it is a DICOM slide of 2 files"
    assert "of 16 patients" in found.question


@pytest.mark.slow
@pytest.mark.parametrize(
    ("patient", "grids", "roles"),
    [("TCGA-DU-7294", 1, 5), ("TCGA-FG-6692_native", 3, 4)],
)
def test_every_real_volume_is_what_it_is(shared_data: Path, patient: str, grids: int, roles: int) -> None:
    found = dropped_files(shared_data / "mri" / patient)
    assert found.patient == patient[:12]
    assert len({f.role for f in found.findings if f.modality is Modality.MRI}) == roles == len(found.scans)
    sequences = [scan for scan in found.scans if "_seg_" not in scan.path.name]
    assert all(scan.stripped for scan in sequences) and len({scan.grid for scan in sequences}) == grids
