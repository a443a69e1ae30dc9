"""One patient's reconstructions made ready to be looked at: features with their spread, tiles and planes of volumes.

A measured modality is hidden and laid beside what the network makes of it: of pictures once with half of the patches
masked, as in pre-training, and once wholly hidden, as it is with a patient who lacks it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from survgui.cases.bundle import Bundle, verify
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Cohort, Tiles
from survgui.cases.imputation_quality import QualityRow, main_rows, quality_rows
from survgui.cases.prediction import Prediction
from survgui.cases.reconstruction import (
    FeatureReconstruction,
    ImageReconstruction,
    Imputation,
    ImputedFeature,
    ImputedImage,
    Pixels,
    Reconstruction,
)
from survgui.encoders.patch_scaling import ChannelScaling, PlainScaling
from survgui.encoders.scaling import FieldsScaling, Scaling
from survgui.encoders.volumes import SEQUENCES
from survgui.engine.exhibits import imputed_as_data
from survgui.engine.inputs import Inputs, Prepared, prepare
from survgui.engine.masked.reconstructing import inpaint, reconstruct
from survgui.engine.masked.ssim import BOUNDS, ssim
from survgui.engine.model import OpenModel, open_model
from survgui.nets.masked.imputmae import Imputmae

Array = NDArray[np.float32]

TILES = 3
"""tiles that are shown of a patient"""
LOOKED_AT = ("t1c", "flair")
"""sequences that are shown where they were measured; any other only where neither was"""
FARTHEST = 12
"""features of an imputed modality that are named"""
HALF = 0.5
PLANES = {"axial": ("R", "L", "A", "P"), "coronal": ("R", "L", "S", "I"), "sagittal": ("A", "P", "S", "I")}
"""radiological convention: what lies to the left, right, top and bottom"""
ROUND = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""ends of the scale of a difference"""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One patient before one network.

    Attributes:
        prepared: Of the patient alone; what was hidden by the user is not there.
        quality: How well the bundle's network reconstructs held-out patients.
    """

    net: Imputmae
    inputs: Inputs
    cohort: Cohort
    prepared: Prepared
    quality: tuple[QualityRow, ...] = ()

    @classmethod
    def of(
        cls,
        net: Imputmae,
        inputs: Inputs,
        cohort: Cohort,
        patient: str,
        hide: Collection[Modality] = (),
        quality: tuple[QualityRow, ...] = (),
    ) -> Subject:
        """A patient of a cohort, without the modalities to hide."""
        prepared = prepare(cohort, [patient], inputs)
        arrays = {m: (None,) if m in hide else column for m, column in prepared.arrays.items()}
        return cls(net, inputs, cohort, replace(prepared, arrays=arrays), quality)

    @property
    def measured(self) -> tuple[Modality, ...]:
        """Modalities that the network is given."""
        return tuple(m for m, (array,) in self.prepared.arrays.items() if array is not None)

    def array(self, modality: Modality) -> Array:
        """What the network is given of a modality that is there."""
        (found,) = self.prepared.arrays[modality]
        assert found is not None
        return np.asarray(found, dtype=np.float32)

    def drawn(self, hide: Collection[Modality], draws: int, seed: int) -> dict[Modality, Array]:
        """Per modality (S, *shape), reconstructed from everything but what is hidden."""
        shown = np.array([[m in self.measured and m not in hide for m in self.net.modalities]])
        found = reconstruct(self.net, self.prepared, shown, draws=draws, seed=seed)
        return {m: several[0] for m, several in found.items()}

    def has(self, modality: Modality) -> bool:
        """Whether the patient's files hold a modality, whatever became of it."""
        block = self.cohort.blocks.get(modality)
        return block is not None and self.prepared.ids[0] in block.patients

    def held_out(self, modality: Modality) -> QualityRow | None:
        """How well the bundle reconstructs a modality of held-out patients from all else they had."""
        return main_rows(self.quality).get(modality)


def subject_of(model: OpenModel, cohort: Cohort, patient: str, hide: Collection[Modality]) -> Subject | None:
    """A patient before an opened bundle's network, without what is to be hidden; None if it imputes no data."""
    net = model.fitted.net
    quality = quality_rows(model.manifest.training)
    return Subject.of(net, model.inputs, cohort, patient, hide, quality) if isinstance(net, Imputmae) else None


def imputed_data(prediction: Prediction, cohort: Cohort, bundle: Bundle) -> tuple[Imputation, ...]:
    """What stands in for what a predicted case lacks; on the CPU, where one patient is quick and always the same.

    Args:
        cohort: The case, encoded as it was for the prediction.
    """
    lacking = imputed_as_data(prediction, bundle)
    subject = subject_of(_opened(bundle.folder, bundle.sha256), cohort, prediction.case, lacking) if lacking else None
    if subject is None:
        return ()
    return impute_data(subject, lacking, draws=len(prediction.draws), seed=prediction.seed)


@lru_cache(maxsize=1)
def _opened(folder: Path, sha256: str) -> OpenModel:
    """The network of the last bundle: one report often follows another."""
    return open_model(verify(folder), torch.device("cpu"))


