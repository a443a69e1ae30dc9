"""Studies as `survgui study --json` writes them: hand-made figures that are easy to check."""

from __future__ import annotations

RATIOS = {0.25: 0.835, 0.5: 0.841, 0.75: 0.838, 0.9: 0.829}
"""mask ratio -> C-index"""
METHODS = {"imputmae": 0.84, "must": 0.845, "cox-all": 0.85, "mask-only": 0.6}
LOSS = {"none": 0.0, "mcar": -0.01, "mar": -0.02, "mnar": -0.03}


def ratios(**more) -> dict:
    """A study of mask ratios: two modalities, of which one is worse than its mean at .9; and a value that cannot be."""
    rows = [
        row(v, "imputmae", c, None if v == 0.5 else c - 0.841, {"rna": 0.9 - (0.5 - v) ** 2, "mri": 0.8 + 0.3 * v})
        for v, c in RATIOS.items()
    ]
    return {
        "study": "mask-ratio",
        "cohort": "Small cohort",
        "protocol": {"patients": 5, "events": 2, "folds": 5, "seeds": 1, "setting": "mask_ratio", "default": 0.5},
        "rows": [],
        "summary": [*rows, row(1.0, "imputmae", None, None, {}, "a mask ratio lies between 0 and 1")],
        "reference": {"cox-clinical": 0.842, "cox-all": 0.85, "mask-only": None},
        "reference_reconstruction": {"rna": 0.87},
        **more,
    }


def missingness(**more) -> dict:
    """A study of missingness, where sites are not known."""
    rows = [
        row(v, m, c + loss, None if v == "none" else loss, {}) for v, loss in LOSS.items() for m, c in METHODS.items()
    ]
    rows += [row("site", m, None, None, {}, "missingness by site takes the site from TCGA barcodes") for m in METHODS]
    return {
        "study": "missingness",
        "cohort": "Small cohort",
        "protocol": {"patients": 5, "events": 2, "folds": 5, "seeds": 1, "setting": "missing", "default": "none",
                     "rate": 0.3},
        "rows": [],
        "summary": rows,
        "reference": {},
        "reference_reconstruction": {},
        **more,
    }  # fmt: skip


def row(value, method, c, change, errors, reason=None) -> dict:
    """A row of the summary."""
    gap = None if change is None else {"c_index": change, "standard_error": 0.004, "n_folds": 5}
    known = {"c_index_sd": 0.02, "cs": 0.86, "cs_binned": 0.85, "n": 40, "n_folds": 5}
    figures = dict.fromkeys(known) | {"n_folds": 0, "n": 0} if c is None else known
    own = {"value": value, "method": method, "pattern": ["natural"], "c_index": c, "difference": gap, "reason": reason}
    return {**own, **figures, "reconstruction": errors}
