"""DICOM files made by code: an MRI series of any orientation, with headers as scanners write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""rows run to the patient's left, columns to the back"""


def write_series(
    folder: Path,
    data: NDArray[Any],
    *,
    directions: tuple[float, ...] = AXIAL,
    spacing: tuple[float, float, float] = (1.0, 1.0, 5.0),
    origin: tuple[float, float, float] = (-80.0, -90.0, -60.0),
    uid: str = "1.2.3.4",
    suffix: str = ".dcm",
    prefix: str = "IM",
    **elements: Any,
) -> list[Path]:
    """Write (columns, rows, slices) int16 as one file a slice; `spacing` is between columns, rows, slices in mm."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    folder.mkdir(parents=True, exist_ok=True)
    across = np.cross(directions[:3], directions[3:])
    written = []
    for number in range(data.shape[2]):
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = MR
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = f"{uid}.{number + 1}"
        image.SeriesInstanceUID, image.Modality, image.InstanceNumber = uid, "MR", number + 1
        image.PatientID, image.PatientName = "H-4711", "Mustermann^Erika"
        image.ImagePositionPatient = [float(v) for v in np.array(origin) + across * spacing[2] * number]
        image.ImageOrientationPatient = list(directions)
        image.PixelSpacing = [spacing[1], spacing[0]]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.PixelRepresentation = 15, 1
        image.Columns, image.Rows = data.shape[:2]
        image.PixelData = np.ascontiguousarray(data[:, :, number].T, "<i2").tobytes()
        for name, value in elements.items():
            setattr(image, name, value(number) if callable(value) else value)
        path = folder / f"{prefix}{number:04d}{suffix}"
        image.save_as(path, enforce_file_format=True)
        written.append(path)
    return written


def write_enhanced(path: Path, data: NDArray[Any], spacing: tuple[float, float, float], slope: float = 1.0) -> None:
    """Write (columns, rows, slices) as one enhanced MR file, its frames from head to foot."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    def inside(**elements: Any) -> list[Dataset]:
        item = Dataset()
        for name, value in elements.items():
            setattr(item, name, value)
        return [item]

    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID = ENHANCED_MR
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID = "1.2.9.1"
    image.SeriesInstanceUID, image.Modality, image.SeriesDescription = "1.2.9", "MR", "T2W_TSE"
    image.PatientID = "H-4711"
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 1
    image.Columns, image.Rows, image.NumberOfFrames = data.shape
    shared = Dataset()
    shared.PlaneOrientationSequence = inside(ImageOrientationPatient=list(AXIAL))
    shared.PixelMeasuresSequence = inside(PixelSpacing=[spacing[1], spacing[0]])
    shared.PixelValueTransformationSequence = inside(RescaleSlope=slope, RescaleIntercept=3.0)
    image.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for number in reversed(range(data.shape[2])):
        group = Dataset()
        group.PlanePositionSequence = inside(ImagePositionPatient=[0.0, 0.0, spacing[2] * number])
        frames.append(group)
    image.PerFrameFunctionalGroupsSequence = frames
    image.PixelData = np.ascontiguousarray(data[:, :, ::-1].T, "<i2").tobytes()
    image.save_as(path, enforce_file_format=True)
