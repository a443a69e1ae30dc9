from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.nets.must_paper import (
    MustPaper,
    Pair,
    PaperConfig,
    Side,
    Vectors,
    decomposition_loss,
    discrete_nll,
    orthogonality_loss,
    shared_loss,
    survival_of,
)

CONFIG = PaperConfig(width=16, rank=4, queries=4, snn_hidden=8, diffusion_width=16, diffusion_layers=1)
SIDES = Side(6), Side(9, ((0, 1, 2), (2, 3, 4, 5), (6, 7, 8)))


def network(**changes):
    torch.manual_seed(0)
    built = MustPaper(replace(CONFIG, **changes), SIDES, bins=4).eval()
    with torch.no_grad():
        built.subspace.raw += 0.3 * torch.randn(16, 4)  # as after some training
        built.mean_shared.normal_()
    return built


@pytest.fixture
def must():
    return network()


def pair(n=3, patches=7, seed=1):
    torch.manual_seed(seed)
    inputs = torch.randn(n, patches, 6), torch.randn(n, 9)
    return Pair(inputs, (torch.ones(n, patches, dtype=torch.bool), None), torch.ones(n, 2, dtype=torch.bool))


def random_vectors(n=5, width=16):
    torch.manual_seed(2)
    return Vectors(*torch.randn(3, n, 2, width, dtype=torch.float64))


def projector(space):
    return (space.basis @ space.basis.T).double()


def test_the_projector_is_idempotent_and_symmetric(must):
    P = must.double().subspace.shared(torch.eye(16, dtype=torch.float64))
    assert torch.allclose(P @ P, P, atol=1e-12) and torch.allclose(P, P.T, atol=1e-12)
    assert torch.linalg.matrix_rank(P) == 4


def test_identity_a_u_cancels_from_the_recovered_shared_part(must):
    v, space = random_vectors(), must.double().subspace
    for other_u in (v.unique, 3.0 * v.unique + 1.0):
        recovered = v.whole - space.specific(other_u)  # c~ = g - (I - P) u
        assert torch.allclose(space.shared(recovered), space.shared(v.whole), atol=1e-12)


def test_identity_b_projected_parts_are_orthogonal_and_raw_ones_are_not(must):
    v, space = random_vectors(), must.double().subspace
    inner = (space.specific(v.unique) * space.shared(v.crossed)).sum(dim=-1)
    assert inner.abs().max() < 1e-12
    assert (v.unique * v.crossed).sum(dim=-1).abs().min() > 1e-3


def test_the_losses_are_what_they_say_by_hand(must):
    v, space = random_vectors(), must.double().subspace
    g, u, c = (x.numpy() for x in (v.whole, v.unique, v.crossed))
    P = projector(space).detach().numpy()
    decomposition = shared = orthogonality = 0.0
    for row in range(5):
        for m in (0, 1):
            made = u[row, m] - P @ u[row, m] + P @ c[row, m]
            decomposition += np.mean((g[row, m] - made) ** 2) / 5
            orthogonality += cosine(u[row, m], c[row, m]) ** 2 / 5
        shared += np.mean((P @ c[row, 0] - P @ c[row, 1]) ** 2) / 5
        orthogonality += cosine(u[row, 0] - P @ u[row, 0], u[row, 1] - P @ u[row, 1]) ** 2 / 5
    assert decomposition_loss(v, space).item() == pytest.approx(decomposition, rel=1e-9)
    assert shared_loss(v, space).item() == pytest.approx(shared, rel=1e-9)
    assert orthogonality_loss(v, space).item() == pytest.approx(orthogonality, rel=1e-9)


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def l1(g, made):
    return np.abs(g - made).mean(axis=-1)


def one_minus_cosine(g, made):
    return 1 - (g * made).sum(axis=-1) / np.linalg.norm(g, axis=-1) / np.linalg.norm(made, axis=-1)


@pytest.mark.parametrize(("distance", "by_hand"), [("l1", l1), ("cosine", one_minus_cosine)])
def test_other_distances_of_the_decomposition(must, distance, by_hand):
    v, space = random_vectors(), must.double().subspace
    made = space.recompose(v.unique, v.crossed).detach().numpy()
    found = decomposition_loss(v, space, distance).item()
    assert found == pytest.approx(by_hand(v.whole.numpy(), made).sum(axis=1).mean(), rel=1e-9)


