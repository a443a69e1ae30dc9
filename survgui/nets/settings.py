"""Changing a network's settings by name, with a sentence for whoever mistypes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The same settings with some fields changed.

    Raises:
        ValueError: A field that does not exist, or a value of another type or one that no network has.
    """
    own = asdict(settings)
    for name, value in changes.items():
        if name not in own:
            raise ValueError(f"unknown setting {name!r}; there are {', '.join(own)}")
        if isinstance(value, bool) is not isinstance(own[name], bool):
            raise ValueError(f"setting {name!r} takes {type(own[name]).__name__}, not {value!r}")
        if not isinstance(value, type(own[name])) and not (isinstance(own[name], float) and isinstance(value, int)):
            raise ValueError(f"setting {name!r} takes {type(own[name]).__name__}, not {value!r}")
    return replace(settings, **changes)
