from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block
from survgui.engine.omics import omics_tables
from survgui.engine.stored import read_scalings

RNA, CNV = Modality.RNA, Modality.CNV


def with_rna(newcomer, names, values, **changes):
    block = Block(RNA, Kind.VECTOR, tuple(names), {"P-001": np.asarray(values, dtype=np.float32)}, unit="z-score")
    return replace(newcomer, blocks={**newcomer.blocks, RNA: replace(block, **changes)})


def test_distances_are_from_the_mean_in_deviations_by_name_in_any_order(newcomer, bundle, cohort):
    train = [i for i in cohort.blocks[RNA].items if i != "P-001"]
    every = np.stack([cohort.blocks[RNA].items[i] for i in train]).astype(float)
    mean, deviation = every.mean(axis=0), every.std(axis=0)
    names = cohort.blocks[RNA].names
    order = np.random.default_rng(0).permutation(40)
    mine = cohort.blocks[RNA].items["P-001"]
    (found,) = omics_tables(with_rna(newcomer, [names[k] for k in order], mine[order]), "P-001", bundle)
    assert found.z == pytest.approx(((mine - mean) / deviation)[order], abs=1e-4)
    assert found.values == pytest.approx(mine[order]) and found.taken.all() and found.missing == ()
    assert found.patients == len(train) and found.wanted == 40 and found.reason == ""


def test_gaps_and_strangers_have_no_distance(newcomer, bundle, cohort):
    names, mine = cohort.blocks[RNA].names, cohort.blocks[RNA].items["P-001"].copy()
    mine[3] = np.nan
    (found,) = omics_tables(with_rna(newcomer, [*names[:38], "XIST"], [*mine[:38], 4.0]), "P-001", bundle)
    assert np.isnan(found.z[3]) and np.isnan(found.z[38]) and np.isfinite(found.z).sum() == 37
    assert not found.taken[38] and found.taken[:38].all()
    assert found.missing == names[38:] and found.wanted == 40


def test_a_block_that_the_bundle_cannot_use_says_why(newcomer, bundle):
    block = newcomer.blocks[RNA]
    (counts,) = omics_tables(with_rna(newcomer, block.names, block.items["P-001"], unit="counts"), "P-001", bundle)
    assert "counts" in counts.reason and np.isnan(counts.z).all() and counts.taken.all()
    (few,) = omics_tables(with_rna(newcomer, block.names[:9], block.items["P-001"][:9]), "P-001", bundle)
    assert "only 9 of the bundle's 40" in few.reason and len(few.missing) == 31


def test_what_the_bundle_does_not_take_and_no_bundle_at_all(newcomer, bundle):
    cnv = Block(CNV, Kind.VECTOR, ("EGFR",), {"P-001": np.ones(1, dtype=np.float32)}, unit="cnv")
    other = replace(newcomer, blocks={CNV: cnv, **newcomer.blocks})
    rna, copies = omics_tables(other, "P-001", bundle)
    assert (rna.modality, copies.modality) == (RNA, CNV) and "takes no Copy number" in copies.reason
    assert copies.patients == 0 and copies.wanted == 0
    alone = omics_tables(other, "P-001", None)
    assert [t.reason for t in alone] == ["", ""] and all(np.isnan(t.z).all() and not t.taken.any() for t in alone)


def test_slides_and_fields_are_no_omics_and_an_absent_block_is_none(newcomer, cohort, bundle):
    assert [t.modality for t in omics_tables(newcomer, "P-001", bundle)] == [RNA]
    assert omics_tables(cohort.keep(["P-000"]), "P-000", bundle) == ()
    assert set(read_scalings(bundle)) > {RNA}
