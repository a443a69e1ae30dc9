"""The kinds of network that a bundle may hold, by the method that its manifest names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from survgui.cases.case import Kind, Modality
from survgui.errors import UsageError
from survgui.nets import must
from survgui.nets.masked import config as masked
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.must import Must, MustConfig
from survgui.nets.net import SurvivalNet

Config = MustConfig | ImputmaeConfig
Shapes = Mapping[Modality, tuple[Kind, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of network.

    Attributes:
        presets: Configurations by name.
        build: A network with fresh weights from its configuration, the kind and shape of its inputs, and its bins.
    """

    presets: Mapping[str, Config]
    build: Callable[[Any, Shapes, int], SurvivalNet]

    def config(self, preset: str, changes: Mapping[str, Any]) -> Config:
        """A preset with some settings changed.

        Raises:
            UsageError: An unknown preset or setting, or a value that no network has.
        """
        if preset not in self.presets:
            raise UsageError(f"unknown preset {preset!r}; there are {', '.join(self.presets)}")
        try:
            return self.presets[preset].changed(changes)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def stored(self, fields: Mapping[str, Any]) -> Config:
        """The configuration that a manifest keeps.

        Raises:
            ValueError: A field that this version does not know, or no fields at all.
        """
        if not isinstance(fields, Mapping):
            raise ValueError("the network's settings are no table")
        return self.presets["small"].changed(fields)


FAMILIES: Mapping[str, Family] = {
    "must": Family(must.PRESETS, Must),
    "imputmae": Family(masked.PRESETS, Imputmae),
}


def family_of(method: str) -> Family:
    """The networks of a method.

    Raises:
        UsageError: No bundle holds a network of it.
    """
    if method not in FAMILIES:
        raise UsageError(f"unknown method {method!r}; this version trains {' and '.join(FAMILIES)}")
    return FAMILIES[method]
