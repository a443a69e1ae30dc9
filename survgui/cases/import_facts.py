"""What the window shows while a cohort is imported: a table's columns and first rows, and an outcome as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from survgui.cases.proposal import Endpoint
from survgui.cases.report import GroupCurve

Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table as it lies on the disk.

    Attributes:
        columns: Names, all of them.
        numeric: Which of them hold numbers.
        coded: Values of those columns that have few, with how many rows have each.
        head: The first rows of the first columns, as written.
    """

    path: Path
    rows: int
    columns: tuple[str, ...]
    numeric: frozenset[str] = frozenset()
    coded: Mapping[str, Counts] = field(default_factory=dict)
    head: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeFacts:
    """An endpoint as it is read, counted anew.

    Attributes:
        curve: Kaplan-Meier of everybody, as one group named `all`; None where nobody has the outcome.
        ticks: Months of the time axis.
        median_follow_up: In months, by the reverse Kaplan-Meier estimate; None where it is not reached.
    """

    endpoint: Endpoint
    curve: GroupCurve | None = None
    ticks: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    median_follow_up: float | None = None
