from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Tiles
from survgui.engine.methods.contract import CannotRun
from survgui.engine.methods.design import fit_design
from survgui.nets.must import MustConfig


def test_clinical_columns_weigh_one_and_a_half(cohort):
    X, there = fit_design(cohort, cohort.ids, MustConfig(), [Modality.CLINICAL]).table(cohort, cohort.ids)
    assert X[:, 0].std() == pytest.approx(1.5, rel=1e-4) and there.all()


def test_every_block_has_its_columns_and_absent_ones_are_the_mean(cohort):
    design = fit_design(cohort, cohort.ids, MustConfig())
    X, there = design.table(cohort, ["P-000", "P-001"])
    rna = design.columns[Modality.RNA]
    assert there.tolist() == [[m is not Modality.RNA for m in design.modalities], [True] * 3]
    assert not X[0, rna].any() and X[1, rna].any()
    assert sum(span.stop - span.start for span in design.columns.values()) == X.shape[1]


def test_a_patient_shown_again_is_not_scaled_again_but_other_measurements_are(cohort, monkeypatch):
    design = fit_design(cohort, cohort.ids, MustConfig(), [Modality.RNA])
    first, _ = design.table(cohort, ["P-001"])
    other = cohort.blocks[Modality.RNA]
    swapped = {
        **cohort.blocks,
        Modality.RNA: type(other)(**{**_fields(other), "items": {"P-001": other.items["P-002"]}}),
    }
    as_second, _ = design.table(type(cohort)(cohort.name, cohort.ids, cohort.months, cohort.events, swapped), ["P-001"])
    assert np.array_equal(as_second, design.table(cohort, ["P-002"])[0]) and not np.array_equal(as_second, first)
    monkeypatch.setattr(type(design.inputs.scalings[Modality.RNA]), "apply", None)
    assert np.array_equal(design.table(cohort.hide([Modality.CLINICAL]), ["P-002"])[0], as_second)


def test_bags_count_by_their_mean_row(cohort):
    design = fit_design(cohort, cohort.ids, MustConfig(), [Modality.PATHOLOGY])
    bag = cohort.blocks[Modality.PATHOLOGY].items["P-003"]
    rows = design.inputs.scalings[Modality.PATHOLOGY].apply(bag, ())
    assert design.table(cohort, ["P-003"])[0][0] == pytest.approx(rows.mean(axis=0), abs=1e-6)


def test_pixels_are_no_table(cohort):
    tiles = Tiles(np.zeros((1, 4, 4, 3), np.uint8), np.zeros((1, 2), np.int64), 4.0)
    slides = Block(Modality.PATHOLOGY, Kind.TILES, (), dict.fromkeys(cohort.ids, tiles), encoder="tiles-256")
    pixels = replace(cohort, blocks={**cohort.blocks, Modality.PATHOLOGY: slides})
    assert set(fit_design(pixels, cohort.ids, MustConfig()).inputs.specs) == {Modality.CLINICAL, Modality.RNA}


def test_a_table_that_is_not_there_is_named(cohort):
    with pytest.raises(CannotRun, match="no table of mri"):
        fit_design(cohort, cohort.ids, MustConfig(), [Modality.MRI])
    few = type(cohort)(cohort.name, cohort.ids, cohort.months, cohort.events,
                       {**cohort.blocks, Modality.RNA: cohort.blocks[Modality.RNA].keep(cohort.ids[:20])})  # fmt: skip
    with pytest.raises(CannotRun, match="no table of rna that can be learned from"):
        fit_design(few, few.ids, MustConfig(), [Modality.RNA, Modality.CLINICAL])


def _fields(block):
    return {name: getattr(block, name) for name in block.__slots__}
