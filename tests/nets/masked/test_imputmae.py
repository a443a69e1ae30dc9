import numpy as np
import pytest
import torch
from torch.nn import functional

from survgui.nets.masked.imputmae import FusionHead
from tests.nets.masked.conftest import CONFIG, INPUTS, MRI, PATHOLOGY, PRESENT, RNA, batch_of, make_net, with_other

FUSIONS = ("latents", "tokens")


@pytest.fixture(scope="module", params=FUSIONS)
def either(request):
    return make_net(fusion=request.param)


def read_of(net, batch):
    with torch.no_grad():
        return net.read(batch)


def words(net, tokens):
    return {m: net.autoencoder.factors.word(m, x[..., CONFIG.width :]) for m, x in tokens.items()}


# --- what is read -----------------------------------------------------------------------------------------------


def test_a_latent_is_the_mean_token_and_the_word_of_the_modality(net, batch):
    unique, tokens = read_of(net, batch).unique, net.autoencoder.tokens(batch)
    for k, m in enumerate(net.modalities):
        expected = torch.cat([tokens[m][..., : CONFIG.width].mean(dim=1), words(net, tokens)[m]], dim=1)
        assert torch.allclose(unique[:, k], expected, atol=1e-4)


def test_where_tokens_are_fused_a_latent_is_all_of_them_and_the_word():
    net, batch = make_net(fusion="tokens"), batch_of()
    unique, tokens = read_of(net, batch).unique, net.autoencoder.tokens(batch)
    for k, m in enumerate(net.modalities):
        flat = tokens[m][..., : CONFIG.width].flatten(1)
        assert torch.allclose(unique[:, k, : flat.shape[1]], flat, atol=1e-4)
        assert not unique[:, k, flat.shape[1] : CONFIG.width * net.most].any()
        assert torch.allclose(unique[:, k, CONFIG.width * net.most :], words(net, tokens)[m], atol=1e-4)


def test_what_is_read_once_is_split_into_the_same_tokens(either, batch):
    split, tokens = either.split(read_of(either, batch).whole), either.autoencoder.tokens(batch)
    assert list(split) == list(INPUTS) and all(torch.equal(split[m], tokens[m]) for m in INPUTS)


def test_a_missing_modality_stands_at_the_mean_and_its_content_changes_nothing(either, batch):
    with torch.no_grad():
        parts = either.embed(batch)
        for place in range(4):
            other = either.embed(with_other(batch, place, ~PRESENT[:, place]))
            for name in ("shared", "specific", "whole"):
                assert torch.equal(getattr(other, name), getattr(parts, name))
            changed = either.embed(with_other(batch, place, PRESENT[:, place])).specific != parts.specific
            assert torch.equal(changed.any(dim=2).sum(dim=1) == 1, PRESENT[:, place])  # its own component alone
    missing = ~PRESENT
    assert torch.equal(parts.specific[missing], either.mean_specific.expand_as(parts.specific)[missing])
    assert not parts.whole[missing].any() and parts.shared.shape == (6, 0) and not either.has_shared
    assert torch.isnan(either.fidelity(read_of(either, batch), PRESENT)).all()


def test_the_cohorts_means_and_deviations_are_of_those_who_have_a_modality():
    net = make_net()
    x = torch.randn(6, *net.mean_specific.shape) + 3
    net.remember(x, PRESENT)
    for k in range(4):
        own = x[PRESENT[:, k], k].numpy()
        assert net.mean_specific[k].numpy() == pytest.approx(own.mean(axis=0), abs=1e-5)
        assert net.specific_deviation[k].numpy() == pytest.approx(own.std(axis=0), abs=1e-5)


# --- what is imputed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["decoded_latents", "reencoded_latents"])
def test_imputations_do_not_depend_on_what_is_hidden(either, batch, way):
    shown = PRESENT.clone()
    shown[0, 1] = shown[5, 2] = False
    luck = torch.ones(6, either.autoencoder.factors.rank)
    with torch.no_grad():
        first = getattr(either, way)(either.read(batch).whole, either.visible(shown), luck)
        for place in range(4):
            other = either.read(with_other(batch, place, ~shown[:, place])).whole
            assert torch.equal(getattr(either, way)(other, either.visible(shown), luck), first)
    assert first.shape == (6, 4, either.mean_specific.shape[1])


