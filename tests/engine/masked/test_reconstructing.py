from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.engine.masked.reconstructing import inpaint, reconstruct
from survgui.nets.masked.autoencoder import masked_patches
from tests.engine.masked.conftest import patients
from tests.nets.masked.conftest import CLINICAL, INPUTS, MRI, PATHOLOGY, RNA, make_net

SHAPES = {m: (1, *shape[1:]) if m is PATHOLOGY else shape for m, (_, shape) in INPUTS.items()}
PLACES = {m: k for k, m in enumerate(INPUTS)}
FEW, _ = patients(10, seed=2)
ALL = np.ones((10, 4), dtype=bool)


@pytest.fixture(scope="module")
def net():
    return make_net()


def exchanged(prepared, modality, rows):
    """Other content of one modality in some of those who have it."""
    draw = np.random.default_rng(5)
    column = list(prepared.arrays[modality])
    for row in rows:
        if column[row] is not None:
            column[row] = (5 * draw.standard_normal(column[row].shape)).astype(np.float32)
    return replace(prepared, arrays={**prepared.arrays, modality: tuple(column)})


def hiding(modality):
    shown = ALL.copy()
    shown[:, PLACES[modality]] = False
    return shown


# --- reconstruct ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [1, 3])
def test_every_modality_of_everybody_in_every_draw(net, draws):
    found = reconstruct(net, FEW, ALL, draws=draws)
    assert {m: x.shape for m, x in found.items()} == {m: (10, draws, *shape) for m, shape in SHAPES.items()}
    assert all(x.dtype == np.float32 and np.isfinite(x).all() for x in found.values())


@pytest.mark.parametrize("draws", [1, 4])
@pytest.mark.parametrize("modality", list(INPUTS))
def test_what_is_not_shown_is_not_looked_at(net, modality, draws):
    shown = hiding(modality)
    first = reconstruct(net, FEW, shown, draws=draws, seed=3)
    again = reconstruct(net, exchanged(FEW, modality, range(10)), shown, draws=draws, seed=3)
    assert all(np.array_equal(first[m], again[m]) for m in INPUTS)
    # nor does it matter whether what is hidden was measured at all
    without = replace(FEW, arrays={**FEW.arrays, modality: (None,) * 10})
    third = reconstruct(net, without, ALL, draws=draws, seed=3)
    assert all(np.array_equal(first[m], third[m]) for m in INPUTS)


def test_what_is_shown_is_looked_at_in_its_own_patient_alone(net):
    shown = hiding(RNA)
    first = reconstruct(net, FEW, shown)[RNA]
    again = reconstruct(net, exchanged(FEW, CLINICAL, [4]), shown)[RNA]
    changed = np.abs(first - again).max(axis=(1, 2, 3)) > 1e-4
    assert changed.tolist() == [row == 4 for row in range(10)]


def test_one_draw_is_what_the_decoder_says_of_all_that_is_shown(net):
    shown = hiding(MRI)
    found = reconstruct(net, FEW, shown)
    with torch.no_grad():
        here = torch.from_numpy(shown & FEW.present)
        decoded = net.decode(net.read(FEW.batch(range(10))).whole, net.visible(here))
        for m, cut in net.autoencoder.patches.items():
            patches = net.autoencoder.reconstruct(m, decoded)
            expected = cut.join(patches[:, None] if m is PATHOLOGY else patches)
            assert found[m][:, 0] == pytest.approx(expected.numpy(), abs=1e-4)


def test_draws_in_pairs_lie_on_both_sides_of_the_single_one_where_all_is_seen():
    """Then a draw differs by the factors, in which the reconstruction is linear, and by the features' own noise."""
    net = make_net(keep=1.0)
    drawn, single = reconstruct(net, FEW, ALL, draws=4), reconstruct(net, FEW, ALL)
    for m in INPUTS:
        assert drawn[m].mean(axis=1) == pytest.approx(single[m][:, 0], abs=1e-3)
        assert drawn[m].std(axis=1).max() > 0.01


def test_the_mean_of_draws_that_see_parts_is_near_the_single_one(net):
    """Nearer than any draw is, for tables."""
    drawn, single = reconstruct(net, FEW, ALL, draws=20), reconstruct(net, FEW, ALL)
    for m in (CLINICAL, RNA):
        off = np.sqrt(((drawn[m].mean(axis=1) - single[m][:, 0]) ** 2).mean())
        assert off < 0.6 * np.sqrt(((drawn[m] - single[m]) ** 2).mean())


