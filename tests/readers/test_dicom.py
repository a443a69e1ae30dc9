"""DICOM series: what belongs together, where its voxels are, and what is refused. Geometry is told by inversion."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from survgui.cases.step import run_to_end
from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import dicom
from survgui.readers.volume import open_volume, parts
from tests.readers.dicoms import write_series

SAMPLES = Path(pydicom.__file__).parent / "data/test_files"


@pytest.fixture
def data() -> NDArray[np.int16]:
    return np.random.default_rng(0).integers(0, 900, (12, 10, 8)).astype(np.int16)


def test_a_series_is_the_same_by_each_of_its_files_in_any_order(tmp_path: Path, data: NDArray[np.int16]) -> None:
    files = write_series(tmp_path / "a", data)
    shuffled = tmp_path / "b"
    shuffled.mkdir()
    for number, file in enumerate(np.random.default_rng(2).permutation(np.array(files, object))):
        shutil.copy(file, shuffled / f"{number}")  # without a suffix
    assert np.array_equal(open_volume(files[5]).data, open_volume(shuffled).data)
    assert len(parts(files[0])) == 8 and len(parts(shuffled)) == 8


def test_several_series_in_a_folder(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_series(tmp_path, data, uid="1.1", prefix="a", SeriesDescription="AX T1", ContrastBolusAgent="GADAVIST")
    write_series(tmp_path, data, uid="1.2", prefix="b", SeriesDescription="AX T2 FLAIR")
    write_series(tmp_path, data[:, :, :3], uid="1.3", prefix="c", SeriesDescription="3-pl LOC")
    found = {s.description: s for s in run_to_end(dicom.series_among(sorted(tmp_path.iterdir())))}
    assert {name: s.told.sequence for name, s in found.items()} == {
        "AX T1": "t1c",
        "AX T2 FLAIR": "flair",
        "3-pl LOC": None,
    }
    assert found["AX T1"].size == (12, 10, 8) and found["AX T1"].spacing == (1.0, 1.0, 5.0)
    assert found["3-pl LOC"].trouble is not None
    with pytest.raises(ReadError, match=r"3 DICOM series.*VOL-16"):
        dicom.series_of(tmp_path)
    assert open_volume(found["AX T2 FLAIR"].path).data.shape == (12, 10, 8)


def test_two_echoes_of_one_series_are_two_volumes(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_series(tmp_path, data, prefix="a", EchoTime=15.0, SOPInstanceUID=lambda n: f"1.5.{n}")
    write_series(tmp_path, data + 7, prefix="b", EchoTime=105.0, SOPInstanceUID=lambda n: f"1.6.{n}")
    assert [s.size[2] for s in run_to_end(dicom.series_among(sorted(tmp_path.iterdir())))] == [8, 8]
    assert open_volume(tmp_path / "b0003.dcm").data.max() == data.max() + 7


def test_patients_are_told_apart_without_keeping_their_names(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_series(tmp_path, data, uid="1.1", prefix="a")
    write_series(tmp_path, data, uid="1.2", prefix="b")
    write_series(tmp_path, data, uid="1.3", prefix="c", PatientID="TCGA-DU-7294", PatientName="TCGA-DU-7294")
    first, second, third = run_to_end(dicom.series_among(sorted(tmp_path.iterdir())))
    assert first.patient == second.patient != third.patient
    assert (first.barcode, third.barcode) == ("", "TCGA-DU-7294")
    said = repr((first, second))
    assert "Mustermann" not in said and "4711" not in said


FAULTS = {
    "gap": ("missing after slice 3 of 7", "VOL-14"),
    "uneven": ("distances between its slices differ", "VOL-15"),
    "twice": ("2 of its slices are there twice", "VOL-15"),
    "over time": ("2 volumes in one series", "VOL-08"),
    "three slices": ("localiser", "VOL-08"),
    "CT": ("kind CT, not MRI", "VOL-08"),
    "mosaic": ("mosaic", "VOL-08"),
    "nowhere": ("does not say where the slices are", "VOL-09"),
    "cut off": ("damaged or incomplete", "VOL-10"),
    "no image": ("no DICOM image", "VOL-06"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_refused(tmp_path: Path, data: NDArray[np.int16], fault: str) -> None:
    files = write_series(tmp_path, data, **_elements(fault))
    if fault == "gap":
        files[3].unlink()
    elif fault == "three slices":
        [file.unlink() for file in files[3:]]
    elif fault == "over time":
        write_series(tmp_path, data, prefix="later", SOPInstanceUID=lambda n: f"1.7.{n}")
    elif fault == "twice":
        write_series(tmp_path, data[:, :, :2], prefix="again", SOPInstanceUID=lambda n: f"1.7.{n}")
    elif fault == "cut off":
        files[4].write_bytes(files[4].read_bytes()[:-20])
    elif fault == "no image":
        [file.unlink() for file in files]
        shutil.copy(SAMPLES / "rtplan.dcm", tmp_path)
    words, code = FAULTS[fault]
    with pytest.raises(ReadError, match=words) as caught:
        open_volume(tmp_path)
    assert caught.value.code == code


def _elements(fault: str) -> dict[str, object]:
    if fault == "uneven":
        return {"ImagePositionPatient": lambda n: [0.0, 0.0, 5.0 * n + (1.0 if n == 4 else 0.0)]}
    if fault == "nowhere":
        return {"ImagePositionPatient": None}
    return {"CT": {"Modality": "CT"}, "mosaic": {"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}}.get(fault, {})


def test_the_same_file_twice_counts_once(tmp_path: Path, data: NDArray[np.int16]) -> None:
    files = write_series(tmp_path, data)
    shutil.copy(files[2], tmp_path / "copy.dcm")
    assert open_volume(tmp_path).data.shape == (12, 10, 8)


def test_a_tiff_in_front_of_it_does_not_hide_a_dicom_file() -> None:
    assert (SAMPLES / "MR_small.dcm").read_bytes()[:4] == b"II*\0"
    assert dicom.is_dicom(SAMPLES / "MR_small.dcm")


def test_a_deflated_file_is_not_unpacked() -> None:
    with pytest.raises(UnsupportedFormat, match="VOL-08"):
        dicom.series_of(SAMPLES / "image_dfl.dcm")


def test_a_directory_of_files_is_not_followed(tmp_path: Path, data: NDArray[np.int16]) -> None:
    shutil.copy(SAMPLES / "dicomdirtests/DICOMDIR", tmp_path)
    write_series(tmp_path, data)
    (found,) = run_to_end(dicom.series_among(sorted(tmp_path.iterdir())))
    assert all(file.parent == tmp_path for file in found.files)


def test_broken_files_say_nothing_of_the_patient(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for file in sorted(SAMPLES.glob("*.dcm")):
            found = run_to_end(dicom.series_among([file]))
            assert all(s.frames for s in found)
    assert not caplog.records


def test_a_folder_that_is_exported_into_again_is_the_other_patients(tmp_path: Path, data: NDArray[np.int16]) -> None:
    """The files are written over where they are: the folder itself does not change by that."""
    before = write_series(tmp_path, data, PatientID="A", SeriesDescription="t1")
    (first,) = dicom.series_in(tmp_path)
    changed = tmp_path.stat().st_mtime_ns
    write_series(tmp_path, data, PatientID="B", SeriesDescription="t2 of another")
    os.utime(tmp_path, ns=(changed, changed))
    (second,) = dicom.series_in(tmp_path)
    assert first.path == second.path == before[0] and first.patient != second.patient
    assert dicom.series_in(tmp_path)[0] is second
