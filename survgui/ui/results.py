"""Summary rows of a cross-validation as tables: the model first, the Cox rows always beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from survgui.cases.evaluation import COMPLETE, COX, NATURAL
from survgui.figures.words import MINUS
from survgui.report.words import METHODS
from survgui.ui.widgets.table import Column

Row = Mapping[str, Any]
TITLES = {
    **METHODS,
    "cox-all": "Cox, all blocks",
    "mask-only": "mask only",
    "rsf": "Random survival forest",
    "late-fusion": "Late fusion",
    **{"cmta": "CMTA", "survpath": "SurvPath", "shaspec": "ShaSpec", "ldcvae": "LD-CVAE", "drim": "DRIM"},
}
REFERENCES = ("cox-clinical", "cox-rna-clinical", "cox-all", "mask-only")
"""Methods that every training is judged beside."""
PUBLISHED = "published:"


def method_title(method: str) -> str:
    """A method's name as it is read."""
    if method.startswith(PUBLISHED):
        return f"{method.removeprefix(PUBLISHED).upper()}, as published"
    return TITLES.get(method, method)


def figure(rows: Sequence[Row], method: str, pattern: tuple[str, ...] = NATURAL, name: str = "c_index") -> float:
    """One figure of the summary, NaN where there is none."""
    for row in rows:
        if row["method"] == method and tuple(row["pattern"]) == pattern:
            value = row.get(name)
            return float("nan") if value is None else float(value)
    return float("nan")


def best_cox(rows: Sequence[Row]) -> float:
    """The best C-index of a Cox row on what patients naturally have, NaN where there is none."""
    found = [figure(rows, method) for method in COX]
    return float(np.nanmax(found)) if np.isfinite(found).any() else float("nan")


def beside_columns(rows: Sequence[Row], own: str = "must", title: str = "MUST") -> list[Column]:
    """One row a method on the same folds, the model's own first; NaN where nothing was computed yet."""
    methods = (own, *(m for m in REFERENCES if m != own))
    c = np.array([figure(rows, m) for m in methods])
    deviations = np.array([figure(rows, m, name="c_index_sd") for m in methods])
    said = [with_deviation(a, b) for a, b in zip(c, deviations, strict=True)]
    complete = np.array([figure(rows, m, COMPLETE) for m in methods])
    cs = np.array([figure(rows, m, name="cs") for m in methods])
    names = [title, *(method_title(m) for m in methods[1:])]
    return [
        Column("Method", names, width=0, role=_Own(title)),
        Column("C-index", said, "right", 112, tip="Harrell's, mean ± s.d. over folds, on what patients have"),
        Column("complete", complete, "right", 70, _three, tip="C-index on patients with every modality"),
        Column("CS", cs, "right", 54, _three, tip="(C + 1 − integrated Brier score) / 2"),
        Column("Δ Cox", c - best_cox(rows), "right", 62, _change, tip="C-index less that of the best Cox row"),
    ]


def with_deviation(mean: float, deviation: float) -> str:
    """`0.869 ± 0.017`; a dash where there is none."""
    if not np.isfinite(mean):
        return "–"
    return f"{mean:.3f} ± {deviation:.3f}" if np.isfinite(deviation) else f"{mean:.3f}"


class _Own:
    """The model's own rows in the accent, the reference rows as plain text."""

    def __init__(self, title: str) -> None:
        self._title = title

    def __call__(self, value: object) -> str:
        return "accent" if value == self._title else "text"


def _three(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _change(value: float) -> str:
    """A difference with three decimals and its sign; what rounds to zero has none."""
    if not np.isfinite(value):
        return "–"
    text = f"{abs(value):.3f}"
    return text if float(text) == 0.0 else ("+" if value > 0 else MINUS) + text
