"""What a training can be told: presets and their values, as the window knows them without the networks.

The window's process loads no torch, so the values are repeated here; a test holds them against the networks' own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from survgui.cases.installed import check_name
from survgui.errors import UsageError

Value = int | float

HEADS = 4
"""of every preset; the width is a multiple of it"""
FACTORS = 6
"""of every preset: the shared factors that are found in closed form, at most the rank"""
LEAST_PATIENTS, LEAST_DEATHS = 50, 20
"""below these the engine refuses"""
STEADY_DEATHS = 30
"""below this many deaths a cross-validated figure jumps from fold to fold"""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting.

    Attributes:
        key: Field of the network's configuration.
        least, most: Range that is taken.
    """

    key: str
    title: str
    least: Value
    most: Value
    whole: bool = False
    tip: str = ""

    def read(self, text: str) -> Value:
        """The value that a user has typed.

        Raises:
            ValueError: Not a number, or out of range; the message says which there is.
        """
        try:
            value: Value = int(text) if self.whole else float(text.replace(",", "."))
        except ValueError:
            raise ValueError(f"{self.title}: a {'whole number' if self.whole else 'number'} is needed") from None
        if not (math.isfinite(value) and self.least <= value <= self.most):
            raise ValueError(f"{self.title}: from {written(self.least)} to {written(self.most)}")
        return value


FIELDS = (
    Field("width", "Width D", 8, 1024, whole=True, tip="Length of every token; a multiple of 4"),
    Field("rank", "Shared rank r", 6, 1023, whole=True, tip="Dimensions of the shared subspace; less than the width"),
    Field("lambda_decomposition", "λ decomposition", 0.0, 100.0, tip="Weight of: specific + shared give the whole"),
    Field("lambda_shared", "λ shared", 0.0, 100.0, tip="Weight of: the shared parts of all modalities agree"),
    Field("lambda_orthogonality", "λ orthogonality", 0.0, 100.0, tip="Weight of: specific and shared share nothing"),
    Field("learning_rate", "Learning rate", 1e-7, 1.0, tip="Of AdamW at the start; falls as a cosine"),
    Field("warmup_epochs", "Epochs, warm-up", 0, 10_000, whole=True, tip="Each modality alone learns to predict"),
    Field("epochs", "Epochs, main", 0, 10_000, whole=True, tip="All together, with the three constraints"),
    Field("diffusion_epochs", "Epochs, generator", 0, 100_000, whole=True, tip="The generator of missing parts"),
)
STAGE_EPOCHS = {"warm-up": "warmup_epochs", "main": "epochs", "generator": "diffusion_epochs"}
"""Setting that says how many epochs each stage has."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of values.

    Attributes:
        about: Its size in words.
    """

    key: str
    title: str
    about: str
    values: Mapping[str, Value]


def _values(width: int, rank: int, rate: float, warmup: int, epochs: int, generator: int) -> dict[str, Value]:
    return {
        **{"width": width, "rank": rank, "learning_rate": rate},
        **{"lambda_decomposition": 1.0, "lambda_shared": 1.0, "lambda_orthogonality": 0.5},
        **{"warmup_epochs": warmup, "epochs": epochs, "diffusion_epochs": generator},
    }


PRESETS = (
    Preset("small", "small cohort", "width 64, 4 + 12 + 100 epochs", _values(64, 16, 1e-3, 4, 12, 100)),
    Preset("demo", "demo, a minute", "width 64, 2 + 4 + 20 epochs", _values(64, 16, 1e-3, 2, 4, 20)),
    Preset("published", "as published", "width 256, 8 + 25 + 300 epochs", _values(256, 64, 2e-4, 8, 25, 300)),
)


def preset(key: str) -> Preset:
    """A preset by its key.

    Raises:
        KeyError: There is none.
    """
    return {p.key: p for p in PRESETS}[key]


def overrides(chosen: Preset, values: Mapping[str, Value]) -> dict[str, Value]:
    """Those values that differ from the preset's."""
    return {key: value for key, value in values.items() if value != chosen.values[key]}


def problem(values: Mapping[str, Value]) -> str:
    """Why no network has these values together, or empty."""
    if values["width"] % HEADS:
        return f"Width D must be a multiple of {HEADS}, the number of heads."
    if not FACTORS <= values["rank"] < values["width"] - 1:
        return f"Shared rank r must be at least {FACTORS}, and less than the width."
    return ""


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


def written(value: Value) -> str:
    """A value as a user types it."""
    return str(value) if isinstance(value, int) else f"{value:g}"
