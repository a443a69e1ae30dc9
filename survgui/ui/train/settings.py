"""What a training can be told, whichever method is trained, as the window knows it without the networks."""

from __future__ import annotations

import re

from survgui.cases.installed import check_name
from survgui.errors import UsageError
from survgui.ui.train.fields import Method, Preset, Value, Values
from survgui.ui.train.imputmae import IMPUTMAE
from survgui.ui.train.must import MUST

METHODS = (MUST, IMPUTMAE)
LEAST_PATIENTS, LEAST_DEATHS = 50, 20
"""below these the engine refuses"""
STEADY_DEATHS = 30
"""below this many deaths a cross-validated figure jumps from fold to fold"""


def method(key: str) -> Method:
    """A method by its key.

    Raises:
        KeyError: There is none.
    """
    return {m.key: m for m in METHODS}[key]


def overrides(chosen: Preset, values: Values) -> dict[str, Value]:
    """Those values that differ from the preset's."""
    return {key: value for key, value in values.items() if value != chosen.values[key]}


def name_problem(name: str) -> str:
    """Why a bundle cannot have this name, or empty."""
    try:
        check_name(name)
    except UsageError:
        return "A model's name has letters a to z, digits, dots and hyphens."
    return ""


def proposed_name(cohort: str) -> str:
    """A bundle's name made of a cohort's: `TCGA-GBMLGG` gives `tcga-gbmlgg`."""
    name = re.sub(r"[^a-z0-9._-]+", "-", cohort.lower()).strip("-._")[:48]
    return name or "model"


def enough(patients: int, deaths: int) -> tuple[str, str]:
    """Whether a cohort can be trained on: a level (empty, `warning` or `error`) and the sentence."""
    if patients < LEAST_PATIENTS or deaths < LEAST_DEATHS:
        need = f"Needs ≥ {LEAST_PATIENTS} patients with outcome, {LEAST_DEATHS} of whom died"
        return "error", f"{need}; you have {patients} and {deaths}."
    if deaths < STEADY_DEATHS:
        said = f"Better with ≥ {STEADY_DEATHS} patients with events; you have {deaths}."
        return "warning", f"{said} Figures will differ much from fold to fold."
    return "", ""
