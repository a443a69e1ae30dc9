"""What is shown of a reconstruction: a tiny network with random weights, and volumes and tiles made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort, Tiles
from survgui.cases.imputation_quality import OTHERS, QualityRow
from survgui.cases.step import run_to_end
from survgui.engine.inputs import prepare
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.engine.masked.pictures import (
    Subject,
    compare_data,
    grey,
    impute_data,
    imputed_data,
    looked_at,
    planes,
    subject_of,
)
from survgui.engine.model import open_model
from survgui.engine.predict import Choices, predict
from survgui.nets.masked.config import ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae
from tests.engine.conftest import without_item

CLINICAL, PATHOLOGY, MRI, RNA = Modality.CLINICAL, Modality.PATHOLOGY, Modality.MRI, Modality.RNA
CONFIG = ImputmaeConfig(
    width=16, heads=2, vector_layers=1, image_layers=1, decoder_layers=1, rna_patch=5, vector_patch=4,
    tile_pixels=16, tile_patch=4, volume_side=8, volume_patch=4, bins=4,
)  # fmt: skip
QUALITY = (
    QualityRow(RNA, ("clinical",), 40, 0.95, 1.0),
    QualityRow(RNA, OTHERS, 30, 0.9, 1.1, ridge_mse=0.8, correlation=0.3, collapsed=True),
)


@pytest.fixture(scope="module")
def patients() -> Cohort:
    draw = np.random.default_rng(1)
    ids = tuple(f"P-{k}" for k in range(24))
    genes = tuple(f"GENE{k}" for k in range(12))
    places = np.zeros((2, 2), dtype=np.int64)
    rna = {i: draw.standard_normal(12).astype(np.float32) for i in ids}
    rna["P-0"] = np.concatenate([[np.nan], rna["P-0"][1:]]).astype(np.float32)
    volumes = {i: draw.standard_normal((4, 64, 64, 64)).astype(np.float32) for i in ids}
    volumes["P-0"][3] = 0.0  # no FLAIR
    blocks = {
        CLINICAL: Block(
            CLINICAL, Kind.FIELDS, ("age", "sex"),
            {i: (None if k == 0 else 50.0 + k, "FM"[k % 2]) for k, i in enumerate(ids)},
        ),
        PATHOLOGY: Block(
            PATHOLOGY, Kind.TILES, (),
            {i: Tiles(draw.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8), places, 256.0) for i in ids},
            encoder="tiles-256",
        ),
        MRI: Block(MRI, Kind.VOLUME, ("t1", "t1c", "t2", "flair"), volumes, encoder="mri-crop64-2mm"),
        RNA: Block(RNA, Kind.VECTOR, genes, rna, unit="z-score"),
    }  # fmt: skip
    return Cohort("made", ids, np.linspace(1, 50, 24), np.arange(24) % 2 == 0, blocks)


@pytest.fixture(scope="module")
def inputs(patients):
    return fit_patch_inputs(patients, patients.ids, CONFIG)


@pytest.fixture(scope="module")
def net(inputs):
    torch.manual_seed(3)
    return Imputmae(CONFIG, inputs.shapes(), CONFIG.bins).eval()


@pytest.fixture
def subject(net, inputs, patients) -> Subject:
    return Subject.of(net, inputs, patients, "P-0", quality=QUALITY)


def test_only_features_that_were_measured_are_compared(subject):
    found = compare_data(subject, RNA, draws=4)
    assert found.features is not None and not found.images
    assert sorted(found.features.names) == sorted(f"GENE{k}" for k in range(1, 12))
    order = {name: k for k, name in enumerate(subject.inputs.specs[RNA].names)}
    given = subject.array(RNA)[0]
    assert found.features.real.tolist() == [float(given[order[name]]) for name in found.features.names]
    assert np.all(found.features.low <= found.features.high)
    clinical = compare_data(subject, CLINICAL).features
    assert clinical is not None and not any(name.startswith("age") for name in clinical.names)


def test_one_draw_has_no_spread_and_several_are_averaged(subject):
    alone = compare_data(subject, RNA, draws=1)
    assert alone.features is not None and alone.draws == 1
    assert np.array_equal(alone.features.low, alone.features.high)
    several = compare_data(subject, RNA, draws=5, seed=2)
    drawn = subject.drawn({RNA}, 5, 2)[RNA][:, 0]
    names = subject.inputs.specs[RNA].names
    assert several.features is not None
    expected = {name: drawn[:, k].mean() for k, name in enumerate(names)}
    assert several.features.imputed == pytest.approx([expected[name] for name in several.features.names])


def test_what_is_imputed_does_not_depend_on_what_was_hidden(subject, net, inputs, patients):
    """Other genes under the same network give the same imputation: nothing of the truth leaks into it."""
    block = patients.blocks[RNA]
    other = replace(block, items={**block.items, "P-0": block.items["P-7"]})
    changed = replace(patients, blocks={**patients.blocks, RNA: other})
    one = compare_data(subject, RNA, draws=3).features
    two = compare_data(Subject.of(net, inputs, changed, "P-0"), RNA, draws=3).features
    assert one is not None and two is not None
    shared = [two.names.index(name) for name in one.names]
    assert one.imputed == pytest.approx(two.imputed[shared], abs=1e-6)
    assert not np.allclose(one.real, two.real[shared])


def test_how_well_it_goes_with_held_out_patients_is_read_from_the_bundle(subject):
    held_out = compare_data(subject, RNA).held_out
    assert held_out is not None
    assert (held_out.n, held_out.mse, held_out.ridge_mse, held_out.collapsed) == (30, 0.9, 0.8, True)
    assert compare_data(subject, CLINICAL).held_out is None


def test_tiles_are_shown_half_masked_and_wholly_hidden(subject):
    images = compare_data(subject, PATHOLOGY, draws=2).images
    assert [(i.title, i.wholly) for i in images] == [
        ("tile 1 of 2", False), ("tile 2 of 2", False), ("tile 1 of 2", True), ("tile 2 of 2", True),
    ]  # fmt: skip
    half, other, whole = images[0], images[1], images[2]
    assert half.original.shape == (16, 16, 3) and half.mask.mean() == 0.5
    patches = half.mask.reshape(4, 4, 4, 4).swapaxes(1, 2).reshape(16, 16)
    assert set(patches.mean(axis=1)) == {0.0, 1.0}  # whole patches of 4 x 4 pixels
    assert np.array_equal(half.imputed[~half.mask], half.original[~half.mask])
    assert not half.difference[~half.mask].any()
    assert not np.array_equal(half.original, other.original)
    assert np.array_equal(whole.original, half.original) and whole.mask.all()
    assert np.array_equal(whole.imputed, images[3].imputed)  # nothing tells one tile from another
    assert len({i.limit for i in images}) == 1


def test_of_a_picture_that_is_one_patch_nothing_is_half_masked(inputs, patients):
    torch.manual_seed(3)
    whole = CONFIG.changed({"tile_patch": 16, "volume_patch": 8})
    subject = Subject.of(Imputmae(whole, inputs.shapes(), whole.bins).eval(), inputs, patients, "P-0")
    for modality, count in ((PATHOLOGY, 2), (MRI, 3)):
        images = compare_data(subject, modality).images
        assert len(images) == count and all(i.wholly and i.mask.all() and np.isfinite(i.error) for i in images)


def test_the_original_is_the_tile_made_coarser(subject, patients):
    tile = patients.blocks[PATHOLOGY].items["P-0"].values[1].astype(float)
    coarse = tile.reshape(16, 16, 16, 16, 3).mean(axis=(1, 3))
    shown = compare_data(subject, PATHOLOGY).images[1].original
    assert np.abs(shown - coarse).max() <= 0.51


def test_differences_are_in_shares_of_full_brightness(subject):
    whole = next(i for i in compare_data(subject, PATHOLOGY).images if i.wholly)
    grey_levels = whole.imputed.astype(float).mean(axis=2) - whole.original.astype(float).mean(axis=2)
    # what is shown is clipped at black and white, and rounded; the network's own values are neither
    inside = (whole.imputed > 0).all(axis=2) & (whole.imputed < 255).all(axis=2)
    assert whole.difference[inside] == pytest.approx(grey_levels[inside] / 255, abs=0.005)
    assert whole.error == pytest.approx(float(np.sqrt(np.mean(whole.difference.astype(float) ** 2))), rel=1e-5)


def test_planes_of_the_sequences_that_were_measured(subject):
    images = compare_data(subject, MRI).images
    assert [i.group for i in images] == ["t1c, half masked"] * 3 + ["t1c, wholly hidden"] * 3
    assert [i.title for i in images[:3]] == ["axial", "coronal", "sagittal"]
    assert images[0].letters == ("R", "L", "A", "P") and images[2].letters == ("A", "P", "S", "I")
    given = subject.array(MRI)[1]
    assert np.array_equal(images[0].original, grey(given[:, :, 4][::-1, ::-1].T, (-3.0, 3.0)))
    assert np.array_equal(images[0].imputed[~images[0].mask], images[0].original[~images[0].mask])


def test_planes_have_the_right_on_the_left_and_the_front_above():
    volume = np.zeros((8, 8, 8))
    volume[7, 7, 4] = 1.0  # right, front, in the axial plane
    volume[7, 4, 0] = 2.0  # right, low, in the coronal plane
    volume[4, 0, 7] = 3.0  # back, high, in the sagittal plane
    axial, coronal, sagittal = planes(volume).values()
    assert axial[0, 0] == 1.0 and coronal[7, 0] == 2.0 and sagittal[0, 7] == 3.0


@pytest.mark.parametrize(
    ("taken", "measured", "places"),
    [
        (["t1", "t1c", "t2", "flair"], [True] * 4, [1, 3]),
        (["t1", "t1c", "t2", "flair"], [True, False, True, True], [3]),
        (["t1", "t2"], [False, True], [1]),
        (["t1c"], [True], [0]),
    ],
)
def test_contrast_and_flair_are_looked_at_first(taken, measured, places):
    assert looked_at(taken, measured) == places


def test_missing_modalities_are_imputed_as_data(net, inputs, patients):
    subject = Subject.of(net, inputs, patients, "P-0", hide={RNA, MRI, PATHOLOGY}, quality=QUALITY)
    assert subject.measured == (CLINICAL,)
    tile, rna, mri = impute_data(subject, {RNA, MRI, PATHOLOGY}, draws=4)
    assert (tile.modality, rna.modality, mri.modality) == (PATHOLOGY, RNA, MRI)
    assert [i.title for i in mri.images][:2] == ["t1c, axial", "t1c, coronal"] and len(mri.images) == 6
    assert tile.images[0].pixels.shape == (16, 16, 3) and not tile.features
    assert rna.of == 12 and len(rna.features) == 12 and rna.held_out is not None and rna.held_out.collapsed
    away = [abs(feature.value) for feature in rna.features]
    assert away == sorted(away, reverse=True)
    assert all(feature.low <= feature.value <= feature.high for feature in rna.features)


def test_hidden_modalities_are_no_part_of_what_is_shown(net, inputs, patients):
    without = Subject.of(net, inputs, patients, "P-0", hide={PATHOLOGY})
    assert compare_data(without, RNA).shown == (CLINICAL, MRI)
    assert prepare(patients, ["P-0"], inputs).present.all()


def test_grey_goes_from_black_to_white():
    assert grey(np.array([-9.0, -3.0, 0.0, 3.0, 9.0], dtype=np.float32), (-3.0, 3.0)).tolist() == [0, 0, 128, 255, 255]


# Of a trained bundle


def predicted(case, bundle, **choices):
    (found,) = run_to_end(predict(case, bundle, Choices(**choices), device="cpu"))
    return found


def test_what_a_predicted_case_lacks_is_imputed_with_its_draws(newcomer, masked):
    case = without_item(newcomer, RNA)
    found = predicted(case, masked, draws=6, seed=4)
    (rna,) = imputed_data(found, case, masked)
    assert (rna.modality, rna.draws, rna.of) == (RNA, 6, 40)
    assert set(rna.shown) == {CLINICAL, PATHOLOGY}
    assert rna.held_out is not None and rna.held_out.n == 79  # as the bundle's manifest says
    assert not rna.given
    hidden = predicted(newcomer, masked, draws=6, seed=4, hide=frozenset({RNA}))  # measured, yet not to be looked at
    (beside,) = imputed_data(hidden, newcomer, masked)
    assert beside.features == rna.features and beside.given


def test_nothing_is_imputed_as_data_of_a_whole_case_or_by_a_network_of_components(newcomer, masked, bundle):
    assert imputed_data(predicted(newcomer, masked), newcomer, masked) == ()
    case = without_item(newcomer, RNA)
    assert imputed_data(predicted(case, bundle, draws=2, steps=2), case, bundle) == ()


def test_only_a_network_with_a_decoder_has_data_to_compare(newcomer, masked, bundle):
    model = open_model(masked, torch.device("cpu"))
    found = subject_of(model, newcomer, "P-001", ())
    assert found is not None and compare_data(found, RNA, draws=3).features is not None
    assert subject_of(open_model(bundle, torch.device("cpu")), newcomer, "P-001", ()) is None