def test_tables_scatter_by_what_no_factor_tells_of_a_feature():
    """Where nothing is shown, factors and noise together have the variance of the feature under the model."""
    net = make_net(keep=1.0)
    one = replace(FEW, ids=FEW.ids[:1], arrays={m: x[:1] for m, x in FEW.arrays.items()})
    drawn = reconstruct(net, one, np.zeros((1, 4), dtype=bool), draws=200)[RNA][0, :, 0]
    factors, cut = net.autoencoder.factors, net.autoencoder.patches[RNA]
    told = (factors.part(RNA, "detail") ** 2).sum(dim=2) + factors.part(RNA, "noise")
    ratio = drawn.var(axis=0) / cut.join(told[None])[0, 0].numpy()
    assert ratio.mean() == pytest.approx(1.0, abs=0.12) and ratio == pytest.approx(np.ones(13), abs=0.45)


def test_the_seed_decides_and_neither_the_pieces_nor_the_others_do(net):
    first = reconstruct(net, FEW, ALL, draws=3, seed=1)
    assert all(np.array_equal(first[m], reconstruct(net, FEW, ALL, draws=3, seed=1)[m]) for m in (RNA, MRI))
    assert not np.array_equal(first[RNA], reconstruct(net, FEW, ALL, draws=3, seed=2)[RNA])
    pieces = reconstruct(net, FEW, ALL, draws=3, seed=1, size=3)
    assert all(pieces[m] == pytest.approx(first[m], abs=1e-4) for m in INPUTS)


def test_without_factors_draws_differ_by_what_they_see_alone():
    shown = hiding(RNA)
    for keep, scatters in ((0.5, True), (1.0, False)):
        drawn = reconstruct(make_net(factors=0, keep=keep), FEW, shown, draws=4)
        assert all(bool(drawn[m].std(axis=1).max() > 1e-5) is scatters for m in (RNA, MRI))


# --- inpaint ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("modality", [PATHOLOGY, RNA, MRI])
def test_visible_patches_stay_as_measured_and_the_number_of_masked_ones_is_exact(net, modality):
    mixed, mask = inpaint(net, FEW, modality, 0.5)
    cut, place = net.autoencoder.patches[modality], PLACES[modality]
    assert mixed.shape == mask.shape == (10, *SHAPES[modality]) and mask.dtype == bool
    for row in np.flatnonzero(FEW.present[:, place]):
        real = FEW.arrays[modality][row]
        real = real[:1] if modality is PATHOLOGY else real
        assert np.array_equal(mixed[row][~mask[row]], real[~mask[row]])
        assert not np.isclose(mixed[row][mask[row]], real[mask[row]]).all()
        tensor = torch.from_numpy(mask[row][None].astype(np.float32))
        patches = cut.cut(tensor).flatten(0, -3)[0]  # (T, P)
        some = patches.amax(dim=1)
        assert some.sum() == masked_patches(cut.count, 0.5)  # patch by patch, wholly
        assert torch.equal(patches, some[:, None] * cut.real())
    assert mask[~FEW.present[:, place]].all()


@pytest.mark.parametrize("modality", [PATHOLOGY, RNA, MRI])
def test_masked_patches_are_told_without_looking_at_them(net, modality):
    mixed, mask = inpaint(net, FEW, modality, 0.5, seed=4)
    forged = list(FEW.arrays[modality])
    for row, x in enumerate(forged):
        if x is not None:
            over = np.broadcast_to(mask[row], x.shape)  # of tiles, the first is looked at
            forged[row] = np.where(over, np.float32(9.0), x)
    other, again = inpaint(net, replace(FEW, arrays={**FEW.arrays, modality: tuple(forged)}), modality, 0.5, seed=4)
    assert np.array_equal(again, mask) and np.array_equal(other, mixed)


def test_the_seed_decides_which_patches_are_masked(net):
    (one, mask), (same, again) = inpaint(net, FEW, MRI, 0.5, seed=1), inpaint(net, FEW, MRI, 0.5, seed=1)
    assert np.array_equal(one, same) and np.array_equal(mask, again)
    assert not np.array_equal(mask, inpaint(net, FEW, MRI, 0.5, seed=2)[1])
    assert inpaint(net, FEW, MRI, 0.75)[1][0].mean() == pytest.approx(0.75)


def test_other_modalities_of_the_patient_help(net):
    mixed, mask = inpaint(net, FEW, RNA, 0.5)
    other, _ = inpaint(net, exchanged(FEW, CLINICAL, range(10)), RNA, 0.5)
    assert np.abs(mixed - other)[mask].max() > 1e-3 and np.array_equal(mixed[~mask], other[~mask])
