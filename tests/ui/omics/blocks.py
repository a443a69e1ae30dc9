"""Small omics blocks whose content is known."""

from __future__ import annotations

import numpy as np

from survgui.cases.case import Modality
from survgui.cases.display import OmicsTable

NAMES = ("EGFR", "IDH1", "PTEN", "EGFR-AS1", "TP53")
VALUES = np.array([7.25, 3.0, -1.5, np.nan, 2.0])
Z = np.array([2.5, -0.3, -4.1, np.nan, np.nan])


def block(modality=Modality.RNA, **more) -> OmicsTable:
    """Five features: two near and two far, one missing, one that the bundle does not take."""
    taken = np.array([True, True, True, True, False])
    given = {"z": Z, "taken": taken, "missing": ("ATRX", "CIC"), "patients": 566, **more}
    return OmicsTable(
        modality, given.pop("unit", "log"), given.pop("names", NAMES), given.pop("values", VALUES), **given
    )


def unused(modality=Modality.MIRNA, **more) -> OmicsTable:
    """A block of which the bundle takes nothing."""
    nothing = {"z": np.full(5, np.nan), "taken": np.zeros(5, bool), "missing": (), "patients": 0}
    return block(modality, **{**nothing, **more})
