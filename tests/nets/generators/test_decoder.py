import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.generators.decoder import Latent, Reencode
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.must import Must, MustConfig

CLINICAL, RNA, DNAM = Modality.CLINICAL, Modality.RNA, Modality.DNAM
WIDTHS = {CLINICAL: 3, RNA: 20, DNAM: 12}
TINY = ImputmaeConfig(width=16, heads=2, vector_layers=1, decoder_layers=1, vector_patch=4, rna_patch=4, dnam_patch=4)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    made = Imputmae(TINY, {m: (Kind.VECTOR, (1, w)) for m, w in WIDTHS.items()}, bins=4).eval()
    torch.nn.init.normal_(made.latent_map)
    for parameter in made.autoencoder.heads.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made


def parts_of(net, present):
    draw = torch.Generator().manual_seed(1)
    inputs = {m: torch.randn(len(present), 1, w, generator=draw) for m, w in WIDTHS.items()}
    return net.embed(Batch(inputs, {}, torch.tensor(present, dtype=torch.bool)))


def drawn_by(generator, net, parts, draws, seed=0):
    with torch.no_grad():
        (found,) = generator(net).draw(net, parts, draws, seed, 1)
    return found


@pytest.mark.parametrize("generator", [Latent, Reencode])
def test_one_draw_sees_all_that_is_present(net, generator):
    parts = parts_of(net, [[1, 1, 0], [0, 1, 0]])
    way = net.decoded_latents if generator is Latent else net.reencoded_latents
    expected = way(parts.whole, net.visible(parts.present))
    assert torch.allclose(drawn_by(generator, net, parts, 1)[:, 0], expected, atol=1e-5)


@pytest.mark.parametrize("generator", [Latent, Reencode])
def test_draws_see_random_parts_that_the_seed_decides(net, generator):
    parts = parts_of(net, [[1, 1, 0], [0, 1, 0], [1, 0, 1]])
    together = drawn_by(generator, net, parts, 5)
    assert together.shape == (3, 5, *parts.specific.shape[1:])
    assert torch.equal(together, drawn_by(generator, net, parts, 5))
    assert together[0].std(dim=0).max() > 1e-4
    assert not torch.allclose(together, drawn_by(generator, net, parts, 5, seed=1))


def test_a_patient_gets_the_same_draws_by_himself(net):
    several = parts_of(net, [[1, 1, 0]] * 70)  # more than go through the decoder at once
    first = type(several)(several.shared[:1], several.specific[:1], several.whole[:1], several.present[:1])
    together, alone = drawn_by(Latent, net, several, 4), drawn_by(Latent, net, first, 4)
    assert torch.allclose(together[:1], alone, atol=1e-5)


def test_what_is_absent_is_never_seen(net):
    parts = parts_of(net, [[1, 0, 1]])
    other = type(parts)(parts.shared, parts.specific, parts.whole.clone(), parts.present)
    other.whole[:, 1] = 99.0
    assert torch.equal(drawn_by(Latent, net, parts, 3), drawn_by(Latent, net, other, 3))


def test_another_network_has_no_such_decoder(net):
    must = Must(MustConfig(), {RNA: (Kind.VECTOR, (1, 8))}, 4)
    with pytest.raises(TypeError, match="latent is the decoder of an impuTMAE network"):
        next(Latent(net).draw(must, parts_of(net, [[1, 0, 1]]), 2, 0, 1))
