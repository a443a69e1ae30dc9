"""The patch encoders there are: our own, and those that plugins bring.

A plugin is a package with an entry point of the group `survgui.encoders`, whose object is called with a
`torch.device` and gives a `PatchEncoder`: licence-gated pathology encoders cannot be shipped, and are what
many users will bring. A broken plugin is a line in the log and absent from the list.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from survgui import storage
from survgui.cases.bundle import Input
from survgui.cases.case import Modality
from survgui.encoders import efficientnet, tile_choice
from survgui.encoders.onnx_session import Session, open_session
from survgui.errors import DeviceError, SurvguiError, UsageError
from survgui.nets.device import CPU, halving

log = logging.getLogger(__name__)

GROUP = "survgui.encoders"
DEFAULT = efficientnet.NAME
TILES = tile_choice.NAME
"""no patch encoder: it takes some tiles of a slide as they are"""


class PatchEncoder(Protocol):
    """From tiles of a slide to features.

    Attributes:
        name: Such as `efficientnet-lite0`; bundles name the encoder that they take by it.
        dim: Number of features.
        mpp: Resolution of the tiles, µm per pixel.
        pixels: Side of a tile.
        backend: What computes and how precisely, such as `onnxruntime fp32`; read it after encoding, since
            running out of memory may change it.
        digest: SHA-256 of the weights.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def modality(self) -> Modality: ...  # noqa: D102
    @property
    def dim(self) -> int: ...  # noqa: D102
    @property
    def mpp(self) -> float: ...  # noqa: D102
    @property
    def pixels(self) -> int: ...  # noqa: D102
    @property
    def backend(self) -> str: ...  # noqa: D102
    @property
    def digest(self) -> str: ...  # noqa: D102

    def encode(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, pixels, pixels, 3) uint8 RGB to (B, dim) float32, for any B."""
        ...


class EfficientNetEncoder:
    """EfficientNet-Lite0: ONNX Runtime on a CPU, torch where that fails or another device is asked for.

    Args:
        device: On which torch computes; ONNX Runtime is tried for the CPU only.
        accelerate: False leaves ONNX Runtime out.
    """

    name = efficientnet.NAME
    modality = Modality.PATHOLOGY
    dim = efficientnet.DIM
    mpp = efficientnet.MPP
    pixels = efficientnet.PIXELS

    def __init__(self, device: torch.device = CPU, *, accelerate: bool = True) -> None:
        self.digest = storage.sha256(efficientnet.weights_path())
        self._device = device
        self._batch = 0
        self._session: Session | None = None
        network = efficientnet.fold(efficientnet.load())
        if device.type == "cpu" and accelerate:
            try:
                self._session = open_session(network, self.name, self.digest, self.pixels)
            except DeviceError as error:
                log.warning("%s runs on torch, several times slower: %s", self.name, error)
        self._network = network

    @property
    def backend(self) -> str:
        """`onnxruntime fp32`, or torch with its device and precision."""
        if self._session is not None:
            return "onnxruntime fp32"
        return f"torch {self._device.type} {'fp32' if self._device.type == 'cpu' else 'fp16'}"

    def encode(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, 224, 224, 3) uint8 RGB to (B, 1280) float32.

        Raises:
            OutOfMemory: Not even one tile fits.
        """
        if self._session is not None:
            return self._session(tiles)
        batch = min(len(tiles), self._batch or len(tiles))

        def work(batch: int, device: torch.device) -> NDArray[np.float32]:
            parts = [self._forward(tiles[at : at + batch], device) for at in range(0, len(tiles), batch)]
            return np.concatenate(parts)

        features, used, self._device = halving(work, max(1, batch), self._device)
        self._batch = used if used < batch else self._batch
        return features

    @torch.inference_mode()
    def _forward(self, tiles: NDArray[np.uint8], device: torch.device) -> NDArray[np.float32]:
        """One batch through torch."""
        network = self._network.to(device)
        half = torch.autocast(device.type, dtype=torch.float16) if device.type != "cpu" else nullcontext()
        with half:
            features: NDArray[np.float32] = network(torch.from_numpy(tiles).to(device)).float().cpu().numpy()
        return features


Maker = Callable[[torch.device], PatchEncoder]

_OWN: dict[str, Maker] = {DEFAULT: EfficientNetEncoder}


def encoder_names() -> tuple[str, ...]:
    """Names of what can be asked for to encode slides, our own first."""
    return tuple(dict.fromkeys((*_OWN, TILES, *_plugins())))


def slide_encoder(inputs: Mapping[Modality, Input]) -> str:
    """The encoder whose slides a bundle with these inputs takes; the default where it is none that is here."""
    wanted = inputs.get(Modality.PATHOLOGY)
    return wanted.encoder if wanted is not None and wanted.encoder in encoder_names() else DEFAULT


def patch_encoder(name: str = DEFAULT, device: torch.device | str = CPU) -> PatchEncoder:
    """The patch encoder of this name, ready on this device.

    Raises:
        UsageError: No encoder has this name, or the plugin that has it does not start.
    """
    device = torch.device(device)
    if name in _OWN:
        return _OWN[name](device)
    if name == TILES:
        raise UsageError(f"{TILES} takes tiles as they are and gives no features of them [ENC-02]")
    maker = _plugins().get(name)
    if maker is None:
        raise UsageError(f"there is no encoder {name}; there are: {', '.join(encoder_names())} [ENC-02]")
    try:
        return maker(device)
    except SurvguiError:
        raise
    except Exception as error:  # a plugin's code: whatever it raises is its failure, not a crash of ours
        raise UsageError(f"the encoder {name} does not start ({error}); see its documentation [ENC-03]") from error


def _plugins() -> dict[str, Maker]:
    """The plugins that can be loaded, by name; one of ours cannot be replaced."""
    loaded = {point.name: _load(point) for point in entry_points(group=GROUP) if point.name not in (*_OWN, TILES)}
    return {name: maker for name, maker in loaded.items() if maker is not None}


@cache
def _load(point: EntryPoint) -> Maker | None:
    """The plugin's maker, or None; each is tried and complained about once a run."""
    try:
        maker: Maker = point.load()
        if not callable(maker):
            raise TypeError(f"{point.value} is not callable")
    except Exception as error:  # importing a stranger's package may raise anything
        log.warning("the encoder plugin %s is left out: %s: %s", point.name, type(error).__name__, error)
        return None
    return maker
