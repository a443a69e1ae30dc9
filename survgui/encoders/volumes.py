"""The MRI sequences of a patient as one array on one grid, ready for a network.

The grid is the same for everybody: 64 x 64 x 64 voxels of 2 mm along the scanner's own axes (right, anterior,
superior), a cube of 128 mm around the tumour. impuTMAE cuts 64 voxels of 1 mm around the tumour's centroid; at
2 mm the cube also holds the oedema and the midline, and is the same piece of anatomy whatever the grid of
the files (our choice). Each sequence is resampled once, from its own grid through the affines, so sequences
on different or oblique grids meet without an intermediate one.

Where nobody has outlined the tumour, the cube is centred on the largest bright region of FLAIR: a cube around
the middle of the brain misses half of the frontal tumours. On the real patient at hand the two centres are
3 mm apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from survgui.cases.case import Source
from survgui.errors import ReadError
from survgui.readers.volume import open_volume

NAME = "mri-crop64-2mm"
SEQUENCES = ("t1", "t1c", "t2", "flair")
SEGMENTATION = "segmentation"
SIDE = 64
SPACING = 2.0
"""mm"""
LIMIT = 5.0
"""z-scores are cut here: vessels and scanner spikes reach 20"""
SMALLEST_BRAIN = 20.0
"""cm³ of non-zero voxels below which a sequence is taken for empty"""
BRIGHT, SMOOTH, LESION = 1.25, 5.0, 1.0
"""a lesion on FLAIR: z-score above the first after smoothing with the second (mm), at least the third (cm³)"""
MOVED = 3.0
"""mm; where the brains of two sequences lie further apart than this, the patient moved between them"""
SAME_BRAIN = 0.1
"""volumes that differ by less show the same, whole brain, so that their centres can be compared"""

_ALIASES = {"fla": "flair", "t1ce": "t1c", "t1gd": "t1c", "t1n": "t1", "t2w": "t2", "t2f": "flair", "seg": SEGMENTATION}


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A patient's MRI.

    Attributes:
        values: (4, 64, 64, 64) float32 in the order of `SEQUENCES`; z-scores inside the brain, 0 outside of
            it and where a sequence is missing.
        affine: (4, 4) from voxel indices of `values` to mm (right, anterior, superior).
        missing: Sequences that are not there or could not be read.
        notes: What the user should know, one sentence each.
    """

    values: NDArray[np.float32]
    affine: NDArray[np.float64]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def prepare_volume(sources: Sequence[Source]) -> Prepared:
    """Read, align, normalise and crop a patient's sequences.

    Args:
        sources: Files whose `role` is a sequence or `segmentation`; missing and repeated ones are noted.

    Raises:
        ReadError: Not one sequence can be used.
    """
    notes: list[str] = []
    files = _by_role(sources, notes)
    scans = _opened({role: files[role] for role in SEQUENCES if role in files}, notes)
    if not scans:
        raise ReadError(
            sources[0].path if sources else "mri",
            "no MRI sequence can be used; give t1, t1c, t2 or flair as NIfTI" + "".join(f"; {n}" for n in notes),
            "MRI-20",
        )
    missing = tuple(role for role in SEQUENCES if role not in scans)
    if missing:
        notes.append(f"missing sequences, filled with zeros: {', '.join(missing)}; add them if there are any")
    outline = _outline(files.get(SEGMENTATION), notes)
    _align(scans, outline, notes)
    affine = _crop(_centre(scans, outline, notes))
    values = np.zeros((len(SEQUENCES), SIDE, SIDE, SIDE), dtype=np.float32)
    for role, scan in scans.items():
        values[SEQUENCES.index(role)] = resample(scan.values, scan.affine, affine)
    return Prepared(values, affine, missing, tuple(notes))


def resample(
    data: NDArray[np.float32], affine: NDArray[np.float64], onto: NDArray[np.float64], side: int = SIDE
) -> NDArray[np.float32]:
    """Data on another grid, linearly; smoothed first along axes that become coarser.

    Args:
        data: (X, Y, Z).
        affine: (4, 4) from voxel indices of `data` to mm.
        onto: (4, 4) the same of the result.
        side: Voxels of the result along each axis.

    Returns:
        (side, side, side); 0 outside of `data`.
    """
    # voxel indices of the result to voxel indices of the data
    there = np.linalg.inv(affine) @ onto
    step = np.linalg.norm(there[:3, :3], axis=1)  # voxels of the data per voxel of the result, along its axes
    smooth = ndimage.gaussian_filter(data, np.maximum(0.0, (step - 1) / 2), mode="constant")
    return np.asarray(
        ndimage.affine_transform(smooth, there[:3, :3], there[:3, 3], (side, side, side), order=1, mode="constant"),
        dtype=np.float32,
    )


def _by_role(sources: Sequence[Source], notes: list[str]) -> dict[str, Source]:
    """The first file of each role that we know."""
    files: dict[str, Source] = {}
    for source in sources:
        role = (source.role or "").lower()
        role = _ALIASES.get(role, role)
        if role not in (*SEQUENCES, SEGMENTATION):
            notes.append(f"{source.path.name} is not used: {source.role or 'no sequence'} is none of ours")
        elif role in files:
            notes.append(f"{source.path.name} is not used: there is another {role}")
        else:
            files[role] = source
    return files


