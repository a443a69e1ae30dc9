"""What a study varies: one setting of impuTMAE, or the mechanism by which modalities are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from survgui.cases.cohort import Cohort
from survgui.engine.evaluation.missingness import MECHANISMS, impose, imposed
from survgui.engine.methods.contract import Options
from survgui.errors import UsageError

Value = float | int | str

AS_MEASURED = "none"
"""the value of a missingness study that hides nothing"""
RATE = 0.3
REFERENCES = ("cox-clinical", "cox-all", "mask-only")
"""Stand beside every value of a setting; they do not depend on it."""


@dataclass(frozen=True, slots=True)
class Study:
    """A question.

    Attributes:
        varied: What the values are of, as it is read.
        values: That are tried where none are asked for.
        read: A value from a word; raises ValueError.
        methods: That are fitted for every value.
        references: That are fitted once.
        setting: The field of `ImputmaeConfig` that is varied; empty where it is the cohort.
    """

    name: str
    varied: str
    values: tuple[Value, ...]
    read: Callable[[str], Value]
    methods: tuple[str, ...] = ("imputmae",)
    references: tuple[str, ...] = REFERENCES
    setting: str = ""

    def read_values(self, words: Sequence[str]) -> tuple[Value, ...]:
        """The values that were asked for, each once; without any those of the study.

        Raises:
            UsageError: What is no value.
        """
        try:
            return tuple(dict.fromkeys(self.read(word) for word in words)) or self.values
        except ValueError:
            there = ", ".join(map(str, self.values))
            raise UsageError(f"--values of {self.name} are such as {there}, not {', '.join(words)}") from None

    def default(self, options: Options) -> Value:
        """The value that is taken where nobody studies it: every other is held against it."""
        found: Value = getattr(options.imputmae, self.setting) if self.setting else AS_MEASURED
        return found


def _mechanism(word: str) -> str:
    if word not in (AS_MEASURED, *MECHANISMS):
        raise ValueError(word)
    return word


STUDIES = {
    study.name: study
    for study in (
        Study("mask-ratio", "mask ratio", (0.25, 0.4, 0.5, 0.6, 0.75, 0.9), float, setting="mask_ratio"),
        Study("width", "width", (16, 32, 64, 128, 256), int, setting="width"),
        Study(
            "missingness", "missingness", (AS_MEASURED, *MECHANISMS), _mechanism,
            methods=("imputmae", "must", "cox-all", "mask-only"), references=(),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One value of a study: the cohort and the options that it means, or why it cannot be.

    Attributes:
        missing: What was hidden of the cohort, as a protocol says it.
    """

    value: Value
    cohort: Cohort
    options: Options
    reason: str = ""
    missing: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a study.

    Attributes:
        values: Without any, the study's own.
        methods: Without any, the study's own.
        rate: Share hidden, of a missingness study.
    """

    study: Study
    values: tuple[Value, ...] = ()
    methods: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ("natural",)
    seeds: int = 1
    rate: float = RATE


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """A study that can be run: what was asked, of whom, and its arms.

    Attributes:
        cohort: The patients who can be compared.
        patterns: As rows name them.
    """

    asked: Asked
    cohort: Cohort
    options: Options
    arms: tuple[Arm, ...]
    methods: tuple[str, ...]
    patterns: tuple[tuple[str, ...], ...]

    @property
    def default(self) -> Value:
        """The value that every other is held against."""
        return self.asked.study.default(self.options)


def arms(study: Study, values: Sequence[Value], cohort: Cohort, options: Options, rate: float = RATE) -> list[Arm]:
    """One arm a value, in their order; a value that cannot be has its reason."""
    return [_arm(study, value, cohort, options, rate) for value in values]


def _arm(study: Study, value: Value, cohort: Cohort, options: Options, rate: float) -> Arm:
    try:
        if study.setting:  # a ratio of its own that a modality may have would not be the one that is studied
            alike = {"mask_ratios": ""} if study.setting == "mask_ratio" else {}
            changed = options.imputmae.changed({study.setting: value, **alike})
            return Arm(value, cohort, replace(options, imputmae=changed))
        if value == AS_MEASURED:
            return Arm(value, cohort, options)
        fewer = impose(cohort, str(value), rate)
        return Arm(value, fewer, options, missing=imposed(cohort, fewer, str(value), rate))
    except (ValueError, UsageError) as reason:
        return Arm(value, cohort, options, str(reason))
