"""What the window is sent answers the few questions that it is asked, and travels between processes."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.display import BundleFacts, CaseFacts, CohortFacts, OmicsTable, Recognised, SlideFacts


def test_only_slides_that_open_and_do_not_say_are_without_a_pixel_size():
    slides = (SlideFacts(Path("a.svs"), 0.5), SlideFacts(Path("b.svs")), SlideFacts(Path("c.svs"), error="damaged"))
    facts = CaseFacts("0a", Path("case.toml"), "C-1", "", {Modality.PATHOLOGY: "3 slides"}, slides)
    assert [slide.name for slide in facts.without_pixel_size] == ["b.svs"]
    assert ForkingPickler.loads(ForkingPickler.dumps(facts)) == facts


def test_a_bundle_takes_the_features_that_are_there_and_those_that_are_missing():
    taken = np.array([True, False, True])
    table = OmicsTable(Modality.RNA, "counts", ("A", "B", "C"), np.ones(3), np.zeros(3), taken, ("D", "E"))
    assert table.wanted == 4


@pytest.mark.parametrize(("levels", "trainable"), [((), True), (("info", "warning"), True), (("error",), False)])
def test_an_error_forbids_training(levels, trainable):
    notes = tuple(Note(level, "COH-00", "text") for level in levels)
    empty = np.zeros(0)
    facts = CohortFacts(
        *(Path("cohort.toml"), "c", (), empty, empty.astype(bool), {}, {}, None, empty, None, 0, (), notes),
    )
    assert facts.trainable is trainable
    assert replace(facts, notes=()).trainable


def test_a_bundle_that_cannot_be_read_is_called_by_its_folder():
    assert BundleFacts(Path("models/old"), None, error="no manifest").name == "old"


def test_nothing_was_recognised():
    assert Recognised("", ()) == Recognised("", (), (), "")