@dataclass(slots=True, eq=False)
class _Scan:
    """A sequence on its own grid: z-scores inside the brain and 0 outside, and where the grid lies (mm)."""

    values: NDArray[np.float32]
    affine: NDArray[np.float64]

    @property
    def voxel(self) -> float:
        """cm³."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    def same_grid(self, other: _Scan) -> bool:
        return self.values.shape == other.values.shape and np.allclose(self.affine, other.affine, atol=0.01)


def _opened(files: Mapping[str, Source], notes: list[str]) -> dict[str, _Scan]:
    """The sequences that can be read and hold something; the others are noted and count as missing."""
    scans = {}
    for role, source in files.items():
        try:
            volume = open_volume(source.path)
        except ReadError as error:
            notes.append(str(error))
            continue
        notes.extend(f"{role}: {note}" for note in volume.notes)
        scan = _Scan(_normalised(volume.data), volume.affine)
        filled = np.count_nonzero(scan.values)
        if filled * scan.voxel < SMALLEST_BRAIN:
            notes.append(f"{role} is not used: it is empty")
            continue
        if filled > 0.8 * scan.values.size:
            notes.append(f"{role} has no empty background: remove the skull first")
        scans[role] = scan
    return scans


def _normalised(data: NDArray[np.float32]) -> NDArray[np.float32]:
    """z-scores of what is not zero, the brain of a skull-stripped volume; 0 outside of it."""
    inside = np.isfinite(data) & (data != 0)
    values = data[inside].astype(np.float64)
    result = np.zeros(data.shape, dtype=np.float32)
    if len(values):
        scores = (values - values.mean()) / max(float(values.std()), 1e-6)
        result[inside] = np.where(scores == 0, 1e-6, np.clip(scores, -LIMIT, LIMIT))  # the brain stays non-zero
    return result


def _outline(segmentation: Source | None, notes: list[str]) -> _Scan | None:
    """The outlined tumour (1 inside), or None."""
    if segmentation is None:
        return None
    try:
        volume = open_volume(segmentation.path)
    except ReadError as error:
        notes.append(str(error))
        return None
    if not (volume.data > 0).any():
        notes.append("the segmentation outlines nothing")
        return None
    return _Scan((volume.data > 0).astype(np.float32), volume.affine)


def _align(scans: Mapping[str, _Scan], outline: _Scan | None, notes: list[str]) -> None:
    """Shift sequences of a patient who moved between them, so that the centres of the brain meet.

    The outline's own sequence stays where it is, else FLAIR, on which the tumour is seen best.
    """
    drawn_on = [scan for scan in scans.values() if outline is not None and scan.same_grid(outline)]
    fixed = drawn_on[0] if drawn_on else scans.get("flair", next(iter(scans.values())))
    volume = np.count_nonzero(fixed.values) * fixed.voxel
    for role, scan in scans.items():
        if scan.same_grid(fixed):
            continue
        shift = _centroid(fixed.values != 0, fixed.affine) - _centroid(scan.values != 0, scan.affine)
        distance = float(np.linalg.norm(shift))
        if distance <= MOVED:
            continue
        if abs(np.count_nonzero(scan.values) * scan.voxel / volume - 1) > SAME_BRAIN:
            notes.append(f"{role} may lie {distance:.0f} mm beside the other sequences: look at it")
            continue
        moved = scan.affine.copy()
        moved[:3, 3] += shift
        scan.affine = moved
        notes.append(f"{role} was shifted by {distance:.0f} mm: the patient moved between the sequences")


def _centre(scans: Mapping[str, _Scan], outline: _Scan | None, notes: list[str]) -> NDArray[np.float64]:
    """(3,) mm: of the outlined tumour, else of the lesion on FLAIR, else of the brain."""
    if outline is not None:
        return _centroid(outline.values > 0, outline.affine)
    lesion = _lesion(scans["flair"]) if "flair" in scans else None
    if lesion is not None:
        notes.append(
            "no tumour is outlined: the cube is centred on the largest bright region of FLAIR; check that"
        )
        return lesion
    text = "no tumour is outlined: the cube is centred on the brain, and may miss it; give a segmentation if you can"
    notes.append(text)
    first = next(iter(scans.values()))
    return _centroid(first.values != 0, first.affine)


def _lesion(flair: _Scan) -> NDArray[np.float64] | None:
    """(3,) mm: centre of the largest bright region, or None where there is none."""
    spacing = np.linalg.norm(flair.affine[:3, :3], axis=0)
    bright = ndimage.gaussian_filter(flair.values, SMOOTH / spacing) > BRIGHT
    labels, _ = ndimage.label(bright)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    if sizes.max() * flair.voxel < LESION:
        return None
    return _centroid(labels == sizes.argmax(), flair.affine)


def _centroid(mask: NDArray[np.bool_], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) mm."""
    centre = np.array([*ndimage.center_of_mass(mask), 1.0])
    return np.asarray((affine @ centre)[:3], dtype=np.float64)


def _crop(centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) affine of the cube around a point."""
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = centre - SPACING * (SIDE - 1) / 2
    return affine
