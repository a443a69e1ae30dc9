from importlib.metadata import EntryPoint

import numpy as np
import pytest
import torch

from survgui.cases.bundle import Input
from survgui.cases.case import Kind, Modality
from survgui.encoders import onnx_session, registry
from survgui.errors import DeviceError, OutOfMemory, UsageError


@pytest.fixture
def plain(monkeypatch):
    """The encoder on torch alone."""
    return registry.EfficientNetEncoder(accelerate=False)


@pytest.fixture
def tiles():
    return np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)


def test_both_backends_say_the_same_and_say_which_they_are(plain, tiles):
    fast = registry.patch_encoder()
    assert (fast.name, fast.modality, fast.dim) == ("efficientnet-lite0", Modality.PATHOLOGY, 1280)
    assert (fast.mpp, fast.pixels, len(fast.digest)) == (0.5, 224, 64)
    assert fast.backend == "onnxruntime fp32"
    assert plain.backend == "torch cpu fp32"
    found, expected = fast.encode(tiles), plain.encode(tiles)
    assert found.shape == (5, 1280)
    assert found.dtype == expected.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_without_onnx_runtime_torch_goes_on_and_the_log_says_so(monkeypatch, caplog, tiles):
    def refuse(*_):
        raise DeviceError("onnxruntime is not installed")

    monkeypatch.setattr(registry, "open_session", refuse)
    encoder = registry.patch_encoder()
    assert encoder.backend == "torch cpu fp32"
    assert "not installed" in caplog.text
    assert encoder.encode(tiles[:1]).shape == (1, 1280)


def test_running_out_of_memory_halves_the_batch_and_loses_nothing(plain, tiles, monkeypatch, caplog):
    expected = plain.encode(tiles)
    sizes = []
    forward = plain._forward

    def scarce(some, device):
        sizes.append(len(some))
        if len(some) > 2:
            raise torch.OutOfMemoryError("out of memory")
        return forward(some, device)

    monkeypatch.setattr(plain, "_forward", scarce)
    np.testing.assert_allclose(plain.encode(tiles), expected, atol=1e-5)
    np.testing.assert_allclose(plain.encode(tiles), expected, atol=1e-5)
    assert sizes == [5, 2, 2, 1, 2, 2, 1]  # the second call remembers what fits


def test_no_memory_at_all_is_a_stated_failure(plain, tiles, monkeypatch):
    def none(*_):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(plain, "_forward", none)
    with pytest.raises(OutOfMemory):
        plain.encode(tiles)


class Plugin:
    name, modality, dim, mpp, pixels, backend, digest = "colour", Modality.PATHOLOGY, 3, 1.0, 32, "numpy fp32", "0"

    def __init__(self, device):
        self.device = device

    def encode(self, tiles):
        return tiles.mean((1, 2), dtype=np.float32)


def broken(device):
    raise RuntimeError("no licence key")


NOT_CALLABLE = 5


@pytest.fixture
def plugins(monkeypatch):
    points = [
        EntryPoint("colour", f"{__name__}:Plugin", registry.GROUP),
        EntryPoint("gone", "no_such_package:Encoder", registry.GROUP),
        EntryPoint("number", f"{__name__}:NOT_CALLABLE", registry.GROUP),
        EntryPoint("refuses", f"{__name__}:broken", registry.GROUP),
        EntryPoint("efficientnet-lite0", f"{__name__}:broken", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else [])
    registry._load.cache_clear()


def test_a_plugin_is_an_encoder_like_ours(plugins):
    encoder = registry.patch_encoder("colour", "cpu")
    assert encoder.device == torch.device("cpu")
    assert encoder.encode(np.full((2, 32, 32, 3), 7, np.uint8)).tolist() == [[7, 7, 7]] * 2


def test_a_broken_plugin_is_a_line_in_the_log_and_not_in_the_list(plugins, caplog):
    assert registry.encoder_names() == ("efficientnet-lite0", "tiles-256", "colour", "refuses")
    registry.encoder_names()
    assert caplog.text.count("gone is left out") == 1
    assert caplog.text.count("number is left out") == 1
    with pytest.raises(UsageError, match=r"there is no encoder gone; there are: efficientnet-lite0, tiles-256, colour"):
        registry.patch_encoder("gone")
    with pytest.raises(UsageError, match="no licence key"):
        registry.patch_encoder("refuses")


def test_tiles_can_be_asked_for_and_are_no_features():
    with pytest.raises(UsageError, match="tiles-256 takes tiles as they are and gives no features"):
        registry.patch_encoder("tiles-256")


@pytest.mark.parametrize(
    ("inputs", "encoder"),
    [
        ({}, "efficientnet-lite0"),
        ({Modality.PATHOLOGY: "tiles-256"}, "tiles-256"),
        ({Modality.PATHOLOGY: ""}, "efficientnet-lite0"),  # a table of feature rows
        (
            {Modality.PATHOLOGY: "nobody-has-it"},
            "efficientnet-lite0",
        ),  # then the case's slide is not usable, and said so
        ({Modality.MRI: "tiles-256"}, "efficientnet-lite0"),
    ],
)
def test_a_bundle_asks_for_the_encoder_of_its_slides(inputs, encoder):
    taken = {m: Input(Kind.TILES, "mixed", "none", name, (), 0, 0.7, 30) for m, name in inputs.items()}
    assert registry.slide_encoder(taken) == encoder


def test_ours_cannot_be_replaced_by_a_plugin(plugins, monkeypatch):
    monkeypatch.setattr(registry, "open_session", lambda *_: onnx_session.Session.__new__(onnx_session.Session))
    assert isinstance(registry.patch_encoder("efficientnet-lite0"), registry.EfficientNetEncoder)
