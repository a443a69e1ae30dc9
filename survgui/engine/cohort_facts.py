"""A cohort as it was read, for the screen: who has what, how long everybody was followed, what is missing together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.cohort import Block, Cohort
from survgui.cases.display import CohortFacts
from survgui.engine.report import LONGEST_AXIS, Vector, axis_ticks, group_curve, thin_from
from survgui.survival.curves import median_follow_up

EVERYBODY = "all"
"""Name of the one group that a whole cohort is"""


def cohort_facts(cohort: Cohort, file: Path) -> CohortFacts:
    """What the Cohort page shows; nothing is fitted.

    Args:
        file: The cohort's `cohort.toml`.
    """
    known = cohort.known
    months, events = cohort.months[known], cohort.events[known]
    ticks = time_ticks(months)
    return CohortFacts(
        file=file,
        name=cohort.name,
        ids=cohort.ids,
        months=cohort.months,
        events=cohort.events,
        present=_present(cohort),
        features={m: _features(block) for m, block in cohort.blocks.items()},
        curve=group_curve(EVERYBODY, months, events, ticks) if len(months) else None,
        ticks=ticks,
        median_follow_up=median_follow_up(months, events) if len(months) else None,
        folds=len(cohort.splits),
        patterns=_patterns(cohort),
        notes=cohort.notes,
    )


def time_ticks(months: Vector) -> Vector:
    """Five years, or as far as a tenth of the patients are followed, but no further than the longest follow-up."""
    limit = min(float(months.max()), max(LONGEST_AXIS, thin_from(months))) if len(months) else LONGEST_AXIS
    return axis_ticks(limit)


def _present(cohort: Cohort) -> dict[Modality, NDArray[np.bool_]]:
    having = {modality: block.patients for modality, block in cohort.blocks.items()}
    return {m: np.array([patient in mine for patient in cohort.ids], dtype=bool) for m, mine in having.items()}


def _features(block: Block) -> int:
    """Features that were read; none of files that are not encoded yet."""
    return block.width if block.items else 0


def _patterns(cohort: Cohort) -> tuple[tuple[frozenset[Modality], int], ...]:
    """Which modalities are there together, the most frequent first, then by name."""
    present = _present(cohort)
    found = Counter(frozenset(m for m, here in present.items() if here[row]) for row in range(len(cohort)))
    return tuple(sorted(found.items(), key=lambda entry: (-entry[1], sorted(entry[0]))))
