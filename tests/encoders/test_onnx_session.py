import numpy as np
import pytest
import torch
from torch import nn

from survgui import paths
from survgui.encoders import onnx_session
from survgui.errors import DeviceError

PIXELS = 8


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 5, 3)

    def forward(self, tiles):
        return torch.relu(self.conv(tiles.permute(0, 3, 1, 2).float() / 255)).mean((2, 3))


@pytest.fixture
def network():
    return Small().eval().requires_grad_(False)


@pytest.fixture
def tiles():
    return np.random.default_rng(1).integers(0, 256, (7, PIXELS, PIXELS, 3), dtype=np.uint8)


def test_a_session_says_what_torch_says_for_any_number_of_tiles(network, tiles):
    session = onnx_session.open_session(network, "small", "0" * 64, PIXELS)
    for some in (tiles, tiles[:1]):
        with torch.inference_mode():
            expected = network(torch.from_numpy(some)).numpy()
        np.testing.assert_allclose(session(some), expected, atol=1e-5)
        assert session(some).dtype == np.float32


def test_the_export_is_made_once_and_again_when_damaged(network, tiles, monkeypatch):
    first = onnx_session.open_session(network, "small", "0" * 64, PIXELS)(tiles)
    (path,) = (paths.user_cache() / "encoders").glob("*.onnx")
    exports = []
    export = onnx_session._export
    monkeypatch.setattr(onnx_session, "_export", lambda *given: exports.append(1) or export(*given))
    np.testing.assert_array_equal(onnx_session.open_session(network, "small", "0" * 64, PIXELS)(tiles), first)
    assert not exports
    path.write_bytes(path.read_bytes()[:-100])
    np.testing.assert_array_equal(onnx_session.open_session(network, "small", "0" * 64, PIXELS)(tiles), first)
    assert len(exports) == 1
    onnx_session.open_session(network, "small", "1" * 64, PIXELS)  # other weights are another file
    assert len(exports) == 2


def test_a_session_that_disagrees_with_torch_is_refused_and_not_kept(network, monkeypatch):
    other = Small().eval().requires_grad_(False)
    other.conv.weight.neg_()
    wrong = onnx_session._export(other, PIXELS)
    monkeypatch.setattr(onnx_session, "_export", lambda *_: wrong)
    with pytest.raises(DeviceError, match="not torch's"):
        onnx_session.open_session(network, "small", "0" * 64, PIXELS)
    assert not (paths.user_cache() / "encoders").exists()


@pytest.mark.parametrize("module", ["onnxruntime", "onnx"])
def test_missing_packages_are_a_reason_not_a_crash(network, module, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(DeviceError, match="not installed"):
        onnx_session.open_session(network, "small", "0" * 64, PIXELS)


def test_a_network_that_cannot_be_exported_is_a_reason(monkeypatch):
    class Strange(nn.Module):
        def forward(self, tiles):
            return torch.linalg.eigvals(tiles[..., 0].float()).real

    with pytest.raises(DeviceError, match="export"):
        onnx_session.open_session(Strange(), "strange", "0" * 64, PIXELS)
