"""MRI volumes: NIfTI-1 and NIfTI-2, plain or gzip-compressed, and DICOM series, told by content.

The header is judged before the voxels are read, so that a small file which claims (or unpacks to) gigabytes
costs nothing. Volumes are turned to RAS: x grows to the patient's right, y to the front, z to the head.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import dicom, sniff
from survgui.readers.dicom_voxels import voxels
from survgui.readers.sniff import Content

Header: TypeAlias = Any
"""A `nibabel.nifti1.Nifti1Header` or its NIfTI-2 kin, whose methods carry no annotations."""

MAX_BYTES = 2 * 2**30
"""Of the voxels, as stored and as float32."""
MAX_NON_FINITE = 0.01
"""Share of voxels that may be NaN or infinite; they are set to 0 (our choice)."""
MAX_ANISOTROPY = 4.0
"""Ratio of the longest to the shortest voxel side above which a note is made."""

_MAX_OFFSET = 64 * 2**20  # bytes before the voxels: the header and its extensions
_TAIL = 2**20  # bytes that may follow the voxels
_TO_MM = {"meter": 1000.0, "micron": 0.001}


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A volume on its grid.

    Attributes:
        data: (X, Y, Z) float32, scaled as the header says, finite, read-only.
        affine: (4, 4) float64 from voxel indices to mm in RAS.
        spacing: (3,) float64 voxel sides in mm.
        orientation: Where each axis of `data` points to: `("R", "A", "S")`, or question marks where the file
            does not say; left and right are then not known.
        notes: What the user should know of this volume, one sentence each.
    """

    data: NDArray[np.float32]
    affine: NDArray[np.float64]
    spacing: NDArray[np.float64]
    orientation: tuple[str, str, str]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.data, self.affine, self.spacing):
            array.flags.writeable = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the voxels are: an affine in mm, whether it says left from right, and notes."""

    affine: NDArray[np.float64]
    oriented: bool
    notes: tuple[str, ...] = ()


def open_volume(path: Path) -> Volume:
    """Read a volume.

    Args:
        path: A NIfTI file, any file of a DICOM series, or a folder with one such series.

    Raises:
        UnsupportedFormat: Neither; several volumes, one slice, colours or complex numbers.
        ReadError: Not there, empty, incomplete, damaged, of impossible size, or with over 1 % NaN voxels.
    """
    path = Path(path)
    if path.is_dir() or dicom.is_dicom(path):
        return _from_dicom(path)
    kind = sniff.inspect(path, "VOL")
    if kind not in (Content.GZIP, Content.NIFTI):
        raise UnsupportedFormat(path, _what_to_do(kind), "VOL-06")
    with _unpacked(path, kind) as stream:
        header = _header(path, stream)
        shape, dtype = _checked_shape(path, header), _checked_dtype(path, header)
        _check_size(path, shape, dtype)
        stored = _voxels(path, stream, header, shape, dtype)
    slope, inter = _scaling(header)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows float32 is counted as not finite below
        scaled = stored if slope == 1 and not inter else stored * slope + inter
        data = scaled.astype(np.float32)
    data, notes = _finite(path, data)
    return _canonical(data, _placed(header), notes)


def parts(path: Path) -> tuple[Path, ...]:
    """All files that a volume is made of: itself, or those of its DICOM series.

    Raises:
        ReadError: It is DICOM and cannot be read.
    """
    return dicom.series_of(path).files if path.is_dir() or dicom.is_dicom(path) else (path,)


def _from_dicom(path: Path) -> Volume:
    series = dicom.series_of(path)
    data, affine = voxels(series, MAX_BYTES)
    if not _usable(affine):
        raise ReadError(path, "the places of its slices make no grid; export the series again", "VOL-09")
    finite, notes = _finite(path, data)
    return _canonical(finite, _Place(affine, True), notes)


def _what_to_do(kind: Content) -> str:
    return f"this is {kind}, not an MRI volume; choose a .nii or .nii.gz file, or a DICOM series"


@contextmanager
def _unpacked(path: Path, kind: Content) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked; errors on the way get the user's words."""
    try:
        with path.open("rb") as file:
            if kind is Content.GZIP:
                with gzip.GzipFile(fileobj=file) as stream:
                    yield stream  # type: ignore[misc]  # a GzipFile reads like any binary file
            else:
                yield file
    except EOFError as error:
        raise _incomplete(path) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ReadError(path, "the compressed data is damaged; copy the file again", "VOL-10") from error
    except OSError as error:
        raise sniff.unreachable(path, error, "VOL") from error


