"""All methods by the names of contracts.md."""

from __future__ import annotations

from collections.abc import Mapping

from survgui.cases.case import Modality
from survgui.engine.methods.contract import Fit
from survgui.engine.methods.cox import cox_on, fit_mask
from survgui.engine.methods.must import fit_must
from survgui.engine.methods.paper import fit_must_paper

METHODS: Mapping[str, Fit] = {
    "must": fit_must,
    "must-paper": fit_must_paper,
    "cox-clinical": cox_on([Modality.CLINICAL]),
    "cox-rna-clinical": cox_on([Modality.RNA, Modality.CLINICAL]),
    "cox-all": cox_on(None),
    "mask-only": fit_mask,
}

DETERMINISTIC = frozenset({"cox-clinical", "cox-rna-clinical", "cox-all", "mask-only"})
"""Methods without a random start: one seed says all."""
