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
TINY = ImputmaeConfig(
    width=16, factors=3, heads=2, vector_layers=1, decoder_layers=1, vector_patch=4, rna_patch=4, dnam_patch=4
)


def make_net(**changes):
    torch.manual_seed(0)
    shapes = {m: (Kind.VECTOR, (1, w)) for m, w in WIDTHS.items()}
    made = Imputmae(TINY.changed(changes), shapes, bins=4).eval()
    torch.nn.init.normal_(made.latent_map)
    draw = torch.Generator().manual_seed(2)
    patched = {m: cut.cut(torch.randn(60, 1, WIDTHS[m], generator=draw)) for m, cut in made.autoencoder.patches.items()}
    if made.config.factors:
        made.autoencoder.factors.fit(patched, torch.ones(60, 3, dtype=torch.bool))
    for parameter in made.autoencoder.heads.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made


@pytest.fixture(scope="module")
def net():
    return make_net()


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


def test_draws_vary_with_the_factors_where_all_patches_are_seen_and_with_the_patches_without_factors():
    for changes, varies in (({"keep": 1.0}, True), ({"factors": 0}, True), ({"factors": 0, "keep": 1.0}, False)):
        other = make_net(**changes)
        drawn = drawn_by(Latent, other, parts_of(other, [[1, 1, 0]]), 4)
        assert (float(drawn[0, :, 2].std(dim=0).max()) > 1e-4) is varies


def test_the_factors_of_two_draws_lie_on_both_sides_of_their_mean():
    other = make_net(keep=1.0)
    parts = parts_of(other, [[1, 1, 0], [0, 0, 1]])
    drawn, mean = drawn_by(Latent, other, parts, 2), drawn_by(Latent, other, parts, 1)
    assert torch.allclose(drawn.mean(dim=1), mean[:, 0], atol=1e-4)  # the latent is linear in the factors


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
