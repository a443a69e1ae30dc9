from dataclasses import asdict, replace

import numpy as np
import pytest

from survgui.cases.bundle import Input
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Bag, Block
from survgui.encoders import scaling
from survgui.encoders.scaling import ScalingConfig, Unusable

GENES = tuple(f"G{k}" for k in range(30))


def vector_block(n=60, transform="none", **more):
    draw = np.random.default_rng(0)
    values = draw.standard_normal((n, 3)) @ draw.standard_normal((3, 30)) + 0.1 * draw.standard_normal((n, 30))
    items = {f"P{k}": row.astype(np.float32) for k, row in enumerate(values)}
    return Block(Modality.RNA, Kind.VECTOR, GENES, items, unit="z-score", transform=transform, **more)


def fields_block():
    rows = [(50.0 + k, "MALE" if k % 2 else "FEMALE", ("Stage I", "Stage IIIA", "Stage IVB")[k % 3]) for k in range(30)]
    rows[0] = (None, None, None)
    return Block(
        Modality.CLINICAL, Kind.FIELDS, ("age", "sex", "stage"), {f"P{k}": row for k, row in enumerate(rows)},
        ordered={"stage": ("Stage I", "Stage II", "Stage III", "Stage IV")},
    )  # fmt: skip


def spec_of(block, fitted, **changes):
    names = scaling.feature_names(fitted, block)
    spec = Input(block.kind, block.unit, block.transform, block.encoder, names, block.width, scaling.COVERAGE, 1)
    return Input(**{**asdict(spec), "kind": block.kind, "names": names, **changes})


def test_components_are_the_principal_components_over_the_first_ones_deviation():
    block = vector_block()
    fitted = scaling.fit(block, block.items, ScalingConfig(components=5))
    X = np.stack(list(block.items.values())).astype(float)
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    _, s, Vt = np.linalg.svd(Z, full_matrices=False)
    expected = Z @ Vt[:5].T / (s[0] / np.sqrt(len(Z)))
    ours = np.stack([fitted.apply(item, GENES)[0] for item in block.items.values()])
    assert np.abs(ours) == pytest.approx(np.abs(expected), abs=1e-2)
    assert ours[:, 0].std() == pytest.approx(1.0, abs=1e-4)


def test_groups_see_their_own_genes_alone():
    block = vector_block(groups={"a": GENES[:10], "b": (*GENES[10:20], "UNKNOWN"), "tiny": GENES[:2]})
    fitted = scaling.fit(block, block.items, ScalingConfig(components=5, group_components=3))
    assert fitted.shape == (3, 5)  # all, a, b; two genes are no group
    item = block.items["P1"].copy()
    before = fitted.apply(item, GENES)
    item[15] += 3
    after = fitted.apply(item, GENES)
    assert np.array_equal(before[1], after[1]) and not np.array_equal(before[2], after[2])


def test_features_are_found_by_name_in_any_order():
    block = vector_block()
    fitted = scaling.fit(block, block.items)
    order = np.random.default_rng(1).permutation(30)
    item = block.items["P3"]
    turned = fitted.apply(item[order], tuple(GENES[k] for k in order))
    assert turned == pytest.approx(fitted.apply(item, GENES))


def test_missing_features_count_as_the_mean_down_to_the_coverage():
    block = vector_block()
    fitted = scaling.fit(block, block.items)
    item = block.items["P3"].copy()
    item[:6] = np.nan
    assert not fitted.standardise(item, GENES)[:6].any()
    item[6] = np.nan
    with pytest.raises(Unusable, match="only 23 of the bundle's 30"):
        fitted.apply(item, GENES)


def test_wild_values_are_clipped():
    block = vector_block()
    fitted = scaling.fit(block, block.items)
    item = block.items["P3"].copy()
    item[0] = 36893.0
    assert np.abs(fitted.standardise(item, GENES)).max() <= 6.0


