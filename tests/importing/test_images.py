"""Folders of features, slides and MRI of many patients: whose each file is, what is used, and what is written."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.proposal import Conversion, Use
from survgui.cases.step import run_to_end
from survgui.importing import load, write
from survgui.importing.images import Owners, is_image, owners
from survgui.readers.cohort import load_cohort
from survgui.readers.finding import Finding
from survgui.readers.recognise import recognise
from survgui.readers.table import Tables
from tests.importing import makers
from tests.readers.dicoms import write_series

SLIDES = {f"{chr(97 + k)}{k:03d}-HE": f"P-{k // 2:03d}" for k in range(24)}
"""two slides of each of twelve patients, whose names say nothing of them"""
PATIENTS = sorted(set(SLIDES.values()))


def clam(folder: Path) -> Path:
    """What CLAM leaves: features in two forms, and its table of the dataset, here with the outcome."""
    for number, slide in enumerate(SLIDES):
        makers.features(folder / "FEATURES/h5_files" / f"{slide}.h5", 3 + number % 2, seed=number)
        makers.features(folder / "FEATURES/pt_files" / f"{slide}.pt", 3 + number % 2, seed=number)
    days, events = makers.outcome(PATIENTS)
    of = dict(zip(PATIENTS, zip(days, events, strict=True), strict=True))
    rows = [(patient, f"{slide}.svs", *of[patient]) for slide, patient in SLIDES.items()]
    return makers.table(folder / "dataset.csv", ["case_id", "slide_id", "survival_days", "event"], rows, ",")


def test_clam_with_its_table(proposed, tmp_path: Path) -> None:
    """Slides find their patients by the table; the form with coordinates is used; two slides become one bag."""
    clam(tmp_path / "clam")
    proposal = proposed(tmp_path / "clam")
    features = [s for s in proposal.sources if s.modality is Modality.PATHOLOGY]
    assert [(s.key, s.chosen, s.patients, s.features) for s in features] == [
        ("pathology#features@h5_files", True, 12, 8),
        ("pathology#features@pt_files", False, 12, 8),
    ]
    assert features[0].conversion is Conversion.LISTED and features[0].evidence[0] == (
        "24 files of 12 patients, by dataset.csv"
    )
    assert "up to 2 slides of a patient, taken together" in features[0].evidence
    file = run_to_end(write(proposal, tmp_path / "cohort"))
    entry = tomllib.loads(file.read_text())["modality"]["pathology"]
    rows = (file.parent / entry["list"]).read_text().splitlines()
    assert rows[0] == "case,file" and rows[1] == "P-000,../clam/FEATURES/h5_files/a000-HE.h5"
    cohort = load_cohort(file)
    block = cohort.blocks[Modality.PATHOLOGY]
    assert block.kind is Kind.BAG and {p: len(block.items[p]) for p in PATIENTS} == dict.fromkeys(PATIENTS, 7)
    assert set(block.items["P-003"].slides) == {"g006-HE", "h007-HE"}


def test_features_of_two_encoders_are_two_sources(proposed, tmp_path: Path) -> None:
    """TRIDENT: a folder an encoder, one with coordinates alone; barcodes in the names, no normal tissue."""
    names = makers.barcodes(4)
    makers.xena(tmp_path / "rna.tsv", names)
    for number, name in enumerate(names):
        for folder in ("features_conch_v15", "features_uni_v1"):
            makers.features(tmp_path / "20x" / folder / f"{name}-01Z-00-DX1.h5", 4, 8 if "uni" in folder else 6, number)
        makers.features(tmp_path / "20x/patches" / f"{name}-01Z-00-DX1_patches.h5", 0)
    makers.features(tmp_path / "20x/features_uni_v1" / f"{names[0]}-11A-01-TS1.h5", 4)
    sources = {s.key.partition("@")[2]: s for s in proposed(tmp_path).sources if s.modality is Modality.PATHOLOGY}
    assert {k: (s.use is Use.MODALITY, s.encoder, s.features) for k, s in sources.items()} == {
        "features_conch_v15": (True, "conch_v15", 6),
        "features_uni_v1": (True, "uni_v1", 8),
        "patches": (False, "", 0),
    }
    assert sources["features_conch_v15"].files == (f"{tmp_path.as_posix()}/20x/features_conch_v15/{{case}}*.h5",)
    assert sources["features_uni_v1"].conversion is Conversion.LISTED  # the pattern would take the normal tissue too
    assert [note.code for note in sources["features_uni_v1"].notes] == ["IMP-08"]
    assert "coordinates but no features" in sources["patches"].evidence[-1]


def volume(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 4, 4), np.int16), np.eye(4)), path)
    return path


def test_mri_by_pattern_where_names_say_all(proposed, tmp_path: Path) -> None:
    for patient in ("BraTS-GLI-00000-000", "BraTS-GLI-00002-000"):
        for sequence in ("t1n", "t1c", "t2w", "t2f", "seg"):
            volume(tmp_path / "mri" / patient / f"{patient}-{sequence}.nii.gz")
    rows = [(p, 100 + k, 1) for k, p in enumerate(("BraTS-GLI-00000-000", "BraTS-GLI-00002-000"))]
    makers.table(tmp_path / "outcome.csv", ["case_id", "survival_days", "event"], rows, ",")
    mri = next(s for s in proposed(tmp_path).sources if s.modality is Modality.MRI)
    assert mri.files == (f"{tmp_path.as_posix()}/mri/{{case}}/{{case}}*.nii.gz",)
    assert mri.evidence[:2] == (
        "10 files of 2 patients, by the ids in their names",
        "flair of 2, segmentation of 2, t1 of 2, t1c of 2, t2 of 2",
    )


def test_mri_by_a_list_where_there_is_more_than_is_used(proposed, tmp_path: Path) -> None:
    """UCSF-PDGM has each sequence twice and more beside them; a patient of a DICOM study has a folder of series."""
    for sequence in ("T1", "T1_bias", "T1c", "T2", "FLAIR", "ADC", "SWI", "brain_segmentation", "tumor_segmentation"):
        volume(tmp_path / "mri/UCSF-PDGM-0004" / f"UCSF-PDGM-0004_{sequence}.nii.gz")
    data = np.ones((4, 4, 6), np.int16)
    study = tmp_path / "mri/UCSF-PDGM-0005/1.2.3"
    write_series(study / "7", data, uid="1.7", SeriesDescription="AX T1", ContrastBolusAgent="Gd")
    write_series(study / "8", data, uid="1.8", SeriesDescription="DWI")
    rows = [(p, 100 + k, 1) for k, p in enumerate(("UCSF-PDGM-0004", "UCSF-PDGM-0005"))]
    makers.table(tmp_path / "outcome.csv", ["case_id", "survival_days", "event"], rows, ",")
    proposal = replace(proposed(tmp_path), splits=None)  # two patients make no five folds
    cohort = run_to_end(load(proposal))
    found = cohort.blocks[Modality.MRI].files
    assert {p: {s.role: s.path.name for s in mine} for p, mine in found.items()} == {
        "UCSF-PDGM-0004": {
            "t1": "UCSF-PDGM-0004_T1.nii.gz",
            "t1c": "UCSF-PDGM-0004_T1c.nii.gz",
            "t2": "UCSF-PDGM-0004_T2.nii.gz",
            "flair": "UCSF-PDGM-0004_FLAIR.nii.gz",
            "segmentation": "UCSF-PDGM-0004_tumor_segmentation.nii.gz",
        },
        "UCSF-PDGM-0005": {"t1c": "IM0000.dcm"},
    }
    file = run_to_end(write(proposal, tmp_path / "elsewhere/cohort"))
    assert {p: len(mine) for p, mine in load_cohort(file).blocks[Modality.MRI].files.items()} == {
        "UCSF-PDGM-0004": 5,
        "UCSF-PDGM-0005": 1,
    }


def test_whose_a_slide_is(tmp_path: Path) -> None:
    findings = recognise([clam(tmp_path)])
    whose = owners(findings, ["TCGA-AA-0001"], Tables())
    assert whose.table == "dataset.csv"
    assert whose.of(Path("x/b001-HE.h5")) == whose.of(Path("x/b001-HE.svs")) == "P-000"
    assert whose.of(Path("TCGA-AA-0001-01Z-00-DX1.svs")) == "TCGA-AA-0001"
    assert whose.of(Path("unknown.svs")) is None


def test_images_are_told_from_tables() -> None:
    assert is_image(Finding(Path("a"), Modality.MRI, "t1", "")) and is_image(Finding(Path("a"), None, "volume", ""))
    assert is_image(Finding(Path("a"), None, None, "a localiser", title="LOC · 3 slices"))
    assert not is_image(Finding(Path("a"), Modality.RNA, "table", ""))


def test_real_coordinates_are_no_features(shared_data, proposed) -> None:
    file = shared_data / "pathology_features/clam_coords_TCGA-2Y-A9GS.h5"
    (source,) = proposed(file).sources
    assert (source.use, source.patients) == (Use.NONE, 1)
    assert "encode the slide, or choose the file with the features" in source.evidence[-1]


@pytest.mark.parametrize("name", ["a.h5", "a.b.nii.gz", "A.SVS"])
def test_names_without_their_format(name: str) -> None:
    assert Owners((), {name.split(".")[0] if name != "a.b.nii.gz" else "a.b": "P"}).of(Path(name)) == "P"
