"""The MRI sequences of a patient as one array on one grid, ready for a network.

The grid is the same for everybody: 64 x 64 x 64 voxels of 2 mm along the scanner's own axes (right, anterior,
superior), a cube of 128 mm around the tumour. impuTMAE cuts 64 voxels of 1 mm around the tumour's centroid; at
2 mm the cube also holds the oedema and the midline, and is the same piece of anatomy whatever the grid of
the files (our choice). Each sequence is resampled once, from its own grid through the affines, so sequences
on different or oblique grids meet without an intermediate one. Skull-stripped sequences on one grid are taken to
have been registered by whoever resampled them. All others are registered rigidly to one of them first: also two
on one grid of a scanner, between which a real patient at hand had moved by 4 mm and 10°.

Where nobody has outlined the tumour, the cube is centred on the largest bright region of FLAIR: a cube around
the middle of the brain misses half of the frontal tumours. On the real patient at hand the two centres are
3 mm apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from survgui.cases.case import Source
from survgui.cases.step import Step, Task, run_to_end
from survgui.encoders.registration import register
from survgui.encoders.tissue import otsu
from survgui.errors import ReadError
from survgui.readers.scan import Scan, look
from survgui.readers.sequences import SEGMENTATION, sequence_of
from survgui.readers.volume import open_volume

NAME = "mri-crop64-2mm"
SEQUENCES = ("t1", "t1c", "t2", "flair")
SIDE = 64
SPACING = 2.0
"""mm"""
LIMIT = 5.0
"""z-scores are cut here: vessels and scanner spikes reach 20"""
SMALLEST_BRAIN = 20.0
"""cm³ of non-zero voxels below which a sequence is taken for empty"""
BRIGHT, SMOOTH, LESION = 1.25, 5.0, 1.0
"""a lesion on FLAIR: z-score above the first after smoothing with the second (mm), at least the third (cm³)"""
REGISTERED = "registered by survgui"
FIXED = ("t1c", "flair", "t1", "t2")
"""to which of the sequences the others are registered, better ones first"""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A patient's MRI.

    Attributes:
        values: (4, 64, 64, 64) float32 in the order of `SEQUENCES`; z-scores inside the brain, 0 outside of
            it and where a sequence is missing.
        affine: (4, 4) from voxel indices of `values` to mm (right, anterior, superior).
        missing: Sequences that are not there or could not be read.
        notes: What the user should know, one sentence each.
        moves: (4, 4, 4) of each sequence, from where its file places it (mm) to where it was registered to.
    """

    values: NDArray[np.float32]
    affine: NDArray[np.float64]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    moves: NDArray[np.float64] = field(default_factory=lambda: np.stack([np.eye(4)] * len(SEQUENCES)))

    def move(self, role: str) -> NDArray[np.float64]:
        """(4, 4) of one sequence; that of a segmentation, which stays where it is, is none."""
        return self.moves[SEQUENCES.index(role)] if role in SEQUENCES else np.eye(4)


def prepare_volume(sources: Sequence[Source]) -> Prepared:
    """Read, register, normalise and crop a patient's sequences; as `preparing`, without its steps."""
    return run_to_end(preparing(sources, lambda text: Step("encode", 0, 1, text)))


def preparing(sources: Sequence[Source], step: Callable[[str], Step]) -> Task[Prepared]:
    """Read, register, normalise and crop a patient's sequences.

    Args:
        sources: Files whose `role` is a sequence or `segmentation`; missing and repeated ones are noted.
        step: Makes the step of some words; one is yielded before each sequence that is registered.

    Raises:
        ReadError: Not one sequence can be used.
    """
    notes: list[str] = []
    files = _by_role(sources, notes)
    scans = _opened({role: files[role] for role in SEQUENCES if role in files}, notes)
    if not scans:
        reason = "no MRI sequence can be used; give t1, t1c, t2 or flair as NIfTI or DICOM"
        raise ReadError(sources[0].path if sources else "mri", "; ".join((reason, *notes)), "MRI-20")
    missing = tuple(role for role in SEQUENCES if role not in scans)
    if missing:
        notes.append(f"missing sequences, filled with zeros: {', '.join(missing)}; add them if there are any")
    outline = _outline(files.get(SEGMENTATION), notes)
    moves = yield from _registered(scans, outline, notes, step)
    affine = _crop(_centre(scans, outline, notes))
    values = np.zeros((len(SEQUENCES), SIDE, SIDE, SIDE), dtype=np.float32)
    for role, scan in scans.items():
        values[SEQUENCES.index(role)] = resample(scan.values, scan.affine, affine)
    return Prepared(values, affine, missing, tuple(notes), moves)


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
        role = sequence_of(source.role or "") or ""
        if role not in (*SEQUENCES, SEGMENTATION):
            notes.append(f"{source.path.name} is not used: {source.role or 'no sequence'} is none of ours")
        elif role in files:
            notes.append(f"{source.path.name} is not used: there is another {role}")
        else:
            files[role] = source
    return files