def test_a_feature_that_does_not_vary_is_left_out():
    block = vector_block()
    flat = {i: np.concatenate([[7.0], v[1:]]).astype(np.float32) for i, v in block.items.items()}
    fitted = scaling.fit(Block(Modality.RNA, Kind.VECTOR, GENES, flat), flat)
    assert fitted.names == GENES[1:]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("none", 3.0, 3.0), ("log1p", np.e - 1, 1.0), ("log2p1", 7.0, 3.0), ("signed-log1p", 1 - np.e, -1.0),
     ("beta-to-m", 0.8, 2.0)],
)  # fmt: skip
def test_transforms(name, value, expected):
    assert scaling.TRANSFORMS[name](np.array([value]))[0] == pytest.approx(expected)


def test_fields_become_numbers_words_and_ranks():
    block = fields_block()
    fitted = scaling.fit(block, block.items)
    assert [field for field, _ in fitted.columns] == ["age", "sex", "stage"]
    one = fitted.apply((60.0, "FEMALE", "Stage I"), block.names)[0]
    two = fitted.apply((60.0, "MALE", "Stage IVB"), block.names)[0]
    assert one[0] == two[0] and one[1] != two[1] and one[2] < two[2]


def test_the_longest_matching_prefix_ranks_a_word():
    assert scaling._value("Stage IIIA", "", ("Stage I", "Stage II", "Stage III", "Stage IV")) == 2
    assert scaling._value("Stage IVB", "", ("Stage I", "Stage II", "Stage III", "Stage IV")) == 3
    assert np.isnan(scaling._value("[Not Available]", "", ("Stage I",)))


def test_missing_fields_count_as_the_mean_and_none_at_all_is_unusable():
    block = fields_block()
    fitted = scaling.fit(block, block.items)
    assert fitted.apply((None, "MALE", None), block.names)[0][[0, 2]].tolist() == [0, 0]
    with pytest.raises(Unusable, match="none of the fields"):
        fitted.apply((None, None, None), block.names)


def test_bags_are_scaled_row_by_row():
    draw = np.random.default_rng(0)
    bags = {f"P{k}": Bag((5 + 2 * draw.standard_normal((8, 4))).astype(np.float32)) for k in range(20)}
    block = Block(Modality.PATHOLOGY, Kind.BAG, (), bags, encoder="e")
    fitted = scaling.fit(block, bags)
    rows = fitted.apply(bags["P0"], ())
    assert rows.shape == (8, 4)
    assert rows[:3] == pytest.approx(fitted.apply(Bag(bags["P0"].values[:3].copy()), ()), abs=1e-5)
    with pytest.raises(Unusable, match="another encoder"):
        fitted.apply(Bag(np.zeros((2, 7), dtype=np.float32)), ())


def test_axes_of_bags_are_those_of_all_rows_together_and_gaps_count_as_the_mean():
    draw = np.random.default_rng(0)
    values = (draw.standard_normal((90, 4)) @ draw.standard_normal((4, 4))).astype(np.float32)
    bags = {f"P{k}": Bag(values[3 * k : 3 * k + 3].copy()) for k in range(30)}
    fitted = scaling.fit(Block(Modality.PATHOLOGY, Kind.BAG, (), bags), bags)
    rows = (values - values.mean(axis=0)) / values.std(axis=0)
    _, singular, axes = np.linalg.svd(rows, full_matrices=False)
    expected = np.abs(axes.T / (singular[0] / np.sqrt(90)))
    assert np.abs(fitted.components) == pytest.approx(expected, abs=1e-4)
    gappy = values.copy()
    gappy[7, 2] = np.nan
    fitted = scaling.fit(Block(Modality.PATHOLOGY, Kind.BAG, (), {"P": Bag(gappy)}), ["P"])
    assert fitted.mean[2] == pytest.approx(np.nanmean(gappy[:, 2]), abs=1e-6)
    assert np.isfinite(fitted.apply(Bag(gappy), ())).all()


