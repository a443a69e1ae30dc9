"""Figures of the folds in one line per method and pattern, and how far methods are apart on the same patients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from survgui.engine.evaluation.protocol import FIGURES, Row
from survgui.engine.methods.registry import COX

REFERENCES = ("must", "imputmae", *COX)
"""Methods that every other is held against: the models of this package, and the linear rows."""


def summarise(
    rows: Sequence[Row],
    reasons: Mapping[tuple[str, str], str],
    methods: Sequence[str],
    patterns: Sequence[tuple[str, ...]],
    oracle: Mapping[str, float] | None = None,
) -> list[Row]:
    """Mean and s.d. over folds for every method and pattern; a reason where there is no figure.

    Args:
        reasons: (method, pattern joined by `+`) -> why a fold has no figure.
        oracle: Pattern joined by `+` -> the best possible C-index, of simulated patients.
    """
    return [
        _summary(_own(rows, m, p), m, p, reasons.get((m, "+".join(p))), (oracle or {}).get("+".join(p)))
        for m in methods
        for p in patterns
    ]


def differences(
    rows: Sequence[Row], methods: Sequence[str], patterns: Sequence[tuple[str, ...]]
) -> list[dict[str, object]]:
    """C-index of every method less that of every reference, paired by fold.

    Seeds are averaged within a fold first; a fold counts where both have a figure of the same number of patients.
    The standard error is the s.d. of the fold differences over the root of their number; None for one fold.
    """
    means = {(m, p): fold_means(_own(rows, m, p), "c_index") for m in methods for p in patterns}
    tested = {(m, p): {row["fold"]: row["n"] for row in _own(rows, m, p)} for m in methods for p in patterns}
    found = []
    for pattern in patterns:
        for method in methods:
            for reference in (r for r in REFERENCES if r in methods and r != method):
                ours, theirs = means[method, pattern], means[reference, pattern]
                same = [f for f in ours.keys() & theirs.keys()
                        if tested[method, pattern][f] == tested[reference, pattern][f]]  # fmt: skip
                gaps = np.array([ours[fold] - theirs[fold] for fold in sorted(same)])
                if len(gaps):
                    found.append(_difference(method, reference, pattern, gaps))
    return found


def fold_means(rows: Iterable[Row], figure: str) -> dict[int, float]:
    """A figure per fold, seeds averaged; folds without one are left out."""
    known = [row for row in rows if row[figure] is not None]
    folds = sorted({row["fold"] for row in known})
    return {fold: float(np.mean([row[figure] for row in known if row["fold"] == fold])) for fold in folds}


def _difference(method: str, reference: str, pattern: tuple[str, ...], gaps: np.ndarray) -> dict[str, object]:
    return {
        "method": method,
        "reference": reference,
        "pattern": list(pattern),
        "c_index": float(gaps.mean()),
        "standard_error": float(gaps.std(ddof=1) / np.sqrt(len(gaps))) if len(gaps) > 1 else None,
        "n_folds": len(gaps),
    }


def _own(rows: Iterable[Row], method: str, pattern: tuple[str, ...]) -> list[Row]:
    return [row for row in rows if row["method"] == method and row["pattern"] == list(pattern)]


def _summary(
    own: Sequence[Row], method: str, pattern: tuple[str, ...], reason: str | None, oracle: float | None
) -> Row:
    """Mean and s.d. over folds, seeds averaged within a fold first."""
    summary: Row = {"method": method, "pattern": list(pattern)}
    for name in FIGURES:
        kept = list(fold_means(own, name).values())
        summary[name] = float(np.mean(kept)) if kept else None
        if name == "c_index":
            summary["c_index_sd"] = float(np.std(kept, ddof=1)) if len(kept) > 1 else None
            summary["n_folds"] = len(kept)
    summary["n"] = sum({row["fold"]: row["n"] for row in own}.values())
    notes = dict.fromkeys(row["note"] for row in own if row.get("note"))
    if summary["c_index"] is None:
        return {**summary, "reason": reason or "no fold has comparable test patients"}
    if reason is not None:
        notes[f"a fold has no figure: {reason}"] = None
    if oracle:
        summary |= {"oracle_c": oracle, "c_over_oracle": summary["c_index"] / oracle}
    return {**summary, "reason": None, **({"note": "; ".join(notes)} if notes else {})}
