from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Bag, Block, Cohort, Note, Split, Tiles
from survgui.errors import CohortError

IDS = tuple(f"P{n:02d}" for n in range(23))


def vector(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@pytest.fixture
def cohort() -> Cohort:
    months = np.arange(23, dtype=float) + 1
    months[4] = np.nan
    events = np.arange(23) % 3 == 0
    rna = Block(Modality.RNA, Kind.VECTOR, ("A", "B"), {i: vector(1, 2) for i in IDS[:15]})
    files = {i: (Source(Modality.PATHOLOGY, Path(f"{i}.svs")),) for i in IDS[10:]}
    slides = Block(Modality.PATHOLOGY, Kind.BAG, (), {}, {**files, IDS[0]: ()})
    return Cohort("test", IDS, months, events, {Modality.RNA: rna, Modality.PATHOLOGY: slides})


def test_what_a_patient_has(cohort):
    assert cohort.pattern("P00") == {Modality.RNA}  # an empty list of files is nothing
    assert cohort.pattern("P12") == {Modality.RNA, Modality.PATHOLOGY}
    assert cohort.pattern("P20") == {Modality.PATHOLOGY}
    assert cohort.pattern("nobody") == frozenset()


def test_keeping_keeps_rows_together_in_the_cohorts_order(cohort):
    kept = cohort.keep(["P20", "P03", "nobody"])
    assert kept.ids == ("P03", "P20")
    assert kept.months.tolist() == [4.0, 21.0] and kept.events.tolist() == [True, False]
    assert set(kept.blocks[Modality.RNA].items) == {"P03"}
    assert set(kept.blocks[Modality.PATHOLOGY].files) == {"P20"}


def test_hiding_leaves_the_block_empty_and_the_cohort_as_it_was(cohort):
    hidden = cohort.hide([Modality.RNA])
    assert hidden.blocks[Modality.RNA].patients == frozenset()
    assert hidden.blocks[Modality.RNA].names == ("A", "B")
    assert hidden.pattern("P12") == {Modality.PATHOLOGY}
    assert cohort.pattern("P12") == {Modality.RNA, Modality.PATHOLOGY}


def test_the_outcome_of_one_is_unknown(cohort):
    assert not cohort.known[4] and cohort.known.sum() == 22
    assert "P04" not in cohort.with_outcome().ids and len(cohort.with_outcome()) == 22


def test_folds_part_the_patients_and_share_the_events(cohort):
    folds = cohort.folds(5, seed=1)
    tested = [patient for fold in folds for patient in fold.test]
    assert sorted(tested) == sorted(IDS)
    died = dict(zip(IDS, cohort.events, strict=True))
    for fold in folds:
        assert set(fold.train) == set(IDS) - set(fold.test)
        assert abs(sum(died[p] for p in fold.test) - cohort.events.sum() / 5) < 1
        assert abs(sum(not died[p] for p in fold.test) - (~cohort.events).sum() / 5) < 1


def test_folds_depend_on_the_seed_alone(cohort):
    assert cohort.folds(5, 1) == cohort.folds(5, 1) != cohort.folds(5, 2)


def test_fixed_folds_win(cohort):
    fixed = (Split(0, IDS[:10], IDS[10:]),)
    cohort = Cohort("c", IDS, cohort.months, cohort.events, cohort.blocks, splits=fixed)
    assert cohort.folds(5) == fixed
    (known,) = cohort.with_outcome().splits
    assert known == Split(0, tuple(i for i in IDS[:10] if i != "P04"), IDS[10:])  # P04's outcome is unknown
    assert cohort.keep(IDS[:3]).splits == ()  # nobody left to test on


def test_too_few_patients_for_folds(cohort):
    with pytest.raises(ValueError, match="3 patients do not make 5 folds"):
        cohort.keep(IDS[:3]).folds(5)


def test_a_bag_is_rows_of_equal_width_and_cannot_be_written():
    bag = Bag(np.zeros((3, 2), dtype=np.float32))
    assert len(bag) == 3
    with pytest.raises(ValueError, match="read-only"):
        bag.values[0, 0] = 1
    with pytest.raises(ValueError, match=r"\(N, F\)"):
        Bag(np.zeros(3, dtype=np.float32))


def test_tiles_are_pictures_and_cannot_be_written():
    tiles = Tiles(np.zeros((2, 4, 4, 3), dtype=np.uint8), np.zeros((2, 2), dtype=np.int64), 4.0)
    assert len(tiles) == 2
    with pytest.raises(ValueError, match="read-only"):
        tiles.values[0, 0, 0, 0] = 1
    with pytest.raises(ValueError, match=r"\(K, S, S, 3\)"):
        Tiles(np.zeros((4, 4, 3), dtype=np.uint8), np.zeros((1, 2), dtype=np.int64), 4.0)


def test_a_changed_pixel_changes_the_digest():
    def digest(value):
        tiles = Tiles(np.full((1, 2, 2, 3), value, dtype=np.uint8), np.zeros((1, 2), dtype=np.int64), 2.0)
        block = Block(Modality.PATHOLOGY, Kind.TILES, (), {"P": tiles})
        return Cohort("c", ("P",), np.ones(1), np.ones(1, dtype=bool), {Modality.PATHOLOGY: block}).digest()

    assert digest(1) == digest(1) != digest(2)


def test_the_width_of_a_block():
    bag = Bag(np.zeros((3, 7), dtype=np.float32))
    assert Block(Modality.PATHOLOGY, Kind.BAG, (), {"P": bag}).width == 7
    tiles = Tiles(np.zeros((8, 4, 4, 3), dtype=np.uint8), np.zeros((8, 2), dtype=np.int64), 4.0)
    assert Block(Modality.PATHOLOGY, Kind.TILES, (), {"P": tiles}).width == 48
    assert Block(Modality.RNA, Kind.VECTOR, ("A", "B"), {}).width == 2
    assert Block(Modality.PATHOLOGY, Kind.BAG, (), {}).width == 0


def test_nobody_learns_from_a_cohort_that_was_read_with_errors(cohort):
    sound = replace(cohort, notes=(Note("warning", "OUT-08", "times of 0"), Note("info", "BLK-01", "read")))
    sound.require_sound()
    errors = Note("error", "OUT-03", "three values"), Note("error", "OUT-06", "no")
    with pytest.raises(CohortError, match=r"three values \(and 1 more errors\); see `survgui cohort check` \[COH-15\]"):
        replace(sound, notes=(*sound.notes, *errors)).require_sound()
