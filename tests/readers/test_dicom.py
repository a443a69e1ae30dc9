"""DICOM series: what belongs together, where its voxels are, and what is refused. Geometry is told by inversion."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import dicom
from survgui.readers.volume import open_volume, parts
from tests.readers.dicoms import AXIAL, write_enhanced, write_series

SAMPLES = Path(pydicom.__file__).parent / "data/test_files"
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
"""rows run to the back, columns to the feet"""
TILTED = (*np.round([np.cos(0.2), np.sin(0.2), 0.0], 6), *np.round([-np.sin(0.2), np.cos(0.2), 0.0], 6))


@pytest.fixture
def data() -> NDArray[np.int16]:
    return np.random.default_rng(0).integers(0, 900, (12, 10, 8)).astype(np.int16)


@pytest.mark.parametrize("directions", [AXIAL, SAGITTAL, TILTED])
def test_every_voxel_lies_where_the_scanner_put_it(
    tmp_path: Path, data: NDArray[np.int16], directions: tuple[float, ...]
) -> None:
    origin, spacing = (-31.0, 17.0, 5.5), (0.8, 0.9, 3.0)
    write_series(tmp_path, data, directions=directions, spacing=spacing, origin=origin)
    volume = open_volume(tmp_path)
    across = np.cross(directions[:3], directions[3:])
    for column, row, number in np.random.default_rng(1).integers(0, (12, 10, 8), (30, 3)):
        left_back_head = (
            np.array(origin)
            + np.array(directions[:3]) * spacing[0] * column
            + np.array(directions[3:]) * spacing[1] * row
            + across * spacing[2] * number
        )
        right_front_head = left_back_head * (-1, -1, 1)
        voxel = np.linalg.solve(volume.affine, [*right_front_head, 1.0])[:3]
        assert np.allclose(voxel, voxel.round(), atol=1e-3)
        assert volume.data[tuple(voxel.round().astype(int))] == data[column, row, number]
    assert volume.orientation == ("R", "A", "S")
    assert sorted(volume.spacing) == pytest.approx(sorted(spacing), abs=1e-3)


def test_a_series_is_the_same_by_each_of_its_files_in_any_order(tmp_path: Path, data: NDArray[np.int16]) -> None:
    files = write_series(tmp_path / "a", data)
    shuffled = tmp_path / "b"
    shuffled.mkdir()
    for number, file in enumerate(np.random.default_rng(2).permutation(np.array(files, object))):
        shutil.copy(file, shuffled / f"{number}")  # without a suffix
    assert np.array_equal(open_volume(files[5]).data, open_volume(shuffled).data)
    assert len(parts(files[0])) == 8 and len(parts(shuffled)) == 8


def test_slope_and_intercept_are_those_of_each_slice(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_series(tmp_path, data, RescaleSlope=lambda n: n + 1.0, RescaleIntercept=-2.0)
    found = open_volume(tmp_path).data[::-1, ::-1]  # axial: columns run to the left, rows to the back
    assert np.allclose(found, data * np.arange(1.0, 9.0) - 2.0)


def test_an_enhanced_file_is_a_volume(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_enhanced(tmp_path / "e.dcm", data, (0.5, 0.6, 2.0), slope=2.0)
    volume = open_volume(tmp_path / "e.dcm")
    assert np.allclose(volume.data[::-1, ::-1], data * 2.0 + 3.0)
    assert np.allclose(volume.spacing, (0.5, 0.6, 2.0))
    assert dicom.series_of(tmp_path).told.sequence == "t2"


def test_several_series_in_a_folder(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_series(tmp_path, data, uid="1.1", prefix="a", SeriesDescription="AX T1", ContrastBolusAgent="GADAVIST")
    write_series(tmp_path, data, uid="1.2", prefix="b", SeriesDescription="AX T2 FLAIR")
    write_series(tmp_path, data[:, :, :3], uid="1.3", prefix="c", SeriesDescription="3-pl LOC")
    found = {s.description: s for s in dicom.series_among(sorted(tmp_path.iterdir()))}
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
    assert [s.size[2] for s in dicom.series_among(sorted(tmp_path.iterdir()))] == [8, 8]
    assert open_volume(tmp_path / "b0003.dcm").data.max() == data.max() + 7


def test_patients_are_told_apart_without_keeping_their_names(tmp_path: Path, data: NDArray[np.int16]) -> None:
    write_series(tmp_path, data, uid="1.1", prefix="a")
    write_series(tmp_path, data, uid="1.2", prefix="b")
    write_series(tmp_path, data, uid="1.3", prefix="c", PatientID="TCGA-DU-7294", PatientName="TCGA-DU-7294")
    first, second, third = dicom.series_among(sorted(tmp_path.iterdir()))
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


@pytest.mark.parametrize("name", ["RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless", "padded"])
def test_transfer_syntaxes_give_the_same_voxels(name: str) -> None:
    plain, other = (dicom._pixels(SAMPLES / f"MR_small{form}.dcm", (64, 64)) for form in ("", f"_{name}"))
    assert plain.shape == (1, 64, 64) and np.array_equal(plain, other)


def test_a_tiff_in_front_of_it_does_not_hide_a_dicom_file() -> None:
    assert (SAMPLES / "MR_small.dcm").read_bytes()[:4] == b"II*\0"
    assert dicom.is_dicom(SAMPLES / "MR_small.dcm")


def test_a_deflated_file_is_not_unpacked() -> None:
    with pytest.raises(UnsupportedFormat, match="VOL-08"):
        dicom.series_of(SAMPLES / "image_dfl.dcm")


def test_a_directory_of_files_is_not_followed(tmp_path: Path, data: NDArray[np.int16]) -> None:
    shutil.copy(SAMPLES / "dicomdirtests/DICOMDIR", tmp_path)
    write_series(tmp_path, data)
    (found,) = dicom.series_among(sorted(tmp_path.iterdir()))
    assert all(file.parent == tmp_path for file in found.files)


def test_broken_files_say_nothing_of_the_patient(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for file in sorted(SAMPLES.glob("*.dcm")):
            found = dicom.series_among([file])
            assert all(s.frames for s in found)
    assert not caplog.records
