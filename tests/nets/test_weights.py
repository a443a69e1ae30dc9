import numpy as np
import pytest
import torch
from torch import nn

from survgui.errors import BundleError
from survgui.nets import weights


def test_tensors_round_trip_even_when_they_share_memory(tmp_path):
    base = torch.arange(6.0).reshape(2, 3)
    weights.save_tensors(tmp_path / "t.safetensors", {"a": base, "b": base.T, "c": np.array([True, False])})
    back = weights.load_tensors(tmp_path / "t.safetensors")
    assert torch.equal(back["a"], base) and torch.equal(back["b"], base.T) and back["c"].tolist() == [True, False]


def test_a_module_comes_back_in_16_bits(tmp_path):
    torch.manual_seed(0)
    one, other = nn.Linear(4, 3), nn.Linear(4, 3)
    weights.save_module(tmp_path / "m.safetensors", one, half=True)
    weights.load_module(tmp_path / "m.safetensors", other)
    assert other.weight.dtype == torch.float32
    assert torch.allclose(one.weight, other.weight, atol=1e-3)


def test_buffers_are_halved_where_their_module_says_so(tmp_path):
    class Table(nn.Module):
        halved = ("rough",)

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("rough", torch.full((4,), 1 / 3))
            self.register_buffer("exact", torch.full((4,), 1 / 3))

    for half, halved in ((True, torch.float16), (False, torch.float32)):
        weights.save_module(tmp_path / "m.safetensors", nn.Sequential(Table()), half=half)
        stored = weights.load_tensors(tmp_path / "m.safetensors")
        assert (stored["0.rough"].dtype, stored["0.exact"].dtype) == (halved, torch.float32)


@pytest.mark.parametrize("content", [b"", b"\x00" * 40, b"\x80\x04pickled"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "m.safetensors").write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        weights.load_tensors(tmp_path / "m.safetensors")


def test_other_shapes_and_values_that_are_no_numbers_are_refused(tmp_path):
    weights.save_module(tmp_path / "m.safetensors", nn.Linear(4, 3))
    with pytest.raises(BundleError, match="does not fit"):
        weights.load_module(tmp_path / "m.safetensors", nn.Linear(5, 3))
    bad = nn.Linear(2, 2)
    nn.init.constant_(bad.weight, float("nan"))
    weights.save_module(tmp_path / "n.safetensors", bad)
    with pytest.raises(BundleError, match="no numbers"):
        weights.load_module(tmp_path / "n.safetensors", nn.Linear(2, 2))
