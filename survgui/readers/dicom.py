"""DICOM headers: which files belong together, and what a series is.

A series is named by any of its files: those with the same series number (UID), orientation, size and echo in
that folder are its others, in the order of their positions. A DICOMDIR, which lists files by path, is not followed:
files are found by looking. The patient's name, id and dates are never kept; whether two series are of one patient
is told by a hash.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import is_tcga
from survgui.cases.step import Step, Task, run_to_end
from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers import sniff
from survgui.readers.sequences import Timing, Told, by_header
from survgui.readers.sniff import Content

Dataset: TypeAlias = Any
"""A pydicom dataset, whose elements are typed by the file."""

SUFFIXES = (".dcm", ".ima", ".dicom")
FEWEST = 4
"""Slices of a volume; fewer are a localiser."""
UNEVEN = 0.05
"""Share of the distance between slices by which a distance may differ."""

_TAGS = (
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "PatientID", "PatientName", "PatientBirthDate"),
    *("SeriesDescription", "ProtocolName", "ContrastBolusAgent", "ImageType", "Rows", "Columns", "NumberOfFrames"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SamplesPerPixel", "InstanceNumber"),
    *("RepetitionTime", "EchoTime", "InversionTime"),
)
_OF_FRAMES = (*_TAGS, "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
"""of enhanced MRI; a slide has tens of thousands of frames, whose places OpenSlide reads"""
_MR = "1.2.840.10008.5.1.4.1.1.4"
"""start of the names of MR images' kinds: plain, enhanced, and in colour"""
_DEFLATED = "1.2.840.10008.1.2.1.99"


@dataclass(frozen=True, slots=True)
class Frame:
    """One slice: where it is, and in which file.

    Attributes:
        number: Of the frame in its file.
        position: (3,) mm, of the first voxel.
        copy: Tells the same slice from another at its place.
    """

    path: Path
    number: int
    position: tuple[float, ...]
    copy: str


@dataclass(frozen=True, slots=True)
class Series:
    """Files that belong together.

    Attributes:
        frames: Slices from first to last along the direction across them.
        kind: DICOM's modality: `MR`, `CT`, `SM` (a slide) ...
        description: What the scanner called it, for the screen alone.
        told: Which MRI sequence it is, and why.
        patient: Hash of the patient's id, name and birth date; empty where the header holds none of them.
        barcode: A TCGA barcode, which is public, or empty.
        size: Columns, rows and slices.
        directions: (6,) of rows and columns.
        spacing: mm between columns, rows and slices; 0 where unknown.
        derived: Whether the scanner computed it from other series.
        number: Hash of the series' number (UID) and of what else its files have in common.
        trouble: Why it is no volume, with its code; or empty.
    """

    frames: tuple[Frame, ...]
    kind: str
    description: str
    told: Told
    patient: str
    barcode: str
    size: tuple[int, int, int]
    directions: tuple[float, ...]
    spacing: tuple[float, float, float]
    derived: bool
    number: str = ""
    trouble: tuple[str, str] | None = None

    @property
    def is_slide(self) -> bool:
        """Whether it is a whole-slide image."""
        return self.kind == "SM"

    @property
    def title(self) -> str:
        """What a user sees it called, such as `AX T1 POST · 24 slices`; for the screen alone."""
        slices = f"{self.size[2]} slices" if self.size[2] > 1 else "1 slice"
        return f"{self.description or self.kind or 'series'} · {slices}"

    @property
    def words(self) -> str:
        """Its size, such as `24 slices of 256 × 256 voxels, 0.9 × 0.9 × 5 mm`."""
        columns, rows, slices = self.size
        sides = " × ".join(f"{side:.2g}" for side in self.spacing)
        return f"{slices} slices of {columns} × {rows} voxels, {sides} mm"

    @property
    def rank(self) -> tuple[float, ...]:
        """Of several series of one sequence the one with the highest is used: measured, then of most slices."""
        return float(not self.derived), float(self.size[2])

    @property
    def slices(self) -> str:
        """Hash of which slices it has, whatever their files are called: the same of a copy in another folder."""
        return _hash(*sorted(frame.copy for frame in self.frames))

    @property
    def path(self) -> Path:
        """The file by which it is named: the first by name, so that another reader names it alike."""
        return min(frame.path for frame in self.frames)

    @property
    def files(self) -> tuple[Path, ...]:
        """All its files, sorted."""
        return tuple(sorted({frame.path for frame in self.frames}))


