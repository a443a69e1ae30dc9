import pytest
import torch
from torch import nn

from survgui.cases.case import Kind
from survgui.nets.masked.autoencoder import SubPatches, SubPatchesBack, draw_mask, masked_patches
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.masked.patches import Patches
from tests.nets.masked.conftest import (
    CLINICAL,
    CONFIG,
    INPUTS,
    MRI,
    PATHOLOGY,
    PRESENT,
    RNA,
    batch_of,
    make_net,
    with_other,
)  # fmt: skip


def one_tile(net, batch, tile=0):
    return {m: x[:, tile] if m is PATHOLOGY else x for m, x in net.autoencoder.cut(batch).items()}


def masks_of(net, present=PRESENT, seed=0):
    """Half of every modality's patches, everything of what is missing, and the first patient's RNA wholly."""
    luck, masks = torch.Generator().manual_seed(seed), {}
    for k, (m, cut) in enumerate(net.autoencoder.patches.items()):
        whole = torch.tensor([m is RNA] + [False] * (len(present) - 1))
        masks[m] = draw_mask(present[:, k], cut.count, 0.5, whole, torch.rand(len(present), cut.count, generator=luck))
    return masks


# --- masks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "ratio", "expected"),
    [(1, 0.5, 1), (2, 0.1, 1), (2, 0.9, 1), (10, 0.5, 5), (10, 0.25, 2), (64, 0.75, 48), (3, 0.99, 2), (40, 0.01, 1)],
)
def test_how_many_patches_are_masked(count, ratio, expected):
    assert masked_patches(count, ratio) == expected


def test_every_row_masks_the_same_number_or_everything():
    present = torch.tensor([True, True, False, True] * 50)
    whole = torch.tensor([False, True, False, False] * 50)
    random = torch.rand(200, 12, generator=torch.Generator().manual_seed(0))
    mask = draw_mask(present, 12, 0.75, whole, random)
    assert mask[present & ~whole].sum(dim=1).unique().tolist() == [9]
    assert mask[~present].all() and mask[whole].all()
    share = mask[present & ~whole].float().mean(dim=0)  # every place alike
    assert share.min() > 0.6 and share.max() < 0.9


# --- the patches of volumes -------------------------------------------------------------------------------------

VOLUME = Patches(Kind.VOLUME, (2, 16, 16, 16), 8)  # patches of 8 voxels, cubes of 2


def test_sub_patches_are_two_strided_convolutions():
    torch.manual_seed(0)
    ours = SubPatches(VOLUME, 24)
    first, second = nn.Conv3d(2, 16, 2, stride=2), nn.Conv3d(16, 24, 4, stride=4)
    with torch.no_grad():
        first.weight.copy_(ours.first.weight.view(16, 2, 2, 2, 2))
        first.bias.copy_(ours.first.bias)
        second.weight.copy_(ours.second.weight.view(24, 4, 4, 4, 16).permute(0, 4, 1, 2, 3))
        second.bias.copy_(ours.second.bias)
        x = torch.randn(3, 2, 16, 16, 16)
        expected = second(nn.functional.gelu(first(x)))  # (3, 24, 2, 2, 2)
        assert torch.allclose(ours(VOLUME.cut(x)), expected.flatten(2).transpose(1, 2), atol=1e-5)


def test_sub_patches_back_are_two_transposed_convolutions():
    torch.manual_seed(0)
    ours = SubPatchesBack(VOLUME, 24)
    first, second = nn.ConvTranspose3d(24, 16, 4, stride=4), nn.ConvTranspose3d(16, 2, 2, stride=2)
    with torch.no_grad():
        # the products may have a bias of each place, convolutions have one of each channel
        ours.first.bias.copy_(torch.randn(16).repeat(64))
        ours.second.bias.copy_(torch.randn(2).repeat_interleave(8))
        first.weight.copy_(ours.first.weight.view(4, 4, 4, 16, 24).permute(4, 3, 0, 1, 2))
        first.bias.copy_(ours.first.bias[:16])
        second.weight.copy_(ours.second.weight.view(2, 2, 2, 2, 16).permute(4, 0, 1, 2, 3))
        second.bias.copy_(ours.second.bias[::8])
        hidden = torch.randn(3, 8, 24)
        expected = second(nn.functional.gelu(first(hidden.transpose(1, 2).reshape(3, 24, 2, 2, 2))))
        assert torch.allclose(VOLUME.join(ours(hidden)), expected, atol=1e-5)


