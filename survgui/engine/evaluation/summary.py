"""Figures of the folds in one line per method and pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from survgui.engine.evaluation.protocol import FIGURES, Row


def summarise(
    rows: Sequence[Row],
    reasons: Mapping[tuple[str, str], str],
    methods: Sequence[str],
    patterns: Sequence[tuple[str, ...]],
) -> list[Row]:
    """Mean and s.d. over folds for every method and pattern; a reason where there is no figure."""
    return [_summary(rows, m, p, reasons.get((m, "+".join(p)))) for m in methods for p in patterns]


def _summary(rows: Iterable[Row], method: str, pattern: tuple[str, ...], reason: str | None) -> Row:
    """Mean and s.d. over folds, seeds averaged within a fold first."""
    own = [row for row in rows if row["method"] == method and row["pattern"] == list(pattern)]
    folds = sorted({row["fold"] for row in own})
    summary: Row = {"method": method, "pattern": list(pattern)}
    for name in FIGURES:
        means = [_mean([row[name] for row in own if row["fold"] == fold]) for fold in folds]
        kept = [value for value in means if value is not None]
        summary[name] = float(np.mean(kept)) if kept else None
        if name == "c_index":
            summary["c_index_sd"] = float(np.std(kept, ddof=1)) if len(kept) > 1 else None
            summary["n_folds"] = len(kept)
    if summary["c_index"] is None and reason is None:
        reason = "no fold has comparable test patients"
    return {**summary, "reason": reason if summary["c_index"] is None else None}


def _mean(values: Sequence[float | None]) -> float | None:
    kept = [value for value in values if value is not None]
    return float(np.mean(kept)) if kept else None