def _incomplete(path: Path) -> ReadError:
    return ReadError(path, "the file ends before its last voxel; the copy is incomplete: copy it again", "VOL-07")


def _header(path: Path, stream: IO[bytes]) -> Header:
    """The NIfTI header at the start of `stream`, in either byte order."""
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    head = stream.read(Nifti1Header.sizeof_hdr)
    kind: Header = Nifti1Header
    if head[:4] in ((540).to_bytes(4, "little"), (540).to_bytes(4, "big")):
        kind, head = Nifti2Header, head + stream.read(Nifti2Header.sizeof_hdr - len(head))
    magic = head[4:8] if kind is Nifti2Header else head[344:348]
    if magic[:3] in (b"ni1", b"ni2") or (magic == b"\0\0\0\0" and sniff.content(head) is Content.NIFTI):
        reason = "this is the header of an Analyze or NIfTI pair (.hdr and .img); save it as one .nii.gz file"
        raise UnsupportedFormat(path, reason, "VOL-06")
    if sniff.content(head) is not Content.NIFTI or magic[:3] not in (b"n+1", b"n+2"):
        if len(head) < kind.sizeof_hdr:
            raise _incomplete(path)
        raise UnsupportedFormat(path, "this is not a NIfTI volume; choose a .nii or .nii.gz file", "VOL-06")
    return kind(head, check=False)  # nibabel's own checks repair in silence; ours follow


def _checked_shape(path: Path, header: Header) -> tuple[int, int, int]:
    """The three sides in voxels."""
    count, *sides = (int(n) for n in header["dim"])
    if not 1 <= count <= 7 or min(sides[:count]) < 1:
        raise ReadError(path, "the header's dimensions are impossible; the file is damaged", "VOL-09")
    sides = sides[:count]
    while len(sides) > 3 and sides[-1] == 1:
        sides.pop()
    if len(sides) > 3:
        many = math.prod(sides[3:])
        raise UnsupportedFormat(path, f"this is a series of {many} volumes; save the one to use on its own", "VOL-08")
    if len(sides) < 3 or min(sides) < 2:
        raise UnsupportedFormat(path, "this is a single slice; a volume of several slices is needed", "VOL-08")
    return sides[0], sides[1], sides[2]


def _checked_dtype(path: Path, header: Header) -> np.dtype[np.generic]:
    from nibabel.spatialimages import HeaderDataError

    try:
        dtype: np.dtype[np.generic] = header.get_data_dtype()
    except (HeaderDataError, KeyError) as error:
        raise ReadError(path, "the header names no known type of voxel; the file is damaged", "VOL-09") from error
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        kind = {"c": "complex numbers", "V": "colours", "f": "numbers of 16 bytes"}.get(dtype.kind, "no numbers")
        raise UnsupportedFormat(path, f"its voxels are {kind}; save it as a magnitude or intensity volume", "VOL-08")
    return dtype


def _check_size(path: Path, shape: tuple[int, int, int], dtype: np.dtype[np.generic]) -> None:
    needed = math.prod(shape) * max(dtype.itemsize, 4)
    if needed > MAX_BYTES:
        size = " x ".join(map(str, shape))
        reason = f"{size} voxels would take {needed / 2**30:,.1f} GB, more than the 2 GB allowed; resample it first"
        raise ReadError(path, reason, "VOL-09")


def _voxels(
    path: Path, stream: IO[bytes], header: Header, shape: tuple[int, int, int], dtype: np.dtype[np.generic]
) -> NDArray[Any]:
    """(X, Y, Z) as stored. Reads what the header announces and never much more."""
    offset = float(header["vox_offset"])
    if not header.sizeof_hdr <= offset <= _MAX_OFFSET:
        raise ReadError(path, "the header's offset of the voxels is impossible; the file is damaged", "VOL-09")
    stream.seek(int(offset))
    needed = math.prod(shape) * dtype.itemsize
    content = stream.read(needed)
    if len(content) < needed:
        raise _incomplete(path)
    if len(stream.read(_TAIL)) == _TAIL:  # reading on to the end also compares gzip's checksum
        raise ReadError(path, "the file holds far more than its header announces; it is damaged", "VOL-10")
    return np.frombuffer(content, dtype).reshape(shape, order="F")


