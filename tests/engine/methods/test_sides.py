from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Kind
from survgui.cases.case import Modality as M
from survgui.cases.cohort import Bag, Block
from survgui.engine.methods.contract import CannotRun
from survgui.engine.methods.sides import fit_sides


@pytest.fixture
def joined(cohort):
    """Also copy number of ten of the genes, mutations of two others, and of miRNA, which no set knows."""
    draw = np.random.default_rng(0)

    def block(modality, names, ids):
        items = {i: draw.standard_normal(len(names)).astype(np.float32) for i in ids}
        return Block(modality, Kind.VECTOR, names, items)

    blocks = {
        M.CNV: block(M.CNV, tuple(f"GENE{g}" for g in range(10)), cohort.ids),
        M.MIRNA: block(M.MIRNA, ("let-7", "mir-21", "mir-9"), cohort.ids[:80]),
    }
    return replace(cohort, blocks={**cohort.blocks, **blocks})


def test_a_gene_set_takes_its_columns_from_every_block_and_a_block_without_any_is_a_token(joined):
    slide, genes = fit_sides(joined, joined.ids).sides
    assert (slide.width, slide.groups) == (5, ())
    rna, cnv, mirna = range(40), range(40, 50), range(50, 53)
    assert genes.width == 53
    assert genes.groups == ((*rna[:20], *cnv), tuple(rna[20:]), tuple(mirna))


def test_without_sets_a_block_is_a_token(joined):
    genes = fit_sides(joined, joined.ids, "blocks").sides[1]
    assert [len(token) for token in genes.groups] == [40, 10, 3]


def test_features_are_standardised_on_the_training_part_and_zero_where_a_block_is_absent(joined):
    train = joined.ids[:90]
    patients = fit_sides(joined, train).gather(joined, train)
    x = patients.pair(range(90)).inputs[1].numpy()
    lacks_rna, lacks_mirna = [k for k in range(90) if k % 3 == 0], list(range(80, 90))
    assert not x[lacks_rna, :40].any() and not x[lacks_mirna, 50:].any()
    assert patients.present.all()
    assert np.allclose(x[:, 40:50].mean(axis=0), 0, atol=1e-5) and np.allclose(x[:, 40:50].std(axis=0), 1, atol=1e-4)


def test_a_side_is_there_with_any_of_its_blocks(joined):
    sides = fit_sides(joined, joined.ids)
    assert sides.gather(joined.hide([M.RNA, M.CNV]), ["P-001", "P-100"]).present.tolist() == [[1, 1], [1, 0]]
    assert sides.gather(joined.hide([M.PATHOLOGY]), ["P-001"]).present.tolist() == [[0, 1]]


def test_bags_are_padded_and_cut_at_random(cohort):
    values = np.linspace(-0.5, 0.5, 40, dtype=np.float32).reshape(8, 5)
    items = {**cohort.blocks[M.PATHOLOGY].items, "P-001": Bag(values)}
    other = replace(cohort, blocks={**cohort.blocks, M.PATHOLOGY: replace(cohort.blocks[M.PATHOLOGY], items=items)})
    patients = fit_sides(cohort, cohort.ids).gather(other, ["P-001", "P-002"])
    whole = patients.pair([0, 1])
    assert whole.rows[0].sum(dim=1).tolist() == [8, 6] and not whole.inputs[0][1, 6:].any()
    cut = patients.pair([0, 1], most_rows=3, draw=np.random.default_rng(0))
    assert cut.rows[0].sum(dim=1).tolist() == [3, 3]
    kept = {tuple(row) for row in cut.inputs[0][0].tolist()}
    assert len(kept) == 3 and kept <= {tuple(row) for row in whole.inputs[0][0].tolist()}


def test_a_slide_that_is_one_vector_is_a_bag_of_one_row(cohort):
    vectors = {i: bag.values[0] for i, bag in cohort.blocks[M.PATHOLOGY].items.items()}
    block = Block(M.PATHOLOGY, Kind.VECTOR, tuple("abcde"), vectors)
    other = replace(cohort, blocks={**cohort.blocks, M.PATHOLOGY: block})
    assert fit_sides(other, other.ids).gather(other, other.ids[:4]).pair(range(4)).inputs[0].shape == (4, 1, 5)


def test_without_pathology_rna_stands_against_the_rest(joined):
    blocks = {m: b for m, b in joined.blocks.items() if m is not M.PATHOLOGY}
    sides = fit_sides(replace(joined, blocks=blocks), joined.ids)
    assert sides.views == ((M.CNV, M.MIRNA), (M.RNA,))
    assert [len(side.groups) for side in sides.sides] == [2, 2]


def test_another_encoders_patches_count_as_absent(cohort):
    other = {i: Bag(np.zeros((3, 7), np.float32)) for i in cohort.ids}
    odd = replace(cohort, blocks={**cohort.blocks, M.PATHOLOGY: replace(cohort.blocks[M.PATHOLOGY], items=other)})
    assert fit_sides(cohort, cohort.ids).gather(odd, ["P-001"]).present.tolist() == [[False, True]]


def test_one_side_alone_or_a_shape_that_no_side_has_is_refused(cohort):
    clinical = {m: b for m, b in cohort.blocks.items() if m is not M.RNA}
    with pytest.raises(CannotRun, match="needs pathology and an omics block"):
        fit_sides(replace(cohort, blocks=clinical), cohort.ids)
    bags = replace(cohort.blocks[M.PATHOLOGY], modality=M.CNV)
    with pytest.raises(CannotRun, match="no cnv in the form of a bag"):
        fit_sides(replace(cohort, blocks={**cohort.blocks, M.CNV: bags}), cohort.ids)
