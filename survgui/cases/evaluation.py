"""A comparison of methods as it is shown: who was tested on what, how well, and how far each is from the model.

The numbers are those that `survgui evaluate --json` writes (contracts.md, "Result files") and that a bundle's
manifest keeps of them; nothing is computed anew here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survgui.cases.bundle import Manifest
from survgui.cases.case import Modality
from survgui.errors import ReadError

if TYPE_CHECKING:
    from survgui.cases.study import StudyResult

Pattern = tuple[str, ...]
NATURAL: Pattern = ("natural",)
COMPLETE: Pattern = ("complete",)
MODELS = ("must", "imputmae")
"""What is trained and published here; the first that was evaluated is what every other method is held against."""
COX = ("cox-specialist", "cox-all", "cox-rna-clinical", "cox-clinical")
"""Stand beside every figure, also where they are better or were not computed."""
MASK = "mask-only"
ORDER = (
    *("must", "must-paper", "must-meanfill", "must-knn", "imputmae", "imputmae-scratch"),
    *(*COX, "rsf", "late-fusion", MASK),
)
"""In which methods are listed; others follow in the order in which they were evaluated."""
LARGEST = 100 * 2**20
"""bytes of an evaluation; 63 patterns of 15 methods, 5 folds and 3 seeds are 6 MB"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One method on one pattern of available modalities.

    Attributes:
        c_index, deviation: Harrell's, mean and standard deviation over folds; higher is better.
        cs: (C + 1 - IBS) / 2, higher is better.
        ibs: Integrated Brier score, lower is better.
        patients: Test patients over all folds, or None where the file does not say.
        oracle_share: C-index over that of the true risk; of simulated patients alone.
        reason: Why there is no figure, or empty.
    """

    c_index: float | None = None
    deviation: float | None = None
    cs: float | None = None
    ibs: float | None = None
    folds: int = 0
    patients: int | None = None
    oracle_share: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """C-index of a method less that of a reference, paired by fold, with its standard error."""

    c_index: float
    standard_error: float | None = None


@dataclass(frozen=True)
class Evaluation:
    """Methods beside each other on one cohort's folds.

    Attributes:
        cohort: Its name.
        patients, events: Patients with an outcome, and deaths among them; None where it is not said.
        folds, seeds: Of the protocol; 0 where it is not said.
        cells: (method, pattern) -> figures.
        differences: (method, reference, pattern) -> difference.
        notes: Method -> what it cannot do here.
        remarks: What is said of the whole.
        oracle: Pattern -> C-index of the true risk; of simulated patients alone.
        hidden: What was hidden of the measured modalities before anything was learned, in words, or empty.
    """

    cohort: str
    cells: Mapping[tuple[str, Pattern], Cell]
    patients: int | None = None
    events: int | None = None
    folds: int = 0
    seeds: int = 0
    differences: Mapping[tuple[str, str, Pattern], Difference] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    oracle: Mapping[Pattern, float] = field(default_factory=dict)
    hidden: str = ""

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """All methods, the model's own forms first, then the references, then the rest; the Cox rows always."""
        found = dict.fromkeys(method for method, _ in self.cells)
        listed = [m for m in ORDER if m in found or m in COX]
        return (*listed, *(m for m in found if m not in ORDER))

    @cached_property
    def beside(self) -> tuple[str, ...]:
        """Methods with a figure where something lacks, and the Cox rows in any case.

        Of patients who all have the same pattern the mask tells nothing, so its row is left out.
        """
        lacking = [pattern for pattern in self.patterns if pattern != self.modalities]
        able = {m for m in self.methods if any(self.cell(m, p).c_index is not None for p in lacking)}
        return tuple(m for m in self.methods if (m in able and m != MASK) or m in COX)

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """Availability patterns that were tested, the fullest first, then as modalities are ordered."""
        found = {pattern for _, pattern in self.cells if pattern not in (NATURAL, COMPLETE)}
        sizes = {len(pattern) for pattern in found}
        if found and len(self.modalities) not in sizes and any(pattern == COMPLETE for _, pattern in self.cells):
            found.add(self.modalities)
        return tuple(sorted(found, key=lambda pattern: (-len(pattern), sorted(map(_place, pattern)))))

    @cached_property
    def modalities(self) -> tuple[str, ...]:
        """Every modality that a pattern names, in their usual order."""
        named = {name for _, pattern in self.cells if pattern not in (NATURAL, COMPLETE) for name in pattern}
        return tuple(sorted(named, key=_place))

    def cell(self, method: str, pattern: Pattern) -> Cell:
        """Figures of a method on a pattern; without any where it was not evaluated.

        With every modality given the patients are those of `complete`, under whichever name they were tested.
        """
        found = self.cells.get((method, pattern))
        if found is None and pattern == self.modalities:
            found = self.cells.get((method, COMPLETE))
        return found or Cell(reason="not evaluated")

    @cached_property
    def own(self) -> str:
        """The model that every other method is held against."""
        return next((m for m in MODELS if m in self.methods), MODELS[0])

    def difference(self, method: str, pattern: Pattern = NATURAL) -> Difference | None:
        """The paired difference to the model, or None where it is not known."""
        return self.differences.get((method, self.own, pattern))

    def best(self, pattern: Pattern, methods: Iterable[str] | None = None) -> frozenset[str]:
        """The methods with the highest C-index of a pattern, as far as three decimals tell; Cox rows among them.

        Nobody is the best alone.
        """
        found = {m: self.cell(m, pattern).c_index for m in (self.methods if methods is None else methods)}
        known = {m: round(c, 3) for m, c in found.items() if c is not None}
        if len(known) < 2:
            return frozenset()
        return frozenset(m for m, c in known.items() if c == max(known.values()))


