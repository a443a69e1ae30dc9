"""Rigid registration of one MRI sequence to another: SimpleITK's, with Mattes' mutual information.

Sequences of one visit lie in one frame of the scanner; what is left between them is how the patient moved, or that
they were made on two visits or by two scanners. Three shifts and three rotations, found on 6 mm voxels from two
starts (as the files say, and with the centres of mass on each other), the better one refined on 4 and 2 mm. One
thread and regular samples, so that the same files give the same numbers. All settings are our choice.

On a real patient's skull-stripped sequences, each moved by a known transform of up to 56 mm and 15°, voxels come to
lie half a mm from where they belong, after 5 s of one processor core.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = Any
"""A SimpleITK image or transform, which are annotated in part."""

GRID = 2.0
"""mm, of the voxels that are compared"""
SAMPLES = 0.03
"""share of the fixed sequence's voxels that are compared"""
BINS = 32
FARTHEST, WIDEST = 100.0, 45.0
"""mm and degrees beyond which a result is not believed"""
GAIN = 0.01
"""nats of mutual information that a registration must bring, or the sequence stays where its file says"""
LEAST = 0.1
"""nats below which two sequences do not show the same head; on the real patients at hand it is 0.6 to 0.9"""

_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Rigid:
    """How a sequence was moved.

    Attributes:
        matrix: (4, 4) from where the sequence lay to where it belongs, mm to the patient's right, front, head.
        shift: mm that the fixed sequence's centre was moved by.
        turn: Degrees.
        before, after: Mutual information in nats; higher is more alike.
    """

    matrix: NDArray[np.float64]
    shift: float
    turn: float
    before: float
    after: float

    @property
    def believed(self) -> bool:
        """Whether the two show the same head and the result is no flight."""
        return self.after >= LEAST and self.shift <= FARTHEST and self.turn <= WIDEST

    @property
    def helps(self) -> bool:
        """Whether the sequence did not lie there already."""
        return self.after >= self.before + GAIN


def register(
    fixed: NDArray[np.float32],
    fixed_affine: NDArray[np.float64],
    moving: NDArray[np.float32],
    moving_affine: NDArray[np.float64],
) -> Rigid:
    """Find where `moving` belongs.

    Args:
        fixed: (X, Y, Z) intensities; 0 is background and is not compared.
        fixed_affine: (4, 4) from voxel indices to mm (right, front, head).
        moving: (X', Y', Z') likewise, of any contrast.
        moving_affine: (4, 4) likewise.
    """
    import SimpleITK

    library: Any = SimpleITK
    library.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    still, free = _image(library, fixed, fixed_affine), _image(library, moving, moving_affine)
    mask = library.BinaryDilate(library.NotEqual(still, 0.0), [2, 2, 2])
    coarse, fine = _method(library, mask, [3], 0.02), _method(library, mask, [2, 1], 0.01)
    centre = _centre(fixed, fixed_affine)
    start = library.Euler3DTransform()
    start.SetCenter(centre)
    before = _likeness(fine, still, free, start)
    centred = library.Euler3DTransform(start)
    centred.SetTranslation([float(a - b) for a, b in zip(_centre(moving, moving_affine), centre, strict=True)])
    near, _ = max((_found(coarse, still, free, begin) for begin in (start, centred)), key=lambda found: found[1])
    best, after = _found(fine, still, free, near)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(best.GetMatrix()).reshape(3, 3)
    matrix[:3, 3] = np.array(best.TransformPoint((0.0, 0.0, 0.0)))
    back = _LPS @ np.linalg.inv(matrix) @ _LPS  # SimpleITK's goes from fixed to moving
    turn = math.degrees(math.acos(float(np.clip((np.trace(back[:3, :3]) - 1) / 2, -1.0, 1.0))))
    shift = float(np.linalg.norm(np.array(best.TransformPoint(centre)) - centre))
    return Rigid(back, shift, turn, before, after)


def _image(library: Any, data: NDArray[np.float32], affine: NDArray[np.float64]) -> Image:
    """The volume for SimpleITK, with x to the left and y to the back, on cubes of `GRID` mm."""
    placed = _LPS @ affine
    spacing = np.linalg.norm(placed[:3, :3], axis=0)
    image = library.GetImageFromArray(np.ascontiguousarray(data.transpose(2, 1, 0)))
    image.SetSpacing(spacing.tolist())
    image.SetDirection((placed[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(placed[:3, 3].tolist())
    smooth = [max(0.0, (GRID - side) / 2) for side in spacing]
    image = library.SmoothingRecursiveGaussian(image, [max(s, 0.01) for s in smooth]) if max(smooth) > 0.1 else image
    size = [max(4, math.ceil(n * side / GRID)) for n, side in zip(data.shape, spacing, strict=True)]
    grid = library.Resample(
        *(image, size, library.Transform(), library.sitkLinear, image.GetOrigin(), [GRID] * 3, image.GetDirection()),
        *(0.0, library.sitkFloat32),
    )
    return grid


def _method(library: Any, mask: Image, shrink: list[int], finest: float) -> Any:
    """Powell's search, which needs no gradient, over voxels `shrink` times as large, down to steps of `finest` mm."""
    method = library.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(mask)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(SAMPLES, 1)
    method.SetInterpolator(library.sitkLinear)
    method.SetOptimizerAsPowell(
        numberOfIterations=20, maximumLineIterations=20, stepLength=2.0, stepTolerance=finest, valueTolerance=1e-5
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel([factor - 1.0 for factor in shrink])
    return method


def _found(method: Any, fixed: Image, moving: Image, start: Image) -> tuple[Image, float]:
    """The transform from one start, and the mutual information there; the start itself where nothing overlaps."""
    begin = type(start)(start)
    method.SetInitialTransform(begin, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:  # the two do not overlap
        return start, -math.inf
    return begin, _likeness(method, fixed, moving, begin)


def _likeness(method: Any, fixed: Image, moving: Image, at: Image) -> float:
    method.SetInitialTransform(type(at)(at), inPlace=False)
    try:
        return -float(method.MetricEvaluate(fixed, moving))
    except RuntimeError:
        return -math.inf


def _centre(data: NDArray[np.float32], affine: NDArray[np.float64]) -> tuple[float, ...]:
    """Centre of what is not background, mm, in SimpleITK's frame."""
    filled = np.argwhere(data[::2, ::2, ::2] != 0) * 2.0
    middle = filled.mean(axis=0) if len(filled) else np.array(data.shape) / 2
    return tuple(float(v) for v in (_LPS @ affine @ [*middle, 1.0])[:3])
