"""A bundle's content in memory: network, generator, scalings and the development cohort, saved and opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from survgui import storage
from survgui.cases import bundle as bundles
from survgui.cases.bundle import Bundle, Manifest
from survgui.cases.case import Modality
from survgui.cases.development import Reference
from survgui.encoders import scaling
from survgui.encoders.scaling import Scaling
from survgui.engine.fitting import Fitted
from survgui.engine.inputs import Inputs
from survgui.errors import BundleError
from survgui.nets.diffusion import Denoiser
from survgui.nets.must import Must, MustConfig
from survgui.nets.weights import load_module, load_tensors, save_module, save_tensors

WEIGHTS, GENERATOR, INPUTS, DEVELOPMENT, CARD = (
    "weights.safetensors",
    "generator.safetensors",
    "inputs.safetensors",
    "development.safetensors",
    "README.md",
)


@dataclass(frozen=True, slots=True, eq=False)
class Development:
    """What a bundle keeps of its development cohort; row by row, without ids.

    Attributes:
        reference: Cross-validated risks and outcomes.
        axes: (2, D') principal axes of the components, for the cohort map.
        centre: (D',) their origin.
    """

    reference: Reference
    axes: NDArray[np.float32]
    centre: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class OpenModel:
    """A bundle, opened on a device."""

    bundle: Bundle
    fitted: Fitted
    inputs: Inputs
    development: Development
    device: torch.device

    @property
    def manifest(self) -> Manifest:
        """The bundle's manifest."""
        return self.bundle.manifest


def save(
    folder: Path, fitted: Fitted, inputs: Inputs, development: Development, manifest: Manifest, card: str
) -> Bundle:
    """Write a bundle, whole or not at all; an older one of that name is replaced."""
    with storage.replacing_folder(folder) as part:
        save_module(part / WEIGHTS, fitted.must, half=True)
        save_module(part / GENERATOR, fitted.denoiser, half=True)
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
            },
        )
        storage.write_text(part / CARD, card)
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
        config = MustConfig().changed(manifest.config["network"])
    except (KeyError, ValueError) as error:
        raise BundleError(f"{manifest.name}: its configuration is not understood ({error}); update survgui") from None
    edges = np.asarray(manifest.edges_months, dtype=float)
    must = Must(config, inputs.shapes(), len(edges) - 1)
    load_module(bundle.folder / WEIGHTS, must)
    identity = torch.zeros(len(inputs.specs), config.width)
    denoiser = Denoiser(config.width, config.diffusion_width, config.diffusion_layers, identity)
    load_module(bundle.folder / GENERATOR, denoiser)
    must.to(device).eval().requires_grad_(False)
    denoiser.to(device).eval().requires_grad_(False)
    fitted = Fitted(must, denoiser, edges, manifest.horizon_months, {})
    return OpenModel(bundle, fitted, inputs, read_development(bundle), device)


def read_development(bundle: Bundle) -> Development:
    """The development cohort of a bundle, without its network.

    Raises:
        BundleError: The file does not hold what it should.
    """
    tensors = {name: value.numpy() for name, value in load_tensors(bundle.folder / DEVELOPMENT).items()}
    manifest = bundle.manifest
    try:
        lowest = zip(manifest.inputs, tensors["fidelity"], strict=True)
        reference = Reference(
            risks=tensors["risks"].astype(float),
            months=tensors["months"].astype(float),
            events=tensors["events"].astype(bool),
            survival=tensors["survival"].astype(float),
            thresholds=(float(manifest.thresholds[0]), float(manifest.thresholds[1])),
            map_=tensors["map"].astype(float),
            fidelity={m: float(value) for m, value in lowest if np.isfinite(value)},
        )
        return Development(reference, tensors["axes"], tensors["centre"])
    except (KeyError, ValueError) as error:
        raise BundleError(f"{manifest.name}/{DEVELOPMENT} is incomplete ({error}); install it again") from None


def input_extras(inputs: Inputs) -> dict[str, Any]:
    """What the manifest's config keeps of the scalings."""
    return {str(m): scaling.describe(s) for m, s in inputs.scalings.items()}


def read_inputs(bundle: Bundle) -> Inputs:
    """The scalings of a bundle, without its network.

    Raises:
        BundleError: A scaling is incomplete.
    """
    tensors = load_tensors(bundle.folder / INPUTS)
    extras: Mapping[str, Any] = bundle.manifest.config.get("scalings", {})
    scalings: dict[Modality, Scaling] = {}
    for modality, spec in bundle.manifest.inputs.items():
        own = {n.split(".", 1)[1]: t.numpy() for n, t in tensors.items() if n.startswith(f"{modality}.")}
        try:
            scalings[modality] = scaling.rebuild(spec, extras.get(str(modality), {}), own)
        except (KeyError, TypeError) as error:
            raise BundleError(f"{bundle.manifest.name}: the scaling of {modality} is incomplete ({error})") from None
    return Inputs(dict(bundle.manifest.inputs), scalings)
