"""The five peers, small, fitted once on 120 patients of the simulated cohort."""

from __future__ import annotations

import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.cases.step import run_to_end
from survgui.engine.methods.contract import Options
from survgui.engine.methods.peers.blocks import PeerConfig
from survgui.engine.methods.peers.cmta import Cmta
from survgui.engine.methods.peers.drim import Drim, two_or_more
from survgui.engine.methods.peers.ldcvae import LdCvae
from survgui.engine.methods.peers.shaspec import ShaSpec
from survgui.engine.methods.peers.survpath import SurvPath
from survgui.engine.methods.peers.training import every_modality, peer
from survgui.engine.methods.views import two_views
from survgui.nets.batch import Batch
from survgui.nets.must import MustConfig
from tests.engine.conftest import make_cohort

SMALL = PeerConfig(width=16, queries=4, dropout=0.1, epochs=10, batch=32, learning_rate=1e-2)
OPTIONS = Options(MustConfig(components=8, group_components=4), draws=4)
NETS = {
    "cmta": (Cmta, two_views),
    "survpath": (SurvPath, two_views),
    "shaspec": (ShaSpec, every_modality),
    "ldcvae": (LdCvae, two_views),
    "drim": (Drim, two_or_more),
}
FITS = {name: peer(net, choose, SMALL) for name, (net, choose) in NETS.items()}

PATHOLOGY, RNA, CNV = Modality.PATHOLOGY, Modality.RNA, Modality.CNV
VIEWS = ((PATHOLOGY,), (RNA, CNV))
SHAPES = {PATHOLOGY: (Kind.BAG, (5,)), RNA: (Kind.VECTOR, (3, 4)), CNV: (Kind.VECTOR, (1, 2))}


def make_net(name: str, config: PeerConfig = SMALL) -> torch.nn.Module:
    """An untrained network of the three modalities above, each a view of its own where the method has it so."""
    torch.manual_seed(0)
    views = VIEWS if NETS[name][1] is two_views else tuple((m,) for m in SHAPES)
    return NETS[name][0](views, SHAPES, 4, config)


def make_batch(present: list[list[int]], fill: float | None = None, seed: int = 0) -> Batch:
    """Random patients; what is absent holds zeros, or `fill`."""
    here = torch.tensor(present, dtype=torch.bool)
    random = torch.Generator().manual_seed(seed)
    shapes = {PATHOLOGY: (6, 5), RNA: (3, 4), CNV: (1, 2)}
    inputs = {}
    for column, (modality, shape) in enumerate(shapes.items()):
        x = torch.randn(len(here), *shape, generator=random)
        inputs[modality] = torch.where(here[:, column, None, None], x, torch.full_like(x, fill or 0.0))
    return Batch(inputs, {PATHOLOGY: here[:, :1].expand(-1, 6)}, here)


@pytest.fixture(scope="package")
def many():
    return make_cohort(200)


@pytest.fixture(scope="package")
def models(many):
    return {name: run_to_end(fit(many, many.ids[:120], OPTIONS)) for name, fit in FITS.items()}
