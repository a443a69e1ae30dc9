"""Two views of a patient, for the methods of papers that know a slide and genes and nothing else."""

from __future__ import annotations

from collections.abc import Collection

from survgui.cases.case import Modality
from survgui.engine.inputs import Inputs
from survgui.engine.methods.contract import CannotRun

OMICS = (Modality.RNA, Modality.DNAM, Modality.CNV, Modality.MUTATION, Modality.MIRNA)

View = tuple[Modality, ...]


def two_views(inputs: Inputs | Collection[Modality]) -> tuple[View, View]:
    """What stands for pathology and what stands for genomics (contracts.md, `must-paper`).

    Pathology against all omics blocks. Without pathology RNA is the genomics, and the other omics blocks stand
    in the slide's place. Clinical fields and MRI are not used.

    Args:
        inputs: What can be learned from.

    Returns:
        The two views, neither of them empty, each in the order of `Modality`.

    Raises:
        CannotRun: One view would be empty.
    """
    there = inputs.specs if isinstance(inputs, Inputs) else inputs
    omics = tuple(m for m in OMICS if m in there)
    first: View = (Modality.PATHOLOGY,)
    second: View = omics
    if Modality.PATHOLOGY not in there:
        first, second = tuple(m for m in omics if m != Modality.RNA), tuple(m for m in omics if m == Modality.RNA)
    if not (first and second):
        raise CannotRun(
            "it needs pathology and an omics block, or RNA and another omics block; "
            f"there is {', '.join(there) or 'nothing'} to learn from"
        )
    return first, second