@dataclass(frozen=True, slots=True)
class Opened:
    """An evaluation or a study, and the file that it was read from."""

    file: Path
    evaluation: Evaluation | StudyResult


def of_manifest(manifest: Manifest) -> Evaluation | None:
    """What a bundle's manifest holds of evaluations; where several have a figure, the one made last counts.

    Its own cross-validation (`metrics`) is taken for patterns that no evaluation has, so that methods of one pattern
    always come from the same folds. None where there is nothing.
    """
    cohort = manifest.development.cohort
    later = [_evaluation(content, cohort) for content in getattr(manifest, "evaluations", ())]
    merged = _evaluation({"summary": manifest.metrics}, cohort)
    known = {pattern for part in later for _, pattern in part.cells}
    merged = replace(merged, cells={key: cell for key, cell in merged.cells.items() if key[1] not in known})
    for part in later:
        merged = _merged(merged, part)
    if not merged.cells:
        return None
    d = manifest.development
    return replace(merged, patients=merged.patients or d.patients, events=merged.events or d.events)


def read_evaluation(file: Path) -> Evaluation:
    """Read what `survgui evaluate --json` has written.

    Raises:
        ReadError: It cannot be read, or is something else.
    """
    return evaluation_of(load_result(file), file)


def load_result(file: Path) -> Mapping[str, Any]:
    """The object of a result file that has a summary.

    Raises:
        ReadError: It cannot be read, or is something else.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise ReadError(file, f"an evaluation is never larger than {LARGEST // 2**20} MB", "EVA-01")
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ReadError(file, "the file is no longer there; open the evaluation anew", "EVA-02") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ReadError(file, "it is not readable as JSON; choose what `evaluate --json` wrote", "EVA-03") from error
    if not isinstance(content, dict) or not isinstance(content.get("summary"), list):
        raise ReadError(
            file, "it holds no evaluation; take a file that survgui evaluate --json or survgui study --json wrote",
            "EVA-04",
        )  # fmt: skip
    return content


def evaluation_of(content: Mapping[str, Any], file: Path) -> Evaluation:
    """The evaluation of a result file.

    Raises:
        ReadError: It lacks something.
    """
    try:
        return _evaluation(content, str(content["cohort"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadError(file, "the evaluation is not complete; make it anew", "EVA-05") from error


HIDDEN = {
    "mcar": "at random",
    "mar": "by what was observed",
    "mnar": "by the risk",
    "site": "by whole sites",
}
"""How measured modalities were hidden before anything was learned (`evaluate --missing`), in words."""


def hidden_text(protocol: Mapping[str, Any]) -> str:
    """`30 % hidden by the risk (mnar): clinical 210 of 300 left, rna 190 of 280`; empty where nothing was."""
    missing = protocol.get("missing")
    if not isinstance(missing, Mapping):
        return ""
    mechanism, rate = str(missing.get("mechanism")), number(missing.get("rate"))
    share = "some" if rate is None else f"{100 * rate:.0f} %"
    counts = missing.get("measured") or {}, missing.get("left") or {}
    left = [f"{name} {counts[1].get(name, 0)} of {n}" for name, n in counts[0].items()]
    said = f"{share} hidden {HIDDEN.get(mechanism, '')} ({mechanism})".replace("  ", " ")
    return said + (f", left: {', '.join(left)}" if left else "")


def mismatches(evaluation: Evaluation | StudyResult, cohort: str, patients: int) -> tuple[str, ...]:
    """Why an evaluation may not be of a cohort: another name, another number of patients with an outcome."""
    said = []
    if evaluation.cohort != cohort:
        said.append(f"The evaluation is of {evaluation.cohort}; the open cohort is {cohort}.")
    if evaluation.patients is not None and evaluation.patients != patients:
        said.append(
            f"The evaluation has {evaluation.patients} patients with an outcome; the open cohort has {patients}."
        )
    return tuple(said)


def _evaluation(content: Mapping[str, Any], cohort: str) -> Evaluation:
    protocol = content.get("protocol") or {}
    tested = _tested(content.get("rows") or ())
    summary = [row for row in content["summary"] if isinstance(row, Mapping)]
    cells = {(str(row["method"]), pattern_of(row)): _cell(row, tested) for row in summary}
    oracle = {pattern_of(row): c for row in summary if (c := number(row.get("oracle_c"))) is not None}
    notes = content.get("notes") or {}
    return Evaluation(
        cohort=cohort,
        cells=cells,
        patients=whole(protocol.get("patients")),
        events=whole(protocol.get("events")),
        folds=whole(protocol.get("folds")) or max((cell.folds for cell in cells.values()), default=0),
        seeds=whole(protocol.get("seeds")) or 0,
        differences=_differences(content.get("differences") or ()),
        notes={str(m): str(note) for m, note in notes.items() if note} if isinstance(notes, Mapping) else {},
        remarks=() if isinstance(notes, Mapping | str) else tuple(str(note) for note in notes),
        oracle=oracle,
        hidden=hidden_text(protocol),
    )


def _cell(row: Mapping[str, Any], tested: Mapping[tuple[str, Pattern], int]) -> Cell:
    own = str(row["method"]), pattern_of(row)
    patients = whole(row.get("n"))
    return Cell(
        c_index=number(row.get("c_index")),
        deviation=number(row.get("c_index_sd")),
        cs=number(row.get("cs")),
        ibs=number(row.get("ibs")),
        folds=whole(row.get("n_folds")) or 0,
        patients=tested.get(own) if patients is None else patients,
        oracle_share=number(row.get("c_over_oracle")),
        reason=str(row.get("reason") or ""),
    )


def _tested(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, Pattern], int]:
    """Test patients of each method and pattern, every fold counted once whatever the number of seeds."""
    folds: dict[tuple[str, Pattern], dict[object, int]] = {}
    for row in rows:
        n = whole(row.get("n"))
        if n is not None:
            folds.setdefault((str(row["method"]), pattern_of(row)), {})[row.get("fold")] = n
    return {key: sum(counts.values()) for key, counts in folds.items()}


def _differences(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, Pattern], Difference]:
    found = {}
    for row in rows:
        change = number(row.get("c_index"))
        if change is not None:
            key = str(row["method"]), str(row["reference"]), pattern_of(row)
            found[key] = Difference(change, number(row.get("standard_error")))
    return found


def _merged(first: Evaluation, then: Evaluation) -> Evaluation:
    """Both; a cell with a figure is replaced by a later one with a figure, and a difference goes with its cells."""
    cells = dict(first.cells)
    for key, cell in then.cells.items():
        if cell.c_index is not None or cells.get(key, Cell()).c_index is None:
            cells[key] = cell
    return replace(
        first,
        cells=cells,
        patients=then.patients or first.patients,
        events=then.events or first.events,
        folds=then.folds or first.folds,
        seeds=max(first.seeds, then.seeds),
        differences={**first.differences, **then.differences},
        notes={**first.notes, **then.notes},
        remarks=tuple(dict.fromkeys((*first.remarks, *then.remarks))),
        oracle={**first.oracle, **then.oracle},
    )


def _place(name: str) -> int:
    order = [str(modality) for modality in Modality]
    return order.index(name) if name in order else len(order)


def pattern_of(row: Mapping[str, Any]) -> Pattern:
    """What was given, of a row, in the usual order."""
    given = row["pattern"]
    names = given.split("+") if isinstance(given, str) else [str(name) for name in given]
    return tuple(sorted(names, key=_place))


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def whole(value: object) -> int | None:
    """A whole number, or None."""
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None
