"""Where the voxels of DICOM series are and what they are worth, told by inversion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from survgui.readers import dicom, dicom_voxels
from survgui.readers.volume import open_volume
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


@pytest.mark.parametrize("name", ["RLE", "bigendian", "expb", "implicit", "jp2klossless", "jpeg_ls_lossless", "padded"])
def test_transfer_syntaxes_give_the_same_voxels(name: str) -> None:
    plain, other = (dicom_voxels._pixels(SAMPLES / f"MR_small{form}.dcm", (64, 64)) for form in ("", f"_{name}"))
    assert plain.shape == (1, 64, 64) and np.array_equal(plain, other)
