"""Arrays of a case made ready to be looked at: slides with attention ranks, planes of a volume."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from survgui.cases.prediction import Attention, Taken
from survgui.cases.report import MriPicture, Pixels, Plane, SlidePicture

Spans = list[tuple[int, int]]
"""first and last + 1 voxel along each axis"""
_NO_RANKS = np.zeros(0, dtype=np.float32)


def ranks(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) rank of each weight among all, 0 for the least and 1 for the most; equal weights share their mean."""
    if len(weights) < 2:
        return np.ones(len(weights), dtype=np.float32)
    _, index, counts = np.unique(weights, return_inverse=True, return_counts=True)
    mean = np.cumsum(counts) - (counts + 1) / 2
    return np.asarray(mean[index] / (len(weights) - 1), dtype=np.float32)


def strongest(attention: Attention, count: int, slide: str | None = None) -> NDArray[np.intp]:
    """Indices of the patches of highest attention, highest first, of one slide or of all."""
    return _ordered(attention, slide)[::-1][:count]


def weakest(attention: Attention, count: int, slide: str | None = None) -> NDArray[np.intp]:
    """Indices of the patches of least attention, least first."""
    return _ordered(attention, slide)[:count]


def slide_picture(
    name: str, thumbnail: Pixels, extent: tuple[int, int], mpp: float | None, seen: Attention | Taken | None
) -> SlidePicture:
    """One slide's thumbnail with its patches; ranks are taken over all slides of the case.

    Args:
        name: The slide's file name, as in `Attention.slides`.
        thumbnail: (h, w, 3) RGB of the whole slide.
        extent: Width and height in level-0 pixels.
        mpp: µm per level-0 pixel.
        seen: Attention over the case's patches, or the tiles that were taken; None where the slide was no part of the
            prediction.
    """
    if seen is None:
        return SlidePicture(name, thumbnail, extent, mpp, np.zeros((0, 2), dtype=np.int64), 0.0, _NO_RANKS)
    mine = _of_slide(seen, name)
    if isinstance(seen, Taken):
        return SlidePicture(name, thumbnail, extent, mpp, seen.coords[mine], seen.side, _NO_RANKS)
    return SlidePicture(name, thumbnail, extent, mpp, seen.coords[mine], seen.patch, ranks(seen.weights)[mine])


def mri_picture(
    sequence: str,
    volume: NDArray[np.float32],
    affine: NDArray[np.float64],
    box: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None = None,
) -> MriPicture:
    """Axial, coronal and sagittal plane in radiological convention, through the middle of the crop.

    Args:
        volume: (X, Y, Z) intensities on any grid whose axes run roughly along the body's.
        affine: (4, 4) voxel to RAS millimetres.
        box: First and last + 1 voxel of the crop along each axis of `volume`, or None for the whole volume.
    """
    whole, spacing, turned = _to_ras(volume, affine, box)
    grey, spans = _trimmed(whole, turned, margin=3)
    middle = [(lo + hi) // 2 for lo, hi in spans]
    # The viewer stands at the feet and faces the patient: columns run from R to L, or from A to P.
    planes = (
        _plane("axial", grey[:, :, middle[2]], (0, 1), spacing, spans, "RLAP"),
        _plane("coronal", grey[:, middle[1], :], (0, 2), spacing, spans, "RLSI"),
        _plane("sagittal", grey[middle[0], :, :], (1, 2), spacing, spans, "APSI"),
    )
    return MriPicture(sequence, planes if box else tuple(replace(p, box=None) for p in planes))


def _ordered(attention: Attention, slide: str | None) -> NDArray[np.intp]:
    order = np.argsort(attention.weights, kind="stable")
    return order if slide is None else order[_of_slide(attention, slide)[order]]


def _of_slide(seen: Attention | Taken, name: str) -> NDArray[np.bool_]:
    if not seen.slides:  # a bag without names is of one slide
        return np.ones(len(seen.coords), dtype=bool)
    return np.array([slide == name for slide in seen.slides])


def _to_ras(
    volume: NDArray[np.float32],
    affine: NDArray[np.float64],
    box: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None,
) -> tuple[Pixels, tuple[float, float, float], Spans]:
    """The volume as grey values with axes towards right, anterior, superior; spacing; the box on that grid."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    axes = _axis_of(directions)
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    spans = list(box) if box else [(0, n) for n in volume.shape]
    turned = np.transpose(volume, axes)
    for k, axis in enumerate(axes):
        if directions[k, axis] < 0:
            turned = np.flip(turned, k)
            n, (lo, hi) = volume.shape[axis], spans[axis]
            spans[axis] = (n - hi, n - lo)
    x, y, z = (float(sizes[a]) for a in axes)
    return _grey(turned), (x, y, z), [spans[a] for a in axes]


def _trimmed(grey: Pixels, spans: Spans, margin: int) -> tuple[Pixels, Spans]:
    """Without the empty space around head and box, so that the planes use their room."""
    kept = []
    for axis, (lo, hi) in enumerate(spans):
        full = np.flatnonzero(grey.any(axis=tuple({0, 1, 2} - {axis})))
        inside = (int(full[0]), int(full[-1]) + 1) if len(full) else (lo, hi)
        whole = (lo, hi) == (0, grey.shape[axis])  # no box, or one that holds everything
        first, last = inside if whole else (min(inside[0], lo), max(inside[1], hi))
        kept.append((max(0, first - margin), min(grey.shape[axis], last + margin)))
    cut = grey[tuple(slice(*k) for k in kept)]
    moved = [(max(lo, k[0]) - k[0], min(hi, k[1]) - k[0]) for (lo, hi), k in zip(spans, kept, strict=True)]
    return cut, moved


def _axis_of(directions: NDArray[np.float64]) -> list[int]:
    """For each of right, anterior, superior: the voxel axis that runs most along it, each used once."""
    left = np.abs(directions)
    axes = [0, 0, 0]
    for _ in range(3):
        k, axis = np.unravel_index(int(np.argmax(left)), left.shape)
        axes[int(k)] = int(axis)
        left[k, :], left[:, axis] = -1.0, -1.0
    return axes


def _grey(volume: NDArray[np.float32]) -> Pixels:
    """Window between the 1st and 99.5th percentile of what is not background."""
    inside = volume[np.isfinite(volume) & (volume != 0)]
    low, high = np.percentile(inside, [1.0, 99.5]) if len(inside) else (0.0, 1.0)
    scaled = (np.nan_to_num(volume) - low) / max(float(high - low), 1e-12)
    return np.asarray(np.clip(scaled, 0.0, 1.0) * 255, dtype=np.uint8)


def _plane(
    name: str, cut: Pixels, axes: tuple[int, int], spacing: tuple[float, float, float], spans: Spans, letters: str
) -> Plane:
    """`cut` has its axes towards right or anterior, and anterior or superior; both run backwards on screen."""
    width, height = cut.shape
    (x0, x1), (y0, y1) = spans[axes[0]], spans[axes[1]]
    return Plane(
        name,
        np.ascontiguousarray(cut[::-1, ::-1].T),
        (letters[0], letters[1], letters[2], letters[3]),
        (spacing[axes[0]], spacing[axes[1]]),
        (width - x1, height - y1, x1 - x0, y1 - y0),
    )