def may_be(path: Path) -> bool:
    """Whether a file's name is one that DICOM files have: with their suffix, none, or a number for one."""
    return path.suffix.lower() in ("", *SUFFIXES) or path.suffix[1:].isdigit()


def is_dicom(path: Path) -> bool:
    """Whether a regular file is DICOM, by content; without DICOM's mark, by its suffix."""
    try:
        kind = sniff.inspect(path, "VOL")
    except ReadError:
        return False
    return kind is Content.DICOM or (kind is Content.UNKNOWN and path.suffix.lower() in SUFFIXES)


def series_among(paths: Sequence[Path], done: int = 0, total: int = 0) -> Task[list[Series]]:
    """The series that files make, those of one folder together; what cannot be read, or holds no image, is left out.

    Args:
        done: Files of other folders whose headers were read before; `total` with those that follow.
    """
    found: dict[tuple[object, ...], list[tuple[Dataset, Frame]]] = {}
    for number, path in enumerate(paths):
        if number % 100 == 0:
            yield Step("look", done + number, total, f"looking into files: {done + number:,} of {total:,}")
        if path.name.upper() == "DICOMDIR":
            continue
        try:
            header = _header(path)
        except ReadError:
            continue
        for frame in _frames(path, header):
            found.setdefault((path.parent, *_belongs(header)), []).append((header, frame))
    joined: dict[tuple[object, ...], list[tuple[Dataset, Frame]]] = {}
    for key, members in found.items():  # the few slices of a localiser in three directions are one series to a user
        joined.setdefault(key if len(members) >= FEWEST else key[:2], []).extend(members)
    return [_series([frame for _, frame in members], members[0][0]) for members in joined.values()]


def series_in(folder: Path) -> tuple[Series, ...]:
    """The series of a folder, its subfolders not among them; remembered, for their files are opened one by one.

    Not for longer than every file is as it was: a folder may be exported into again, and then it is another patient's.
    """
    with os.scandir(folder) as listing:
        state = frozenset((entry.name, *_written(entry)) for entry in listing)
    return _of_folder(folder, state)


def _written(entry: os.DirEntry[str]) -> tuple[int, int]:
    """When a file was written and how large it is; zeros of what has gone meanwhile."""
    try:
        status = entry.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def series_of(path: Path) -> Series:
    """The series that a file is of, or the only one of a folder.

    Raises:
        ReadError: It cannot be read; the folder holds none, or several.
    """
    if not path.is_dir():
        return _around(path)
    found = series_in(path)
    wanted = [s for s in found if s.told.sequence or not s.trouble] if len(found) > 1 else found
    if len(wanted) == 1:
        return wanted[0]
    if not found:
        raise UnsupportedFormat(path, "no DICOM image is in it; choose the folder or a file of an MRI series", "VOL-06")
    reason = f"the folder holds {len(found)} DICOM series; give one file of the series that is meant"
    raise ReadError(path, reason, "VOL-16")


def _around(path: Path) -> Series:
    """The series that a file is of; where a slice lies there twice, the one in this file counts."""
    mine = {frame.copy: frame for frame in _frames(path, _header(path))}
    for series in series_in(path.parent):
        if any(frame.copy in mine for frame in series.frames):
            return replace(series, frames=tuple(mine.get(frame.copy, frame) for frame in series.frames))
    raise _broken(path)


def is_series_folder(path: Path) -> bool:
    """Whether a folder holds DICOM files; the first few that it lists are looked at."""
    if not path.is_dir():
        return False
    return any(is_dicom(file) for _, file in zip(range(3), sorted(path.iterdir()), strict=False))


# Headers


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """The user's words for whatever goes wrong in a broken file; pydicom's own words may hold a patient's name."""
    logger = logging.getLogger("pydicom")
    logger.addFilter(_nothing)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except (ReadError, MemoryError):
        raise
    except Exception:  # pydicom meets broken files with many types
        raise _broken(path) from None
    finally:
        logger.removeFilter(_nothing)


