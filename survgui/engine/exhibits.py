"""What a report shows of a case beyond numbers: its slides and patches, its MRI, the features that stand out.

Files are opened again for it; what cannot be read again is left out, for the prediction does not depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product

import numpy as np
from numpy.typing import NDArray

from survgui.cases.bundle import Bundle
from survgui.cases.case import Kind, Modality, Source, State
from survgui.cases.cohort import Cohort
from survgui.cases.prediction import Attention, Prediction, Taken
from survgui.cases.reconstruction import Imputation
from survgui.cases.report import Gene, MriPicture, Pictures, SlidePicture, Tile
from survgui.encoders.cache import volume_slot
from survgui.encoders.patch_scaling import PlainScaling
from survgui.encoders.scaling import Unusable, VectorScaling
from survgui.encoders.volumes import Prepared, prepare_volume
from survgui.engine import pictures
from survgui.engine.stored import read_scalings
from survgui.errors import ReadError, StorageError
from survgui.readers.apart import open_slide
from survgui.readers.volume import Volume, open_volume

THUMBNAIL = 1600
"""longer side of a slide's picture, in pixels"""
TOP, LEAST = 8, 4
"""patches shown of the highest and of the least attention"""
TILE = 224
"""side of a shown patch, in pixels"""
GENES = 8
"""measured features that stand out most"""
SEQUENCES = ("t1c", "flair", "t2", "t1")
"""what a reader looks at first"""
DECODING = ("imputmae",)
"""methods whose network makes data of what is missing, not components alone"""

Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


def exhibits(prediction: Prediction, cohort: Cohort, bundle: Bundle, imputed: tuple[Imputation, ...] = ()) -> Pictures:
    """Slides with attention and patches, MRI with the crop that the model saw, features that stand out, imputed data.

    Args:
        imputed: What `engine.masked.pictures.imputed_data` made.
    """
    slides, top, least = _slides(prediction, cohort)
    mri = tuple(_mri(prediction, cohort))
    genes = standing_out(prediction, cohort, bundle)
    return Pictures(slides, top, least, mri, genes, imputed)


def imputed_as_data(prediction: Prediction, bundle: Bundle) -> tuple[Modality, ...]:
    """Modalities of which the bundle's network makes data; none where it imputes components alone.

    The data are made by `engine.masked.pictures.imputed_data`, which needs torch.
    """
    if bundle.manifest.method not in DECODING:
        return ()
    return tuple(m for m in bundle.manifest.inputs if prediction.states[m] is not State.MEASURED)


def standing_out(prediction: Prediction, cohort: Cohort, bundle: Bundle) -> tuple[Gene, ...]:
    """The measured omics features farthest from the development mean, in its standard deviations."""
    found: list[Gene] = []
    for modality, scaling in read_scalings(bundle).items():
        if not isinstance(scaling, VectorScaling | PlainScaling) or prediction.states[modality] is not State.MEASURED:
            continue
        block = cohort.blocks[modality]
        if block.kind is not Kind.VECTOR or block.unit in ("binary", "cnv"):
            continue  # a rare mutation is far from the mean in everybody who has it
        try:
            z = scaling.standardise(block.items[prediction.case], block.names)
        except Unusable:
            continue
        far = np.argsort(-np.abs(z), kind="stable")[:GENES]
        found += [Gene(modality, scaling.names[k], float(z[k])) for k in far]
    return tuple(sorted(found, key=lambda gene: -abs(gene.z))[:GENES])


def _slides(
    prediction: Prediction, cohort: Cohort
) -> tuple[tuple[SlidePicture, ...], tuple[Tile, ...], tuple[Tile, ...]]:
    seen = prediction.attention.get(Modality.PATHOLOGY) or prediction.taken.get(Modality.PATHOLOGY)
    slides, top, least = [], [], []
    for source in _files(prediction, cohort, Modality.PATHOLOGY):
        shown = _slide(source, seen)
        if shown is not None:
            slides.append(shown[0])
            top += shown[1]
            least += shown[2]
    top.sort(key=lambda tile: -(tile.rank or 0.0))  # tiles that were taken have none, and stay in their order
    least.sort(key=lambda tile: tile.rank or 0.0)
    return tuple(slides), tuple(top[:TOP]), tuple(least[:LEAST])


