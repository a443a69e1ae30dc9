"""A bundle's content in memory: network, generator, scalings and the development cohort, saved and opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from survgui import storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Bundle, Manifest
from survgui.engine.fitting import Fitted
from survgui.engine.generating import empty_generator
from survgui.engine.inputs import Inputs
from survgui.engine.stored import DEVELOPMENT, INPUTS, Development, read_development, read_scalings
from survgui.errors import BundleError
from survgui.nets.families import FAMILIES, Config
from survgui.nets.generators.base import Generator
from survgui.nets.net import SurvivalNet
from survgui.nets.weights import load_module, load_tensors, save_module, save_tensors
from survgui.survival import recalibration
from survgui.survival.recalibration import Recalibrations

WEIGHTS = "weights.safetensors"


def generator_file(name: str) -> str:
    """The file of a generator in a bundle."""
    return f"{bundles.GENERATOR}{name}{bundles.TENSORS}"


@dataclass(frozen=True, slots=True, eq=False)
class OpenModel:
    """A bundle, opened on a device."""

    bundle: Bundle
    fitted: Fitted
    inputs: Inputs
    development: Development
    device: torch.device
    corrections: Recalibrations | None = None
    """what recalibrates its curves, per availability pattern; None where the bundle holds none"""

    @property
    def manifest(self) -> Manifest:
        """The bundle's manifest."""
        return self.bundle.manifest


def save(
    folder: Path, fitted: Fitted, inputs: Inputs, development: Development, manifest: Manifest, card: str
) -> Bundle:
    """Write a bundle, whole or not at all; an older one of that name is replaced."""
    with storage.replacing_folder(folder) as part:
        save_module(part / WEIGHTS, fitted.net, half=True)
        for name, generator in fitted.generators.items():
            if generator.state_dict():  # a network's own decoder has no weights beside the network's
                save_module(part / generator_file(name), generator, half=True)
        tensors = {f"{m}.{name}": t for m, s in inputs.scalings.items() for name, t in s.tensors().items()}
        save_tensors(part / INPUTS, tensors)
        reference = development.reference
        save_tensors(
            part / DEVELOPMENT,
            {
                "risks": reference.risks,
                "months": reference.months,
                "events": reference.events,
                "survival": reference.survival,
                "map": reference.map_,
                "axes": development.axes,
                "centre": development.centre,
                "fidelity": np.array([reference.fidelity.get(m, np.nan) for m in inputs.specs]),
                **({} if development.explained is None else {"explained": np.array(development.explained)}),
            },
        )
        storage.write_text(part / bundles.CARD, card)
        bundles.write_manifest(part, manifest)
    return bundles.verify(folder)


def open_model(bundle: Bundle, device: torch.device) -> OpenModel:
    """Build the network of a verified bundle.

    Raises:
        BundleError: A file does not fit the manifest.
    """
    manifest = bundle.manifest
    inputs = read_inputs(bundle)
    try:
        family = FAMILIES[manifest.method]
        config = family.stored(manifest.config["network"])
        edges = np.asarray(manifest.edges_months, dtype=float)
        net = family.build(config, inputs.shapes(), len(edges) - 1)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BundleError(f"{manifest.name}: its configuration is not understood; update survgui [BUN-06]") from error
    load_module(bundle.folder / WEIGHTS, net)
    generators = {name: _generator(bundle, name, net, config) for name in manifest.generators}
    for module in (net, *generators.values()):
        module.to(device).eval().requires_grad_(False)
    fitted = Fitted(net, generators, manifest.generator, edges, manifest.horizon_months, {})
    return OpenModel(bundle, fitted, inputs, read_development(bundle), device, read_corrections(manifest))


def read_corrections(manifest: Manifest) -> Recalibrations | None:
    """What recalibrates a bundle's curves, or None.

    Raises:
        BundleError: The manifest's `calibration` is not understood.
    """
    try:
        return recalibration.read(manifest.calibration)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{manifest.name}: its calibration is not understood; install it again [BUN-06]") from error


def _generator(bundle: Bundle, name: str, net: SurvivalNet, config: Config) -> Generator:
    file = bundle.folder / generator_file(name)
    held = name not in bundle.manifest.decoders
    try:
        generator = empty_generator(name, net, config, load_tensors(file) if held else {})
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise BundleError(
            f"{bundle.manifest.name}: {file.name} is no generator of this version; update survgui [BUN-06]"
        ) from None
    if held:
        load_module(file, generator)
    return generator


def read_inputs(bundle: Bundle) -> Inputs:
    """The scalings of a bundle, without its network.

    Raises:
        BundleError: A scaling is incomplete.
    """
    return Inputs(dict(bundle.manifest.inputs), read_scalings(bundle))
