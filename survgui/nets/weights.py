"""Tensors to safetensors files and back; the only files that `nets` knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from survgui import storage
from survgui.errors import BundleError


def save_tensors(path: Path, tensors: Mapping[str, Tensor | NDArray[np.generic]]) -> None:
    """Write tensors atomically; none of them may share memory in the file, so each is copied."""
    plain = {name: torch.as_tensor(value).detach().cpu().clone().contiguous() for name, value in tensors.items()}
    storage.write_bytes(path, save(plain))


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors.

    Raises:
        BundleError: Missing, or not a whole safetensors file.
    """
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise BundleError(f"{path.parent.name}/{path.name} is damaged; install the bundle again [BUN-05]") from error


def save_module(path: Path, module: nn.Module, *, half: bool = False) -> None:
    """Write a network.

    Args:
        half: Store its parameters in 16 bits. Its buffers, which are statistics, stay as they are, but for those that
            a module names in `halved`.
    """
    rough = {name for name, _ in module.named_parameters()} if half else set()
    if half:
        for prefix, part in module.named_modules():
            rough |= {f"{prefix}.{name}".lstrip(".") for name in getattr(part, "halved", ())}
    save_tensors(path, {k: v.half() if k in rough else v for k, v in module.state_dict().items()})


def load_module(path: Path, module: nn.Module) -> None:
    """Fill a network from a file, every tensor of it.

    Raises:
        BundleError: Names or shapes differ from the network's, or a value is not finite.
    """
    tensors = {
        name: value.float() if value.is_floating_point() else value for name, value in load_tensors(path).items()
    }
    if any(not bool(torch.isfinite(value).all()) for value in tensors.values() if value.is_floating_point()):
        raise BundleError(f"{path.parent.name}/{path.name} holds values that are no numbers; install it again [BUN-05]")
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        first = str(error).strip().splitlines()[-1].strip()
        raise BundleError(
            f"{path.parent.name}/{path.name} does not fit its manifest ({first}); install the bundle again [BUN-06]"
        ) from None