def _files(prediction: Prediction, cohort: Cohort, modality: Modality) -> tuple[Source, ...]:
    block = cohort.blocks.get(modality)
    return tuple(block.files.get(prediction.case, ())) if block is not None else ()


def _slide(source: Source, seen: Attention | Taken | None) -> tuple[SlidePicture, list[Tile], list[Tile]] | None:
    """A slide's picture, and its patches of highest and of least attention, or those that were taken."""
    try:
        with open_slide(source.path, source.mpp) as slide:
            name, extent = source.path.name, (slide.width, slide.height)
            picture = pictures.slide_picture(name, slide.thumbnail(THUMBNAIL), extent, slide.mpp, seen)
            if seen is None or picture.patch <= 0:
                return picture, [], []
            side = picture.patch * slide.mpp if slide.mpp else None

            def tile(corner: Sequence[int], rank: float | None = None) -> Tile:
                return Tile(slide.read_scaled(corner[0], corner[1], picture.patch, TILE), rank, side)

            if isinstance(seen, Taken):
                return picture, [tile(corner) for corner in picture.coords.tolist()], []
            ranks, corners = pictures.ranks(seen.weights), seen.coords.tolist()
            top = [tile(corners[k], float(ranks[k])) for k in pictures.strongest(seen, TOP, name)]
            return picture, top, [tile(corners[k], float(ranks[k])) for k in pictures.weakest(seen, LEAST, name)]
    except ReadError:
        return None


def _mri(prediction: Prediction, cohort: Cohort) -> Iterator[MriPicture]:
    """Three planes of the sequence that a reader looks at first."""
    sources = _files(prediction, cohort, Modality.MRI)
    by_role = {source.role: source for source in sources}
    for sequence in SEQUENCES:
        if sequence in by_role:
            try:
                volume = open_volume(by_role[sequence].path)
            except ReadError:
                continue
            measured = prediction.states.get(Modality.MRI) is State.MEASURED
            box = seen_box(volume, sequence, model_view(sources)) if measured else None
            yield pictures.mri_picture(sequence, volume.data, volume.affine, box)
            return


def model_view(sources: tuple[Source, ...]) -> Prepared | None:
    """What a model sees of a patient's sequences, kept for the next who asks; None where no sequence can be used."""
    try:
        slot = volume_slot(sources)
        found = slot.volume()
        if found is None:
            found = prepare_volume(sources)
            with suppress(StorageError):  # without room it is made again the next time
                slot.keep_volume(found)
    except ReadError:
        return None
    return found


def seen_box(volume: Volume, role: str, seen: Prepared | None) -> Box | None:
    """The crop that the model sees as voxels of one sequence; None where they do not meet."""
    if seen is None:
        return None
    return crop_box(volume.data.shape, seen.move(role) @ volume.affine, seen.values.shape[1:], seen.affine)


def crop_box(
    shape: tuple[int, ...], affine: NDArray[np.float64], crop: tuple[int, ...], crop_affine: NDArray[np.float64]
) -> Box | None:
    """First and last + 1 voxel of a crop along each axis of a volume; None where they do not meet."""
    corners = np.array([[*corner, 1.0] for corner in product(*((-0.5, side - 0.5) for side in crop))])
    inside = np.linalg.solve(affine, crop_affine @ corners.T)[:3]
    first = np.clip(np.floor(inside.min(axis=1) + 0.5), 0, shape).astype(int)
    last = np.clip(np.ceil(inside.max(axis=1) + 0.5), 0, shape).astype(int)
    if np.any(last <= first):
        return None
    spans = [(int(a), int(b)) for a, b in zip(first, last, strict=True)]
    return spans[0], spans[1], spans[2]