def test_decoded_latents_are_mapped_states_and_expected_words(either, batch):
    with torch.no_grad():
        whole = either.read(batch).whole
        found = either.decoded_latents(whole, either.visible(PRESENT))
        decoded = either.decode(whole, either.visible(PRESENT))
        for k, m in enumerate(either.modalities):
            known = decoded.factors[:, None].expand(-1, either.counts[k], -1)
            tokens = torch.cat([decoded.hidden[m], known], dim=2) @ either.latent_map[k] + either.latent_offset[k]
            if either.config.fusion == "latents":  # the mean of mapped states is the mapped mean state
                expected = tokens.mean(dim=1)
            else:
                expected = functional.pad(tokens, (0, 0, 0, either.most - either.counts[k])).flatten(1)
            word = either.autoencoder.factors.expected_word(m, decoded.factors)
            assert torch.allclose(found[:, k], torch.cat([expected, word], dim=1), atol=1e-4)


def test_reencoded_latents_are_those_of_the_reconstruction_as_if_it_had_been_measured(either, batch):
    with torch.no_grad():
        whole = either.read(batch).whole
        found = either.reencoded_latents(whole, either.visible(PRESENT))
        decoded = either.decode(whole, either.visible(PRESENT))
        inputs = {}
        for m, cut in either.autoencoder.patches.items():
            patches = either.autoencoder.reconstruct(m, decoded)
            # of tiles one, which stands for all of them
            inputs[m] = cut.join(patches[:, None].expand(-1, 2, -1, -1) if m is PATHOLOGY else patches)
        expected = either.read(type(batch)(inputs, {}, torch.ones_like(PRESENT))).unique
    assert torch.allclose(found, expected, atol=1e-3)


def test_draws_see_a_share_of_what_is_visible_and_all_patients_the_same(net):
    (single,) = net.resampled(PRESENT, 1, 0)
    assert all(torch.equal(single[m], x) for m, x in net.visible(PRESENT).items())
    drawn = list(net.resampled(PRESENT, 5, 0))
    for some in drawn:
        for k, m in enumerate(net.modalities):
            assert not some[m][~PRESENT[:, k]].any()
            assert some[m][PRESENT[:, k]].unique(dim=0).shape[0] == 1  # the same luck
            assert some[m][PRESENT[:, k]].sum(dim=1).unique().tolist() == [max(1, round(0.5 * net.counts[k]))]
    assert len({str(some[MRI].tolist()) for some in drawn}) > 1
    again, other = list(net.resampled(PRESENT[:2], 5, 0)), list(net.resampled(PRESENT, 5, 1))
    assert all(torch.equal(a[MRI], b[MRI][:2]) for a, b in zip(again, drawn, strict=True))
    assert any(not torch.equal(a[MRI], b[MRI]) for a, b in zip(other, drawn, strict=True))


# --- hazards ----------------------------------------------------------------------------------------------------


def components(net, *leading):
    x = torch.randn(*leading, *net.mean_specific.shape, generator=torch.Generator().manual_seed(4))
    return 2 * x


def test_log_hazards_are_those_of_a_hazard_per_bin(either):
    specific = components(either, 5)
    with torch.no_grad():
        hazards = torch.sigmoid(either.head(specific).double())
        assert hazards.shape == (5, CONFIG.bins)
        expected = torch.log(-torch.log1p(-hazards)).float()
        assert torch.allclose(either.log_hazards(torch.zeros(5, 0), specific), expected, atol=1e-4)


def test_hazards_of_draws_are_those_of_one_at_a_time(either):
    specific = components(either, 3, 2)
    with torch.no_grad():
        many = either.log_hazards(torch.zeros(3, 2, 0), specific)
        for b in range(3):
            for s in range(2):
                assert torch.allclose(many[b, s], either.log_hazards(torch.zeros(0), specific[b, s]), atol=1e-5)