def _scaling(header: Header) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 or none at all means as stored."""
    from nibabel.spatialimages import HeaderDataError

    try:
        slope, inter = header.get_slope_inter()
    except HeaderDataError:
        return 1.0, 0.0
    return (1.0 if slope is None else float(slope)), (0.0 if inter is None else float(inter))


def _finite(path: Path, data: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """`data` without NaN and infinity, and a note if there were any."""
    bad = ~np.isfinite(data)
    share = float(bad.mean())
    if share > MAX_NON_FINITE:
        reason = f"{share:.1%} of the voxels are NaN or infinite (at most 1 % is taken); export the volume again"
        raise ReadError(path, reason, "VOL-10")
    if not share:
        return data, ()
    return np.where(bad, np.float32(0), data), (
        f"{int(bad.sum()):,} voxels were NaN or infinite and are set to 0; check the export if they lie in the brain",
    )


def _placed(header: Header) -> _Place:
    """The first usable of sform, qform and plain voxel sizes."""
    to_mm = _to_mm(header)
    scale = np.diag([to_mm, to_mm, to_mm, 1.0])
    failed = False
    for affine in _affines(header):
        if _usable(affine):
            other = ("one of its two orientations is not invertible and the other is used: check left and right",)
            return _Place(scale @ affine, True, other if failed else ())
        failed = True
    sides = np.abs(np.asarray(header["pixdim"][1:4], float)) * to_mm
    known = np.isfinite(sides) & (sides > 0)
    why = "the file's orientation is not invertible" if failed else "the file says no orientation"
    notes = [f"orientation unknown: {why}, left and right may be swapped: check them against the scanner"]
    if not known.all():
        notes.append("voxel size unknown: 1 mm is assumed where the file says none; check it")
    return _Place(np.diag([*np.where(known, sides, 1.0), 1.0]), False, tuple(notes))


def _to_mm(header: Header) -> float:
    try:
        return _TO_MM.get(header.get_xyzt_units()[0], 1.0)
    except KeyError:
        return 1.0


def _affines(header: Header) -> Iterator[NDArray[np.float64]]:
    """The affines that the header says are set, better one first."""
    from nibabel.spatialimages import HeaderDataError

    if header["sform_code"] > 0:
        yield np.asarray(header.get_sform(), np.float64)
    if header["qform_code"] > 0:
        try:
            yield np.asarray(header.get_qform(), np.float64)
        except (HeaderDataError, ValueError):
            yield np.full((4, 4), np.nan)


def _usable(affine: NDArray[np.float64]) -> bool:
    if not np.isfinite(affine).all():
        return False
    sides = np.linalg.norm(affine[:3, :3], axis=0)
    # the volume of a voxel relative to its sides: 1 for a box, 0 where two axes coincide
    return bool(sides.min() > 0 and abs(np.linalg.det(affine[:3, :3])) / np.prod(sides) > 1e-3)


def _canonical(data: NDArray[np.float32], place: _Place, notes: tuple[str, ...]) -> Volume:
    """The volume with its axes turned and flipped to the nearest of right, front and head."""
    from nibabel import orientations

    turn: Any = orientations  # carries no annotations

    affine = place.affine
    if place.oriented:
        ornt = turn.io_orientation(affine)
        affine = affine @ turn.inv_ornt_aff(ornt, data.shape)
        data = turn.apply_orientation(data, ornt)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if spacing.max() / spacing.min() > MAX_ANISOTROPY:
        sides = " x ".join(f"{side:.2g}" for side in spacing)
        notes += (
            f"voxels are far from cubes ({sides} mm): little detail between the slices; choose thinner ones if you can",
        )
    axes = ("R", "A", "S") if place.oriented else ("?", "?", "?")
    return Volume(np.ascontiguousarray(data), affine, spacing, axes, place.notes + notes)
