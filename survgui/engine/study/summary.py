"""A study's folds in one line per value: mean, s.d., and how far it is from the default value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from survgui.engine.evaluation.protocol import Row
from survgui.engine.evaluation.summary import fold_means
from survgui.engine.study.plan import Value

MEANS = ("cs", "cs_binned", "ibs", "uno_c", "d_calibration_p")
"""Figures of which the mean over folds is told, beside the C-index with its s.d."""


def rows_of(value: Value, cells: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows of one value's cells; a reconstruction's error is over that of the mean."""
    return [
        {"value": value, **row, "reconstruction": relative(cell.get("also") or {}, "mse")}
        for cell in cells
        for row in cell["rows"]
    ]


def relative(errors: Mapping[str, Mapping[str, Any]], of: str) -> dict[str, float]:
    """Error of each modality over that of mean-filling, where both are known.

    Args:
        errors: Of `reconstruction.held_out`.
        of: `mse`, or `ridge_mse` of the ridge regression beside.
    """
    return {name: one[of] / one["mean_mse"] for name, one in errors.items() if one["mean_mse"] and one[of] is not None}


def ridge(cells: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Mean over cells of the error of a ridge regression from the same modalities, over that of mean-filling."""
    found = [relative(cell.get("also") or {}, "ridge_mse") for cell in cells]
    names = dict.fromkeys(name for one in found for name in one)
    return {name: float(np.mean([one[name] for one in found if name in one])) for name in names}


def summarise(
    rows: Sequence[Row],
    reasons: Mapping[tuple[str, str, str], str],
    values: Sequence[Value],
    methods: Sequence[str],
    patterns: Sequence[tuple[str, ...]],
    default: Value,
) -> list[Row]:
    """One line per value, method and pattern, in this order; a reason where there is no figure.

    Args:
        reasons: (value, method, pattern joined by `+`) -> why a fold has no figure.
    """
    made = []
    for value in values:
        for method in methods:
            for pattern in patterns:
                own = _own(rows, value, method, pattern)
                known = reasons.get((str(value), method, "+".join(pattern)))
                gap = None if value == default else _difference(own, _own(rows, default, method, pattern))
                line = {"value": value, "method": method, "pattern": list(pattern), **_means(own), "difference": gap}
                made.append({**line, "reason": _reason(line, known)})
    return made


def reference(rows: Sequence[Row], methods: Sequence[str], pattern: tuple[str, ...]) -> dict[str, float | None]:
    """Mean C-index over folds of what no value changes; None where a method has no figure."""
    found = {}
    for method in methods:
        kept = fold_means([r for r in rows if r["method"] == method and r["pattern"] == list(pattern)], "c_index")
        found[method] = float(np.mean(list(kept.values()))) if kept else None
    return found


def _means(own: Sequence[Row]) -> Row:
    """Seeds are averaged within a fold first."""
    c = list(fold_means(own, "c_index").values())
    means: Row = {
        "c_index": float(np.mean(c)) if c else None,
        "c_index_sd": float(np.std(c, ddof=1)) if len(c) > 1 else None,
        "n_folds": len(c),
        "n": sum({row["fold"]: row["n"] for row in own}.values()),
    }
    for name in MEANS:
        kept = list(fold_means(own, name).values())
        means[name] = float(np.mean(kept)) if kept else None
    errors = [row["reconstruction"] for row in own]
    names = dict.fromkeys(name for one in errors for name in one)
    return {**means, "reconstruction": {m: float(np.mean([e[m] for e in errors if m in e])) for m in names}}


def _difference(own: Sequence[Row], default: Sequence[Row]) -> Row | None:
    """C-index less that of the default value, on folds where both have a figure of as many patients."""
    ours, theirs = fold_means(own, "c_index"), fold_means(default, "c_index")
    tested = {row["fold"]: row["n"] for row in own}, {row["fold"]: row["n"] for row in default}
    same = sorted(f for f in ours.keys() & theirs.keys() if tested[0][f] == tested[1][f])
    gaps = np.array([ours[f] - theirs[f] for f in same])
    if not len(gaps):
        return None
    error = float(gaps.std(ddof=1) / np.sqrt(len(gaps))) if len(gaps) > 1 else None
    return {"c_index": float(gaps.mean()), "standard_error": error, "n_folds": len(gaps)}


def _reason(line: Row, known: str | None) -> str | None:
    if line["c_index"] is None:
        return known or "no fold has comparable test patients"
    return None if known is None else f"a fold has no figure: {known}"


def _own(rows: Sequence[Row], value: Value, method: str, pattern: tuple[str, ...]) -> list[Row]:
    return [r for r in rows if r["value"] == value and r["method"] == method and r["pattern"] == list(pattern)]
