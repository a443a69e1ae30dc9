from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Block, Cohort, Note, Split
from survgui.engine.cohort_facts import cohort_facts

RNA, CLINICAL, SLIDE = Modality.RNA, Modality.CLINICAL, Modality.PATHOLOGY
FILE = Path("cohort.toml")


def small() -> Cohort:
    """Six patients; deaths at 2, 4 and 6 months, one without outcome."""
    ids = tuple("ABCDEF")
    rna = Block(RNA, Kind.VECTOR, ("X", "Y"), {i: np.ones(2, dtype=np.float32) for i in "ABC"})
    clinical = Block(CLINICAL, Kind.FIELDS, ("age",), dict.fromkeys("ABCDE", (50.0,)))
    slide = Block(SLIDE, Kind.BAG, (), {}, files={"A": (Source(SLIDE, Path("a.svs")),)})
    months = np.array([2.0, 4.0, 6.0, 3.0, 8.0, np.nan])
    events = np.array([True, True, True, False, False, False])
    return Cohort("small", ids, months, events, {RNA: rna, CLINICAL: clinical, SLIDE: slide})


def test_who_has_what():
    found = cohort_facts(small(), FILE)
    assert found.present[RNA].tolist() == [True, True, True, False, False, False]
    assert found.present[SLIDE].tolist() == [True] + [False] * 5
    assert found.features == {RNA: 2, CLINICAL: 1, SLIDE: 0}
    expected = [({RNA, CLINICAL}, 2), ({CLINICAL}, 2), ({RNA, CLINICAL, SLIDE}, 1), (set(), 1)]
    assert dict(found.patterns) == {frozenset(pattern): n for pattern, n in expected}
    assert [n for _, n in found.patterns] == [2, 2, 1, 1]
    assert (found.name, found.file, found.folds, found.mask_c_index) == ("small", FILE, 0, None)


def test_survival_of_everybody_whose_outcome_is_known():
    found = cohort_facts(small(), FILE)
    curve = found.curve
    assert (curve.name, curve.patients, curve.deaths) == ("all", 5, 3)
    # by hand: 4/5 at 2; at 4 three are left, 2/3; at 6 two, 1/2
    at = {float(m): float(s) for m, s in zip(curve.months, curve.survival, strict=True)}
    assert at[2.0] == pytest.approx(0.8) and at[4.0] == pytest.approx(0.8 * 2 / 3) and at[6.0] == pytest.approx(4 / 15)
    assert found.ticks[0] == 0 and found.ticks[-1] <= 8.0  # no further than the longest follow-up
    assert curve.at_risk[0] == 5 and len(curve.at_risk) == len(found.ticks)
    # reverse Kaplan-Meier, deaths censoring: 3/4 at 3, 0 at 8
    assert found.median_follow_up == pytest.approx(8.0)


def test_a_long_cohort_is_drawn_for_as_long_as_a_tenth_is_followed(cohort):
    months = np.concatenate([np.full(100, 200.0), np.linspace(1, 40, 20)])
    found = cohort_facts(replace(cohort, months=months, events=months < 30), FILE)
    assert 150 <= found.ticks[-1] <= 200
    brief = np.concatenate([np.full(5, 200.0), np.linspace(1, 40, 115)])
    assert cohort_facts(replace(cohort, months=brief), FILE).ticks[-1] == 60


def test_nobodys_outcome_is_known():
    cohort = small()
    found = cohort_facts(replace(cohort, months=np.full(6, np.nan), events=np.zeros(6, dtype=bool)), FILE)
    assert found.curve is None and found.median_follow_up is None and len(found.ticks)


def test_notes_and_folds_are_the_readers():
    note = Note("error", "TBL-09", "rna: damaged")
    split = Split(0, ("A", "B"), ("C",))
    found = cohort_facts(replace(small(), notes=(note,), splits=(split,)), FILE)
    assert found.notes == (note,) and not found.trainable and found.folds == 1
