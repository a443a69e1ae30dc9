"""How a volume in RAS order lies on the screen: planes, orientation letters, and the two conventions.

Radiological convention looks at the patient from the feet and from the front, so that the patient's right is on the
screen's left; neurological convention has it on the right. The sagittal plane is the same in both, the front on the
left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from survgui.cases.display import VolumeImage

Convention = Literal["radiological", "neurological"]
Point = tuple[float, float, float]
"""of a volume, in voxels; whole numbers are the middles of voxels"""
Bounds = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""first and last + 1 voxel along each axis"""

_ENDS = (("L", "R"), ("P", "A"), ("I", "S"))
"""letters at the low and the high end of each axis in RAS order"""
PROBE = 96
"""voxels along an axis at which a volume is looked at to find where the head lies"""


@dataclass(frozen=True, slots=True)
class Plane:
    """One of the three planes.

    Attributes:
        across, up: Axes of the volume along the screen; `up` grows upwards.
        through: Axis along which slices are counted.
        mirrored: Whether `across` grows to the left of the screen.
    """

    name: str
    across: int
    up: int
    through: int
    mirrored: bool

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """What lies to the left, right, top and bottom: R, L, A, P, S or I."""
        low, high = _ENDS[self.across]
        bottom, top = _ENDS[self.up]
        return (high, low, top, bottom) if self.mirrored else (low, high, top, bottom)

    def cut(self, voxels: NDArray[Any], index: int) -> NDArray[Any]:
        """(h, w) slice as it lies on the screen, top row first; a view of `voxels`."""
        kept = tuple(index if axis == self.through else slice(None) for axis in range(3))
        turned = voxels[kept][:, ::-1]  # what is left has its axes in the volume's order: (across, up) in every plane
        return np.asarray((turned[::-1] if self.mirrored else turned).T)

    def screen(self, point: Point, shape: tuple[int, ...]) -> tuple[float, float]:
        """Column and row of a point on the slice's picture, in voxels from the upper left corner of the picture."""
        x, y = point[self.across] + 0.5, point[self.up] + 0.5
        return (shape[self.across] - x if self.mirrored else x), shape[self.up] - y

    def voxel(self, column: float, row: float, at: Point, shape: tuple[int, ...]) -> Point:
        """The point at a place of the picture, on the slice through `at`."""
        found = list(at)
        found[self.across] = (shape[self.across] - column if self.mirrored else column) - 0.5
        found[self.up] = shape[self.up] - row - 0.5
        return found[0], found[1], found[2]

    def frame(self, bounds: Bounds, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        """x, y, width and height of a block of voxels on the picture."""
        (x0, x1), (y0, y1) = bounds[self.across], bounds[self.up]
        left = shape[self.across] - x1 if self.mirrored else x0
        return float(left), float(shape[self.up] - y1), float(x1 - x0), float(y1 - y0)


def planes(convention: Convention) -> tuple[Plane, Plane, Plane]:
    """Axial, coronal and sagittal plane."""
    mirrored = convention == "radiological"
    return (
        Plane("axial", 0, 1, 2, mirrored),
        Plane("coronal", 0, 2, 1, mirrored),
        Plane("sagittal", 1, 2, 0, True),
    )


def world(volume: VolumeImage, point: Point) -> Point:
    """Millimetres to the patient's right, front and head of a point in voxels."""
    x, y, z = (volume.affine @ np.array([*point, 1.0]))[:3]
    return float(x), float(y), float(z)


def nearest(volume: VolumeImage, millimetres: Point) -> Point:
    """The voxel of a place in the world, or the nearest at the volume's edge."""
    found = np.linalg.solve(volume.affine, np.array([*millimetres, 1.0]))[:3]
    return inside(volume, (float(found[0]), float(found[1]), float(found[2])))


def inside(volume: VolumeImage, point: Point) -> Point:
    """The middle of the voxel that holds a point, or of the nearest one of the volume."""
    x, y, z = np.clip(np.floor(np.asarray(point) + 0.5), 0, np.array(volume.voxels.shape) - 1)
    return float(x), float(y), float(z)


def value(volume: VolumeImage, point: Point) -> float:
    """The measured value of a voxel."""
    x, y, z = (int(p) for p in point)
    return volume.low + (volume.high - volume.low) * float(volume.voxels[x, y, z]) / 65535.0


def content(volume: VolumeImage) -> Bounds:
    """Where the head lies: the block of voxels that are not background (0), looked at in steps; never empty."""
    shape = volume.voxels.shape
    steps = tuple(max(1, n // PROBE) for n in shape)
    seen = volume.voxels[tuple(slice(None, None, step) for step in steps)] != _background(volume)
    found: list[tuple[int, int]] = []
    for axis, (n, step) in enumerate(zip(shape, steps, strict=True)):
        filled = np.flatnonzero(seen.any(axis=tuple({0, 1, 2} - {axis})))
        first, last = (int(filled[0]), int(filled[-1])) if len(filled) else (0, n)
        found.append((max(0, (first - 1) * step), min(n, (last + 2) * step)))
    return found[0], found[1], found[2]


def edges(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 4) x0, y0, x1, y1 of the border of the marked pixels, in pixels; straight runs are one line."""
    padded = np.pad(mask, 1).astype(np.int8)
    down = _runs(np.diff(padded, axis=1)[1:-1] != 0)  # vertical borders: a column for each gap between pixels
    across = _runs((np.diff(padded, axis=0)[:, 1:-1] != 0).T)
    vertical = np.column_stack([down[:, 0], down[:, 1], down[:, 0], down[:, 2]])
    horizontal = np.column_stack([across[:, 1], across[:, 0], across[:, 2], across[:, 0]])
    return np.concatenate([vertical, horizontal]).astype(float)


def grey(window: tuple[float, float], low: float, high: float) -> NDArray[np.uint8]:
    """(65536,) grey value of every stored value: black up to the window's lower end, white from its upper end."""
    measured = low + (high - low) * np.arange(65536) / 65535.0
    width = max(window[1] - window[0], 1e-12)
    return np.asarray(np.clip((measured - window[0]) / width, 0.0, 1.0) * 255.0 + 0.5, dtype=np.uint8)


def _background(volume: VolumeImage) -> int:
    """The stored value that is nearest to 0."""
    width = max(volume.high - volume.low, 1e-12)
    return round(float(np.clip(-volume.low / width, 0.0, 1.0)) * 65535.0)


def _runs(border: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(n, 3) column, first and last + 1 row of every unbroken run of True down a column."""
    ends = np.diff(np.pad(border, ((1, 1), (0, 0))).astype(np.int8), axis=0).T
    column, first = np.nonzero(ends == 1)
    last = np.nonzero(ends == -1)[1]
    return np.column_stack([column, first, last])
