"""An evaluation as `survgui evaluate --json` writes it: three modalities, hand-made figures that are easy to check."""

from __future__ import annotations

from itertools import combinations

MODALITIES = ("clinical", "pathology", "rna")
WORTH = {"clinical": 0.10, "pathology": 0.04, "rna": 0.08}
LEVEL = {"must": 0.0, "must-meanfill": -0.01, "cox-specialist": 0.004, "cox-all": -0.004, "cox-clinical": -0.02}
"""C-index of each method less that of the others on the same pattern; `must` is beaten by the specialist alone."""
PATTERNS = [list(c) for k in (1, 2, 3) for c in combinations(MODALITIES, k)]
WHY = "it needs RNA"


def content(simulated: bool = False, **more) -> dict:
    """What a file holds: two folds of 20 test patients, each tested twice (two seeds)."""
    summary = [row(m, ["natural"], 0.70 + level) for m, level in LEVEL.items()]
    summary += [row("must", ["complete"], 0.72), row("mask-only", ["natural"], 0.55), row("cmta", ["natural"], None)]
    for pattern in PATTERNS:
        c = 0.5 + sum(WORTH[name] for name in pattern)
        summary += [row(m, pattern, c + level) for m, level in LEVEL.items()]
        summary.append(row("cox-rna-clinical", pattern, c - 0.01 if "rna" in pattern else None, WHY))
    if simulated:
        summary = [{**s, "oracle_c": 0.8, "c_over_oracle": (s["c_index"] or 0.0) / 0.8} for s in summary]
    made = {
        "cohort": "Small cohort",
        "protocol": {"patients": 40, "events": 20, "folds": 2, "seeds": 2},
        "rows": [
            {"method": "must", "fold": fold, "seed": seed, "pattern": pattern, "n": 20 - fold}
            for pattern in (["natural"], ["rna"])
            for fold in (0, 1)
            for seed in (0, 1)
        ],
        "summary": summary,
        "differences": [
            {**{"method": "cox-specialist", "reference": "must", "pattern": pattern}, **FOUR} for pattern in PATTERNS
        ],
        "notes": {"cmta": "pathways are gene groups"},
    }
    return {**made, **more}


FOUR = {"c_index": 0.004, "standard_error": 0.003, "n_folds": 2}


def row(method: str, pattern: list[str], c: float | None, reason: str = "no patches") -> dict:
    """A row of the summary."""
    figures = {"c_index": c, "c_index_sd": None if c is None else 0.02, "cs": None if c is None else (c + 0.85) / 2}
    said = {"n_folds": 2 if c is not None else 0, "reason": None if c is not None else reason}
    return {"method": method, "pattern": pattern, **figures, "ibs": None if c is None else 0.15, **said}
