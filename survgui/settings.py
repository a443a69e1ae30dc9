"""The user's settings: one frozen object, one JSON file, and never a reason not to start."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from survgui import paths, storage

log = logging.getLogger(__name__)

VERSION = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user has chosen once and for all cases."""

    device: str = "auto"
    """auto, cpu, cuda or mps"""
    draws: int = 20
    """imputation draws per prediction"""
    batch: int = 16
    """tiles encoded at once on the CPU"""
    cache_gigabytes: float = 20.0
    """how much room features may take on disk"""
    theme: str = "system"
    """system, light or dark"""
    default_bundle: str = ""
    """name of the bundle that a new case is predicted with; empty: the first that is installed"""
    generator: str = ""
    """how missing parts are drawn: mean, gaussian, flow or ddim; empty: as the bundle was published"""
    steps: int = 0
    """of a generator that goes step by step; 0: its usual number"""
    seed: int = 0
    """of the imputation draws"""
    mri_convention: str = "radiological"
    """radiological: the patient's right on the left of the screen; neurological: on the right"""
    tile_cache_megabytes: int = 512
    """how much memory a slide's tiles may take"""
    recent_cohorts: tuple[str, ...] = ()
    """paths of cohort files, the latest first"""
    audit_label: str = ""
    """what the audit log calls whoever works here; empty: a salted hash of the system's name of the user"""


CHOICES: dict[str, tuple[str, ...]] = {
    "device": ("auto", "cpu", "cuda", "mps"),
    "theme": ("system", "light", "dark"),
    "generator": ("", "latent", "reencode", "mean", "gaussian", "flow", "ddim"),
    "mri_convention": ("radiological", "neurological"),
}
"""The words that a setting takes, where it does not take any."""

RANGES: dict[str, tuple[float, float]] = {
    "draws": (1, 1000),
    "batch": (1, 1024),
    "cache_gigabytes": (0.5, 10_000.0),
    "steps": (0, 1000),
    "seed": (0, 2**31 - 1),
    "tile_cache_megabytes": (64, 16_384),
}
"""Smallest and largest value of the settings that are numbers."""


def load() -> Settings:
    """The stored settings; a key that is unknown or of the wrong type is dropped with a warning."""
    path = paths.user_config() / "settings.json"
    if not path.is_file():
        return Settings()
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        log.warning("settings.json is unreadable (%s); the defaults are used", error)
        return Settings()
    return Settings(**_sound(stored if isinstance(stored, dict) else {}))


def save(settings: Settings) -> None:
    """Store the settings atomically."""
    storage.write_json(paths.user_config() / "settings.json", {"version": VERSION, **asdict(settings)})


def with_recent_cohort(settings: Settings, path: str, most: int = 8) -> Settings:
    """The settings with a cohort file as the latest one opened."""
    others = tuple(other for other in settings.recent_cohorts if other != path)
    return replace(settings, recent_cohorts=(path, *others)[:most])


def _sound(stored: dict[str, Any]) -> dict[str, Any]:
    """Those entries of `stored` that are settings, have the type of their default and a value that it may have."""
    types = {field.name: type(field.default) for field in fields(Settings)}
    good: dict[str, Any] = {}
    for name, value in stored.items():
        if name == "version":
            continue
        kind = types.get(name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = tuple(value)
        if kind is not None and type(value) is kind and _allowed(name, value):
            good[name] = value
        else:
            log.warning("settings.json: %r is not understood and left out", name)
    return good


def _allowed(name: str, value: Any) -> bool:
    if name in CHOICES:
        return value in CHOICES[name]
    low, high = RANGES.get(name, (None, None))
    return low is None or high is None or low <= value <= high
