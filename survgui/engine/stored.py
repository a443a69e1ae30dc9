"""What a bundle stores beside its network: scalings and the development cohort, read without torch.

The pages that show omics, and a report's pictures, need these alone; a process that loads torch for them would
start two seconds later and hold 200 MB more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from survgui.cases.bundle import Bundle
from survgui.cases.case import Modality
from survgui.cases.development import Reference
from survgui.encoders import patch_scaling, scaling
from survgui.encoders.scaling import Scaling
from survgui.errors import BundleError

INPUTS, DEVELOPMENT = "inputs.safetensors", "development.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class Development:
    """What a bundle keeps of its development cohort; row by row, without ids.

    Attributes:
        reference: Cross-validated risks and outcomes.
        axes: (2, D') principal axes of the components, for the cohort map.
        centre: (D',) their origin.
        explained: Share of the components' variance on each axis; None in bundles that do not say it.
    """

    reference: Reference
    axes: NDArray[np.float32]
    centre: NDArray[np.float32]
    explained: tuple[float, float] | None = None


def read_development(bundle: Bundle) -> Development:
    """The development cohort of a bundle.

    Raises:
        BundleError: The file does not hold what it should.
    """
    arrays = _arrays(bundle.folder / DEVELOPMENT)
    manifest = bundle.manifest
    try:
        lowest = zip(manifest.inputs, arrays["fidelity"], strict=True)
        reference = Reference(
            risks=arrays["risks"].astype(float),
            months=arrays["months"].astype(float),
            events=arrays["events"].astype(bool),
            survival=arrays["survival"].astype(float),
            thresholds=(float(manifest.thresholds[0]), float(manifest.thresholds[1])),
            map_=arrays["map"].astype(float),
            fidelity={m: float(value) for m, value in lowest if np.isfinite(value)},
        )
        shares = [float(share) for share in arrays["explained"]] if "explained" in arrays else []
        explained = (shares[0], shares[1]) if shares else None
        return Development(reference, arrays["axes"], arrays["centre"], explained)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BundleError(f"{manifest.name}/{DEVELOPMENT} is incomplete; install it again [BUN-06]") from error


def read_scalings(bundle: Bundle) -> dict[Modality, Scaling]:
    """The scalings of a bundle, in the order of its inputs.

    Raises:
        BundleError: A scaling is incomplete.
    """
    arrays = _arrays(bundle.folder / INPUTS)
    scalings: dict[Modality, Scaling] = {}
    for modality, spec in bundle.manifest.inputs.items():
        own = {name.split(".", 1)[1]: a for name, a in arrays.items() if name.startswith(f"{modality}.")}
        try:
            extra: Mapping[str, Any] = bundle.manifest.config.get("scalings", {}).get(str(modality), {})
            rebuild = patch_scaling.rebuild if extra.get("form") == patch_scaling.FORM else scaling.rebuild
            scalings[modality] = rebuild(spec, extra, own)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            name = bundle.manifest.name
            raise BundleError(f"{name}: the scaling of {modality} is incomplete; install it again [BUN-06]") from error
    return scalings


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise BundleError(f"{path.parent.name}/{path.name} is damaged; install the bundle again [BUN-05]") from error