def compare_data(subject: Subject, modality: Modality, *, draws: int = 1, seed: int = 0) -> Reconstruction:
    """A measured modality beside what the network makes of it where it is hidden.

    Args:
        modality: One that the patient has, beside at least one other.
        draws: Imputations; each sees another random part of what is shown.
    """
    several = subject.drawn({modality}, draws, seed)[modality]
    kind = subject.inputs.specs[modality].kind
    return Reconstruction(
        modality=modality,
        shown=tuple(m for m in subject.measured if m is not modality),
        features=None if kind in BOUNDS else _features(subject, modality, several),
        images=_images(subject, modality, several.mean(axis=0), seed) if kind in BOUNDS else (),
        held_out=subject.held_out(modality),
        draws=len(several),
    )


def impute_data(
    subject: Subject, modalities: Collection[Modality], *, draws: int = 1, seed: int = 0
) -> tuple[Imputation, ...]:
    """What the network makes of modalities that the patient lacks, in its own order."""
    found = subject.drawn((), draws, seed)
    return tuple(_imputation(subject, m, found[m]) for m in subject.net.modalities if m in modalities)


def _imputation(subject: Subject, modality: Modality, several: Array) -> Imputation:
    kind, scaling = subject.inputs.specs[modality].kind, subject.inputs.scalings[modality]
    names = () if kind in BOUNDS else feature_titles(scaling)
    mean = several.mean(axis=0)
    features: tuple[ImputedFeature, ...] = ()
    if names:
        low, high = np.percentile(several[:, 0], [5, 95], axis=0)
        far = np.argsort(-np.abs(mean[0]), kind="stable")[:FARTHEST]
        features = tuple(ImputedFeature(names[k], float(mean[0, k]), float(low[k]), float(high[k])) for k in far)
    return Imputation(
        modality=modality,
        shown=subject.measured,
        features=features,
        of=len(names),
        images=tuple(_pictures(kind, scaling, mean)) if kind in BOUNDS else (),
        held_out=subject.held_out(modality),
        draws=len(several),
        given=subject.has(modality),
    )


def _pictures(kind: Kind, scaling: Scaling, mean: Array) -> Iterator[ImputedImage]:
    """The imputed tile, or planes of the sequences that a reader looks at first."""
    if kind is Kind.TILES:
        yield ImputedImage("tile", grey(mean[0].transpose(1, 2, 0), BOUNDS[kind]))
        return
    assert isinstance(scaling, ChannelScaling)
    taken = [SEQUENCES[channel] for channel in scaling.channels]
    for place in looked_at(taken, [True] * len(taken)):
        for name, plane in planes(mean[place]).items():
            yield ImputedImage(f"{taken[place]}, {name}", grey(plane, BOUNDS[kind]), PLANES[name])


def feature_titles(scaling: Scaling) -> tuple[str, ...]:
    """What the features of a table are called, in the order in which the network takes them."""
    if isinstance(scaling, FieldsScaling):
        return tuple(f"{field}: {word}" if word else field for field, word in scaling.columns)
    assert isinstance(scaling, PlainScaling)
    return scaling.names or tuple(f"feature {k + 1}" for k in range(len(scaling.mean)))


def _features(subject: Subject, modality: Modality, several: Array) -> FeatureReconstruction:
    known = np.flatnonzero(_known(subject, modality))
    names, drawn = feature_titles(subject.inputs.scalings[modality]), several[:, 0][:, known]
    low, high = np.percentile(drawn, [5, 95], axis=0).astype(np.float32)
    return FeatureReconstruction(
        names=tuple(names[k] for k in known),
        real=subject.array(modality)[0, known],
        imputed=drawn.mean(axis=0),
        low=low,
        high=high,
    )


def _known(subject: Subject, modality: Modality) -> NDArray[np.bool_]:
    """(F,) True where a feature was measured: the network is given the development mean for the others."""
    block, scaling = subject.cohort.blocks[modality], subject.inputs.scalings[modality]
    item = block.items[subject.prepared.ids[0]]
    if isinstance(item, tuple) and isinstance(scaling, FieldsScaling):
        there = {name for name, value in zip(block.names, item, strict=True) if value is not None}
        return np.array([field in there for field, _ in scaling.columns])
    if isinstance(item, np.ndarray) and isinstance(scaling, PlainScaling):
        there = {name for name, value in zip(block.names, item, strict=True) if np.isfinite(value)}
        return np.array([name in there for name in scaling.names])
    return np.ones(scaling.shape[-1], dtype=bool)


@dataclass(frozen=True, slots=True, eq=False)
class _Sight:
    """A picture on the scale of the network's input, (h, w) or (h, w, 3), and where it was hidden."""

    group: str
    title: str
    original: Array
    imputed: Array
    mask: NDArray[np.bool_]
    letters: tuple[str, ...] = ()


