"""What of a report its author may leave out, and what stays whatever is chosen."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Section(StrEnum):
    """A part of the report that can be switched off."""

    CURVE = "curve"
    CONTRIBUTIONS = "contributions"
    SENSITIVITY = "sensitivity"
    ATTENTION = "attention"
    MRI = "mri"
    GENES = "genes"
    IMPUTED = "imputed"
    CHECKS = "checks"
    COHORT = "cohort"
    CARD = "card"
    SIGN_OFF = "sign_off"
    AUDIT = "audit"

    @property
    def title(self) -> str:  # type: ignore[override]  # str.title is not meant on a section
        """Its heading in the report."""
        return _TITLES[self]


_TITLES = {
    Section.CURVE: "Survival over time",
    Section.CONTRIBUTIONS: "Contributions",
    Section.SENSITIVITY: "What would change this",
    Section.ATTENTION: "Where the model looked",
    Section.MRI: "MRI",
    Section.GENES: "Measured features that stand out",
    Section.IMPUTED: "Imputed modalities",
    Section.CHECKS: "Inputs and checks",
    Section.COHORT: "Development cohort",
    Section.CARD: "Model card",
    Section.SIGN_OFF: "Sign-off",
    Section.AUDIT: "Audit trail",
}

Sections = Collection[Section]
ALL: frozenset[Section] = frozenset(Section)

ALWAYS = ("Research-use notice", "Case and report id", "Result", "Inputs", "Model", "Warnings and limits")
"""What no choice leaves out: a number is not to be read without whose it is, what it rests on, how far it reaches."""
