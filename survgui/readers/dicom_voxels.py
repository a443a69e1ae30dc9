"""The voxels of a DICOM series on their grid.

Geometry follows the standard (PS3.3, C.7.6.2): positions and directions in mm, x to the patient's left and y to the
back, turned here to right and front.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui.errors import ReadError, UnsupportedFormat
from survgui.readers.dicom import Dataset, Series, decoding

_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5")
"""Transfer syntaxes without compression, and with run lengths: what pydicom decodes by itself"""


def voxels(series: Series, limit: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """An MRI series as it was measured, scaled as each slice says.

    Args:
        limit: Bytes that the voxels may take as float32.

    Returns:
        (columns, rows, slices), and the (4, 4) affine from their indices to mm to the patient's right, front, head.

    Raises:
        UnsupportedFormat: No MRI, colours, several volumes in one.
        ReadError: A slice is missing, damaged or twice there, or it is too large.
    """
    if series.trouble:
        reason, code = series.trouble
        kind = UnsupportedFormat if code == "VOL-08" else ReadError
        raise kind(series.path, reason, code)
    if math.prod(series.size) * 4 > limit:
        raise ReadError(series.path, f"the series would take more than {limit / 2**30:.0f} GB", "VOL-09")
    columns, rows, slices = series.size
    data = np.empty((columns, rows, slices), np.float32)
    opened: tuple[Path | None, NDArray[np.float32]] = (None, np.empty(0, np.float32))
    for place, frame in enumerate(series.frames):
        if opened[0] != frame.path:
            opened = frame.path, _pixels(frame.path, (rows, columns))
        if frame.number >= len(opened[1]):
            raise ReadError(frame.path, "it holds fewer slices than its header says; copy it again", "VOL-07")
        data[:, :, place] = opened[1][frame.number].T
    return data, _affine(series)


def _affine(series: Series) -> NDArray[np.float64]:
    first, last = (np.array(series.frames[place].position) for place in (0, -1))
    affine = np.eye(4)
    affine[:3, 0] = np.array(series.directions[:3]) * series.spacing[0]
    affine[:3, 1] = np.array(series.directions[3:]) * series.spacing[1]
    affine[:3, 2] = (last - first) / (len(series.frames) - 1)  # also where the slices lie askew to each other
    affine[:3, 3] = first
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def _pixels(path: Path, size: tuple[int, int]) -> NDArray[np.float32]:
    """(frames, rows, columns) of a file, scaled."""
    import pydicom

    with decoding(path):
        image = pydicom.dcmread(path, force=True)
        stored = np.asarray(image.pixel_array) if image.file_meta.TransferSyntaxUID in _PLAIN else None
        if stored is None:
            data = _decompressed(path)
        else:
            frames = stored.reshape(-1, *stored.shape[-2:])
            data = np.stack([_scaled(image, frame, number) for number, frame in enumerate(frames)])
        if data.shape[1:] != size:
            raise ReadError(path, "its image has another size than its header says; copy it again", "VOL-10")
        return data


def _scaled(image: Dataset, stored: NDArray[Any], number: int) -> NDArray[np.float32]:
    groups = image.get("PerFrameFunctionalGroupsSequence")
    owners = [image, *(groups[number : number + 1] if groups else ()), *image.get("SharedFunctionalGroupsSequence", ())]
    for owner in owners:
        inner = owner.get("PixelValueTransformationSequence")
        source = inner[0] if inner else owner
        if source.get("RescaleSlope") is not None:
            slope, inter = float(source.RescaleSlope), float(source.get("RescaleIntercept") or 0)
            return np.asarray(stored * slope + inter, np.float32)
    return np.asarray(stored, np.float32)


def _decompressed(path: Path) -> NDArray[np.float32]:
    """By GDCM inside SimpleITK, which knows the JPEGs of the scanners, and scales by itself."""
    import SimpleITK

    library: Any = SimpleITK  # annotated in part
    library.ProcessObject.SetGlobalWarningDisplay(False)  # it would write file names to standard error
    data = library.GetArrayFromImage(library.ReadImage(str(path), library.sitkFloat32))
    return np.asarray(data, np.float32).reshape(-1, *data.shape[-2:])
