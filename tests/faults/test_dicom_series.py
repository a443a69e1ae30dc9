"""DICOM series that are incomplete, mixed, of another kind or damaged; one line a fault. Nobody's name is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.faults.conftest import Cell, Judge, noted, refused
from tests.faults.mutator import Fault, at, becomes, empty, flips, missing, noise, truncate, zeros
from tests.readers.dicoms import write_series

SHAPE, SPACING = (12, 14, 10), (10.0, 10.0, 12.0)


def voxels() -> np.ndarray:
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, side) for side in SHAPE), indexing="ij"))
    return np.where((grid**2).sum(0) < 0.7, 600, 0).astype(np.int16)


def series(change: Callable[[list[Path]], object] = len, **elements: object) -> Fault:
    """A folder with one series, of other elements, in the place of the file; its files are then changed."""

    def spoil(path: Path) -> None:
        path.unlink()
        change(write_series(path, voxels(), spacing=SPACING, **elements))

    return spoil


def one(fault: Fault, **elements: object) -> Fault:
    """The same with a fault in the fifth of its files."""
    return series(lambda files: fault(files[4]), **elements)


def all_but(count: int) -> Fault:
    return series(lambda files: [file.unlink() for file in files[count:]])


def again(**elements: object) -> Fault:
    """Two series in one folder, the second with other elements."""
    return series(lambda files: write_series(files[0].parent, voxels(), prefix="b", spacing=SPACING, **elements))


def shifted(number: int) -> list[float]:
    return [0.0, 0.0, 12.0 * number + (3.0 if number == 4 else 0.0)]


SERIES = (
    refused("a slice gone", one(missing), "VOL-14", "slices are missing after slice 4 of 9; copy the series again"),
    refused("three slices gone", series(lambda f: [p.unlink() for p in f[2:5]]), "VOL-14", "after slice 2 of 7"),
    refused("only two slices", all_but(2), "VOL-08", "fewer than .* slices, as a localiser has"),
    refused("no file", all_but(0), "VOL-06|MRI-20", "no DICOM image is in it; choose"),
    refused("two series", again(uid="9.9"), "VOL-16", "holds 2 DICOM series; give one file"),
    refused("two patients", again(uid="9.9", PatientID="H-1"), "VOL-16", "holds 2 DICOM series|2 patients"),
    refused("two time points", again(SOPInstanceUID=lambda n: f"7.{n}"), "VOL-08", "2 volumes in one series"),
    refused("uneven distances", series(ImagePositionPatient=shifted), "VOL-1[45]", "resample|missing after"),
    refused("no positions", series(ImagePositionPatient=None), "VOL-09", "does not say where the slices are"),
    refused("a CT", series(Modality="CT"), "VOL-08", "of the kind CT, not MRI"),
    refused("a mosaic", series(ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]), "VOL-08", "mosaic.; convert it"),
    refused("colours", series(SamplesPerPixel=3), "VOL-(08|10)", "colours|damaged"),
    refused("a slice cut short", one(truncate(70)), "VOL-(07|10)", "damaged or incomplete|ends"),
    refused("a slice's header alone", one(truncate(30)), "VOL-(07|10|14)", "damaged or incomplete|missing after"),
    refused("an empty slice", one(empty), "VOL-(04|14)", "missing after slice 4|empty"),
    refused("a slice of random bytes", one(noise), "VOL-14", "missing after slice 4"),
    refused("a slice of text", one(becomes(b"patient;age\n" * 99)), "VOL-14", "missing after slice 4"),
    refused("a slice without its mark", one(at(128, b"XXXX")), "VOL-14", "missing after slice 4"),
    noted("a slice twice", series(lambda f: f[0].with_name("copy.dcm").write_bytes(f[0].read_bytes())), "MRI-21", "t1"),
)


@pytest.mark.parametrize("cell", SERIES, ids=str)
def test_a_series(cell: Cell, judge: Judge) -> None:
    cohort = judge.case(cell, "mri", "t1", b"\0", 'files = { t1 = "t1" }')
    said = " ".join(note.text for note in cohort.notes)
    assert "Mustermann" not in said and "4711" not in said and "H-1" not in said


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_are_read_or_told(seed: int, tmp_path: Path) -> None:
    from survgui.errors import ReadError
    from survgui.readers.volume import open_volume

    files = write_series(tmp_path, voxels(), spacing=SPACING)
    flips(60, seed)(files[4])
    zeros(5, 10)(files[5])
    try:
        assert np.isfinite(open_volume(tmp_path).data).all()
    except ReadError as error:
        assert error.code.startswith("VOL-") and "Mustermann" not in str(error)