def _broken(path: Path) -> ReadError:
    return ReadError(path, "the DICOM file is damaged or incomplete; copy it again", "VOL-10")


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _header(path: Path) -> Dataset:
    """The elements that are asked for, of a file with an image; nothing is read of the image."""
    import pydicom

    kind = sniff.inspect(path, "VOL")
    force = kind is Content.UNKNOWN
    if kind is not Content.DICOM and not force:
        raise UnsupportedFormat(path, f"this is {kind}, not a DICOM file", "VOL-06")
    with decoding(path):
        pictured = False if force else _check_syntax(path)
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS), force=force)
        if header.get("Modality") == "MR" and _number(header.get("NumberOfFrames")) > 1:
            header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_OF_FRAMES), force=force)
        if not (int(header.get("Rows") or 0) and int(header.get("Columns") or 0)):
            if pictured:
                raise ReadError(path, "the file ends before its image; the copy is incomplete: copy it again", "VOL-07")
            what = f"{kind}, not DICOM" if force else "a DICOM file without an image"
            raise UnsupportedFormat(path, f"this is {what}; choose a file of an MRI series", "VOL-06")
        return header


def _check_syntax(path: Path) -> bool:
    """Whether the file says that it is an image of MRI, or ends before it could say so.

    A deflated file unpacks as a whole before anything can be asked of it: a small one could take all memory.
    """
    import pydicom

    meta = pydicom.filereader.read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") == _DEFLATED:
        raise UnsupportedFormat(path, "its whole content is compressed (deflate); export it without", "VOL-08")
    cut_off = "TransferSyntaxUID" not in meta  # which every file has, after the kind of its content
    return cut_off or f"{meta.get('MediaStorageSOPClassUID')}.".startswith(f"{_MR}.")


def _belongs(header: Dataset) -> tuple[object, ...]:
    """What files of one volume or slide have in common."""
    if header.get("Modality") == "SM":
        return (str(header.get("SeriesInstanceUID", "")),)
    directions = tuple(round(value, 2) for value in _directions(header))
    size = int(header.Rows), int(header.Columns)
    return str(header.get("SeriesInstanceUID", "")), directions, size, round(_number(header.get("EchoTime")), 1)


def _frames(path: Path, header: Dataset) -> list[Frame]:
    """The slices in a file: one, or those of an enhanced (multi-frame) image with a place each."""
    copy = str(header.get("SOPInstanceUID", path.name))
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if not groups:
        return [Frame(path, 0, _triple(header.get("ImagePositionPatient")), copy)]
    places = [_of_group(group, "PlanePositionSequence", "ImagePositionPatient") for group in groups]
    return [Frame(path, number, _triple(place), f"{copy} {number}") for number, place in enumerate(places)]


def _of_group(group: Dataset, sequence: str, name: str) -> Any:
    found = group.get(sequence)
    return found[0].get(name) if found else None


def _shared(header: Dataset, sequence: str, name: str) -> Any:
    """An element of the header, of what all its frames share, or of the first frame."""
    if header.get(name) is not None:
        return header.get(name)
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        found = _of_group(header.get(groups)[0], sequence, name) if header.get(groups) else None
        if found is not None:
            return found
    return None


def _directions(header: Dataset) -> tuple[float, ...]:
    return _numbers(_shared(header, "PlaneOrientationSequence", "ImageOrientationPatient"), 6)


def _triple(value: Any) -> tuple[float, ...]:
    return _numbers(value, 3)


def _numbers(value: Any, count: int) -> tuple[float, ...]:
    """So many numbers; none where they are not all there."""
    found = tuple(_number(part) for part in value) if value else ()
    return found if len(found) == count and all(map(math.isfinite, found)) else ()


def _number(value: Any) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return 0.0


# Series


