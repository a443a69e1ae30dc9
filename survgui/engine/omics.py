"""A case's omics beside a bundle's development cohort: values as measured, and how far each is from the mean."""

from __future__ import annotations

import numpy as np

from survgui.cases.bundle import Bundle
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort
from survgui.cases.display import OmicsTable, Vector
from survgui.encoders.patch_scaling import PlainScaling
from survgui.encoders.scaling import Scaling, Unusable, VectorScaling, check_unit
from survgui.engine.stored import read_scalings
from survgui.readers import genes

OMICS = (Modality.RNA, Modality.DNAM, Modality.CNV, Modality.MUTATION, Modality.MIRNA)


def omics_tables(cohort: Cohort, patient: str, bundle: Bundle | None) -> tuple[OmicsTable, ...]:
    """One table per omics modality that the patient has as named numbers.

    Args:
        bundle: Whose development cohort the values are compared with; None for the values alone.

    Raises:
        BundleError: A scaling of the bundle is incomplete.
    """
    scalings = read_scalings(bundle) if bundle is not None else {}
    blocks = [cohort.blocks[m] for m in OMICS if m in cohort.blocks]
    vectors = [block for block in blocks if block.kind is Kind.VECTOR and patient in block.items]
    return tuple(_table(block, patient, bundle, scalings.get(block.modality)) for block in vectors)


def _table(block: Block, patient: str, bundle: Bundle | None, scaling: Scaling | None) -> OmicsTable:
    values = np.asarray(block.items[patient], dtype=np.float64)
    nothing = np.full(len(values), np.nan)
    nowhere = np.zeros(len(values), dtype=bool)
    if bundle is None:
        return OmicsTable(block.modality, block.unit, block.names, values, nothing, nowhere)
    wanted = bundle.manifest.inputs.get(block.modality)
    if wanted is None:
        reason = f"the bundle {bundle.manifest.name} takes no {block.modality.title}"
        return OmicsTable(block.modality, block.unit, block.names, values, nothing, nowhere, reason=reason)
    reason, z = "", nothing
    try:
        check_unit(block, wanted)
        if isinstance(scaling, VectorScaling | PlainScaling):
            z = _distances(block, patient, scaling)
    except Unusable as error:
        reason = str(error)
    places = np.array(genes.places(wanted.names, block.names), dtype=np.int64)
    taken = np.zeros(len(values), dtype=bool)
    taken[places[places >= 0]] = True
    return OmicsTable(
        modality=block.modality,
        unit=block.unit,
        names=block.names,
        values=values,
        z=z,
        taken=taken,
        missing=tuple(name for name, place in zip(wanted.names, places, strict=True) if place < 0),
        patients=wanted.patients,
        reason=reason,
    )


def _distances(block: Block, patient: str, scaling: VectorScaling | PlainScaling) -> Vector:
    """(n,) z of each of the case's features; NaN where the bundle does not take it or the value is missing."""
    item = block.items[patient]
    z = scaling.standardise(item, block.names)
    places = np.array(genes.places(scaling.names, block.names), dtype=np.int64)
    found = np.full(len(block.names), np.nan)
    found[places[places >= 0]] = z[places >= 0]
    return np.where(np.isfinite(np.asarray(item, dtype=np.float64)), found, np.nan).astype(np.float64)
