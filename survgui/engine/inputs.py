"""From a cohort to tensors: scalings fitted on the training part, and batches of whatever is present."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from survgui.cases.bundle import Input
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort
from survgui.encoders import scaling
from survgui.encoders.scaling import Scaling, ScalingConfig, Unusable
from survgui.errors import CohortError
from survgui.nets.batch import Batch
from survgui.nets.must import MustConfig

LEAST = 20
"""Fewest training patients from whom a modality can be learned."""
PICTURES = Kind.VOLUME, Kind.TILES
"""What is no table."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a network takes: for every modality its description and its scaling, in the network's order."""

    specs: Mapping[Modality, Input]
    scalings: Mapping[Modality, Scaling]

    def shapes(self) -> dict[Modality, tuple[Kind, tuple[int, ...]]]:
        """Kind and shape per modality, for building the network."""
        return {m: (self.specs[m].kind, self.scalings[m].shape) for m in self.specs}


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Patients, scaled.

    Attributes:
        arrays: Per modality, one array per patient or None where it is not there.
        refused: (patient row, modality) -> why a modality that was given could not be used.
    """

    ids: tuple[str, ...]
    kinds: Mapping[Modality, Kind]
    arrays: Mapping[Modality, tuple[NDArray[np.float32] | None, ...]]
    shapes: Mapping[Modality, tuple[int, ...]]
    refused: Mapping[tuple[int, Modality], str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def present(self) -> NDArray[np.bool_]:
        """(n, M) True where a patient has a modality."""
        return np.array([[a is not None for a in arrays] for arrays in self.arrays.values()], dtype=bool).T

    @property
    def measured(self) -> tuple[frozenset[str], ...]:
        """n sets of the modalities that each patient has, by name."""
        names = [str(m) for m in self.arrays]
        return tuple(frozenset(n for n, here in zip(names, row, strict=True) if here) for row in self.present)

    def padded(self, modality: Modality) -> bool:
        """Whether patients have different numbers of rows, which a batch pads; a bag's mean row is one."""
        return len(self.shapes[modality]) == 1

    def rows(self) -> dict[Modality, NDArray[np.float64]]:
        """Per modality but pictures (n, C) one row a patient, NaN where absent: all features together, a bag's mean."""
        return {m: self._column(m) for m, kind in self.kinds.items() if kind not in PICTURES}

    def _column(self, modality: Modality) -> NDArray[np.float64]:
        bag = self.padded(modality)
        found = np.full((len(self), self.shapes[modality][-1]), np.nan)
        for row, array in enumerate(self.arrays[modality]):
            if array is not None:
                found[row] = array.mean(axis=0) if bag else array[0]
        return found

    def batch(self, rows: Sequence[int], most_rows: int = 0, draw: np.random.Generator | None = None) -> Batch:
        """Pad some patients together.

        Args:
            most_rows: Bags are cut to this many random rows; 0 keeps all.
            draw: Decides which rows stay.
        """
        inputs: dict[Modality, torch.Tensor] = {}
        real: dict[Modality, torch.Tensor] = {}
        for modality, arrays in self.arrays.items():
            chosen = [arrays[row] for row in rows]
            if self.padded(modality):
                cut = [_cut(bag, most_rows, draw) for bag in chosen]
                inputs[modality], real[modality] = _padded(cut, self.shapes[modality][0])
            else:
                empty = np.zeros(self.shapes[modality], dtype=np.float32)
                stacked = np.stack([empty if a is None else np.asarray(a, dtype=np.float32) for a in chosen])
                inputs[modality] = torch.from_numpy(stacked)
        return Batch(inputs, real, torch.from_numpy(self.present[list(rows)]))


def usable(cohort: Cohort, train: Iterable[str], least: int = LEAST) -> tuple[Modality, ...]:
    """Modalities that at least `least` training patients have; fewer cannot be learned from."""
    ids = set(train)
    return tuple(m for m in Modality if m in cohort.blocks and len(ids & set(cohort.blocks[m].items)) >= least)