# --- encoders ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", list(INPUTS))
def test_an_encoder_sees_what_is_kept_alone(net, modality):
    encoder, count = net.autoencoder.encoder(modality), net.autoencoder.patches[modality].count
    patches = torch.randn(2, count, net.autoencoder.patches[modality].size)
    with torch.no_grad():
        assert torch.allclose(encoder(patches, torch.arange(count).expand(2, -1)), encoder(patches), atol=1e-6)
        kept = torch.randperm(count)[: max(1, count // 2)]
        found = encoder(patches, kept.expand(2, -1))
        other = torch.randn_like(patches)
        other[:, kept] = patches[:, kept]
        assert torch.equal(encoder(other, kept.expand(2, -1)), found)
        if count > 1:  # where a patch lies is part of what it says
            assert not torch.allclose(encoder(patches.flip(1)).flip(1), encoder(patches), atol=1e-3)


def test_tokens_of_tiles_are_the_mean_over_tiles_in_whatever_order(net, batch):
    with torch.no_grad():
        tokens = net.autoencoder.tokens(batch)
        cut = net.autoencoder.cut(batch)[PATHOLOGY]
        encoded = torch.stack([net.autoencoder.encoder(PATHOLOGY)(cut[:, k]) for k in range(2)]).mean(dim=0)
        assert torch.allclose(tokens[PATHOLOGY][..., :16], encoded, atol=1e-5)
        turned = net.autoencoder.tokens_of(PATHOLOGY, cut.flip(1))
        assert torch.allclose(turned, tokens[PATHOLOGY], atol=1e-4)
    assert {m: x.shape for m, x in tokens.items()} == {
        m: (6, cut.count, 16 + net.autoencoder.factors.rank) for m, cut in net.autoencoder.patches.items()
    }


# --- decoder ----------------------------------------------------------------------------------------------------


def test_what_is_masked_or_missing_is_not_looked_at(net, batch):
    masks, patched = masks_of(net), one_tile(net, batch)
    luck = torch.Generator().manual_seed(1)
    other = {
        m: torch.where(masks[m].unsqueeze(-1), 5 * torch.randn(x.shape, generator=luck), x) for m, x in patched.items()
    }
    with torch.no_grad():
        first, second = net.autoencoder(patched, masks), net.autoencoder(other, masks)
    assert all(torch.equal(first[m], second[m]) for m in first)


def test_what_is_visible_changes_every_other_modality(net, batch):
    masks, patched = masks_of(net), one_tile(net, batch)
    with torch.no_grad():
        before = net.autoencoder(patched, masks)
        for m in (PATHOLOGY, MRI):
            after = net.autoencoder({**patched, m: patched[m] + 1.0}, masks)
            assert all((after[o][0] - before[o][0]).abs().max() > 1e-4 for o in before)
            missing = ~PRESENT[:, list(INPUTS).index(m)]
            assert all(torch.equal(after[o][missing], before[o][missing]) for o in before)


def test_reading_once_and_hiding_afterwards_is_the_same_as_never_reading(net, batch):
    """`tokens` and `decode` beside `forward`, where whole modalities are hidden and one tile is all."""
    single = batch_of()
    single.inputs[PATHOLOGY][:, 1] = single.inputs[PATHOLOGY][:, 0]
    shown = PRESENT & torch.tensor([[1, 0, 1, 1], [1, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    visible = net.visible(shown.bool())
    with torch.no_grad():
        decoded = net.autoencoder.decode(net.autoencoder.tokens(single), visible)
        expected = net.autoencoder(one_tile(net, single), {m: ~x for m, x in visible.items()})
        for m, x in expected.items():
            assert torch.allclose(net.autoencoder.reconstruct(m, decoded), x, atol=1e-3)


def test_luck_scatters_the_factors_by_their_posterior_covariance(net, batch):
    visible, tokens = net.visible(PRESENT), net.autoencoder.tokens(batch)
    rank = net.autoencoder.factors.rank
    mean = net.autoencoder.decode(tokens, visible).factors
    evidence = {m: x[..., 16:] for m, x in tokens.items()}
    _, precision = net.autoencoder.factors.posterior(evidence, visible)
    drawn = [net.autoencoder.decode(tokens, visible, row.expand(6, -1)).factors - mean for row in torch.eye(rank)]
    covariance = sum(x.unsqueeze(2) * x.unsqueeze(1) for x in drawn)
    assert torch.allclose(covariance @ precision, torch.eye(rank).expand(6, -1, -1), atol=1e-3)


# --- loss -------------------------------------------------------------------------------------------------------


def test_the_loss_counts_masked_patches_of_what_was_measured_and_no_padding(net, batch):
    masks, patched = masks_of(net), one_tile(net, batch)
    with torch.no_grad():
        losses, found = net.autoencoder.loss(patched, masks, PRESENT), net.autoencoder(patched, masks)
    for k, (m, cut) in enumerate(net.autoencoder.patches.items()):
        squares = []
        for row in range(len(PRESENT)):
            for t in range(cut.count if PRESENT[row, k] else 0):
                real = min(cut.size, INPUTS[m][1][-1] - t * cut.size) if m in (CLINICAL, RNA) else cut.size
                if masks[m][row, t]:
                    squares += ((found[m][row, t, :real] - patched[m][row, t, :real]) ** 2).tolist()
        assert losses[m].item() == pytest.approx(sum(squares) / len(squares), rel=1e-5)


def test_the_loss_of_nobody_is_zero_with_a_gradient_of_zero(net, batch):
    nobody = torch.zeros_like(PRESENT)
    masks = {m: torch.ones(6, cut.count, dtype=torch.bool) for m, cut in net.autoencoder.patches.items()}
    losses = net.autoencoder.loss(one_tile(net, batch), masks, nobody)
    assert all(loss.item() == 0 for loss in losses.values())


def test_the_loss_does_not_depend_on_values_of_what_is_missing(net, batch):
    masks = masks_of(net)
    with torch.no_grad():
        expected = net.autoencoder.loss(one_tile(net, batch), masks, PRESENT)
        for place in range(4):
            other = with_other(batch, place, ~PRESENT[:, place])
            found = net.autoencoder.loss(one_tile(net, other), masks, PRESENT)
            assert all(torch.equal(found[m], expected[m]) for m in found)


def test_masked_values_enter_the_loss_as_what_is_wanted_alone(net, batch):
    """Exchange the masked values of two patients: the reconstructions stay, the error is that of the new targets."""
    masks, patched = masks_of(net), one_tile(net, batch)
    masks[RNA][5] = masks[RNA][2]
    mixed = patched[RNA].clone()
    at = masks[RNA][2]
    mixed[2, at], mixed[5, at] = patched[RNA][5, at], patched[RNA][2, at]
    with torch.no_grad():
        losses = net.autoencoder.loss({**patched, RNA: mixed}, masks, PRESENT)
        before, found = net.autoencoder.loss(patched, masks, PRESENT), net.autoencoder(patched, masks)[RNA]
    counted = (masks[RNA] & PRESENT[:, 2, None]).unsqueeze(-1) * net.autoencoder.patches[RNA].real()
    expected = (((found - mixed) ** 2) * counted).sum() / counted.sum()
    assert losses[RNA].item() == pytest.approx(expected.item(), rel=1e-5)
    assert all(torch.equal(losses[m], before[m]) for m in losses if m is not RNA)
    assert not torch.equal(losses[RNA], before[RNA])


# --- gradients and the start --------------------------------------------------------------------------------------


@pytest.mark.parametrize("factors", [0, 3])
def test_the_gradient_reaches_every_parameter(factors):
    net, batch = make_net(factors=factors), batch_of()
    body, masks = net.autoencoder, masks_of(net)
    masks[CLINICAL][3:] = False  # it is one patch: masked of some, visible of others
    sum(body.loss(one_tile(net, batch), masks, PRESENT).values()).backward()
    silent = [n for n, p in body.named_parameters() if p.grad is None or not bool(p.grad.abs().max() > 0)]
    assert not silent
    assert {n.split(".")[0] for n, _ in body.named_parameters()} == {
        "mask_token", "which", "cls", "encoders", "decoder", "heads"
    }  # fmt: skip


def test_heads_start_from_the_closed_form_and_without_factors_from_chance():
    for factors in (0, 3):
        net = Imputmae(CONFIG.changed({"factors": factors}), INPUTS, 4).eval()
        decoded = net.autoencoder.decode(net.autoencoder.tokens(batch_of()), net.visible(PRESENT))
        for m in INPUTS:
            base = net.autoencoder.factors.base(m, decoded.factors, decoded.unseen[m])
            added = net.autoencoder.reconstruct(m, decoded) - base
            assert bool(added.abs().max() > 0) is (factors == 0)