def test_the_score_is_linear_and_an_offset_takes_its_place(either):
    x, y = components(either, 4), components(either, 8)[4:]
    head = either.head
    with torch.no_grad():
        expected = (x.double().flatten(1) @ head.weights.double().flatten()) - head.constant.double()
        assert torch.allclose(head.score(x).double(), expected, atol=1e-4)
        assert torch.allclose(head.score(x + y) + head.constant, head.score(x) + head.score(y) + 2 * head.constant,
                              atol=1e-3)  # fmt: skip
        assert torch.allclose(head(x, head.slope * head.score(x)), head(x), atol=1e-5)
        one, none = head(x, torch.ones(4)), head(x, torch.zeros(4))
        assert torch.allclose(one - none, torch.ones_like(one), atol=1e-5)  # the same in every bin


def test_logits_stay_within_what_a_hazard_can_be(either):
    with torch.no_grad():
        high, low = (either.head(components(either, 2), torch.full((2,), x)) for x in (1e6, -1e6))
        assert high.unique().tolist() == [16.0] and low.unique().tolist() == [-16.0]
        head, specific = either.head, components(either, 2)
        assert torch.isfinite(either.log_hazards(torch.zeros(2, 0), specific * 1e6)).all()
    assert head.baseline.shape == (CONFIG.bins,)


def test_the_attention_reads_the_tokens_alone_and_no_padding(either):
    """The words enter the linear score; of a modality with few tokens the rest of the row is padding."""
    specific, offset = components(either, 4), torch.zeros(4)
    wide, d = either.head.wide, CONFIG.width
    other = specific.clone()
    other[..., wide:] = 9.0
    if either.config.fusion == "tokens":
        for k, count in enumerate(either.counts):
            other[:, k, count * d : wide] = 9.0
    with torch.no_grad():
        assert torch.equal(either.head(other, offset), either.head(specific, offset))
        for k in range(4):
            other = specific.clone()
            other[:, k, :d] = specific[:, k, :d].flip(1)  # a shift would be normalised away
            assert (either.head(other, offset) - either.head(specific, offset)).abs().max() > 1e-5


def test_fusion_is_one_attention_of_a_learned_token_over_latents():
    torch.manual_seed(0)
    head = FusionHead(CONFIG, [1, 4, 3, 8], 4, wide=16, whole=20).eval()
    torch.nn.init.normal_(head.attend.in_proj_bias)
    torch.nn.init.normal_(head.baseline)
    specific = torch.randn(5, 4, 20)
    with torch.no_grad():
        rows = head.norm(torch.cat([head.cls.expand(5, 1, -1), specific[..., :16]], dim=1))
        q, k, v = functional.linear(rows, head.attend.in_proj_weight, head.attend.in_proj_bias).chunk(3, dim=2)
        mixed = torch.zeros(5, 16)
        for part in (slice(0, 8), slice(8, 16)):  # two heads
            scores = torch.einsum("bd,btd->bt", q[:, 0, part], k[..., part]) / 8**0.5
            mixed[:, part] = torch.einsum("bt,btd->bd", scores.softmax(dim=1), v[..., part])
        expected = head.baseline + head.attend.out_proj(mixed) @ head.out.weight.T
        assert torch.allclose(head(specific), expected, atol=1e-5)  # an unfitted score says nothing


def test_the_gradient_of_survival_reaches_encoders_and_head(either, batch):
    either.zero_grad()
    either.train()
    either.head(either.read(batch).unique).square().sum().backward()
    reached = {n for n, p in either.named_parameters() if p.grad is not None and bool(p.grad.abs().max() > 0)}
    either.eval().zero_grad()
    wanted = {n for n, _ in either.named_parameters() if n.startswith(("head.", "autoencoder.encoders."))}
    assert reached == wanted
    assert {str(m) for m in INPUTS} == {n.split(".")[2] for n in wanted if n.startswith("autoencoder")}


def test_patients_do_not_enter_each_others_output(either, batch):
    with torch.no_grad():
        together = either.decoded_latents(either.read(batch).whole, either.visible(PRESENT))
        one = batch_of(PRESENT)
        alone = type(one)({m: x[3:4] for m, x in one.inputs.items()}, {}, PRESENT[3:4])
        found = either.decoded_latents(either.read(alone).whole, either.visible(PRESENT[3:4]))
    assert torch.allclose(found[0], together[3], atol=1e-4)
    assert np.isfinite(together.numpy()).all() and RNA in either.modalities
