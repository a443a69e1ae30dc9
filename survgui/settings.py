"""The user's settings: one frozen object, one JSON file, and never a reason not to start."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, fields
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


def _sound(stored: dict[str, Any]) -> dict[str, Any]:
    """Those entries of `stored` that are settings and have the type of their default."""
    types = {field.name: type(field.default) for field in fields(Settings)}
    good: dict[str, Any] = {}
    for name, value in stored.items():
        if name == "version":
            continue
        kind = types.get(name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is not None and type(value) is kind:
            good[name] = value
        else:
            log.warning("settings.json: %r is not understood and left out", name)
    return good
