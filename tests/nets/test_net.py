import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.must import Must, MustConfig
from survgui.nets.net import SurvivalNet

SHAPES = {Modality.RNA: (Kind.VECTOR, (1, 9)), Modality.CNV: (Kind.VECTOR, (1, 5))}
NETS = {
    "must": lambda: Must(MustConfig(width=16, rank=4, factors=2, leading=2, hubs=2, queries=4, hidden=8), SHAPES, 3),
    "imputmae": lambda: Imputmae(ImputmaeConfig(width=12, heads=2, factors=0, freezing="encoders"), SHAPES, 3),
}


@pytest.fixture(scope="module", params=list(NETS))
def net(request):
    torch.manual_seed(0)
    made = NETS[request.param]().eval()
    torch.nn.init.normal_(made.mean_specific)
    return made


def batch_of(*present):
    return Batch({m: torch.randn(len(present), *s) for m, (_, s) in SHAPES.items()}, {}, torch.tensor(present).bool())


def test_a_network_says_whether_it_has_a_component_that_modalities_share(net):
    assert net.has_shared is isinstance(net, Must)
    assert isinstance(net, SurvivalNet) and net.modalities == tuple(SHAPES)


@torch.no_grad()
def test_embedding_is_reading_and_hiding_what_is_absent(net):
    batch = batch_of([1, 1], [0, 1])
    read = net.read(batch)
    parts, expected = net.embed(batch), net.parts(read.whole, read.unique, batch.present)
    assert torch.equal(parts.specific, expected.specific) and torch.equal(parts.shared, expected.shared)
    assert torch.equal(parts.specific[batch.present], net.own(read.unique)[batch.present])
    # hiding from what was read is the same as never having had it
    hidden = net.parts(read.whole, read.unique, torch.tensor([[False, True], [False, True]]))
    without = net.embed(Batch(batch.inputs, {}, torch.tensor([[False, True], [False, True]])))
    assert torch.equal(hidden.specific, without.specific) and torch.equal(hidden.shared, without.shared)


@torch.no_grad()
def test_a_patient_without_anything_stands_at_the_development_mean(net):
    parts = net.embed(batch_of([0, 0]))
    assert torch.allclose(parts.shared[0], net.mean_shared) and torch.equal(parts.specific[0], net.mean_specific)
    hazards = net.log_hazards(parts.shared, parts.specific)
    assert hazards.shape == (1, 3) and torch.isfinite(hazards).all()
    assert torch.isnan(net.fidelity(net.read(batch_of([0, 0])), torch.zeros(1, 2, dtype=torch.bool))).all()
