"""An evaluation as figures take it, and what each of their parts says when it is pointed at."""

from __future__ import annotations

import numpy as np

from survgui.cases.case import Modality
from survgui.cases.evaluation import COMPLETE, COX, MODELS, NATURAL, Evaluation, Pattern
from survgui.figures.heat_map import HeatMap, three
from survgui.figures.methods import MethodRow, change_text
from survgui.figures.words import count, listed, plural, short
from survgui.ui.results import method_title

HEADS = {
    "must-paper": "MUST, paper",
    "must-meanfill": "MUST, mean fill",
    "must-knn": "MUST, k-NN fill",
    "imputmae-scratch": "impuTMAE, scratch",
    "cox-specialist": "Cox, per pattern",
    "cox-all": "Cox, all",
    "cox-rna-clinical": "Cox, RNA + clin.",
    "mask-only": "mask, only",
    "rsf": "Forest",
}
"""Names over narrow columns, where the whole title is too long; two lines where there is a comma."""
FOLDS = "mean ± s.d. over folds"


def own(method: str) -> bool:
    """Whether a method is a form of the model, and no reference."""
    return method.startswith(MODELS)


def heat_map(evaluation: Evaluation) -> HeatMap | None:
    """C-index by availability pattern; None where no pattern was tested."""
    methods, patterns = evaluation.beside, evaluation.patterns
    if not patterns:
        return None
    values = [[_number(evaluation.cell(m, p).c_index) for m in methods] for p in patterns]
    return HeatMap(
        modalities=tuple(_short(name) for name in evaluation.modalities),
        given=np.array([[name in p for name in evaluation.modalities] for p in patterns]),
        methods=tuple(HEADS.get(m, method_title(m)) for m in methods),
        own=sum(own(m) for m in methods),
        values=np.array(values),
        patients=np.array([_number(_patients(evaluation, methods, p)) for p in patterns]),
        oracle=np.array([_number(evaluation.oracle.get(p)) for p in patterns]),
    )


def method_rows(evaluation: Evaluation) -> tuple[MethodRow, ...]:
    """One row a method on what patients naturally have; what was asked for and has no figure says why."""
    made = []
    for method in evaluation.methods:
        natural, complete = evaluation.cell(method, NATURAL), evaluation.cell(method, COMPLETE)
        asked = any((method, pattern) in evaluation.cells for pattern in (NATURAL, COMPLETE))
        if not asked and method not in COX:
            continue  # it was tested on patterns alone, which the heat map shows
        made.append(
            MethodRow(
                name=method_title(method),
                own=own(method),
                c_index=natural.c_index,
                deviation=natural.deviation,
                complete=complete.c_index,
                cs=natural.cs,
                ibs=natural.ibs,
                oracle_share=natural.oracle_share,
                change=_change(evaluation, method),
                against=method_title(evaluation.own),
                note=natural.reason or evaluation.notes.get(method, ""),
            )
        )
    return tuple(made)


def row_tip(row: MethodRow) -> str:
    """What a method's row says: its figures in words, and its note in full."""
    if row.c_index is None:
        return f"{row.name}: {row.note or 'no figure'}"
    said = f"{row.name}: C-index {three(row.c_index)}"
    said += "" if row.deviation is None else f" ± {three(row.deviation)} ({FOLDS})"
    if row.change is not None and row.change[1] is not None:
        said += f"\n{change_text(row.change)} to {row.against}, paired by fold, ± standard error"
    return said + (f"\n{row.note}" if row.note else "")