def _series(frames: Sequence[Frame], header: Dataset) -> Series:
    """The frames in their order, and what their header says."""
    directions, kind = _directions(header), str(header.get("Modality") or "")
    distinct = list({frame.copy: frame for frame in frames}.values())
    ordered, depths = _ordered(distinct, directions)
    spacing = _numbers(_shared(header, "PixelMeasuresSequence", "PixelSpacing"), 2) or (0.0, 0.0)
    step = float(np.median(np.diff(depths))) if len(depths) > 1 else 0.0
    names = [str(header.get(name) or "").strip() for name in ("SeriesDescription", "ProtocolName")]
    image = [str(word).upper() for word in header.get("ImageType") or ()]
    identity = [str(header.get(name) or "").strip() for name in ("PatientID", "PatientName", "PatientBirthDate")]
    slide = kind == "SM"
    return Series(
        frames=tuple(ordered),
        kind=kind,
        description=" ".join(dict.fromkeys(name for name in names if name)).replace("_", " ")[:80],
        told=_told(header, names),
        patient=_hash(*identity) if any(identity) else "",
        barcode=identity[0].upper() if is_tcga(identity[0]) else "",
        size=(int(header.Columns), int(header.Rows), len(ordered)),
        directions=directions,
        spacing=(spacing[1], spacing[0], step),
        derived="DERIVED" in image[:1] or "MOSAIC" in image,
        number=_hash(*map(str, _belongs(header))),
        trouble=None if slide else _trouble(kind, header, image, directions, depths, spacing),
    )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _told(header: Dataset, names: Sequence[str]) -> Told:
    agent = str(header.get("ContrastBolusAgent") or "").strip().lower()
    times = Timing(*(_number(header.get(name)) for name in ("RepetitionTime", "EchoTime", "InversionTime")))
    return by_header(" ".join(names), agent not in ("", "no", "none", "no contrast"), times)


def _ordered(frames: Sequence[Frame], directions: tuple[float, ...]) -> tuple[list[Frame], NDArray[np.float64]]:
    """Frames along the direction across them, and how far each is along it, in mm."""
    if not directions or not all(frame.position for frame in frames):
        return list(frames), np.empty(0)
    across = np.cross(directions[:3], directions[3:])
    depth = {frame: float(np.dot(across, frame.position)) for frame in frames}
    ordered = sorted(frames, key=lambda frame: (depth[frame], frame.path.name, frame.number))
    return ordered, np.array([depth[frame] for frame in ordered])


def _trouble(
    kind: str,
    header: Dataset,
    image: Sequence[str],
    directions: tuple[float, ...],
    depths: NDArray[np.float64],
    spacing: tuple[float, ...],
) -> tuple[str, str] | None:
    """Why files are no MRI volume, and the code of that; None where they are one."""
    if kind != "MR":
        return f"this DICOM series is of the kind {kind or 'unknown'}, not MRI (MR)", "VOL-08"
    if "MOSAIC" in image:
        return "its slices are tiled into one picture (mosaic); convert it to NIfTI (dcm2niix)", "VOL-08"
    if int(header.get("SamplesPerPixel") or 1) > 1:
        return "its voxels are colours; choose the series that was measured", "VOL-08"
    if len(depths) and (len(depths) < FEWEST or np.ptp(depths) == 0):
        return f"it has fewer than {FEWEST} slices, as a localiser has; choose another series", "VOL-08"
    if not len(depths) or min(spacing) <= 0:
        return "its header does not say where the slices are; export the series again", "VOL-09"
    return _uneven(depths)


def _uneven(depths: NDArray[np.float64]) -> tuple[str, str] | None:
    """What is wrong with the distances between slices: copies of all, of some, gaps."""
    steps = np.diff(depths)
    there = 1 + int(np.count_nonzero(steps > 0.01))
    if there < len(depths):
        if len(depths) % there == 0 and there >= FEWEST:
            reason = f"it holds {len(depths) // there} volumes in one series (over time, or of several kinds)"
            return f"{reason}; save the one to use on its own", "VOL-08"
        return f"{len(depths) - there} of its slices are there twice and differ; copy the series again", "VOL-15"
    usual = float(np.median(steps))
    wide = [place for place, step in enumerate(steps, 1) if step > usual * 1.5]
    if wide:
        after = ", ".join(map(str, wide[:5]))
        return f"slices are missing after slice {after} of {len(depths)}; copy the series again", "VOL-14"
    if np.abs(steps / usual - 1).max() > UNEVEN:
        return "the distances between its slices differ; resample it to an even grid (NIfTI)", "VOL-15"
    return None


@lru_cache(maxsize=8)
def _of_folder(folder: Path, state: frozenset[tuple[str, int, int]]) -> tuple[Series, ...]:
    return tuple(run_to_end(series_among(_dicoms(folder))))


def _dicoms(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and is_dicom(path)]
