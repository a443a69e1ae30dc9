from itertools import pairwise

import numpy as np
import pytest

from survgui.cases.bundle import Input
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Bag, Block, Tiles
from survgui.encoders import patch_scaling, scaling
from survgui.encoders.patch_scaling import FORM, PatchConfig
from survgui.encoders.scaling import COVERAGE, Unusable

GENES = tuple(f"G{k}" for k in range(30))
GROUP = np.random.default_rng(11).permutation(30) % 3
"""which of three factors a gene follows"""
FILE = PatchConfig(cluster=False)


def values_of(n=60):
    """Three groups of ten genes, each of one factor, in no order."""
    draw = np.random.default_rng(0)
    factors = draw.standard_normal((n, 3))
    return np.stack([factors[:, GROUP[k]] * (-1) ** k for k in range(30)], axis=1) + 0.2 * draw.standard_normal((n, 30))


def vector_block(transform="none", values=None):
    rows = values_of() if values is None else values
    items = {f"P{k}": row.astype(np.float32) for k, row in enumerate(rows)}
    return Block(Modality.RNA, Kind.VECTOR, GENES, items, unit="z-score", transform=transform)


def fields_block():
    rows = {f"P{k}": (50.0 + k, "FM"[k % 2]) for k in range(30)}
    return Block(Modality.CLINICAL, Kind.FIELDS, ("age", "sex"), rows)


def bag_block():
    draw = np.random.default_rng(1)
    bags = {f"P{k}": Bag((3 + draw.standard_normal((6, 5))).astype(np.float32)) for k in range(25)}
    return Block(Modality.PATHOLOGY, Kind.BAG, (), bags, encoder="tiny")


def tiles(count=3, side=16):
    pixels = np.random.default_rng(2).integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    return Tiles(pixels, np.zeros((count, 2), dtype=np.int64), float(side))


def tiles_block():
    return Block(Modality.PATHOLOGY, Kind.TILES, (), {f"P{k}": tiles() for k in range(4)}, encoder="tiles-256")


def volume_block():
    draw = np.random.default_rng(3)
    items = {f"P{k}": draw.standard_normal((4, 8, 8, 8)).astype(np.float32) for k in range(4)}
    return Block(Modality.MRI, Kind.VOLUME, ("t1", "t1c", "t2", "flair"), items)


CONFIG = PatchConfig(tiles=2, pixels=8, channels=(1, 3), side=4)
BLOCKS = {"vector": vector_block, "fields": fields_block, "bag": bag_block, "tiles": tiles_block,
          "volume": volume_block}  # fmt: skip


def spec_of(block, fitted):
    names = patch_scaling.feature_names(fitted, block)
    return Input(block.kind, block.unit, block.transform, block.encoder, names, block.width, COVERAGE, 1)


# --- tables -----------------------------------------------------------------------------------------------------


def test_features_are_standardised_one_by_one_in_the_order_of_the_file():
    block, x = vector_block(), values_of().astype(np.float32).astype(float)
    fitted = patch_scaling.fit(block, block.items, FILE)
    assert fitted.names == GENES and fitted.shape == (1, 30)
    ours = np.stack([fitted.apply(item, GENES)[0] for item in block.items.values()])
    assert ours == pytest.approx((x - x.mean(axis=0)) / x.std(axis=0), abs=1e-4)
    assert ours.dtype == np.float32


def test_only_training_patients_are_looked_at():
    block, train = vector_block(), [f"P{k}" for k in range(40)]
    other = vector_block(values=np.concatenate([values_of()[:40], 100 + values_of()[40:, ::-1]]))
    one, two = (patch_scaling.fit(b, train, PatchConfig()) for b in (block, other))
    assert one.names == two.names and np.array_equal(one.mean, two.mean)
    assert np.array_equal(one.deviation, two.deviation)


@pytest.mark.parametrize("transform", ["none", "signed-log1p"])
@pytest.mark.parametrize("cluster", [False, True])
def test_back_undoes_the_standardisation(transform, cluster):
    block = vector_block(transform)
    fitted = patch_scaling.fit(block, block.items, PatchConfig(cluster=cluster))
    item = block.items["P3"]
    changed = scaling.TRANSFORMS[transform](item.astype(float))
    expected = [changed[GENES.index(name)] for name in fitted.names]
    assert fitted.back(fitted.apply(item, GENES)) == pytest.approx(expected, abs=1e-4)


