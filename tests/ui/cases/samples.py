"""Cases of the list and dropped files, made without any."""

from __future__ import annotations

from pathlib import Path

from survgui.cases.case import Modality, State
from survgui.cases.display import Recognised, ScanFacts, SlideFacts
from survgui.errors import ReadError
from survgui.readers.recognise import Finding
from survgui.readers.spec import BlockSpec, TableSpec
from survgui.workspace import CaseRecord

M, S = Modality, State
FOLDER = Path("data")
PREDICTED = {M.CLINICAL: S.MEASURED, M.PATHOLOGY: S.MEASURED, M.RNA: S.IMPUTED, M.MRI: S.ABSENT}
GIVEN = {M.PATHOLOGY: "given", M.RNA: "given"}


def record(number, **more):
    """The case `C-000<number>`: not predicted, a slide and RNA-seq, changed in the order of the numbers."""
    values = {
        **{"key": f"{number:016x}", "id": f"C-{number:04d}", "subject": f"age {40 + number} · female"},
        **{"modalities": GIVEN, "bundle": "", "risk_group": "", "percentile": None},
        **{"created": "2026-01-02T08:00:00+00:00", "updated": f"2026-02-03T08:{59 - number % 60:02d}:00+00:00"},
        "details": {M.PATHOLOGY: "1 slide", M.RNA: "600 features"},
    }
    return CaseRecord(**{**values, **more})


def predicted(number, group, percentile, **more):
    """A case with an estimate."""
    values = {"modalities": PREDICTED, "bundle": "tcga-glioma 1.2", "risk_group": group, "percentile": percentile}
    details = {M.CLINICAL: "4 fields", M.PATHOLOGY: "1 slide"}
    return record(number, **{**values, "details": details, **more})


def four():
    """High, low, not predicted, and one whose slide is gone."""
    only_mri = {"modalities": {M.MRI: "given"}, "details": {M.MRI: "4 sequences"}}
    return (
        predicted(1, "high", 87.2),
        predicted(2, "low", 12.0, demo=True),
        record(3),
        record(4, missing="slide.svs is no longer where the case was made from", **only_mri),
    )


def table(name, modality, evidence="600 columns are genes", patients=("C-0001",)):
    """A table that was taken for a modality, or for none."""
    path = FOLDER / name
    spec = BlockSpec(modality, FOLDER, TableSpec(path)) if modality else None
    return Finding(path, modality, "table", evidence, spec=spec, patients=patients)


def slide(name="slide.svs"):
    """A slide."""
    return Finding(FOLDER / name, M.PATHOLOGY, "slide", "it is a TIFF image called .svs")


def volume(name, role):
    """A volume whose sequence is known, or not."""
    return Finding(FOLDER / name, M.MRI if role else None, role or "volume", "it is a NIfTI volume")


def broken(name="empty.csv"):
    """A file that cannot be read."""
    error = ReadError(FOLDER / name, "the file is empty (0 bytes); copy it again from where it came", "TBL-04")
    return Finding(FOLDER / name, None, None, error.reason, error=error)


def scan(name, stripped=True, grid="a", error=""):
    """A volume that was looked at."""
    return ScanFacts(FOLDER / name, "" if error else "1 × 1 × 5 mm; skull removed", stripped, grid, error)


def found(*findings, patient="C-0001", mpp=0.25, slides=None, question="", scans=()):
    """What a worker says of dropped files; every slide has this pixel size unless `slides` says otherwise."""
    opened = [SlideFacts(f.path, mpp, objective=20.0) for f in findings if f.role == "slide"]
    return Recognised(patient, tuple(findings), tuple(opened if slides is None else slides), question, scans=scans)
