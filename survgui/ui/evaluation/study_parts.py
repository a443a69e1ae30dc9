"""A study as figures and tables take it, and what each of their parts says when it is pointed at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality
from survgui.cases.study import StudyResult, StudyRow
from survgui.figures.heat_map import three
from survgui.figures.mechanisms import Dot, Group, Groups
from survgui.figures.methods import change_text
from survgui.figures.study import Axis, ErrorsFigure, SettingFigure
from survgui.figures.words import count, percent, plural, short
from survgui.ui.evaluation.tables import own
from survgui.ui.results import method_title
from survgui.ui.widgets.table import Column

TITLES = {"mask_ratio": "Mask ratio", "width": "Width", "missing": "Missingness"}
Vector = NDArray[np.float64]


def title(study: StudyResult) -> str:
    """What was varied, as it is read."""
    return TITLES.get(study.setting, study.setting)


def headline(study: StudyResult) -> str:
    """Cohort, patients, deaths, folds and seeds in one line."""
    parts = [study.cohort]
    parts += [plural(study.patients, "patient")] if study.patients is not None else []
    parts += [plural(study.events, "death")] if study.events is not None else []
    parts += [plural(study.folds, "fold")] if study.folds else []
    parts += [plural(study.seeds, "seed")] if study.seeds else []
    return " · ".join(parts)


def shown(study: StudyResult) -> tuple[StudyRow, ...]:
    """Rows of a setting with a figure, in the order of their values, of the method and pattern that figures show."""
    first = study.first[0].method if study.first else ""
    able = (r for r in study.first if r.method == first and r.c_index is not None)
    return tuple(sorted(able, key=lambda row: study.place(row.value)))


def axis(study: StudyResult) -> Axis:
    """The values of a setting."""
    values = [row.value for row in shown(study)]
    places = np.array([study.place(value) for value in values])
    default = values.index(study.default) if study.default in values else -1
    return Axis(title(study).lower(), tuple(values), places, default)


def setting_figure(study: StudyResult) -> SettingFigure:
    """C-index by value."""
    rows = shown(study)
    references = {method_title(m): c for m, c in study.references.items() if c is not None}
    c, deviation = _of(rows, lambda row: row.c_index), _of(rows, lambda row: row.deviation)
    return SettingFigure(axis(study), c, deviation, references)


def errors_figure(study: StudyResult) -> ErrorsFigure | None:
    """Reconstruction error by value; None where nothing was reconstructed."""
    if not study.modalities:
        return None
    rows = shown(study)
    errors = {_name(m): np.array([row.errors.get(m, np.nan) for row in rows]) for m in study.modalities}
    return ErrorsFigure(axis(study), errors, {_name(m): study.ridge[m] for m in study.modalities if m in study.ridge})


def groups(study: StudyResult) -> Groups:
    """Methods under each kind of missingness."""
    made = []
    for value in study.values:
        rows = [row for row in study.first if row.value == value]
        dots = tuple(
            Dot(
                method_title(row.method),
                own(row.method),
                row.c_index,
                row.deviation,
                None if row.change is None else (row.change.c_index, row.change.standard_error),
                row.reason,
            )
            for row in rows
        )
        reason = next((row.reason for row in rows if row.c_index is None), "")
        nothing = all(row.c_index is None for row in rows)
        made.append(Group(capital(study.said(value)), () if nothing else dots, reason if nothing else ""))
    return tuple(made)


def columns(study: StudyResult) -> list[Column]:
    """Every value, method and pattern with all figures."""
    rows = study.rows
    several = len({row.method for row in rows}) > 1
    patterns = len(study.patterns) > 1
    values = [study.said(row.value) + (" ★" if row.value == study.default else "") for row in rows]
    made = [Column(title(study), values, width=96 if study.of_setting else 216, tip="★ where nobody studies it")]
    made += [Column("Method", [method_title(row.method) for row in rows], width=150)] if several else []
    made += [Column("Given", [_given(row) for row in rows], width=150)] if patterns else []
    made += [
        Column("C-index", _of(rows, lambda row: row.c_index), "right", 74, _three, tip="Harrell's, mean over folds"),
        Column("± s.d.", _of(rows, lambda row: row.deviation), "right", 66, _three, tip="Over folds"),
        Column("Δ ★", _of(rows, lambda row: row.change.c_index if row.change else None), "right", 66, _signed,
               tip="C-index less that of ★, paired by fold"),
        Column("± s.e.", _of(rows, lambda row: row.change.standard_error if row.change else None), "right", 66, _error,
               tip="Of the paired difference"),
        Column("CS", _of(rows, lambda row: row.cs), "right", 62, _three, tip="(C + 1 − IBS) / 2, in continuous time"),
        Column("binned", _of(rows, lambda row: row.binned), "right", 66, _three, tip="CS on 20 equidistant cuts"),
    ]  # fmt: skip
    made += [
        Column(_name(m), np.array([row.errors.get(m, np.nan) for row in rows]), "right", 84, _three,
               tip="Squared error of it, hidden and reconstructed, over that of the mean")
        for m in study.modalities
    ]  # fmt: skip
    made += [
        Column("Folds", np.array([float(row.folds) for row in rows]), "right", 56, lambda v: f"{v:.0f}"),
        Column("Patients", _of(rows, lambda row: row.patients), "right", 72, _count, tip="Tested, over all folds"),
        Column("Note", [row.reason for row in rows], width=0),
    ]
    return made


def row_tip(row: StudyRow, study: StudyResult) -> str:
    """What a value's row says in words."""
    head = f"{title(study)} {study.said(row.value)}, {method_title(row.method)}"
    if row.c_index is None:
        return f"{head}: {row.reason or 'no figure'}"
    said = f"{head}: C-index {three(row.c_index)}"
    said += "" if row.deviation is None else f" ± {three(row.deviation)} (s.d. over {plural(row.folds, 'fold')})"
    said += "" if row.change is None else f"\n{_change(row)} to {study.said(study.default)}, paired by fold ± s.e."
    errors = [f"{_name(m)} {three(e)}" for m, e in row.errors.items()]
    return said + (f"\nreconstruction error: {', '.join(errors)}" if errors else "")


def hidden_line(study: StudyResult) -> str:
    """How much was hidden, of a study of missingness."""
    share = "Some" if study.rate is None else percent(study.rate)
    return f"{share} of what was measured is hidden, in training and in test patients; everybody keeps something."


def capital(text: str) -> str:
    """With a capital at its start."""
    return text[:1].upper() + text[1:]


def _of(rows: tuple[StudyRow, ...], figure: Callable[[StudyRow], float | None]) -> Vector:
    found = [figure(row) for row in rows]
    return np.array([np.nan if value is None else float(value) for value in found])


def _change(row: StudyRow) -> str:
    return "" if row.change is None else change_text((row.change.c_index, row.change.standard_error))


def _signed(value: float) -> str:
    return "" if np.isnan(value) else change_text((value, None))


def _error(value: float) -> str:
    return "" if np.isnan(value) else three(value)


def _given(row: StudyRow) -> str:
    return "as they come" if row.pattern == ("natural",) else " + ".join(_name(m) for m in row.pattern)


def _name(modality: str) -> str:
    return short(Modality(modality)) if modality in set(Modality) else modality


def _three(value: float) -> str:
    return "–" if np.isnan(value) else three(value)


def _count(value: float) -> str:
    return "–" if np.isnan(value) else count(round(value))