@pytest.mark.parametrize("stop", [False, True])
def test_the_decomposition_can_leave_g_alone(must, stop):
    v, space = random_vectors(), must.double().subspace
    v.whole.requires_grad_()
    v.unique.requires_grad_()
    decomposition_loss(v, space, stop_gradient=stop).backward()
    assert v.unique.grad.abs().sum() > 0 and (v.whole.grad is None) == stop


def test_a_shared_part_that_is_the_same_for_everybody_satisfies_every_constraint(must):
    """The weak point of the constraints: of themselves they do not ask for anything to be shared."""
    space = must.double().subspace
    constant = space.shared(torch.randn(1, 1, 16, dtype=torch.float64)).expand(5, 2, 16)
    own = torch.zeros(5, 2, 16, dtype=torch.float64)
    complement = torch.linalg.qr(torch.cat([space.basis, torch.randn(16, 12, dtype=torch.float64)], dim=1))[0][:, 4:]
    own[:, 0], own[:, 1] = complement[:, 0], complement[:, 1]
    v = Vectors(own + constant, own, constant)
    total = decomposition_loss(v, space) + shared_loss(v, space) + orthogonality_loss(v, space)
    assert total.item() == pytest.approx(0.0, abs=1e-20)


def test_discrete_likelihood_is_its_closed_form():
    logits = torch.tensor([[0.3, -1.0, 0.5, 2.0], [0.1, 0.2, -0.7, 1.0]], dtype=torch.float64)
    h = 1 / (1 + np.exp(-logits.numpy()))
    S = np.cumprod(1 - h, axis=1)
    died = -(np.log(S[0, 1]) + np.log(h[0, 2]))
    censored = -np.log(S[1, 1])
    found = discrete_nll(logits, torch.tensor([2, 1]), torch.tensor([True, False]))
    assert found.item() == pytest.approx((died + censored) / 2, rel=1e-12)
    assert np.allclose(survival_of(logits).numpy(), np.hstack([np.ones((2, 1)), S]), atol=1e-12)


def test_likelihood_is_finite_where_hazards_saturate():
    logits = torch.tensor([[200.0, -200.0]], requires_grad=True)
    loss = discrete_nll(logits, torch.tensor([1]), torch.tensor([True]))
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(logits.grad).all()


def test_six_cls_tokens_and_every_parameter_learn(must):
    must.train()
    p = pair()
    v = must.vectors(p)
    space, config = must.subspace, must.config
    loss = discrete_nll(must.logits(must.shared(v, p.present), must.own(v.unique)), torch.arange(3), torch.ones(3))
    loss = loss + config.lambda_decomposition * decomposition_loss(v, space) + shared_loss(v, space)
    loss.backward()
    assert sum(name.endswith("cls") for name, _ in must.named_parameters()) == 6
    silent = [n for n, x in must.named_parameters() if x.grad is None or not x.grad.abs().sum() > 0]
    assert silent == []


def test_each_cross_attention_direction_holds_of_the_asked_side(must):
    p = pair()
    slides, genes = p.inputs
    base = must.vectors(p).crossed
    asked = []
    for tower, hook in ((0, must.asked[0]), (1, must.asked[1])):
        hook.attention.register_forward_hook(lambda _, args, out, tower=tower: asked.append((tower, args[0].shape[1])))
    other = must.vectors(replace(p, inputs=(slides, genes + 1.0))).crossed
    assert asked == [(0, 3), (1, 4)]  # c_{G<-P} has the genes' three tokens as queries, c_{P<-G} the slide's four
    assert not torch.allclose(base[:, 1], other[:, 1])


