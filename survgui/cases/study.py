"""A study as it is shown: what each value of a setting, or each mechanism of missingness, came to.

The numbers are those that `survgui study --json` writes (contracts.md, "Result files"); nothing is computed anew here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from survgui.cases.evaluation import (
    HIDDEN,
    Difference,
    Evaluation,
    Pattern,
    evaluation_of,
    load_result,
    number,
    pattern_of,
    whole,
)
from survgui.errors import ReadError

MISSING = "missing"
"""the setting of a study of missingness"""
AS_MEASURED = "none"


@dataclass(frozen=True, slots=True)
class StudyRow:
    """One method at one value, on one pattern of available modalities.

    Attributes:
        c_index, deviation: Harrell's, mean and s.d. over folds; higher is better.
        cs, binned: (C + 1 - IBS) / 2 in continuous time, and on 20 equidistant cuts as DRIM; higher is better.
        change: C-index less that of the default value, paired by fold.
        errors: Of each modality, hidden from patients who have it and reconstructed: squared error over that of the
            mean; lower is better, 1 is the mean's.
        reason: Why there is no figure, or what a fold lacks, or empty.
    """

    value: str
    method: str
    pattern: Pattern
    c_index: float | None = None
    deviation: float | None = None
    cs: float | None = None
    binned: float | None = None
    folds: int = 0
    patients: int | None = None
    change: Difference | None = None
    errors: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class StudyResult:
    """A study of one cohort.

    Attributes:
        name: `mask-ratio`, `width` or `missingness`.
        setting: The field of the configuration that was varied, or `MISSING`.
        default: The value that every other is held against.
        references: Method -> C-index of what no value changes; None where it could not be computed.
        ridge: Modality -> error of a ridge regression in the place of the network, as `StudyRow.errors`.
        rate: Share hidden, of a study of missingness.
        remarks: What is said of the whole.
    """

    name: str
    cohort: str
    setting: str
    default: str
    rows: tuple[StudyRow, ...]
    references: Mapping[str, float | None] = field(default_factory=dict)
    ridge: Mapping[str, float] = field(default_factory=dict)
    patients: int | None = None
    events: int | None = None
    folds: int = 0
    seeds: int = 0
    rate: float | None = None
    remarks: tuple[str, ...] = ()

    @cached_property
    def values(self) -> tuple[str, ...]:
        """In the order in which they were tried."""
        return tuple(dict.fromkeys(row.value for row in self.rows))

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """That were tested."""
        return tuple(dict.fromkeys(row.pattern for row in self.rows))

    @cached_property
    def first(self) -> tuple[StudyRow, ...]:
        """The rows of the pattern that figures show: the first that was asked for."""
        return tuple(row for row in self.rows if row.pattern == self.patterns[0])

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """Those that were reconstructed."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.errors))

    @property
    def of_setting(self) -> bool:
        """Whether the values are numbers of a setting, and no mechanisms."""
        return self.setting != MISSING

    def place(self, value: str) -> float:
        """Where a value stands on an axis: widths by their logarithm, for each is the double of the last."""
        found = float(value)
        return math.log2(found) if self.setting == "width" else found

    def said(self, value: str) -> str:
        """A value in words: `0.5`, `by the risk (mnar)`, `as measured`."""
        if value == AS_MEASURED:
            return "as measured"
        return f"{HIDDEN[value]} ({value})" if value in HIDDEN else value


def read_result(file: Path) -> Evaluation | StudyResult:
    """Read what `survgui evaluate --json` or `survgui study --json` has written.

    Raises:
        ReadError: It cannot be read, or is something else.
    """
    content = load_result(file)
    if "study" not in content:
        return evaluation_of(content, file)
    try:
        return _study(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadError(file, "the study is not complete; make it anew", "EVA-06") from error


def _study(content: Mapping[str, Any]) -> StudyResult:
    protocol = content["protocol"]
    rows = tuple(_row(row) for row in content["summary"])
    made = StudyResult(
        name=str(content["study"]),
        cohort=str(content["cohort"]),
        setting=str(protocol["setting"]),
        default=str(protocol["default"]),
        rows=rows,
        references={str(m): number(c) for m, c in content["reference"].items()},
        ridge=_numbers(content.get("reference_reconstruction") or {}),
        patients=whole(protocol.get("patients")),
        events=whole(protocol.get("events")),
        folds=whole(protocol.get("folds")) or max((row.folds for row in rows), default=0),
        seeds=whole(protocol.get("seeds")) or 0,
        rate=number(protocol.get("rate")),
        remarks=tuple(str(remark) for remark in content.get("remarks") or ()),
    )
    if made.of_setting:
        for value in made.values:
            made.place(value)
    return made


def _row(row: Mapping[str, Any]) -> StudyRow:
    gap = row.get("difference") or {}
    change = number(gap.get("c_index"))
    return StudyRow(
        value=str(row["value"]),
        method=str(row["method"]),
        pattern=pattern_of(row),
        c_index=number(row.get("c_index")),
        deviation=number(row.get("c_index_sd")),
        cs=number(row.get("cs")),
        binned=number(row.get("cs_binned")),
        folds=whole(row.get("n_folds")) or 0,
        patients=whole(row.get("n")),
        change=None if change is None else Difference(change, number(gap.get("standard_error"))),
        errors=_numbers(row.get("reconstruction") or {}),
        reason=str(row.get("reason") or ""),
    )


def _numbers(content: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): value for name, content_ in content.items() if (value := number(content_)) is not None}