def test_clustered_features_that_vary_together_are_neighbours():
    """Genes that go up or down with one of three factors: in clustered order each factor's are in one piece."""
    block = vector_block()
    fitted = patch_scaling.fit(block, block.items, PatchConfig())
    assert sorted(fitted.names) == sorted(GENES)
    group = [GROUP[GENES.index(name)] for name in fitted.names]
    assert sum(a != b for a, b in pairwise(group)) == 2
    plain = patch_scaling.fit(block, block.items, FILE)
    one, other = fitted.apply(block.items["P1"], GENES)[0], plain.apply(block.items["P1"], GENES)[0]
    assert one == pytest.approx(other[[GENES.index(name) for name in fitted.names]], abs=1e-6)


def test_features_are_found_by_name_in_any_order():
    block, item = vector_block(), vector_block().items["P3"]
    fitted = patch_scaling.fit(block, block.items, PatchConfig())
    order = np.random.default_rng(1).permutation(30)
    turned = fitted.apply(item[order], tuple(GENES[k] for k in order))
    assert np.array_equal(turned, fitted.apply(item, GENES))
    more = fitted.apply(np.append(item, 9.0).astype(np.float32), (*GENES, "OTHER"))
    assert np.array_equal(more, fitted.apply(item, GENES))


def test_what_does_not_vary_or_is_mostly_missing_is_left_out():
    values = values_of()
    values[:, 4], values[:40, 7] = 2.0, np.nan
    fitted = patch_scaling.fit(vector_block(values=values), vector_block().items, FILE)
    assert fitted.names == tuple(g for g in GENES if g not in ("G4", "G7"))


def test_missing_features_count_as_the_mean_down_to_the_coverage_and_wild_ones_are_clipped():
    block = vector_block()
    fitted = patch_scaling.fit(block, block.items, FILE)
    item = block.items["P3"].copy()
    item[:6], item[9], item[10] = np.nan, 1e6, -1e6
    found = fitted.apply(item, GENES)[0]
    assert not found[:6].any() and (found[9], found[10]) == (6.0, -6.0)
    item[6] = np.nan
    with pytest.raises(Unusable, match="only 23 of the bundle's 30 features are there; check the identifiers"):
        fitted.apply(item, GENES)


def test_of_a_bag_the_mean_row_is_taken_whatever_its_rows_and_their_order():
    block = bag_block()
    fitted = patch_scaling.fit(block, block.items, PatchConfig())
    assert fitted.shape == (1, 5) and patch_scaling.feature_names(fitted, block) == ()
    means = np.stack([bag.values.astype(float).mean(axis=0) for bag in block.items.values()])
    ours = np.stack([fitted.apply(bag, ())[0] for bag in block.items.values()])
    assert ours == pytest.approx((means - means.mean(axis=0)) / means.std(axis=0), abs=1e-3)
    values = block.items["P0"].values
    twice = Bag(np.concatenate([values[::-1], values]))
    assert fitted.apply(twice, ()) == pytest.approx(fitted.apply(Bag(values.copy()), ()), abs=1e-5)
    with pytest.raises(Unusable, match="its rows have 7 features, the bundle takes 5"):
        fitted.apply(Bag(np.ones((2, 7), dtype=np.float32)), ())


def test_a_column_of_a_bag_that_never_varies_stays_and_says_nothing():
    bags = {f"P{k}": Bag(np.array([[k, 7.0]], dtype=np.float32)) for k in range(20)}
    block = Block(Modality.PATHOLOGY, Kind.BAG, (), bags)
    fitted = patch_scaling.fit(block, bags, PatchConfig())
    assert fitted.shape == (1, 2)
    assert all(fitted.apply(bag, ())[0, 1] == 0 for bag in bags.values())


# --- pictures ---------------------------------------------------------------------------------------------------


def test_tiles_are_made_coarser_by_the_mean_of_squares_and_lie_between_black_and_white():
    fitted = patch_scaling.fit(tiles_block(), ["P0"], PatchConfig(tiles=3, pixels=8))
    found, pixels = fitted.apply(tiles(), ()), tiles().values.astype(float)
    assert found.shape == fitted.shape == (3, 3, 8, 8) and found.dtype == np.float32
    for tile, channel, y, x in ((0, 0, 0, 0), (1, 2, 7, 3), (2, 1, 4, 6)):
        square = pixels[tile, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2, channel]
        assert found[tile, channel, y, x] == pytest.approx(square.mean() / 127.5 - 1, abs=1e-5)
    for value, expected in ((0, -1.0), (255, 1.0)):
        plain = Tiles(np.full((1, 8, 8, 3), value, dtype=np.uint8), np.zeros((1, 2), dtype=np.int64), 8.0)
        assert (fitted.apply(plain, ()) == expected).all()


