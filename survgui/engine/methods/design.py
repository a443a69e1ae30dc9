"""The columns of the linear reference rows: principal components per block, in one scale for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort, Item
from survgui.encoders.scaling import Unusable
from survgui.engine.inputs import PICTURES, Inputs, fit_inputs
from survgui.engine.methods.contract import CannotRun
from survgui.nets.must import MustConfig
from survgui.survival.cox import CLINICAL_WEIGHT

Row = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Scaled columns of every block, one block after the other in the order of `inputs`.

    A patient's columns are computed once however often he is shown: 63 patterns show the same measurements.
    """

    inputs: Inputs
    _known: dict[tuple[Modality, str], tuple[Item, Row | None]] = field(default_factory=dict)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The blocks that there are."""
        return tuple(self.inputs.specs)

    @property
    def columns(self) -> dict[Modality, slice]:
        """Where each block's columns are."""
        widths = [self.inputs.scalings[m].shape[-1] for m in self.modalities]
        stops = np.cumsum(widths)
        return {m: slice(int(e - w), int(e)) for m, w, e in zip(self.modalities, widths, stops, strict=True)}

    def table(self, cohort: Cohort, ids: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(n, p) columns of all blocks, zero (the mean) where a block is absent, and (n, M) whether it is there."""
        columns = self.columns
        X = np.zeros((len(ids), sum(c.stop - c.start for c in columns.values())))
        there = np.zeros((len(ids), len(columns)), dtype=bool)
        for place, (modality, span) in enumerate(columns.items()):
            block = cohort.blocks[modality]
            for row, patient in enumerate(ids):
                found = self._row(block, patient)
                if found is not None:
                    X[row, span], there[row, place] = found, True
        return X, there

    def _row(self, block: Block, patient: str) -> Row | None:
        """The first group's components, which are of all features; bags by their mean row."""
        item = block.items.get(patient)
        if item is None:
            return None
        key = block.modality, patient
        if key not in self._known or self._known[key][0] is not item:
            self._known[key] = item, self._scaled(block, item)
        return self._known[key][1]

    def _scaled(self, block: Block, item: Item) -> Row | None:
        try:
            array = self.inputs.scalings[block.modality].apply(item, block.names)
        except Unusable:
            return None
        row = np.asarray(array[0] if block.kind in (Kind.VECTOR, Kind.FIELDS) else array.mean(axis=0), dtype=np.float64)
        return row * (CLINICAL_WEIGHT if block.modality is Modality.CLINICAL else 1.0)


def fit_design(
    cohort: Cohort, train: Sequence[str], config: MustConfig, wanted: Sequence[Modality] | None = None
) -> Design:
    """Scalings fitted on the training part alone.

    Args:
        wanted: These modalities, each of which must be there; None takes all that have a table.

    Raises:
        CannotRun: There is no such table, or not enough of it.
        CohortError: No modality has enough patients.
    """
    names = [m for m in cohort.blocks if (wanted is None or m in wanted) and cohort.blocks[m].kind not in PICTURES]
    if not names:
        raise CannotRun(f"the cohort has no table of {', '.join(wanted or ()) or 'any kind'}")
    only = Cohort(cohort.name, cohort.ids, cohort.months, cohort.events, {m: cohort.blocks[m] for m in names})
    inputs = fit_inputs(only, train, config)
    if lacking := [m for m in wanted or () if m not in inputs.specs]:
        raise CannotRun(f"the cohort has no table of {', '.join(lacking)} that can be learned from")
    return Design(inputs)