def test_volumes_must_have_the_bundles_grid():
    items = {"P0": np.zeros((2, 4, 4, 4), dtype=np.float32)}
    fitted = scaling.fit(Block(Modality.MRI, Kind.VOLUME, ("t1", "t2"), items), items)
    assert fitted.apply(items["P0"], ()).shape == (2, 4, 4, 4)
    with pytest.raises(Unusable, match="grid"):
        fitted.apply(np.zeros((2, 8, 8, 8), dtype=np.float32), ())


@pytest.mark.parametrize("block", [vector_block(groups={"a": GENES[:9]}), fields_block()], ids=["vector", "fields"])
def test_a_scaling_is_rebuilt_from_what_a_bundle_stores(block):
    fitted = scaling.fit(block, block.items)
    again = scaling.rebuild(spec_of(block, fitted), scaling.describe(fitted), fitted.tensors())
    for item in list(block.items.values())[1:4]:
        assert again.apply(item, block.names) == pytest.approx(fitted.apply(item, block.names), abs=2e-2)


def test_units_and_encoders_must_agree():
    block = vector_block()
    fitted = scaling.fit(block, block.items)
    scaling.check_unit(block, spec_of(block, fitted))
    with pytest.raises(Unusable, match="look like z-score, the bundle takes counts"):
        scaling.check_unit(block, spec_of(block, fitted, unit="counts"))
    with pytest.raises(Unusable, match="given as a table, the bundle takes features of lite"):
        scaling.check_unit(block, spec_of(block, fitted, encoder="lite"))
    with pytest.raises(Unusable, match="given as vector"):
        scaling.check_unit(block, spec_of(block, fitted, kind=Kind.BAG))


def test_a_slide_as_pixels_and_a_slide_as_features_are_told_apart():
    bags = {"P": Bag(np.random.default_rng(0).standard_normal((9, 2)).astype(np.float32))}
    features = Block(Modality.PATHOLOGY, Kind.BAG, (), bags, encoder="lite")
    pixels = replace(features, kind=Kind.TILES, encoder="tiles-256")
    fitted = scaling.fit(features, bags)
    with pytest.raises(Unusable, match=r"as tiles of the slide \(tiles-256\), the bundle takes features of lite"):
        scaling.check_unit(pixels, spec_of(features, fitted))
    with pytest.raises(Unusable, match=r"as features of lite, the bundle takes tiles of the slide \(tiles-256\)"):
        scaling.check_unit(features, spec_of(pixels, fitted))


def test_a_bag_of_the_same_columns_in_another_order_is_unusable():
    bags = {"P": Bag(np.random.default_rng(0).standard_normal((9, 2)).astype(np.float32))}
    block = Block(Modality.PATHOLOGY, Kind.BAG, ("G2", "G3"), bags)
    wanted = spec_of(block, scaling.fit(block, bags))
    scaling.check_unit(block, wanted)
    with pytest.raises(Unusable, match="G3, G2"):
        scaling.check_unit(replace(block, names=("G3", "G2")), wanted)


def test_nobody_to_fit_on():
    with pytest.raises(ValueError, match="no training patient"):
        scaling.fit(vector_block(), ["nobody"])


def test_a_gene_is_found_by_its_other_names():
    names = ("TP53", "H3F3A", "SEPT2", "EGFR")
    draw = np.random.default_rng(3)
    items = {f"P{k}": draw.standard_normal(4).astype(np.float32) for k in range(20)}
    block = Block(Modality.RNA, Kind.VECTOR, names, items, unit="z-score")
    fitted = scaling.fit(block, items, ScalingConfig(components=2))
    item = items["P3"]
    renamed = ("EGFR", "SEPTIN2", "H3-3A", "ENSG00000141510.18")
    assert np.array_equal(fitted.apply(item, names), fitted.apply(item[::-1], renamed))
