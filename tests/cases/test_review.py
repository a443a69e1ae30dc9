from __future__ import annotations

import json

from survgui.cases.case import Modality
from survgui.cases.cohort import Split
from survgui.cases.review import Carried, Fold, Review, Twins, as_json, folds_digest
from tests.ui.cohort import facts as cohorts

M = Modality


def review(**more):
    rows = (
        Carried(M.RNA, 40, 10, 20, 12, 2.1, 1.2, 3.7, 0.01),
        Carried(M.MRI, 30, 11, 30, 11, 1.0, 0.5, 2.0, 0.9),
        Carried(M.CLINICAL, 60, 22, 0, 0),
    )
    return Review(cohorts.facts(), rows, (Fold(0, 48, 18, 12, 4, 3),), True, "ab12", 9, **more)


def test_missingness_carries_risk_where_the_interval_leaves_one_out():
    notes = review().warnings()
    assert [note.code for note in notes] == ["COH-12"]
    assert "without RNA-seq die earlier: hazard ratio 2.10 (95 % CI 1.20 to 3.70; n = 20 without" in notes[0].text


def test_a_mask_that_tells_of_the_outcome_is_warned_of_wherever_a_review_is_shown():
    told = review().with_mask(0.67).warnings()
    assert [note.code for note in told] == ["COH-12", "COH-12"] and "by itself (C-index 0.67)" in told[0].text
    assert review().with_mask(0.599).warnings() == review().with_mask(None).warnings() == told[1:]


def test_twins_are_a_warning_where_a_fold_parts_them():
    apart = Twins(M.PATHOLOGY, ("P1", "P2"), "the same files", True)
    same = Twins(M.RNA, ("P1", "P2", "P3", "P4"), "the same values", False)
    notes = review(twins=(apart, same)).warnings()[1:]
    assert [note.level for note in notes] == ["warning", "info"]
    assert "(P1, P2), on both sides of a fold" in notes[0].text and "P3 ..." in notes[1].text


def test_json_holds_numbers_and_no_patient():
    found = as_json(review(twins=(Twins(M.RNA, ("P1", "P2"), "the same values", True),)).with_mask(0.61))
    text = json.dumps(found, allow_nan=False)
    assert "P1" not in text and found["mask_c_index"] == 0.61
    assert found["missingness"]["rna"]["ci95"] == [1.2, 3.7]
    assert found["missingness"]["clinical"]["hazard_ratio_without"] is None
    assert found["splits"]["folds"][0]["test_events"] == 4


def test_the_digest_of_folds_is_of_who_is_where_in_whatever_order():
    one = (Split(0, ("a", "b"), ("c",)), Split(1, ("c",), ("a", "b")))
    other = (Split(0, ("b", "a"), ("c",)), Split(1, ("c",), ("b", "a")))
    moved = (Split(0, ("a", "c"), ("b",)), Split(1, ("b",), ("a", "c")))
    assert folds_digest(one) == folds_digest(other) != folds_digest(moved)