@dataclass(slots=True, eq=False)
class _Scan:
    """A sequence on its own grid: z-scores inside the brain and 0 outside, where the grid lies (mm), and its looks."""

    values: NDArray[np.float32]
    affine: NDArray[np.float64]
    looks: Scan

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
        looks = look(volume)
        inside = _head(volume.data) if looks.stripped is False else volume.data != 0
        scan = _Scan(_normalised(volume.data, inside), volume.affine, looks)
        filled = np.count_nonzero(scan.values)
        if filled * scan.voxel < SMALLEST_BRAIN:
            notes.append(f"{role} is not used: it is empty")
            continue
        scans[role] = scan
    _note_skulls(scans, notes)
    return scans


def _note_skulls(scans: Mapping[str, _Scan], notes: list[str]) -> None:
    skulls = [role for role, scan in scans.items() if scan.looks.stripped is False]
    if skulls:
        words = scans[skulls[0]].looks.words.removeprefix("skull not removed ")
        notes.append(
            f"the skull is not removed from {', '.join(skulls)} {words}: models are made on skull-stripped volumes, "
            "so the MRI's part of a prediction is not to be relied on; remove the skull (HD-BET, SynthStrip) and add "
            "the MRI again"
        )


def _head(data: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(X, Y, Z) True in the head of a clinical volume: its largest bright part, with what that encloses."""
    top = max(float(np.percentile(data, 99.5)), 1e-6)
    bright = data > top * otsu(np.clip(data / top, 0, 1)) / 2  # half of it: fluid and bone are dark, air is darker
    labels, _ = ndimage.label(ndimage.binary_opening(bright))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_fill_holes(labels == sizes.argmax()) if len(sizes) > 1 else bright)


def _normalised(data: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """z-scores of what is inside, the brain of a skull-stripped volume; 0 outside of it."""
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
    return _Scan((volume.data > 0).astype(np.float32), volume.affine, look(volume))


def _registered(
    scans: Mapping[str, _Scan], outline: _Scan | None, notes: list[str], step: Callable[[str], Step]
) -> Task[NDArray[np.float64]]:
    """Move sequences to where they belong, unless somebody has done so before; how, (4, 4, 4).

    The sequence on which the tumour was outlined stays where it is, else the best of `FIXED`.
    """
    drawn_on = [role for role, scan in scans.items() if outline is not None and scan.same_grid(outline)]
    first = next(role for role in (*drawn_on, *FIXED) if role in scans)
    fixed, moves, moved = scans[first], np.stack([np.eye(4)] * len(SEQUENCES)), []
    done = all(scan.same_grid(fixed) and scan.looks.stripped is not False for scan in scans.values())
    for role, scan in scans.items():
        if done or role == first:
            continue
        yield step(f"registering {role} to {first}")
        found = register(fixed.values, fixed.affine, scan.values, scan.affine)
        if not found.believed:
            notes.append(f"{role} could not be registered to {first} and may lie beside it: look at it")
        elif found.helps:
            moves[SEQUENCES.index(role)] = found.matrix
            scan.affine = found.matrix @ scan.affine
            moved.append(f"{role} (moved by {found.shift:.1f} mm, turned by {found.turn:.1f}°)")
    if moved:
        notes.append(f"{REGISTERED} to {first}: {', '.join(moved)}")
    return moves


def _centre(scans: Mapping[str, _Scan], outline: _Scan | None, notes: list[str]) -> NDArray[np.float64]:
    """(3,) mm: of the outlined tumour, else of the lesion on FLAIR, else of the brain."""
    if outline is not None:
        return _centroid(outline.values > 0, outline.affine)
    lesion = _lesion(scans["flair"]) if "flair" in scans else None
    if lesion is not None:
        notes.append("no tumour is outlined: the cube is centred on the largest bright region of FLAIR; check that")
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
