"""The network is the one its weights were trained for: judged by statistics stored in them, and by pictures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_images

from survgui.encoders import efficientnet
from survgui.errors import ReadError

DAISY, PALACE = 985, 698


@pytest.fixture(scope="module")
def network():
    return efficientnet.load()


@pytest.fixture(scope="module")
def photographs():
    """(2, 224, 224, 3): a temple and a flower, cut to the middle square."""
    tiles = []
    for picture in load_sample_images().images:
        side = min(picture.shape[:2])
        top, left = ((length - side) // 2 for length in picture.shape[:2])
        square = Image.fromarray(picture[top : top + side, left : left + side])
        tiles.append(np.asarray(square.resize((224, 224), Image.Resampling.BICUBIC)))
    return torch.from_numpy(np.stack(tiles))


def test_every_stored_tensor_has_its_place_and_the_size_is_the_papers(network):
    stored = torch.load(efficientnet.weights_path(), weights_only=True)  # noqa: TID251
    assert len(network.state_dict()) == len(stored)
    assert sum(p.numel() for p in network.parameters()) == 4_652_008  # 4.65 million (EfficientNet-Lite0)


def test_features_are_what_the_classifier_was_trained_on(network, photographs):
    with torch.inference_mode():
        assert network(photographs).shape == (2, 1280)
        assert network.classes(photographs).argmax(1).tolist() == [PALACE, DAISY]


def test_every_layer_meets_the_statistics_that_its_weights_hold(network, photographs):
    """A wrong colour scale, padding, kernel or residual shows from the layer at which it happens.

    Layers that follow a linear one have means near 0 and say little, so they are left out.
    """
    after_activation = [network.stem, *(unit for block in network.blocks for unit in (block.depthwise, block.project))]
    seen = []
    hooks = [
        unit.norm.register_forward_hook(lambda norm, given, _: seen.append((given[0].mean((0, 2, 3)), norm)))
        for unit in after_activation
    ]
    with torch.inference_mode():
        network(photographs)
    for hook in hooks:
        hook.remove()
    agreement = [torch.corrcoef(torch.stack([found, norm.running_mean]))[0, 1].item() for found, norm in seen]
    assert agreement[0] > 0.99  # 0.73 with ImageNet's usual means and deviations
    assert min(agreement) > 0.8
    assert np.median(agreement) > 0.95


def test_stride_two_pads_right_and_below_only():
    unit = efficientnet.Unit(1, 1, kernel=3, stride=2).eval()
    torch.nn.init.ones_(unit.conv.weight)
    spot = torch.zeros(1, 1, 4, 4)
    spot[..., 0, 0] = 1
    with torch.inference_mode():
        assert (unit(spot) > 0).nonzero()[:, 2:].tolist() == [[0, 0]]
        assert unit(spot.flip(2, 3)).flip(2, 3)[0, 0, 0, 0] > 0
    assert unit.padding == (0, 1, 0, 1)
    assert efficientnet.Unit(1, 1, kernel=5, stride=2).padding == (1, 2, 1, 2)
    assert efficientnet.Unit(1, 1, kernel=5).padding == (2, 2, 2, 2)


def test_folding_changes_nothing(network, photographs):
    folded = efficientnet.fold(efficientnet.load())
    with torch.inference_mode():
        torch.testing.assert_close(folded(photographs), network(photographs), atol=1e-4, rtol=1e-4)


def test_other_weights_are_refused(tmp_path: Path):
    path = tmp_path / "other.pth"
    torch.save({"_conv_stem.weight": torch.zeros(32, 3, 3, 3)}, path)
    with pytest.raises(ReadError, match="ENC-01"):
        efficientnet.load(path)
    with pytest.raises(ReadError, match="ENC-01"):
        efficientnet.load(tmp_path / "missing.pth")
