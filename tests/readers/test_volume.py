"""Volumes: orientation, scaling, and headers that must not be believed."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers.volume import open_volume

SHAPE = (5, 6, 7)
Change = Callable[[Any], None]


def numbered(dtype: type = np.int16) -> NDArray[Any]:
    return np.arange(np.prod(SHAPE)).reshape(SHAPE).astype(dtype)


def write(path: Path, change: Change, data: NDArray[Any] | None = None, tail: bytes = b"") -> Path:
    """A volume with `change` made to its header, unchecked."""
    data = numbered() if data is None else data
    header = nibabel.Nifti1Image(data, np.eye(4)).header
    header["vox_offset"], header["magic"] = 352, b"n+1"
    change(header)
    path.write_bytes(header.binaryblock + bytes(4) + data.tobytes(order="F") + tail)
    return path


def setter(**fields: Any) -> Change:
    def change(header: Any) -> None:
        for name, value in fields.items():
            header[name] = value

    return change


class TestGrid:
    def test_ras_is_left_alone(self, files: SimpleNamespace, tmp_path: Path) -> None:
        stored = files.volume(tmp_path / "v.nii.gz", affine=np.diag([2, 3, 4, 1]))
        volume = open_volume(tmp_path / "v.nii.gz")
        np.testing.assert_array_equal(volume.data, stored)
        assert volume.data.dtype == np.float32
        assert volume.orientation == ("R", "A", "S")
        np.testing.assert_allclose(volume.spacing, [2, 3, 4])
        assert volume.notes == ()

    @pytest.mark.parametrize("codes", ["LPS", "LAS", "SRA", "PIR", "ASL"])
    def test_a_voxel_stays_where_it_is_in_the_patient(self, tmp_path: Path, codes: str) -> None:
        from nibabel import orientations

        ornt = orientations.axcodes2ornt(tuple(codes))
        turned = orientations.ornt_transform(orientations.axcodes2ornt(("R", "A", "S")), ornt)
        data = orientations.apply_orientation(numbered(), turned)
        affine = np.diag([1.0, 1.5, 2.0, 1.0]) @ orientations.inv_ornt_aff(turned, SHAPE)
        nibabel.save(nibabel.Nifti1Image(data, affine), tmp_path / "v.nii")
        assert nibabel.aff2axcodes(affine) == tuple(codes)
        volume = open_volume(tmp_path / "v.nii")
        np.testing.assert_array_equal(volume.data, numbered())
        np.testing.assert_allclose(volume.affine, np.diag([1.0, 1.5, 2.0, 1.0]), atol=1e-6)

    def test_oblique_turns_to_the_nearest_axes(self, tmp_path: Path) -> None:
        angle = np.deg2rad(20)
        affine = np.eye(4)
        affine[:2, :2] = [[-np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        nibabel.save(nibabel.Nifti1Image(numbered(), affine), tmp_path / "v.nii")
        volume = open_volume(tmp_path / "v.nii")
        corner = volume.affine @ [SHAPE[0] - 1, 0, 0, 1]  # where voxel 0, 0, 0 of the file went
        np.testing.assert_allclose(corner, [0, 0, 0, 1], atol=1e-6)
        np.testing.assert_array_equal(volume.data, numbered()[::-1])

    def test_flat_voxels_are_noted(self, files: SimpleNamespace, tmp_path: Path) -> None:
        files.volume(tmp_path / "v.nii", affine=np.diag([0.5, 0.5, 6, 1]))
        assert "far from cubes (0.5 x 0.5 x 6 mm)" in open_volume(tmp_path / "v.nii").notes[0]

    @pytest.mark.parametrize(("unit", "scale"), [("meter", 1000), ("mm", 1), ("micron", 0.001), ("unknown", 1)])
    def test_units(self, tmp_path: Path, unit: str, scale: float) -> None:
        path = write(tmp_path / "v.nii", lambda header: header.set_xyzt_units(unit))
        np.testing.assert_allclose(open_volume(path).spacing, scale)


class TestOrientation:
    def test_unknown(self, tmp_path: Path) -> None:
        change = setter(sform_code=0, qform_code=0, pixdim=[1, 2, 2, 3, 0, 0, 0, 0])
        volume = open_volume(write(tmp_path / "v.nii", change))
        assert volume.orientation == ("?", "?", "?")
        assert "orientation unknown" in volume.notes[0]
        np.testing.assert_array_equal(volume.data, numbered())
        np.testing.assert_allclose(volume.spacing, [2, 2, 3])

    @pytest.mark.parametrize("row", [[0, 0, 0, 0], [np.nan, 0, 0, 0], [0, 1, 0, 0]], ids=["zero", "nan", "flat"])
    def test_not_invertible_falls_back_to_voxel_sizes(self, tmp_path: Path, row: list[float]) -> None:
        change = setter(sform_code=1, qform_code=0, srow_x=row, pixdim=[1, 2, 2, 3, 0, 0, 0, 0])
        volume = open_volume(write(tmp_path / "v.nii", change))
        assert "not invertible" in volume.notes[0]
        np.testing.assert_allclose(np.diag(volume.affine), [2, 2, 3, 1])

    def test_not_invertible_takes_the_other_if_there_is_one(self, tmp_path: Path) -> None:
        change = setter(
            sform_code=1, srow_x=[0] * 4, qform_code=1, quatern_b=0, quatern_c=1, quatern_d=0, pixdim=[1] * 8
        )
        volume = open_volume(write(tmp_path / "v.nii", change))
        assert volume.orientation == ("R", "A", "S")
        assert "the other is used" in volume.notes[0]
        np.testing.assert_array_equal(volume.data, numbered()[::-1, :, ::-1])  # half a turn about y

    def test_a_quaternion_that_is_none(self, tmp_path: Path) -> None:
        change = setter(sform_code=0, qform_code=1, quatern_b=2, quatern_c=2, quatern_d=2)
        assert "orientation unknown" in open_volume(write(tmp_path / "v.nii", change)).notes[0]

    @pytest.mark.parametrize("size", [0, np.nan, np.inf])
    def test_no_voxel_size_either(self, tmp_path: Path, size: float) -> None:
        change = setter(sform_code=0, qform_code=0, pixdim=[1, size, 2, 3, 0, 0, 0, 0])
        volume = open_volume(write(tmp_path / "v.nii", change))
        np.testing.assert_allclose(volume.spacing, [1, 2, 3])
        assert any("voxel size unknown" in note for note in volume.notes)


class TestValues:
    @pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
    @pytest.mark.parametrize("order", ["<", ">"])
    def test_of_any_type_and_byte_order(self, tmp_path: Path, dtype: type, order: str) -> None:
        data = numbered(dtype)
        header = nibabel.Nifti1Header(endianness=order)
        header.set_data_dtype(dtype)
        image = nibabel.Nifti1Image(data, np.eye(4), header)
        nibabel.save(image, tmp_path / "v.nii")
        np.testing.assert_array_equal(open_volume(tmp_path / "v.nii").data, data)

    def test_nifti_2(self, tmp_path: Path) -> None:
        nibabel.save(nibabel.Nifti2Image(numbered(), np.eye(4)), tmp_path / "v.nii.gz")
        np.testing.assert_array_equal(open_volume(tmp_path / "v.nii.gz").data, numbered())

    def test_are_scaled(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.nii", setter(scl_slope=0.5, scl_inter=-10))
        np.testing.assert_allclose(open_volume(path).data, numbered() * 0.5 - 10)

    @pytest.mark.parametrize("slope", [0, np.nan, np.inf])
    def test_are_as_stored_without_a_slope(self, tmp_path: Path, slope: float) -> None:
        path = write(tmp_path / "v.nii", setter(scl_slope=slope, scl_inter=3))
        np.testing.assert_array_equal(open_volume(path).data, numbered())

    def test_a_few_that_are_none_become_zero(self, tmp_path: Path) -> None:
        data = numbered(np.float32)
        data[0, 0, 0], data[1, 1, 1] = np.nan, np.inf
        volume = open_volume(write(tmp_path / "v.nii", setter(), data))
        assert (volume.data[0, 0, 0], volume.data[1, 1, 1]) == (0, 0)
        assert "2 voxels were NaN or infinite" in volume.notes[0]

    def test_many_that_are_none_are_refused(self, tmp_path: Path) -> None:
        data = numbered(np.float32)
        data[0, :3] = np.nan  # 21 of 210
        with pytest.raises(ReadError, match=r"10.0% of the voxels.*VOL-10"):
            open_volume(write(tmp_path / "v.nii", setter(), data))

    def test_what_float32_cannot_hold_is_not_finite(self, tmp_path: Path) -> None:
        with pytest.raises(ReadError, match="VOL-10"):
            open_volume(write(tmp_path / "v.nii", setter(), numbered(np.float64) * 1e300))


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"dim": [4, 5, 6, 7, 2, 1, 1, 1]}, "VOL-08"),
            ({"dim": [2, 5, 6, 1, 1, 1, 1, 1]}, "VOL-08"),
            ({"dim": [3, 5, 6, 1, 1, 1, 1, 1]}, "VOL-08"),
            ({"dim": [3, -5, 6, 7, 1, 1, 1, 1]}, "VOL-09"),
            ({"dim": [99, 5, 6, 7, 1, 1, 1, 1]}, "VOL-09"),
            ({"dim": [0, 5, 6, 7, 1, 1, 1, 1]}, "VOL-09"),
            ({"dim": [3, 30_000, 30_000, 30_000, 1, 1, 1, 1]}, "VOL-09"),
            ({"dim": [3, 50, 60, 70, 1, 1, 1, 1]}, "VOL-07"),
            ({"datatype": 32, "bitpix": 64}, "VOL-08"),
            ({"datatype": 128, "bitpix": 24}, "VOL-08"),
            ({"datatype": 9999}, "VOL-09"),
            ({"vox_offset": -1}, "VOL-09"),
            ({"vox_offset": np.nan}, "VOL-09"),
            ({"vox_offset": 2**40}, "VOL-09"),
            ({"magic": b"ni1"}, "VOL-06"),
            ({"magic": b"abc"}, "VOL-06"),
        ],
    )
    def test_of_headers(self, tmp_path: Path, fields: dict[str, Any], code: str) -> None:
        with pytest.raises(ReadError) as caught:
            open_volume(write(tmp_path / "v.nii", setter(**fields)))
        assert caught.value.code == code

    def test_a_series_of_one_is_a_volume(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.nii", setter(dim=[5, 5, 6, 7, 1, 1, 1, 1]))
        assert open_volume(path).data.shape == SHAPE

    def test_dicom_without_an_image_is_told(self, tmp_path: Path) -> None:
        import pydicom

        shutil.copy(Path(pydicom.__file__).parent / "data/test_files/rtplan.dcm", tmp_path / "1.dcm")
        with pytest.raises(UnsupportedFormat, match="without an image; choose a file of an MRI series"):
            open_volume(tmp_path / "1.dcm")

    def test_a_small_file_that_unpacks_to_gigabytes(self, tmp_path: Path) -> None:
        """What is packed behind an honest header is not unpacked; what the header claims is judged first."""
        tail = write(tmp_path / "v.nii", setter(), tail=bytes(3 * 2**20)).read_bytes()
        (tmp_path / "tail.nii.gz").write_bytes(gzip.compress(tail))
        with pytest.raises(ReadError, match=r"far more than its header announces.*VOL-10"):
            open_volume(tmp_path / "tail.nii.gz")
        claim = write(tmp_path / "v.nii", setter(dim=[3, 2000, 2000, 2000, 1, 1, 1, 1])).read_bytes()
        (tmp_path / "claim.nii.gz").write_bytes(gzip.compress(claim))
        with pytest.raises(ReadError, match=r"29.8 GB, more than the 2 GB.*VOL-09"):
            open_volume(tmp_path / "claim.nii.gz")


class TestPacking:
    def test_is_told_by_content(self, files: SimpleNamespace, tmp_path: Path) -> None:
        stored = files.volume(tmp_path / "v.nii")
        plain = (tmp_path / "v.nii").read_bytes()
        (tmp_path / "plain.nii.gz").write_bytes(plain)
        (tmp_path / "packed.nii").write_bytes(gzip.compress(plain))
        for name in ("plain.nii.gz", "packed.nii"):
            np.testing.assert_array_equal(open_volume(tmp_path / name).data, stored)

    def test_a_wrong_checksum_is_damage(self, files: SimpleNamespace, tmp_path: Path) -> None:
        files.volume(tmp_path / "v.nii")
        packed = bytearray(gzip.compress((tmp_path / "v.nii").read_bytes()))
        packed[-6] ^= 1  # the last eight bytes are checksum and length
        (tmp_path / "v.nii.gz").write_bytes(packed)
        with pytest.raises(ReadError, match="VOL-10"):
            open_volume(tmp_path / "v.nii.gz")


class TestRealVolumes:
    def test_brats_space(self, shared_data: Path) -> None:
        folder = shared_data / "mri" / "TCGA-DU-7294"
        volume = open_volume(folder / "TCGA-DU-7294_t1c_bet.nii.gz")
        assert volume.data.shape == (240, 240, 155)
        np.testing.assert_allclose(volume.spacing, 1)
        tumour = open_volume(folder / "TCGA-DU-7294_seg_hnfnetv1-20.nii.gz")
        assert set(np.unique(tumour.data)) <= {0, 1, 2, 4}
        ours = nibabel.as_closest_canonical(nibabel.load(folder / "TCGA-DU-7294_t1c_bet.nii.gz"))
        np.testing.assert_array_equal(volume.data, ours.get_fdata(dtype=np.float32))
        np.testing.assert_allclose(volume.affine, ours.affine)

    def test_native_sequences_lie_on_different_grids(self, shared_data: Path) -> None:
        found = [open_volume(path) for path in sorted((shared_data / "mri" / "TCGA-FG-6692_native").glob("*.nii.gz"))]
        assert [volume.data.shape for volume in found] == [
            (208, 256, 26),
            (256, 224, 26),
            (256, 224, 26),
            (224, 256, 26),
        ]
        assert not np.allclose(found[0].affine, found[1].affine, atol=1)
        assert all("far from cubes" in volume.notes[0] for volume in found)
