"""A network through ONNX Runtime: three to five times torch's speed on a CPU, and checked against it.

A network is exported once into the user's cache, under a name that holds the hash of its weights, and is
used only if it says the same as torch. Whatever goes wrong is a `DeviceError` with the reason: the caller
goes on with torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import logging
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from survgui import paths, storage
from survgui.errors import DeviceError, StorageError

log = logging.getLogger(__name__)

LEAST_COSINE = 0.9999
OPSET = 17


class Session:
    """A network in ONNX Runtime, on the CPU.

    Args:
        content: The ONNX file's bytes.
        threads: Of one call; by default one for each core.
    """

    def __init__(self, content: bytes, threads: int | None = None) -> None:
        runtime = _module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads or cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # waiting threads sleep: on a busy machine spinning costs a third of the speed, and everybody else's
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, P, P, 3) uint8 to (B, D) float32."""
        features: NDArray[np.float32] = self._session.run(None, {self._input: tiles})[0]
        return features


def open_session(network: nn.Module, name: str, digest: str, pixels: int) -> Session:
    """The session of this network, exported if it is not in the cache yet.

    Args:
        network: Takes (B, P, P, 3) uint8 and gives (B, D); in evaluation mode, on the CPU.
        name: Of the encoder, for the file's name.
        digest: SHA-256 of the weights.
        pixels: P, the side of a tile.

    Raises:
        DeviceError: ONNX Runtime is missing, the export failed, or its features are not torch's.
    """
    _module("onnxruntime")
    path = paths.user_cache() / "encoders" / f"{name}-{digest[:16]}.onnx"
    stored = _stored(path)
    if stored is not None:
        with contextlib.suppress(Exception):  # a file that the runtime refuses is exported anew
            return Session(stored)
    content = _export(network, pixels)
    session = _session_of(content)
    _check(session, network, pixels)
    _store(path, content)
    return session


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DeviceError(f"{name} is not installed ({error})") from error


def _export(network: nn.Module, pixels: int) -> bytes:
    """The network as an ONNX file's bytes, for any number of tiles."""
    _module("onnx")
    example = torch.zeros(1, pixels, pixels, 3, dtype=torch.uint8)
    content = io.BytesIO()
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            # torch deprecates this exporter, which needs a tenth of the time and memory of the new one
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (example,),
                content,  # type: ignore[arg-type]  # the stub knows only the new exporter's paths
                input_names=["tiles"],
                output_names=["features"],
                dynamic_axes={"tiles": {0: "n"}, "features": {0: "n"}},
                opset_version=OPSET,
                dynamo=False,
            )
    except Exception as error:  # the exporter raises what it likes; every reason means the same to us
        raise DeviceError(f"the export to ONNX failed ({error})") from error
    return content.getvalue()


def _session_of(content: bytes) -> Session:
    try:
        return Session(content)
    except DeviceError:
        raise
    except Exception as error:  # onnxruntime's own exceptions have no public base
        raise DeviceError(f"ONNX Runtime refuses the export ({error})") from error


def _check(session: Session, network: nn.Module, pixels: int) -> None:
    """Refuse a session that does not say what torch says, on noise of several contrasts."""
    draw = np.random.default_rng(0)
    contrast = np.array([0.1, 0.4, 0.7, 1.0]).reshape(4, 1, 1, 1)
    tiles = (draw.integers(0, 256, (4, pixels, pixels, 3)) * contrast).astype(np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(tiles)).numpy()
    found = session(tiles)
    norms = np.linalg.norm(expected, axis=1) * np.linalg.norm(found, axis=1)
    cosine = float(np.min((expected * found).sum(axis=1) / np.maximum(norms, 1e-12)))
    if not cosine >= LEAST_COSINE:
        raise DeviceError(f"ONNX Runtime's features are not torch's (cosine {cosine:.6f})")


def _stored(path: Path) -> bytes | None:
    """The export in the cache, if it is the one that was checked (its hash lies beside it)."""
    try:
        content = path.read_bytes()
        expected = path.with_suffix(".sha256").read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return None
    return content if hashlib.sha256(content).hexdigest() == expected else None


def _store(path: Path, content: bytes) -> None:
    """Keep a checked export; a full disk only means that it is made again next time."""
    try:
        storage.write_bytes(path, content)
        storage.write_text(path.with_suffix(".sha256"), hashlib.sha256(content).hexdigest())
    except StorageError as error:
        log.warning("the encoder could not be kept for the next time: %s", error)