def test_a_patient_with_fewer_tiles_has_them_again_and_one_with_more_the_first():
    few = patch_scaling.fit(tiles_block(), ["P0"], PatchConfig(tiles=5, pixels=16)).apply(tiles(3), ())
    assert np.array_equal(few[3:], few[:2]) and not np.array_equal(few[0], few[1])
    many = patch_scaling.fit(tiles_block(), ["P0"], PatchConfig(tiles=2, pixels=16)).apply(tiles(3), ())
    assert np.array_equal(many, few[:2])


def test_tiles_of_a_size_that_cannot_be_made_coarser_are_unusable():
    fitted = patch_scaling.fit(tiles_block(), ["P0"], CONFIG)
    with pytest.raises(Unusable, match="its tiles have 12 pixels, the bundle takes a divisor: 8"):
        fitted.apply(tiles(2, 12), ())


def test_volumes_are_some_sequences_made_coarser_by_the_mean_of_cubes():
    block = volume_block()
    fitted = patch_scaling.fit(block, block.items, CONFIG)
    volume = block.items["P2"]
    found = fitted.apply(volume, block.names)
    assert found.shape == fitted.shape == (2, 4, 4, 4) and found.dtype == np.float32
    for place, channel in enumerate((1, 3)):
        assert found[place, 1, 2, 3] == pytest.approx(volume[channel, 2:4, 4:6, 6:8].mean(), abs=1e-6)
        assert found[place].mean() == pytest.approx(volume[channel].mean(), abs=1e-6)
    whole = patch_scaling.fit(block, block.items, PatchConfig(channels=(0, 1, 2, 3), side=8))
    assert np.array_equal(whole.apply(volume, block.names), volume)


def test_other_grids_and_volumes_without_a_wanted_sequence_are_unusable():
    block = volume_block()
    fitted = patch_scaling.fit(block, block.items, CONFIG)
    with pytest.raises(Unusable, match=r"its grid is \(4, 4, 4, 4\), the bundle takes \(4, 8, 8, 8\)"):
        fitted.apply(np.ones((4, 4, 4, 4), dtype=np.float32), block.names)
    volume = block.items["P0"].copy()
    volume[[1, 3]] = 0.0
    with pytest.raises(Unusable, match="none of the sequences that the bundle takes is there"):
        fitted.apply(volume, block.names)
    volume[3] = 1.0  # one of the two is enough
    assert not fitted.apply(volume, block.names)[0].any()


# --- bundles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_scaling_is_rebuilt_from_what_a_bundle_stores(kind):
    block = BLOCKS[kind]()
    fitted = patch_scaling.fit(block, block.items, CONFIG)
    extra = patch_scaling.describe(fitted)
    again = patch_scaling.rebuild(spec_of(block, fitted), extra, fitted.tensors())
    assert extra["form"] == FORM and again.shape == fitted.shape
    assert patch_scaling.describe(again) == extra
    assert patch_scaling.feature_names(again, block) == patch_scaling.feature_names(fitted, block)
    for item in list(block.items.values())[:3]:
        assert np.array_equal(again.apply(item, block.names), fitted.apply(item, block.names))


def test_fields_are_scaled_as_for_every_network():
    block = fields_block()
    ours, theirs = patch_scaling.fit(block, block.items, CONFIG), scaling.fit(block, block.items)
    assert np.array_equal(ours.apply((61.0, "F"), block.names), theirs.apply((61.0, "F"), block.names))
    assert patch_scaling.feature_names(ours, block) == ("age", "sex")


@pytest.mark.parametrize("kind", BLOCKS)
def test_without_a_training_patient_nothing_can_be_fitted(kind):
    block = BLOCKS[kind]()
    with pytest.raises(ValueError, match=f"no training patient has {block.modality}"):
        patch_scaling.fit(block, ["somebody"], CONFIG)


def test_more_features_than_can_be_clustered_stay_in_the_order_of_the_file(monkeypatch):
    block = vector_block()
    monkeypatch.setattr(patch_scaling, "MOST_ORDERED", len(GENES))
    assert patch_scaling.fit(block, block.items, PatchConfig()).names != GENES
    monkeypatch.setattr(patch_scaling, "MOST_ORDERED", len(GENES) - 1)
    monkeypatch.setattr(patch_scaling, "_clustered", None)  # is not asked
    assert patch_scaling.fit(block, block.items, PatchConfig()).names == GENES
