from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.bundle import Input
from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Tiles
from survgui.encoders.patch_scaling import TileScaling
from survgui.engine.inputs import Inputs, fit_inputs, prepare, usable
from survgui.errors import CohortError
from survgui.nets.must import MustConfig

RNA, SLIDE = Modality.RNA, Modality.PATHOLOGY


@pytest.fixture(scope="module")
def inputs(cohort):
    return fit_inputs(cohort, cohort.ids[:80], MustConfig())


def test_modalities_keep_one_order_and_know_their_shapes(inputs):
    assert list(inputs.specs) == [Modality.CLINICAL, SLIDE, RNA]
    assert inputs.shapes()[RNA] == (Kind.VECTOR, (3, 30))  # all genes and two groups
    assert inputs.specs[RNA].patients == sum(k % 3 != 0 for k in range(80))


def test_absent_modalities_are_absent_and_refused_ones_have_a_reason(cohort, inputs):
    rna = cohort.blocks[RNA]
    poor = replace(cohort, blocks={**cohort.blocks, RNA: replace(rna, unit="counts")})
    prepared = prepare(poor, ["P-000", "P-001"], inputs)
    assert prepared.present.tolist() == [[True, True, False], [True, True, False]]
    assert list(prepared.refused) == [(1, RNA)] and "counts" in prepared.refused[1, RNA]


def test_scaling_does_not_look_at_the_test_part(cohort, inputs):
    rna = cohort.blocks[RNA]
    changed = {i: (v if i in cohort.ids[:80] else v + 100) for i, v in rna.items.items()}
    other = replace(cohort, blocks={**cohort.blocks, RNA: replace(rna, items=changed)})
    again = fit_inputs(other, cohort.ids[:80], MustConfig())
    for name, tensor in inputs.scalings[RNA].tensors().items():
        assert np.array_equal(tensor, again.scalings[RNA].tensors()[name])


def test_bags_are_padded_and_cut(cohort, inputs):
    prepared = prepare(cohort, ["P-001", "P-003"], inputs)
    batch = prepared.batch([0, 1])
    assert batch.inputs[SLIDE].shape == (2, 6, 5) and batch.rows[SLIDE].all()
    cut = prepared.batch([0, 1], most_rows=4, draw=np.random.default_rng(0))
    assert cut.inputs[SLIDE].shape == (2, 4, 5)
    assert batch.present.tolist() == [[True, True, True], [True, True, False]]
    assert not batch.inputs[RNA][1].any()


def test_a_modality_of_too_few_patients_is_not_learned_from(cohort):
    assert RNA not in usable(cohort, cohort.ids[:20])
    with pytest.raises(CohortError, match="no modality"):
        fit_inputs(cohort, cohort.ids[:3], MustConfig())


def test_a_modality_of_which_nothing_varies_is_not_learned_from(cohort):
    alike = {SLIDE: cohort.blocks[SLIDE]}
    alike[RNA] = Block(RNA, Kind.VECTOR, ("A", "B"), {i: np.zeros(2, dtype=np.float32) for i in cohort.ids})
    alike[Modality.CLINICAL] = Block(Modality.CLINICAL, Kind.FIELDS, ("sex",), dict.fromkeys(cohort.ids, ("F",)))
    found = fit_inputs(replace(cohort, blocks=alike), cohort.ids, MustConfig())
    assert list(found.specs) == [SLIDE]


def tiled(cohort):
    """The cohort with its slides as pixels."""
    tiles = Tiles(np.zeros((1, 4, 4, 3), np.uint8), np.zeros((1, 2), np.int64), 4.0)
    slides = replace(cohort.blocks[SLIDE], kind=Kind.TILES, items=dict.fromkeys(cohort.ids, tiles), encoder="tiles-256")
    return replace(cohort, blocks={**cohort.blocks, SLIDE: slides})


def test_pixels_are_refused_where_features_are_needed(cohort, inputs):
    pixels = tiled(cohort)
    with pytest.raises(CohortError, match="this method takes features"):
        fit_inputs(pixels, cohort.ids, MustConfig())
    assert SLIDE in fit_inputs(cohort, cohort.ids, MustConfig()).specs
    prepared = prepare(pixels, ["P-000"], inputs)
    reason = "it was given as tiles of the slide (tiles-256), the bundle takes features of tiny"
    assert (prepared.arrays[SLIDE], prepared.refused[0, SLIDE]) == ((None,), reason)


def test_pictures_are_kept_in_half_precision_and_are_no_row_of_a_table(cohort):
    pixels = tiled(cohort)
    spec = Input(Kind.TILES, "mixed", "none", "tiles-256", (), 48, 0.7, 90)
    prepared = prepare(pixels, ["P-000", "P-001"], Inputs({SLIDE: spec}, {SLIDE: TileScaling(2, 2)}))
    array = prepared.arrays[SLIDE][0]
    assert (array.dtype, array.shape) == (np.float16, (2, 3, 2, 2)) and (array == -1).all()  # black
    assert prepared.rows() == {} and not prepared.padded(SLIDE)
    assert prepared.batch([0, 1]).inputs[SLIDE].shape == (2, 2, 3, 2, 2)
