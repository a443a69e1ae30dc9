from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Tiles
from survgui.encoders.patch_scaling import ChannelScaling, PlainScaling, TileScaling
from survgui.engine.inputs import prepare
from survgui.engine.masked.inputs import fit_patch_inputs
from survgui.errors import CohortError
from survgui.nets.masked.config import ImputmaeConfig

CONFIG = ImputmaeConfig(tile_pixels=128, volume_side=16, sequences="flair,t1c")


@pytest.fixture(scope="module")
def pictured(cohort):
    """The small cohort with tiles and volumes of few pixels, for patients of the first half."""
    draw = np.random.default_rng(0)
    tiles, volumes = {}, {}
    for i in cohort.ids[:30]:
        pixels = draw.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
        tiles[i] = Tiles(pixels, np.zeros((2, 2), dtype=np.int64), 256.0)
        volumes[i] = draw.standard_normal((4, 32, 32, 32)).astype(np.float32)
    blocks = {
        **cohort.blocks,
        Modality.PATHOLOGY: Block(Modality.PATHOLOGY, Kind.TILES, (), tiles, encoder="tiles-256"),
        Modality.MRI: Block(Modality.MRI, Kind.VOLUME, ("t1", "t1c", "t2", "flair"), volumes),
    }
    return replace(cohort, blocks={m: blocks[m] for m in Modality if m in blocks})


def test_every_modality_has_the_scaling_of_its_kind_and_the_networks_sizes(pictured):
    inputs = fit_patch_inputs(pictured, pictured.ids, CONFIG)
    assert inputs.shapes() == {
        Modality.CLINICAL: (Kind.FIELDS, (1, 3)),
        Modality.PATHOLOGY: (Kind.TILES, (8, 3, 128, 128)),
        Modality.RNA: (Kind.VECTOR, (1, 40)),
        Modality.MRI: (Kind.VOLUME, (2, 16, 16, 16)),
    }
    assert isinstance(inputs.scalings[Modality.PATHOLOGY], TileScaling)
    mri = inputs.scalings[Modality.MRI]
    assert isinstance(mri, ChannelScaling) and mri.channels == (1, 3)  # t1c and flair, in the encoder's order
    prepared = prepare(pictured, pictured.ids[28:32], inputs)
    assert [a is not None for a in prepared.arrays[Modality.MRI]] == [True, True, False, False]
    assert {m: prepared.arrays[m][1].shape for m in inputs.specs} == {m: s for m, (_, s) in inputs.shapes().items()}


def test_features_are_as_in_the_file_or_in_clusters(cohort):
    rna = {
        order: fit_patch_inputs(cohort, cohort.ids, ImputmaeConfig(order=order)).specs[Modality.RNA].names
        for order in ("file", "cluster")
    }
    assert rna["file"] == cohort.blocks[Modality.RNA].names
    assert rna["cluster"] != rna["file"] and sorted(rna["cluster"]) == sorted(rna["file"])


def test_only_training_patients_are_looked_at(cohort):
    train = cohort.ids[:90]
    block = cohort.blocks[Modality.RNA]
    other = {i: x if i in train else 50.0 - 3 * x[::-1] for i, x in block.items.items()}
    changed = replace(cohort, blocks={**cohort.blocks, Modality.RNA: replace(block, items=other)})
    one, two = (fit_patch_inputs(c, train, CONFIG).scalings[Modality.RNA] for c in (cohort, changed))
    assert isinstance(one, PlainScaling) and one.names == two.names
    assert np.array_equal(one.mean, two.mean) and np.array_equal(one.deviation, two.deviation)
    assert fit_patch_inputs(cohort, train, CONFIG).specs[Modality.RNA].patients == 60


def test_what_few_patients_have_is_not_learned_from(cohort):
    inputs = fit_patch_inputs(cohort, cohort.ids[:24], CONFIG)
    assert Modality.RNA not in inputs.specs and Modality.CLINICAL in inputs.specs  # 16 of 24 have RNA
    with pytest.raises(CohortError, match="no modality varies among at least 20"):
        fit_patch_inputs(cohort, cohort.ids[:10], CONFIG)
