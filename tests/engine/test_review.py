"""Cohorts whose faults are planted: a modality that the dying lack, copies on both sides of a fold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Block, Cohort
from survgui.cases.step import run_to_end
from survgui.engine.review import review

M = Modality
IDS = tuple(f"TCGA-{'AB' if k % 2 else 'CD'}-{k:04d}" for k in range(60))
MONTHS = np.linspace(1.0, 60.0, 60)
EVENTS = np.arange(60) % 3 > 0


def cohort(items, **more):
    block = Block(M.RNA, Kind.VECTOR, tuple(f"G{k}" for k in range(20)), items, **more)
    return Cohort("planted", IDS, MONTHS, EVENTS, {M.RNA: block})


def vectors(ids):
    draw = np.random.default_rng(0)
    return {i: draw.normal(size=20).astype(np.float32) for i in ids}


def test_who_lacks_a_test_that_the_dying_lack_dies_earlier():
    having = [i for k, i in enumerate(IDS) if (k >= 24 or k % 4 == 0) and k % 10 != 9]
    late = run_to_end(review(cohort(vectors(having)), Path("c.toml")))
    (row,) = late.carried
    assert (row.having, row.missing) == (38, 22) and row.having_events + row.missing_events == late.events == 40
    assert row.ratio > 2 and row.carries
    mixed = run_to_end(review(cohort(vectors(IDS[::2])), Path("c.toml")))
    assert not mixed.carried[0].carries


def test_folds_cover_everybody_and_name_their_sites():
    found = run_to_end(review(cohort(vectors(IDS)), Path("c.toml")))
    assert len(found.folds) == 5 and not found.fixed and found.sites == 2
    assert sum(f.test for f in found.folds) == 60 and sum(f.test_events for f in found.folds) == found.events
    assert all(f.train + f.test == 60 and f.train_events + f.test_events == 40 for f in found.folds)
    assert found.digest == run_to_end(review(cohort(vectors(IDS)), Path("c.toml"))).digest
    assert found.carried[0].ratio is None, "everybody has it"


def test_each_fold_tells_how_many_of_those_it_tests_on_have_a_modality():
    found = run_to_end(review(cohort(vectors(IDS[::3])), Path("c.toml")))
    assert sum(f.measured[M.RNA] for f in found.folds) == 20
    assert all(0 <= f.measured[M.RNA] <= f.test for f in found.folds)


def test_two_patients_with_the_same_values_are_twins_but_not_of_a_few_mutations():
    items = vectors(IDS)
    items[IDS[7]] = items[IDS[3]].copy()
    (found,) = run_to_end(review(cohort(items), Path("c.toml"))).twins
    assert found.patients == (IDS[3], IDS[7]) and found.what == "the same values"
    binary = {i: np.float32(np.arange(20) % 2) for i in IDS}
    assert run_to_end(review(cohort(binary), Path("c.toml"))).twins == ()


def test_copies_of_a_file_are_twins(tmp_path):
    files = {}
    for number, patient in enumerate(IDS[:4]):
        path = tmp_path / f"{patient}.svs"
        path.write_bytes(b"same slide" if number < 2 else bytes([number] * 10))
        files[patient] = (Source(M.PATHOLOGY, path),)
    found = run_to_end(review(cohort({}, files=files), Path("c.toml"))).twins
    assert [t.patients for t in found] == [(IDS[0], IDS[1])] and found[0].what == "the same files"
