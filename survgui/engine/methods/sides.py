"""Two sides of a patient with every feature, as the methods of papers take them: patches, and gene groups.

The shipped form reads principal components; the papers' networks read the features themselves, standardised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Bag, Block, Cohort
from survgui.encoders import scaling
from survgui.encoders.scaling import BagScaling, Unusable, VectorScaling
from survgui.engine.inputs import Inputs, fit_inputs
from survgui.engine.methods.contract import CannotRun
from survgui.engine.methods.views import View, two_views
from survgui.nets.must import MustConfig
from survgui.nets.must_paper import Pair, Side

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What both sides are made of, fitted on the training part alone."""

    inputs: Inputs
    views: tuple[View, View]
    sides: tuple[Side, Side]

    def gather(self, cohort: Cohort, ids: Sequence[str]) -> Patients:
        """These patients' sides; a block that cannot be used counts as absent."""
        first, second = ([self._side(cohort, i, place) for i in ids] for place in (0, 1))
        return Patients(self, (first, second))

    def _side(self, cohort: Cohort, patient: str, place: int) -> Array | None:
        """(N, F) patches as measured, or (F,) standardised features of all blocks, zero where a block is absent."""
        found = [self._block(cohort, patient, m) for m in self.views[place]]
        if all(block is None for block in found):
            return None
        if not self.sides[place].groups:
            return found[0]
        widths = [len(self._vector(m).names) for m in self.views[place]]
        filled = [np.zeros(w, np.float32) if f is None else f for f, w in zip(found, widths, strict=True)]
        return np.concatenate(filled)

    def _block(self, cohort: Cohort, patient: str, modality: Modality) -> Array | None:
        block = cohort.blocks.get(modality)
        if block is None or patient not in block.items:
            return None
        item = block.items[patient]
        try:
            scaling.check_unit(block, self.inputs.specs[modality])
            if isinstance(item, Bag):
                self.inputs.scalings[modality].apply(Bag(item.values[:1]), block.names)  # refuses another width
                return item.values
            row = self._vector(modality).standardise(item, block.names)
        except Unusable:
            return None
        return row[None] if modality is Modality.PATHOLOGY else row

    def _vector(self, modality: Modality) -> VectorScaling:
        found = self.inputs.scalings[modality]
        assert isinstance(found, VectorScaling)
        return found

    def scaled(self, place: int, rows: Array) -> Array:
        """Patches, standardised."""
        found = self.inputs.scalings[self.views[place][0]]
        return found.standardise(rows).astype(np.float32) if isinstance(found, BagScaling) else rows


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """Both sides of some patients; bags wait as measured, for standardised they would take twice the memory."""

    made_of: Sides
    sides: tuple[list[Array | None], list[Array | None]]

    def __len__(self) -> int:
        return len(self.sides[0])

    @property
    def present(self) -> NDArray[np.bool_]:
        """(n, 2) True where a side is there."""
        return np.array([[item is not None for item in side] for side in self.sides], dtype=bool).reshape(2, -1).T

    def pair(self, rows: Sequence[int], most_rows: int = 0, draw: np.random.Generator | None = None) -> Pair:
        """Pad some patients together.

        Args:
            most_rows: Bags are cut to this many random rows; 0 keeps all.
            draw: Decides which rows stay.
        """
        (first, real), (second, other) = (self._padded(place, rows, most_rows, draw) for place in (0, 1))
        return Pair((first, second), (real, other), torch.from_numpy(self.present[list(rows)]))

    def _padded(
        self, place: int, rows: Sequence[int], most: int, draw: np.random.Generator | None
    ) -> tuple[Tensor, Tensor | None]:
        side = self.made_of.sides[place]
        items = [self.sides[place][row] for row in rows]
        if side.groups:
            empty = np.zeros(side.width, dtype=np.float32)
            return torch.from_numpy(np.stack([empty if item is None else item for item in items])), None
        bags = [None if item is None else self.made_of.scaled(place, _cut(item, most, draw)) for item in items]
        longest = max([len(bag) for bag in bags if bag is not None], default=1)
        padded, real = torch.zeros(len(bags), longest, side.width), torch.zeros(len(bags), longest, dtype=torch.bool)
        for row, bag in enumerate(bags):
            if bag is not None:
                padded[row, : len(bag)] = torch.from_numpy(bag)
                real[row, : len(bag)] = True
        return padded, real


def fit_sides(cohort: Cohort, train: Sequence[str], gene_tokens: str = "groups") -> Sides:
    """What both sides are made of, from the training part.

    Args:
        gene_tokens: `groups`: a token for each gene set that a block of the side names, of all the side's columns of
            its genes, as MCAT joins expression, copy number and mutation of a family; a block without any such
            column is one token. `blocks`: a token for each block.

    Raises:
        CannotRun: One side would be empty, or is of a kind that has neither patches nor features.
        CohortError: No modality has enough patients.
    """
    used: dict[Modality, Block] = {m: b for m, b in cohort.blocks.items() if m not in (Modality.CLINICAL, Modality.MRI)}
    two_views(used)
    inputs = fit_inputs(
        Cohort(cohort.name, cohort.ids, cohort.months, cohort.events, used), train, MustConfig(components=1)
    )
    views = two_views(inputs)
    for m in (*views[0], *views[1]):
        kind = inputs.specs[m].kind
        if kind is not Kind.VECTOR and (m, kind) != (Modality.PATHOLOGY, Kind.BAG):
            raise CannotRun(f"it takes no {m} in the form of a {kind}")
    first, second = (_describe(cohort, inputs, view, gene_tokens) for view in views)
    return Sides(inputs, views, (first, second))


def _describe(cohort: Cohort, inputs: Inputs, view: View, gene_tokens: str) -> Side:
    if view == (Modality.PATHOLOGY,):
        found = inputs.scalings[Modality.PATHOLOGY]
        return Side(len(found.mean) if isinstance(found, BagScaling | VectorScaling) else 0)
    names = {m: scaling.feature_names(inputs.scalings[m], cohort.blocks[m]) for m in view}
    columns = [name for m in view for name in names[m]]
    sets = {k: set(v) for m in view for k, v in (cohort.blocks[m].groups or {}).items()}
    tokens: list[tuple[int, ...]] = []
    if gene_tokens == "groups":
        tokens = [tuple(c for c, name in enumerate(columns) if name in genes) for genes in sets.values()]
    grouped = set().union(*tokens)
    start = 0
    for m in view:
        own = range(start, start + len(names[m]))
        start = own.stop
        if not grouped & set(own):
            tokens.append(tuple(own))
    return Side(len(columns), tuple(token for token in tokens if token))


def _cut(bag: Array, most: int, draw: np.random.Generator | None) -> Array:
    if draw is None or most == 0 or len(bag) <= most:
        return bag
    return bag[np.sort(draw.choice(len(bag), most, replace=False))]