@pytest.mark.parametrize("attention", ["latent", "full"])
def test_padding_and_the_order_of_patches_change_nothing(attention):
    must, p = network(patch_attention=attention), pair()
    slides, genes = p.inputs
    real = p.rows[0].clone()
    real[0, 4:] = False
    whole = replace(p, rows=(real, None))
    padded = torch.cat([torch.where(real[..., None], slides, 99.0), torch.full((3, 5, 6), -50.0)], dim=1)
    longer = Pair((padded, genes), (torch.cat([real, torch.zeros(3, 5, dtype=torch.bool)], dim=1), None), p.present)
    order = torch.tensor([3, 1, 0, 2, 6, 5, 4])
    shuffled = replace(whole, inputs=(slides[:, order], genes), rows=(real[:, order], None))
    alone = Pair((slides[:1, :4], genes[:1]), (real[:1, :4], None), p.present[:1])
    base = torch.stack([getattr(must.vectors(whole), k) for k in ("whole", "unique", "crossed")])
    for other, rows in ((longer, 3), (shuffled, 3), (alone, 1)):
        found = torch.stack([getattr(must.vectors(other), k) for k in ("whole", "unique", "crossed")])
        assert torch.allclose(found, base[:, :rows], atol=1e-5)


def test_the_shared_part_is_of_both_directions_or_of_the_side_that_is_there(must):
    v, space = random_vectors(4), must.double().subspace
    present = torch.tensor([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=torch.bool)
    found = must.shared(v, present)
    P = projector(space)
    wanted = [v.crossed[0].mean(dim=0) @ P, v.whole[1, 0] @ P, v.whole[2, 1] @ P, must.mean_shared]
    assert torch.allclose(found, torch.stack(wanted), atol=1e-12)


@pytest.mark.parametrize(("choice", "side"), [("of-first", 0), ("of-second", 1)])
def test_one_direction_can_be_chosen_for_the_head(choice, side):
    must, v = network(both_shared=choice).double(), random_vectors(2)
    found = must.shared(v, torch.ones(2, 2, dtype=torch.bool))
    assert torch.allclose(found, must.subspace.shared(v.crossed[:, side]), atol=1e-12)


def test_the_head_and_the_warm_up_read_the_same_slots(must):
    whole, noise = torch.randn(2, 2, 16), torch.randn(2, 2, 32)
    found = must.warm_logits(whole, noise)
    own = torch.stack([whole[:, 0], noise[:, 0, 16:]], dim=1)
    assert torch.allclose(found[:, 0], must.logits(noise[:, 0, :16], own), atol=1e-6)
    own = torch.stack([noise[:, 1, :16], whole[:, 1]], dim=1)
    assert torch.allclose(found[:, 1], must.logits(noise[:, 1, 16:], own), atol=1e-6)


def test_what_the_head_sees_of_u_is_a_choice():
    u = torch.randn(2, 2, 16)
    assert torch.equal(network(projected=False).own(u), u)
    assert network().subspace.shared(network().own(u)).abs().max() < 1e-5


def test_every_gene_set_is_a_token_whatever_their_number():
    sides = Side(6), Side(40, tuple((k, k + 1, k + 2) for k in range(31)))
    must = MustPaper(CONFIG, sides, bins=4).eval()
    p = Pair((torch.randn(2, 3, 6), torch.randn(2, 40)), (None, None), torch.ones(2, 2, dtype=torch.bool))
    assert must.towers[1](p.inputs[1], None)[2].shape == (2, 31, 16)


def test_feed_forward_is_an_option():
    assert network().towers[0].whole.feed is None
    wide = network(feed_forward=2)
    assert wide.vectors(pair()).whole.shape == (3, 2, 16) and wide.towers[0].whole.feed[1].out_features == 32


def test_defaults_are_what_the_paper_says():
    c = PaperConfig()
    assert (c.width, c.rank, c.bins, c.diffusion_layers, c.steps, c.samples) == (256, 64, 4, 4, 50, 5)
    assert (c.lambda_decomposition, c.lambda_shared, c.lambda_orthogonality) == (1.0, 1.0, 0.5)


@pytest.mark.parametrize("wrong", [{"distance": "l3"}, {"heads": 3}, {"cross_heads": 3}, {"diffusion_width": 18}])
def test_settings_that_make_no_network_are_refused(wrong):
    with pytest.raises(ValueError, match="setting"):
        replace(CONFIG, **wrong)
