"""One MRI sequence of a case for the screen: 16 bits a voxel, axes to the patient's right, front and head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Source
from survgui.cases.display import VolumeImage
from survgui.encoders.volumes import REGISTERED, Prepared
from survgui.engine.exhibits import model_view, seen_box
from survgui.errors import ReadError
from survgui.readers.scan import look
from survgui.readers.sequences import SEGMENTATION
from survgui.readers.volume import Volume, open_volume

MOST = 65535


def volume_image(source: Source, sources: Sequence[Source], *, crop: bool) -> VolumeImage:
    """Read a sequence.

    Args:
        source: The sequence.
        sources: All MRI files of the case, among them perhaps a segmentation.
        crop: Whether a model takes the case's MRI, so that there is a crop to show.

    Raises:
        ReadError: The sequence's file cannot be read. A segmentation that cannot be read is a note.
    """
    volume, role = open_volume(source.path), source.role or ""
    seen = model_view(tuple(sources)) if crop else None
    voxels, low, high = _in_16_bits(volume.data)
    outline, notes = _outline(volume, sources)
    x, y, z = (float(side) for side in volume.spacing)
    return VolumeImage(
        role=role,
        voxels=voxels,
        low=low,
        high=high,
        affine=volume.affine if seen is None else seen.move(role) @ volume.affine,
        spacing=(x, y, z),
        window=_window(volume.data),
        box=seen_box(volume, role, seen),
        outline=outline,
        notes=(*volume.notes, *notes, *_processing(volume, role, seen)),
    )


def _processing(volume: Volume, role: str, seen: Prepared | None) -> Iterator[str]:
    """What a reader has to know of a volume that is as the scanner made it, or that survgui has moved."""
    looks = look(volume)
    if looks.stripped is False and role != SEGMENTATION:
        yield f"{looks.words}: models are made on skull-stripped volumes; remove it and add the MRI again"
    if seen is not None and not np.array_equal(seen.move(role), np.eye(4)):
        yield next(note for note in seen.notes if note.startswith(REGISTERED))


def _in_16_bits(data: NDArray[np.float32]) -> tuple[NDArray[np.uint16], float, float]:
    """Voxels, and the values that 0 and 65535 stand for."""
    low, high = float(data.min()), float(data.max())
    scaled = (data - np.float32(low)) * np.float32(MOST / max(high - low, 1e-12))
    return np.clip(np.rint(scaled), 0, MOST).astype(np.uint16), low, high


def _window(data: NDArray[np.float32]) -> tuple[float, float]:
    """2nd and 98th percentile of what is not background."""
    inside = data[data != 0]
    if not len(inside):
        return 0.0, 1.0
    low, high = np.percentile(inside, [2.0, 98.0])
    return (float(low), float(high)) if high > low else (float(low) - 0.5, float(low) + 0.5)


def _outline(volume: Volume, sources: Sequence[Source]) -> tuple[NDArray[np.bool_] | None, tuple[str, ...]]:
    """Where the case's segmentation marks a lesion on the same grid, and what is to be said of it."""
    files = [source for source in sources if source.role == SEGMENTATION]
    if not files:
        return None, ()
    try:
        marked = open_volume(files[0].path)
    except ReadError as error:
        return None, (f"the segmentation cannot be shown: {error.reason}",)
    if marked.data.shape != volume.data.shape or not np.allclose(marked.affine, volume.affine, atol=1e-2):
        return None, ("the segmentation is on another grid than this sequence and is not shown",)
    return marked.data > 0, ()