def cell_tip(evaluation: Evaluation, row: int, column: int) -> str:
    """What a cell of the heat map says; column -1 is what was given."""
    methods, pattern = evaluation.beside, evaluation.patterns[row]
    if column < 0:
        return _given(evaluation, pattern)
    method = methods[column]
    cell = evaluation.cell(method, pattern)
    head = f"{method_title(method)}, given {names(pattern)}"
    if cell.c_index is None:
        return f"{head}\nno figure: {cell.reason or 'it was not said why'}"
    lines = [head, f"C-index {three(cell.c_index)}"]
    if cell.deviation is not None:
        lines[1] += f" ± {three(cell.deviation)} (s.d. over {plural(cell.folds, 'fold')})"
    patients = cell.patients if cell.patients is not None else _patients(evaluation, methods, pattern)
    lines[1] += "" if patients is None else f" · n = {count(patients)}"
    difference = evaluation.difference(method, pattern)
    if difference is not None:
        change = change_text((difference.c_index, difference.standard_error))
        lines.append(f"{change} to {method_title(evaluation.own)}, paired ± s.e.")
    if cell.oracle_share is not None:
        lines.append(f"{three(cell.oracle_share)} of the oracle's")
    if method in evaluation.best(pattern, methods):
        lines.append("the best of this row")
    return "\n".join(lines)


def head_tip(evaluation: Evaluation, column: int) -> str:
    """A method's whole name and its note."""
    method = evaluation.beside[column]
    note = evaluation.notes.get(method, "")
    return method_title(method) + (f"\n{note}" if note else "")


def headline(evaluation: Evaluation) -> str:
    """Cohort, patients, deaths, folds and seeds in one line."""
    parts = [evaluation.cohort]
    if evaluation.patients is not None:
        parts.append(plural(evaluation.patients, "patient"))
    if evaluation.events is not None:
        parts.append(plural(evaluation.events, "death"))
    if evaluation.folds:
        parts.append(plural(evaluation.folds, "fold"))
    if evaluation.seeds:
        parts.append(plural(evaluation.seeds, "seed"))
    return " · ".join(parts)


def names(pattern: Pattern) -> str:
    """`Clinical, RNA and CNV`."""
    return listed([_short(name) for name in pattern])


def verdict(evaluation: Evaluation) -> str:
    """How often the model is the best of a pattern, and how often a Cox row is; ties count for both."""
    methods, patterns = evaluation.beside, evaluation.patterns
    tested = [p for p in patterns if any(own(m) and evaluation.cell(m, p).c_index is not None for m in methods)]
    both = [p for p in tested if any(m in COX and evaluation.cell(m, p).c_index is not None for m in methods)]
    if not both:
        return ""
    best = [evaluation.best(p, methods) for p in both]
    models = [model for model in MODELS if any(m.startswith(model) for m in methods)]
    said = [f"{method_title(model)} {sum(any(m.startswith(model) for m in b) for b in best)}" for model in models]
    said.append(f"Cox {sum(any(m in COX for m in b) for b in best)}")
    return f"best of the row: {', '.join(said)} of {plural(len(both), 'pattern')}"


def _given(evaluation: Evaluation, pattern: Pattern) -> str:
    left = [name for name in evaluation.modalities if name not in pattern]
    hidden = f"\nhidden: {names(tuple(left))}" if left else ""
    return f"given: {names(pattern)}{hidden}\nTested on the patients who have all of it, with the rest hidden."


def _change(evaluation: Evaluation, method: str) -> tuple[float, float | None] | None:
    """The paired difference to the model; without one the difference of the means, which has no standard error."""
    paired = evaluation.difference(method)
    if paired is not None:
        return paired.c_index, paired.standard_error
    mine, other = evaluation.cell(evaluation.own, NATURAL).c_index, evaluation.cell(method, NATURAL).c_index
    return None if method == evaluation.own or mine is None or other is None else (other - mine, None)


def _patients(evaluation: Evaluation, methods: tuple[str, ...], pattern: Pattern) -> int | None:
    """Test patients of a pattern; the same for every method that could predict all of them."""
    found = [n for m in methods if (n := evaluation.cell(m, pattern).patients) is not None]
    return max(found, default=None)


def _short(name: str) -> str:
    return short(Modality(name)) if name in set(Modality) else name


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
