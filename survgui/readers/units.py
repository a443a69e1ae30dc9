"""In which unit a block of numbers is, told from the numbers.

The same answer must come from one patient's row as from the whole cohort, for a bundle refuses a case whose
unit is not the one that it was trained on. Where a single row cannot tell (a patient without a mutation, a
tumour without a deletion), the modality does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality

UNITS = ("counts", "log", "z-score", "beta", "m-value", "binary", "cnv", "mixed")
"""What `Block.unit` may be; `mixed` is a table whose columns have units of their own."""

_OWN_UNITS = (Modality.CLINICAL, Modality.PATHOLOGY, Modality.MRI)
_COUNTED = (Modality.RNA, Modality.MIRNA)
_SAMPLE = 2_000_000


def guess_unit(values: NDArray[np.floating], modality: Modality | None = None) -> str:
    """Guess the unit of omics values, as measured.

    - `binary`: only 0 and 1; `cnv`: integers from -2 to 2; `counts`: other non-negative integers up to more
      than 50 (any for RNA and miRNA);
    - `beta`: all within 0 and 1; `log`: no negatives and none above 50, or negatives around a positive median
      (the log of a small offset);
    - `z-score`: negatives, centred and narrow; `m-value`: methylation with negatives (logit scale); without a
      modality, negatives centred and wide (interquartile range above 3);
    - `mixed`: everything else, and always slides, MRI and clinical fields, whose columns differ in unit.

    The limits are our choice; they part the public TCGA tables row by row.

    Args:
        values: Any shape, NaN where missing.
        modality: Settles what the numbers leave open.
    """
    if modality in _OWN_UNITS:
        return "mixed"
    known = _sample(np.asarray(values))
    if len(known) == 0:
        return "mixed"
    if np.all(known == np.rint(known)):
        return _integer_unit(known, modality)
    return _real_unit(known, modality)


def _sample(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """The finite values, thinned evenly by rows where there are very many."""
    rows = np.atleast_2d(values)
    thinned = rows[:: max(1, rows.size // _SAMPLE)]
    return np.asarray(thinned[np.isfinite(thinned)], dtype=np.float64)


def _integer_unit(known: NDArray[np.float64], modality: Modality | None) -> str:
    low, high = float(known.min()), float(known.max())
    if modality is Modality.DNAM and low >= 0 and high <= 1:
        return "beta"
    if modality in _COUNTED and low >= 0:
        return "counts"
    if modality is Modality.MUTATION and low >= 0:
        return "binary" if high <= 1 else "mixed"
    if low >= -2 and high <= 2:
        return "cnv" if modality is Modality.CNV or low < 0 or high > 1 else "binary"
    return "counts" if low >= 0 and high > 50 else "mixed"


def _real_unit(known: NDArray[np.float64], modality: Modality | None) -> str:
    low, high = float(known.min()), float(known.max())
    if low >= 0:
        if high <= 1:
            return "beta" if modality in (None, Modality.DNAM) else "mixed"
        return "log" if high <= 50 else "mixed"
    first, median, third = np.percentile(known, [25, 50, 75])
    if modality is Modality.CNV:
        return "log"  # segment means: log2 of the ratio to two copies
    if modality is Modality.DNAM:
        return "m-value"  # a patient's logits may be as narrow as z-scores; standardised betas are not published
    if abs(median) <= 1.0 and third - first <= 3.0:
        return "z-score"
    centred = first < 0 < third and max(-low, high) <= 12
    return "m-value" if modality is None and centred else "log"
