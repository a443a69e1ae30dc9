"""What reading a cohort has found beside its patients: whether missing tests carry risk, and whether folds leak."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from survgui.cases.case import Modality
from survgui.cases.cohort import Note, Split
from survgui.cases.display import CohortFacts

MASK_RISK = 0.6
"""C-index of the availability mask alone from which missingness is said to carry risk (our choice)."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Whether having a modality goes with the outcome.

    Attributes:
        having, missing: Patients with a known outcome who have it and who do not; `events` of each.
        ratio: Hazard of those without it over that of those with it; above 1: those without die earlier. None where
            it cannot be estimated, as where everybody has it.
        low, high: Its 95 % interval.
    """

    modality: Modality
    having: int
    having_events: int
    missing: int
    missing_events: int
    ratio: float | None = None
    low: float = 0.0
    high: float = 0.0
    p: float = 1.0

    @property
    def carries(self) -> bool:
        """Whether the interval leaves 1 out."""
        return self.ratio is not None and not self.low <= 1.0 <= self.high


@dataclass(frozen=True, slots=True)
class Fold:
    """One fold in numbers; sites are 0 where ids do not say them.

    Attributes:
        measured: How many of those that it tests on have each modality.
    """

    fold: int
    train: int
    train_events: int
    test: int
    test_events: int
    sites: int = 0
    measured: Mapping[Modality, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Twins:
    """Patients whose measurements of a modality are the same to the last bit: copies, or one patient twice.

    Attributes:
        parted: Whether they are on both sides of a fold, where what was learnt of one is tested on the other.
    """

    modality: Modality
    patients: tuple[str, ...]
    what: str
    parted: bool


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """A cohort as it was read, judged.

    Attributes:
        folds: The fixed ones, or those that are drawn where none are; `fixed` says which.
        digest: SHA-256 of the folds.
        sites: How many sites the ids name; 0 where they do not.
    """

    facts: CohortFacts
    carried: tuple[Carried, ...] = ()
    folds: tuple[Fold, ...] = ()
    fixed: bool = False
    digest: str = ""
    sites: int = 0
    twins: tuple[Twins, ...] = ()

    @property
    def known(self) -> int:
        """Patients whose outcome is known."""
        return int(np.isfinite(self.facts.months).sum())

    @property
    def events(self) -> int:
        """How many of them had the event."""
        return int(self.facts.events.sum())

    def with_mask(self, c_index: float | None) -> Review:
        """With the C-index of a model that sees only which modalities a patient has."""
        return replace(self, facts=replace(self.facts, mask_c_index=c_index))

    def warnings(self) -> tuple[Note, ...]:
        """What of it a user should know before training."""
        c_index = self.facts.mask_c_index
        mask = [_mask(c_index)] if c_index is not None and c_index >= MASK_RISK else []
        notes = [_carries(row) for row in self.carried if row.carries]
        return (*mask, *notes, *(_twins(found) for found in self.twins))


def as_json(review: Review) -> dict[str, Any]:
    """What the review adds to what `survgui cohort check` writes of a cohort."""
    return {
        "missingness": {
            str(row.modality): {
                "having": row.having,
                "having_events": row.having_events,
                "missing": row.missing,
                "missing_events": row.missing_events,
                "hazard_ratio_without": row.ratio,
                "ci95": None if row.ratio is None else [row.low, row.high],
            }
            for row in review.carried
        },
        "mask_c_index": review.facts.mask_c_index,
        "splits": {
            "fixed": review.fixed,
            "sha256": review.digest,
            "sites": review.sites,
            "folds": [
                {
                    "fold": f.fold,
                    "train": f.train,
                    "train_events": f.train_events,
                    "test": f.test,
                    "test_events": f.test_events,
                    "test_measured": {str(modality): n for modality, n in f.measured.items()},
                }
                for f in review.folds
            ],
        },
        "twins": [
            {"modality": str(t.modality), "patients": len(t.patients), "what": t.what, "parted": t.parted}
            for t in review.twins
        ],
    }


def folds_digest(splits: Sequence[Split]) -> str:
    """SHA-256 of who trains and who tests in each fold, whatever the order of the patients."""
    found = hashlib.sha256()
    for split in splits:
        found.update(repr((split.fold, sorted(split.train), sorted(split.test))).encode())
    return found.hexdigest()


def _mask(c_index: float) -> Note:
    text = (
        f"which modalities a patient has predicts the outcome by itself (C-index {c_index:.2f}): missingness carries "
        "risk; hold every result against the mask-only row, and do not judge imputation by the outcome alone"
    )
    return Note("warning", "COH-12", text)


def _carries(row: Carried) -> Note:
    worse = row.ratio is not None and row.ratio > 1.0
    text = (
        f"patients without {row.modality.title} die {'earlier' if worse else 'later'}: hazard ratio {row.ratio:.2f} "
        f"(95 % CI {row.low:.2f} to {row.high:.2f}; n = {row.missing} without, {row.having} with); hold every result "
        "against the mask-only row"
    )
    return Note("warning", "COH-12", text)


def _twins(found: Twins) -> Note:
    names = ", ".join(found.patients[:3]) + (" ..." if len(found.patients) > 3 else "")
    where = "on both sides of a fold" if found.parted else "on one side of every fold"
    text = (
        f"{found.modality.title}: {len(found.patients)} patients have {found.what} ({names}), {where}; are they one "
        "patient, or was a file copied? Correct the ids, or leave one out"
    )
    return Note("warning" if found.parted else "info", "COH-16", text)
