"""Four MRI sequences of a brain with a tumour, and its segmentation, drawn from eight traits.

A skull-stripped brain of two hemispheres with a folded grey ribbon, white matter and ventricles; in it a
necrotic core inside an enhancing rim inside oedema, as the contrast of T1, contrast-enhanced T1, T2 and FLAIR
shows them. A large tumour pushes the midline to the other side. All of it is our choice.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from survgui import storage

Field = NDArray[np.float32]

SHAPE = (80, 96, 80)
VOXEL_MM = 2.0
SEQUENCES = ("t1", "t1c", "t2", "flair")
SEGMENTATION = "seg"
TRAITS = {
    "volume": 1.0,
    "rim thickness": 1.0,
    "enhancement": 1.0,
    "necrotic core": 1.0,
    "oedema": 1.0,
    "midline shift": 1.0,
    "irregular outline": 1.0,
    "cortical reserve": -1.0,
}
"""Traits in the order of the features that drive them, and whether more of one goes with a higher risk."""

NECROSIS, OEDEMA, ENHANCING = 1, 2, 4
"""Labels of the segmentation, as in the BraTS challenge."""

_SIGNAL = {  # background, fluid, grey, white, necrosis, oedema, rim; the last of t1c also by the trait
    "t1": (0, 190, 520, 700, 330, 450, 500),
    "t1c": (0, 200, 530, 710, 330, 460, 950),
    "t2": (0, 1150, 640, 440, 1000, 880, 720),
    "flair": (0, 130, 600, 480, 430, 1000, 760),
}


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """A brain and its tumour on the grid of `SHAPE`, left to right, back to front, bottom to top.

    Attributes:
        parts: (7, X, Y, Z) share of each tissue in a voxel, in the order of `_SIGNAL`.
        segmentation: (X, Y, Z) labels.
    """

    parts: Field
    segmentation: NDArray[np.int16]


def draw_sequences(traits: NDArray[np.float64], rng: np.random.Generator) -> dict[str, NDArray[np.int16]]:
    """Draw the four sequences and the segmentation (key `seg`), each `SHAPE` at 2 mm.

    Args:
        traits: (8,) standard scores in the order of `TRAITS`.
        rng: Decides everything that the traits leave open.
    """
    score = dict(zip(TRAITS, np.clip(traits, -3.0, 3.0), strict=True))
    anatomy = _anatomy(score, rng)
    brain = 1.0 - anatomy.parts[0]
    bias = 1.0 + 0.06 * _smooth_noise(rng, 24.0)
    volumes = {}
    for name in SEQUENCES:
        signal = np.array(_SIGNAL[name], dtype=np.float32)
        if name == "t1c":
            signal[6] = 760.0 + 260.0 / (1 + np.exp(-1.2 * score["enhancement"]))
        clean = np.tensordot(signal, anatomy.parts, axes=1) * bias * rng.normal(1.0, 0.03)
        noise = rng.standard_normal(SHAPE, dtype=np.float32)
        volumes[name] = np.clip((clean + 22.0 * noise) * (brain > 0.5), 0, None).astype(np.int16)
    return volumes | {SEGMENTATION: anatomy.segmentation}


def write_volume(path: Path, volume: NDArray[np.int16]) -> None:
    """Write one volume as compressed NIfTI; the same volume gives the same bytes.

    Raises:
        StorageError: The file could not be written.
    """
    affine = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    affine[:3, 3] = -VOXEL_MM * np.array(SHAPE) / 2
    nifti: Any = nibabel.Nifti1Image  # nibabel's constructors carry no types
    image = nifti(volume, affine)
    image.header.set_xyzt_units("mm")
    storage.write_bytes(path, gzip.compress(image.to_bytes(), compresslevel=4, mtime=0))


def _anatomy(score: dict[str, float], rng: np.random.Generator) -> Anatomy:
    side = rng.choice([-1.0, 1.0])
    centre = np.array([side * rng.uniform(0.36, 0.46), rng.uniform(-0.35, 0.4), rng.uniform(0.0, 0.35)])
    radius = 0.25 * np.exp(0.15 * score["volume"])
    x, y, z = _grid()
    from_tumour = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2)
    push = (
        0.05 * (1.4 + score["midline shift"]) * np.exp(-((from_tumour / 0.75) ** 2)) * np.clip(1.0 - x**2 / 0.7, 0, 1)
    )
    parts = _brain(x + side * np.clip(push, -0.02, None), y, z, score["cortical reserve"], rng)
    rough = 0.05 * np.exp(0.45 * score["irregular outline"]) * _smooth_noise(rng, 3.0)
    depth = (radius - from_tumour) / radius + rough / radius  # 1 at the centre, 0 at the tumour's edge
    rim = 0.22 * np.exp(0.30 * score["rim thickness"])
    core = np.clip((depth - rim - 0.22 + 0.16 * score["necrotic core"]) * radius * 24 + 0.5, 0, 1)
    tumour = np.clip(depth * radius * 24 + 0.5, 0, 1)
    reach = 0.16 * np.exp(0.42 * score["oedema"])
    fingers = 0.5 + 0.5 * parts[3] + 0.35 * _smooth_noise(rng, 3.0)  # oedema follows white matter
    own_side = np.clip((x * side + 0.02) * 25, 0, 1)
    oedema = np.clip((depth * radius + reach * fingers) * 18, 0, 1) * own_side
    return _with_tumour(parts, np.stack([np.minimum(core, tumour), oedema, tumour]))


def _with_tumour(parts: Field, lesion: NDArray[np.float64]) -> Anatomy:
    """Lay core, oedema and whole tumour over the healthy parts, in the brain alone."""
    inside = 1.0 - parts[0]
    core, oedema, tumour = lesion.astype(np.float32) * (inside > 0.5)
    outside = (1.0 - tumour) * oedema * (1.0 - parts[1])
    full = np.empty((7, *SHAPE), dtype=np.float32)
    full[0] = parts[0]
    full[1:4] = parts[1:4] * (1.0 - tumour - outside)
    full[4:] = np.stack([core, outside, tumour - core]) * inside
    labels = np.zeros(SHAPE, dtype=np.int16)
    labels[full[5] > 0.45] = OEDEMA
    labels[full[4] + full[6] > 0.5] = ENHANCING
    labels[full[4] > 0.5] = NECROSIS
    return Anatomy(full, labels)


def _brain(x: Field, y: Field, z: Field, reserve: float, rng: np.random.Generator) -> Field:
    """Background, fluid, grey and white matter (4, X, Y, Z); with less reserve the furrows and ventricles are wide."""
    shape = 1.0 + 0.02 * _smooth_noise(rng, 10.0)
    hull = np.sqrt((x / 0.86) ** 2 + (y / 0.95) ** 2 + (z / np.where(z < 0, 0.74, 0.86)) ** 2) / shape
    inside = np.clip((0.97 - hull) * 25 + 0.5, 0, 1)
    bends = [_smooth_noise(rng, 6.0) for _ in range(3)]
    folds = np.sin(19 * x + 2 * bends[0]) * np.sin(17 * y + 2 * bends[1]) + 0.8 * np.sin(18 * z + 2 * bends[2])
    wide = 0.035 - 0.012 * reserve
    ribbon = np.clip((hull - 0.76 + 0.11 * folds) * 16 + 0.5, 0, 1)
    furrow = np.clip((hull - 0.95 + wide + 0.085 * folds) * 16, 0, 1)
    cleft = np.clip((wide - 0.005 - np.abs(x)) * 40 + 0.3, 0, 1) * np.clip((hull - 0.42) * 6, 0, 1) * (z > -0.35)
    fluid = np.maximum.reduce([furrow, cleft, _ventricles(x, y, z, 1.0 - 0.16 * reserve)]) * inside
    nuclei = np.clip((0.16 - np.hypot(np.hypot((np.abs(x) - 0.27) / 0.9, (y - 0.02) / 1.7), z + 0.02)) * 20, 0, 1)
    grey = np.maximum(ribbon, nuclei) * (inside - fluid)
    return np.asarray(np.stack([1.0 - inside, fluid, grey, inside - fluid - grey]), dtype=np.float32)


def _ventricles(x: Field, y: Field, z: Field, size: float) -> NDArray[np.float64]:
    """Two curved lateral ventricles beside the midline and the third between them."""
    arch = 0.14 - 0.45 * y**2  # higher in the middle
    horns = np.hypot((np.abs(x) - 0.10 - 0.12 * np.abs(y)) / 0.8, (z - arch) / 1.4) - (0.085 * size - 0.16 * y**2)
    lateral = np.clip(-horns * 30 + 0.5, 0, 1)
    third = np.clip((0.022 * size - np.hypot(x, np.maximum(np.hypot(y / 2, z + 0.08) - 0.1, 0))) * 40 + 0.5, 0, 1)
    return np.asarray(np.maximum(lateral, third))


def _smooth_noise(rng: np.random.Generator, width: float) -> Field:
    """Noise of unit variance, smooth over `width` voxels; drawn coarsely and enlarged."""
    step = max(1, int(width // 2))
    coarse = tuple(-(-side // step) + 1 for side in SHAPE)
    field = ndimage.gaussian_filter(rng.standard_normal(coarse, dtype=np.float32), width / step)
    field = (field - field.mean()) / field.std()
    if step > 1:
        field = ndimage.zoom(field, step, order=1)
    return np.asarray(field[: SHAPE[0], : SHAPE[1], : SHAPE[2]], dtype=np.float32)


@lru_cache(maxsize=1)
def _grid() -> tuple[Field, Field, Field]:
    """Coordinates of the voxels from -1 to 1, by axis."""
    axes = [np.linspace(-1, 1, side, dtype=np.float32) for side in SHAPE]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return x, y, z
