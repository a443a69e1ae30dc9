"""The case list as columns and masks, so that ten thousand cases are filtered and sorted at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality, State
from survgui.cases.prediction import GROUPS
from survgui.figures.words import ordinal
from survgui.ui.cases.marks import Found, in_words
from survgui.ui.widgets.table import Column, searched_texts
from survgui.workspace import CaseRecord

ID, SUBJECT, MODALITIES, MODEL, RISK, CHANGED = range(6)
"""Columns."""
MARKS = 234, 430
"""px of the modalities' column: four marks, and as many as there are"""
NOT_PREDICTED, GONE, STALE = "not predicted", "file missing", "out of date"
"""Filters beside the risk groups and the modalities."""

_HERE = (State.MEASURED, State.UNUSED, State.UNUSABLE, "given")
"""states of a modality that was given"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filter chips say.

    Attributes:
        modalities: All of these were given.
        groups: Any of these: risk groups and `NOT_PREDICTED`; empty for all.
        gone: Only cases of which a file is missing.
        stale: Only cases whose prediction is out of date.
    """

    modalities: frozenset[Modality] = frozenset()
    groups: frozenset[str] = frozenset()
    gone: bool = False
    stale: bool = False

    @property
    def anything(self) -> bool:
        """Whether something is filtered at all."""
        return bool(self.modalities or self.groups or self.gone or self.stale)


class Listing:
    """All cases, with an array for everything that is filtered by."""

    def __init__(self, records: Sequence[CaseRecord]) -> None:
        self.records = tuple(records)
        self._given = {m: np.array([_given(r, m) for r in records], dtype=bool) for m in Modality}
        self._group = np.array([r.risk_group or NOT_PREDICTED for r in records], dtype=object)
        self._gone = np.array([bool(r.missing) for r in records], dtype=bool)
        self._stale = np.array([bool(r.stale) for r in records], dtype=bool)

    def __len__(self) -> int:
        return len(self.records)

    def counts(self) -> dict[str, int]:
        """How many cases each filter would leave; those of none are left out."""
        found: dict[str, int] = {str(m): int(given.sum()) for m, given in self._given.items()}
        found |= {group: int((self._group == group).sum()) for group in (*GROUPS, NOT_PREDICTED)}
        found |= {GONE: int(self._gone.sum()), STALE: int(self._stale.sum())}
        return {name: number for name, number in found.items() if number}

    def mask(self, wanted: Wanted) -> NDArray[np.bool_] | None:
        """(n,) True where a case is to be shown; None for all of them."""
        if not wanted.anything:
            return None
        shown = np.ones(len(self), dtype=bool)
        for modality in wanted.modalities:
            shown &= self._given[modality]
        if wanted.groups:
            shown &= np.isin(self._group.astype(str), list(wanted.groups))
        for asked, which in ((wanted.gone, self._gone), (wanted.stale, self._stale)):
            shown &= which if asked else True
        return shown

    @cached_property
    def texts(self) -> list[str]:
        """What is searched, for each case."""
        return searched_texts(self.columns)

    @cached_property
    def columns(self) -> list[Column]:
        """The table's columns; chips and badges are painted by a delegate from the records."""
        records = self.records
        words = cache(in_words_of)
        percentiles = np.array([np.nan if r.percentile is None else r.percentile for r in records], dtype=float)
        amounts = np.sum(list(self._given.values()), axis=0).astype(float)
        return [
            Column("Case", [r.id for r in records], width=132, tip="The patient's id; for the screen only"),
            Column("Patient", [r.subject for r in records], width=0),
            Column(
                "Modalities",
                [words(tuple(r.modalities.items())) for r in records],
                width=MARKS[0],
                order=amounts,
                tip="Filled: measured. Hatched: imputed. Hollow: absent. Crossed out: given, but not used",
            ),
            Column("Model", [r.bundle for r in records], width=160),
            Column("Risk", percentiles, width=170, format=_rank, searched=False, tip="Group by the model's thresholds"),
            Column("Changed", [r.updated for r in records], width=100, format=day, searched=False),
        ]


def in_words_of(modalities: tuple[tuple[Modality, Found], ...]) -> str:
    """As `marks.in_words`, of something that a cache can hold."""
    return in_words(dict(modalities))


def day(iso: str) -> str:
    """A time as it is read: `21:26` today, else `21 Nov 2026`; local time."""
    try:
        when = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return ""
    today = datetime.now().astimezone().date()
    return f"today {when:%H:%M}" if when.date() == today else f"{when.day} {when:%b %Y}"


def _given(record: CaseRecord, modality: Modality) -> bool:
    return modality in record.details or record.modalities.get(modality) in _HERE


def _rank(percentile: float) -> str:
    return "" if np.isnan(percentile) else f"{ordinal(percentile)} pct"
