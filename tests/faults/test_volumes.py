"""MRI volumes that are not what they should be; one line a fault."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from tests.faults import good
from tests.faults.conftest import Cell, Judge, noted, refused
from tests.faults.mutator import (
    Fault,
    a_device,
    a_folder,
    a_pipe,
    after,
    at,
    becomes,
    before,
    both,
    bytes_of,
    empty,
    flips,
    gzipped,
    made,
    missing,
    noise,
    truncate,
    zeros,
)


def short(offset: int, *values: int) -> Fault:
    """16-bit numbers in the header, at an offset of the NIfTI-1 standard."""
    return at(offset, struct.pack(f"<{len(values)}h", *values))


def real(offset: int, *values: float) -> Fault:
    """32-bit real numbers in the header."""
    return at(offset, struct.pack(f"<{len(values)}f", *values))


def saved(edit: object = None, shape: tuple[int, ...] = (16, 17, 18)) -> Fault:
    """A volume that was saved otherwise."""
    return made(lambda: good.volume(edit=edit, shape=shape))


def values(share: float, value: float) -> object:
    """Real numbers, a share of them replaced by NaN or infinity."""

    def edit(image: object) -> object:
        import nibabel

        data = np.asarray(image.dataobj, np.float32).copy()
        data.ravel()[: int(share * data.size)] = value
        return nibabel.Nifti1Image(data, image.affine)

    return edit


def kind(dtype: object) -> object:
    def edit(image: object) -> object:
        import nibabel

        return nibabel.Nifti1Image(np.asarray(image.dataobj).astype(dtype), image.affine)

    return edit


def series(image: object) -> object:
    import nibabel

    return nibabel.Nifti1Image(np.stack([np.asarray(image.dataobj)] * 3, -1), image.affine)


def slice_(image: object) -> object:
    import nibabel

    return nibabel.Nifti1Image(np.asarray(image.dataobj)[:, :, 0], image.affine)


def colours(image: object) -> object:
    import nibabel

    colour = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
    return nibabel.Nifti1Image(np.zeros(image.shape, colour), image.affine)


def blank(image: object) -> object:
    import nibabel

    return nibabel.Nifti1Image(np.zeros(image.shape, np.int16), image.affine)


def bomb(path: Path) -> None:
    """A volume of 2.2 GB of zeros in 2 kB, as its header says."""
    content = bytearray(good.volume()[:352])
    content[42:48] = struct.pack("<3h", 1100, 1000, 1000)
    path.write_bytes(gzip.compress(bytes(content) + bytes(2**20)))


def trailing(path: Path) -> None:
    """A small volume with 3 MB of zeros behind it, compressed to almost nothing."""
    path.write_bytes(gzip.compress(good.volume() + bytes(3 * 2**20)))


CUT = "ends before its last voxel; the copy is incomplete"
NIFTI = (
    refused("missing", missing, "BLK-08", "no file is at t1.nii"),
    refused("an empty file", empty, "VOL-04", "is empty .0 bytes"),
    refused("a folder of its name", a_folder, "VOL-06", "no DICOM image is in it; choose"),
    refused("a named pipe", a_pipe, "VOL-03", "a pipe or a device"),
    refused("a link to a device", a_device, "VOL-03", "a pipe or a device"),
    refused("the first 1 % of a copy", truncate(1), "VOL-07", CUT),
    refused("the first 3 % of a copy", truncate(3), "VOL-07", CUT),
    refused("the first 50 % of a copy", truncate(50), "VOL-07", CUT),
    refused("the first 99 % of a copy", truncate(99), "VOL-07", CUT),
    refused("a text file", becomes(b"age,sex\n1,2\n" * 90), "VOL-06", "a text file, not an? .*volume"),
    refused("a picture", made(good.png), "VOL-06", "a PNG image, not an? .*volume"),
    refused("random bytes", noise, "VOL-06", "no known format, not an? .*volume"),
    refused("bytes before the header", before(b"\0" * 4), "VOL-06", "not an? .*volume"),
    refused("the header of a pair", at(344, b"ni1\0"), "VOL-06", "an Analyze or NIfTI pair"),
    refused("an Analyze header", at(344, b"\0\0\0\0"), "VOL-06", "an Analyze or NIfTI pair"),
    refused("a wrong magic word", at(344, b"nope"), "VOL-06", "not an? .*volume"),
    refused("99 dimensions", short(40, 99), "VOL-09", "dimensions are impossible"),
    refused("no dimension", short(40, 0), "VOL-09", "dimensions are impossible"),
    refused("a negative side", short(42, -16), "VOL-09", "dimensions are impossible"),
    refused("a side of 0", short(42, 0), "VOL-09", "dimensions are impossible"),
    refused("30,000 voxels a side", short(42, 30000, 30000, 30000), "VOL-09", "more than the 2 GB allowed"),
    refused("one side too long by one", short(42, 17), "VOL-07", CUT),
    refused("an unknown type of voxel", short(70, 999), "VOL-09", "no known type of voxel"),
    refused("voxels of type 0", short(70, 0), "VOL-0[89]", "voxel"),
    refused("an offset of the voxels of NaN", real(108, float("nan")), "VOL-09", "offset of the voxels is impossible"),
    refused("a negative offset of the voxels", real(108, -352), "VOL-09", "offset of the voxels is impossible"),
    refused("an offset beyond the end", real(108, 1e12), "VOL-09", "offset of the voxels is impossible"),
    refused("far more than the header announces", after(bytes(2**21)), "VOL-10", "far more than its header announces"),
    refused("complex numbers", saved(kind(np.complex64)), "VOL-08", "complex numbers"),
    refused("colours", saved(colours), "VOL-08", "colours"),
    refused("three volumes", saved(series), "VOL-08", "a series of 3 volumes"),
    refused("one slice", saved(slice_), "VOL-08", "a single slice"),
    refused("29 % NaN", saved(values(0.29, np.nan)), "VOL-10", "29.0% of the voxels are NaN or infinite"),
    refused("2 % infinity", saved(values(0.02, np.inf)), "VOL-10", "2.0% of the voxels are NaN or infinite"),
    refused("nothing but zeros", saved(blank), "MRI-20", "t1 is not used: it is empty"),
    noted("0.5 % NaN", saved(values(0.005, np.nan)), "MRI-21", "24 voxels were NaN or infinite and are set to 0"),
    noted("no orientation", short(252, 0, 0), "MRI-21", "orientation unknown: the file says no orientation"),
    noted("a singular orientation", real(280, *[0.0] * 12), "MRI-21", "not invertible"),
    noted("an orientation of NaN", real(280, *[float("nan")] * 12), "MRI-21", "not invertible"),
    noted("a slope of 0", real(112, 0.0, 5.0), "MRI-21", "missing sequences"),
    noted("a slope of infinity", real(112, float("inf"), 0.0), "MRI-21", "missing sequences"),
)


@pytest.mark.parametrize("cell", NIFTI, ids=str)
def test_a_volume(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "mri", "t1.nii", good.volume())


PACKED = (
    refused("the first 2 % of a copy", truncate(2), "VOL-07", CUT),
    refused("the first 60 % of a copy", truncate(60), "VOL-07", CUT),
    refused("the first 99.9 % of a copy", truncate(99.9), "VOL-07", CUT),
    refused("zeros in the middle", zeros(50, 64), "VOL-10", "compressed data is damaged"),
    refused("a wrong checksum", at(-8, b"\1\2\3\4"), "VOL-10", "compressed data is damaged"),
    refused("compressed twice", gzipped(), "VOL-06", "not an? .*volume"),
    refused("a compressed text", both(becomes(b"a,b\n" * 200), gzipped()), "VOL-06", "no[t a] "),
    refused("2.2 GB in 2 kB", bomb, "VOL-09", "more than the 2 GB allowed"),
    refused("3 MB behind the voxels", trailing, "VOL-10", "far more than its header announces"),
    noted("not compressed", bytes_of(gzip.decompress), "MRI-21", "missing sequences"),
)


@pytest.mark.parametrize("cell", PACKED, ids=str)
def test_a_compressed_volume(cell: Cell, judge: Judge) -> None:
    judge.case(cell, "mri", "t1.nii.gz", good.volume(".nii.gz"))


def test_a_broken_sequence_leaves_the_others(judge: Judge) -> None:
    files = 'files = { t1 = "t1.nii", flair = "flair.nii" }'

    def flair_stays(path: Path) -> None:
        (path.parent / "flair.nii").write_bytes(path.read_bytes())
        truncate(50)(path)

    judge.case(noted("", flair_stays, "VOL-07", CUT), "mri", "t1.nii", good.volume(), files)


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_are_read_or_told(seed: int, tmp_path: Path) -> None:
    from survgui.errors import ReadError
    from survgui.readers.volume import open_volume

    path = tmp_path / "t1.nii"
    path.write_bytes(good.volume())
    flips(40, seed)(path)
    try:
        assert np.isfinite(open_volume(path).data).all()
    except ReadError as error:
        assert error.code.startswith("VOL-")
