"""A tiny network of every kind of modality, none of whose parts is silent, and patients for it."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.masked.autoencoder import MaskedAutoencoder
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae

CLINICAL, MRI, PATHOLOGY, RNA = Modality.CLINICAL, Modality.MRI, Modality.PATHOLOGY, Modality.RNA
INPUTS = {
    CLINICAL: (Kind.FIELDS, (1, 3)),
    PATHOLOGY: (Kind.TILES, (2, 3, 16, 16)),
    RNA: (Kind.VECTOR, (1, 13)),  # the last of its patches is padded
    MRI: (Kind.VOLUME, (2, 8, 8, 8)),
}
CONFIG = ImputmaeConfig(
    width=16, heads=2, vector_layers=1, image_layers=1, decoder_layers=1, rna_patch=5, vector_patch=4,
    tile_pixels=16, tile_patch=8, volume_side=8, volume_patch=4, factors=3, own_factors=2, bins=4,
)  # fmt: skip
PRESENT = torch.tensor(
    [[1, 1, 1, 1], [1, 0, 1, 0], [0, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]], dtype=torch.bool
)


def batch_of(present: Tensor = PRESENT, seed: int = 0) -> Batch:
    """Random measurements, zero where absent as the pipeline has them."""
    luck = torch.Generator().manual_seed(seed)
    inputs = {}
    for k, (m, (_, shape)) in enumerate(INPUTS.items()):
        x = torch.randn(len(present), *shape, generator=luck)
        inputs[m] = x * present[:, k].view(-1, *[1] * len(shape))
    return Batch(inputs, {}, present)


def with_other(batch: Batch, place: int, rows: Tensor) -> Batch:
    """The same patients with other content of one modality in some rows."""
    m = list(INPUTS)[place]
    x = batch.inputs[m].clone()
    x[rows] = 7.0 * torch.randn(x[rows].shape, generator=torch.Generator().manual_seed(99))
    return Batch({**batch.inputs, m: x}, {}, batch.present)


@cache
def fitted_factors(shared: int) -> dict[str, Tensor]:
    """The closed form of patients in whom all modalities show one thing."""
    body = MaskedAutoencoder(CONFIG.changed({"factors": shared}), INPUTS)
    if shared:
        many, luck = batch_of(torch.ones(40, 4, dtype=torch.bool), seed=5), torch.Generator().manual_seed(6)
        factor = torch.randn(40, 1, generator=luck)
        for x in many.inputs.values():
            x += (factor * torch.randn(1, x[0].numel(), generator=luck)).view_as(x)
        cut = {m: x.mean(dim=1) if m is PATHOLOGY else x for m, x in body.cut(many).items()}
        body.factors.fit(cut, many.present)
    return body.factors.state_dict()


def make_net(**changes) -> Imputmae:
    """A network with random weights, fitted factors and random maps of its latents."""
    net = Imputmae(CONFIG.changed(changes), INPUTS, CONFIG.bins).eval()
    luck = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for x in [*net.parameters(), net.latent_map, net.latent_offset, net.mean_specific, net.head.weights]:
            x.copy_(0.3 * torch.randn(x.shape, generator=luck))
        for norm in (x for x in net.modules() if isinstance(x, torch.nn.LayerNorm)):
            norm.weight += 1.0
        net.head.slope.fill_(0.7)
        net.head.constant.fill_(0.2)
    net.autoencoder.factors.load_state_dict(fitted_factors(net.config.factors))
    return net


@pytest.fixture(scope="module")
def net() -> Imputmae:
    return make_net()


@pytest.fixture
def batch() -> Batch:
    return batch_of()