def fit_inputs(cohort: Cohort, train: Sequence[str], config: MustConfig) -> Inputs:
    """Fit every modality's scaling on the training patients alone.

    Raises:
        CohortError: No modality has enough patients, or slides are there as tiles.
    """
    if any(cohort.blocks[m].kind is Kind.TILES for m in usable(cohort, train)):
        raise CohortError(f"{cohort.name}: the slides are given as pixels, and this method takes features of them")
    widths = ScalingConfig(config.components, config.group_components, config.bag_components)
    return fit_each(cohort, train, lambda block: scaling.fit(block, train, widths), scaling.feature_names)


def fit_each(
    cohort: Cohort,
    train: Sequence[str],
    fit: Callable[[Block], Scaling],
    names: Callable[[Scaling, Block], tuple[str, ...]],
) -> Inputs:
    """The scaling of every modality that can be learned from.

    A modality of which nothing varies among the training patients is left out: there is nothing to learn from it.

    Args:
        names: Of the features that a scaling takes of a block.

    Raises:
        CohortError: No modality has enough patients.
    """
    specs, scalings = {}, {}
    for modality in usable(cohort, train):
        block = cohort.blocks[modality]
        fitted = fit(block)
        if 0 not in fitted.shape:
            scalings[modality], specs[modality] = fitted, _describe(block, names(fitted, block), train)
    if not specs:
        raise CohortError(f"{cohort.name}: no modality varies among at least {LEAST} training patients")
    return Inputs(specs, scalings)


def prepare(cohort: Cohort, ids: Sequence[str], inputs: Inputs) -> Prepared:
    """Scale these patients; what cannot be used is left out with its reason, never silently."""
    arrays: dict[Modality, tuple[NDArray[np.float32] | None, ...]] = {}
    refused: dict[tuple[int, Modality], str] = {}
    for modality, spec in inputs.specs.items():
        block = cohort.blocks.get(modality)
        column: list[NDArray[np.float32] | None] = []
        for row, patient in enumerate(ids):
            try:
                column.append(_scaled(block, patient, spec, inputs.scalings[modality]))
            except Unusable as reason:
                refused[row, modality] = str(reason)
                column.append(None)
        arrays[modality] = tuple(column)
    kinds = {m: spec.kind for m, spec in inputs.specs.items()}
    shapes = {m: inputs.scalings[m].shape for m in inputs.specs}
    return Prepared(tuple(ids), kinds, arrays, shapes, refused)


def _scaled(block: Block | None, patient: str, spec: Input, scaled: Scaling) -> NDArray[np.float32] | None:
    if block is None or patient not in block.items:
        return None
    scaling.check_unit(block, spec)
    array = scaled.apply(block.items[patient], block.names)
    # pictures are kept in 16 bits: 400 patients of four 64-cubes would take 1.7 GB otherwise
    return array.astype(np.float16) if spec.kind in PICTURES else array


def _describe(block: Block, names: tuple[str, ...], train: Sequence[str]) -> Input:
    return Input(
        kind=block.kind,
        unit=block.unit,
        transform=block.transform,
        encoder=block.encoder,
        names=names,
        width=block.width,
        coverage=scaling.COVERAGE,
        patients=sum(i in block.items for i in train),
    )


def _cut(bag: NDArray[np.float32] | None, most: int, draw: np.random.Generator | None) -> NDArray[np.float32] | None:
    if bag is None or draw is None or most == 0 or len(bag) <= most:
        return bag
    return bag[np.sort(draw.choice(len(bag), most, replace=False))]


def _padded(bags: Sequence[NDArray[np.float32] | None], width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, N, F) with zeros, and (B, N) True where a row is real."""
    longest = max([len(bag) for bag in bags if bag is not None], default=1)
    padded = torch.zeros(len(bags), longest, width)
    real = torch.zeros(len(bags), longest, dtype=torch.bool)
    for place, bag in enumerate(bags):
        if bag is not None:
            padded[place, : len(bag)] = torch.from_numpy(np.ascontiguousarray(bag))
            real[place, : len(bag)] = True
    return padded, real