def _images(subject: Subject, modality: Modality, imputed: Array, seed: int) -> tuple[ImageReconstruction, ...]:
    """Pictures with half of their patches masked, then wholly hidden, all on one scale of differences."""
    kind = subject.inputs.specs[modality].kind
    sights = [*(_tiles if kind is Kind.TILES else _volume)(subject, modality, imputed, seed)]
    factor, unit = (0.5, "brightness") if kind is Kind.TILES else (1.0, "SD")
    differences = [factor * _flat(sight.imputed - sight.original) for sight in sights]
    reach = max(float(np.percentile(np.abs(d[s.mask]), 99)) for d, s in zip(differences, sights, strict=True))
    limit = next((end for end in ROUND if end >= reach), ROUND[-1])
    return tuple(
        ImageReconstruction(
            group=sight.group,
            title=sight.title,
            wholly=bool(sight.mask.all()),
            original=grey(sight.original, BOUNDS[kind]),
            imputed=grey(sight.imputed, BOUNDS[kind]),
            mask=sight.mask,
            difference=difference,
            limit=limit,
            unit=unit,
            ssim=ssim(_colours_first(sight.original), _colours_first(sight.imputed), BOUNDS[kind]),
            error=float(np.sqrt(np.mean(difference[sight.mask].astype(np.float64) ** 2))),
            letters=sight.letters,
        )
        for sight, difference in zip(sights, differences, strict=True)
    )


def _tiles(subject: Subject, modality: Modality, imputed: Array, seed: int) -> Iterator[_Sight]:
    """The first tiles; a network that sees nothing of a slide imputes one tile that stands for all of them."""
    array, item = subject.array(modality), subject.cohort.blocks[modality].items[subject.prepared.ids[0]]
    assert isinstance(item, Tiles)
    there = min(len(array), len(item))  # a patient with fewer tiles has some of them more than once
    shown = [(f"tile {k + 1} of {there}", array[k].transpose(1, 2, 0)) for k in range(min(TILES, there))]
    halves = shown if _in_parts(subject, modality) else []
    for k, (title, original) in enumerate(halves):
        turned = {**subject.prepared.arrays, modality: (np.roll(array, -k, axis=0),)}  # the first one is reconstructed
        mixed, mask = inpaint(subject.net, replace(subject.prepared, arrays=turned), modality, HALF, seed=seed + k)
        painted = mixed[0, 0].transpose(1, 2, 0)
        yield _Sight("half masked", title, original, painted, mask[0, 0].any(axis=0))
    for title, original in shown:
        whole = np.ones(original.shape[:2], dtype=bool)
        yield _Sight("wholly hidden", title, original, imputed[0].transpose(1, 2, 0), whole)


def _volume(subject: Subject, modality: Modality, imputed: Array, seed: int) -> Iterator[_Sight]:
    """Planes through the middle, where the encoder puts the lesion, of the sequences that were measured."""
    scaling = subject.inputs.scalings[modality]
    assert isinstance(scaling, ChannelScaling)
    taken, array = [SEQUENCES[channel] for channel in scaling.channels], subject.array(modality)
    mixed, mask = inpaint(subject.net, subject.prepared, modality, HALF, seed=seed)
    everything = np.ones(mask.shape[2:], dtype=bool)
    for place in looked_at(taken, [bool(volume.any()) for volume in array]):
        views = [("half masked", mixed[0, place], mask[0, place]), ("wholly hidden", imputed[place], everything)]
        for said, found, hidden in views if _in_parts(subject, modality) else views[1:]:
            cuts = zip(planes(array[place]).items(), planes(found).values(), planes(hidden).values(), strict=True)
            for (name, original), painted, where in cuts:
                yield _Sight(f"{taken[place]}, {said}", name, original, painted, where, PLANES[name])


def _in_parts(subject: Subject, modality: Modality) -> bool:
    """Whether half of a picture can be masked: what is one patch is there or it is not."""
    return subject.net.autoencoder.patches[modality].count > 1


def looked_at(taken: list[str], measured: list[bool]) -> list[int]:
    """Places of the sequences to show: contrast and FLAIR, or the first of the others that was measured."""
    there = [place for place, here in enumerate(measured) if here]
    first = [taken.index(name) for name in LOOKED_AT if name in taken and taken.index(name) in there]
    return first or there[:1]


def planes(volume: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Axial, coronal and sagittal plane (S, S) through the middle of a volume whose axes go right, front and head.

    The viewer stands at the feet and faces the patient: the patient's right is on the left.
    """
    x, y, z = (side // 2 for side in volume.shape)
    cuts = volume[:, :, z], volume[:, y, :], volume[x, :, :]
    return {name: np.ascontiguousarray(cut[::-1, ::-1].T) for name, cut in zip(PLANES, cuts, strict=True)}


def grey(values: Array, bounds: tuple[float, float]) -> Pixels:
    """Values between black and white as 0 to 255; what lies beyond is clipped."""
    black, white = bounds
    return np.asarray(np.round(np.clip((values - black) / (white - black), 0.0, 1.0) * 255), dtype=np.uint8)


def _flat(values: Array) -> Array:
    """(h, w), colours averaged."""
    return np.asarray(values.mean(axis=2) if values.ndim == 3 else values)


def _colours_first(values: Array) -> Array:
    return values.transpose(2, 0, 1) if values.ndim == 3 else values
