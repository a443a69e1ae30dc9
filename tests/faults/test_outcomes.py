"""Outcomes as they are coded in the field; one line a fault. What cannot be trained on is said, never guessed over."""

from __future__ import annotations

import pytest

from survgui.cases.case import Modality
from survgui.readers.cohort import describe, load_case, load_cohort
from tests.faults import good
from tests.faults.conftest import Cell, Judge, messages, noted, refused, taken
from tests.faults.mutator import (
    Fault,
    a_folder,
    a_pipe,
    added,
    becomes,
    beside,
    both,
    cell,
    column,
    columns,
    empty,
    missing,
    pattern,
    text,
    truncate,
)

MONTHS, DEAD = 4, 5


def toml(old: str, new: str) -> Fault:
    """A fault of the cohort.toml beside the table."""
    return beside("cohort.toml", text(old, new))


NOBODY = toml("event_value = 1", 'event_value = 1\nfilter = { sex = "x" }')
OUTCOMES = (
    refused("a third event value", cell(3, DEAD, "2"), "OUT-03", "dead has 3 values, .*; two are needed: filter"),
    refused("another word for all", column(DEAD, "x"), "OUT-04", "no event: 1 does not occur in dead"),
    refused("nobody died", column(DEAD, "0"), "OUT-04", "no event: 1 does not occur in dead, which holds 0 .40 rows"),
    refused("death written as a word", pattern("1$", "DECEASED"), "OUT-04", "1 does not occur in dead"),
    refused("no outcome at all", column(MONTHS, ""), "OUT-05", "no patient has an outcome; check case, time"),
    refused("a filter that nobody passes", NOBODY, "OUT-05", "check case, time and filter"),
    refused("a negative time", cell(3, MONTHS, "-4"), "OUT-06", "negative time .P003 in line 4.; correct"),
    refused("negative times everywhere", column(MONTHS, "-1"), "OUT-06", "40 patients have a negative time"),
    refused("two rows that contradict", added("P005,40,f,G2,99,1"), "OUT-07", "P005 has two outcomes: line 6 says"),
    refused("dead and alive on one day", added("P005,40,f,G2,5,1"), "OUT-07", "line 42 says died at 5 months"),
    noted("a time of 0", cell(3, MONTHS, "0"), "OUT-08", "1 patient has time 0 and is kept at half a day"),
    noted("days called months", column(MONTHS, lambda row: 900 + row), "OUT-09", "check unit = 'months'"),
    noted("no event_value", toml("event_value = 1\n", ""), "OUT-10", "dead = 1 was taken to mean the event: check"),
    noted("nine events", column(DEAD, "0", first=19), "OUT-11", "only 9 events: too few"),
    noted("no time of one patient", cell(3, MONTHS, "NA"), "OUT-02", "1 patient has no .* and is left out .P003"),
    noted("no event of one patient", cell(3, DEAD, ""), "OUT-02", "1 patient has no .* and is left out .P003"),
    noted("a row of nobody", added("NA,40,f,G2,9,1"), "OUT-12", "1 row has a time and no id .* left out .line 42."),
    noted("rows of nobody", added("NA,40,f,G2,9,1", ",50,m,G3,2,0"), "OUT-12", "2 rows have a time .* .line 42, 43."),
    taken("1 and 2, where 1 is said to be death", pattern("0$", "2")),
    taken("the same row twice", added("P005,44,f,G3,5.0,0")),
    taken("times as whole numbers", cell(3, MONTHS, "4")),
)


def cohort_of(judge: Judge, spoilt: Cell) -> None:
    """Read the cohort: it stays worth showing, and is `ok` only where the outcome can be used."""
    written = good.cohort(judge.folder / "cohort")
    spoilt.fault(written.parent / "clinical.csv")
    cohort = load_cohort(written)
    judge.said(spoilt, messages(cohort), "")
    if spoilt.code:
        assert describe(cohort)["ok"] == spoilt.used
    assert {Modality.CLINICAL, Modality.RNA} <= set(cohort.blocks)


@pytest.mark.parametrize("spoilt", OUTCOMES, ids=str)
def test_an_outcome(spoilt: Cell, judge: Judge) -> None:
    cohort_of(judge, spoilt)


UNREADABLE = (
    refused("the table gone", missing, "TBL-01", "is not there; was it moved"),
    refused("an empty table", empty, "TBL-04", "is empty"),
    refused("a folder of its name", a_folder, "TBL-02", "a folder; choose a file in it"),
    refused("a named pipe", a_pipe, "TBL-03", "a pipe or a device"),
    refused("the first 40 % of a copy", truncate(43), "TBL-18", "cells where the header has 6; repair"),
    refused("a picture", becomes(b"\x89PNG\r\n\x1a\n" + bytes(99)), "TBL-06", "a PNG image, not a table"),
    refused("a time in words", cell(3, MONTHS, "long"), "TBL-22", "'months' is not a number.*'long' in line 4"),
    refused("a date as time", cell(3, MONTHS, "2021-04-01"), "TBL-22", "'2021-04-01' in line 4"),
    refused("an infinite time", cell(3, MONTHS, "inf"), "TBL-21", "infinite values in 1 rows"),
    refused("no column of times", columns(lambda cells: [*cells[:4], cells[5]]), "TBL-14", "no column 'months'"),
    refused("no column of events", columns(lambda cells: cells[:5]), "TBL-14", "no column 'dead'"),
)


@pytest.mark.parametrize("spoilt", UNREADABLE, ids=str)
def test_an_outcome_that_cannot_be_read(spoilt: Cell, judge: Judge) -> None:
    """A cohort without outcomes is none; a single patient is read without."""
    written = good.cohort(judge.folder / "cohort")
    spoilt.fault(written.parent / "clinical.csv")
    judge.raised(spoilt, "clinical.csv", lambda: load_cohort(written))
    case = written.parent / "case.toml"
    case.write_text('id = "P007"\n' + written.read_text("utf-8").split("\n", 1)[1], "utf-8")
    both(pattern(r"^\[splits\](\n\w.*)*\n", ""), pattern(r"^\[modality.clinical\](\n\w.*)*\n", ""))(case)
    both(pattern(r"^\[modality.clinical.ordered\](\n\w.*)*\n", ""))(case)
    cohort = load_case([case])
    assert cohort.pattern("P007") == {Modality.RNA}
    judge.said(spoilt, messages(cohort), "clinical.csv")


SPLITS = (
    refused("the table gone", missing, "TBL-01", "splits: splits.csv: the file is not there"),
    refused("no column of folds", columns(lambda cells: [cells[0], cells[2]]), "TBL-14", "no column 'fold'"),
    refused("other words for the parts", pattern("test$", "hold-out"), "COH-10", "nobody to train on or to test on"),
    refused("somebody trains and tests", added("P001,0,train"), "COH-11", "1 patients both train and test"),
    refused("patients of another cohort", pattern("^P0", "Z0"), "COH-10", "nobody to train on or to test on"),
)


@pytest.mark.parametrize("spoilt", SPLITS, ids=str)
def test_splits(spoilt: Cell, judge: Judge) -> None:
    written = good.cohort(judge.folder / "cohort")
    spoilt.fault(written.parent / "splits.csv")
    cohort = load_cohort(written)
    judge.said(spoilt, messages(cohort), "splits")
    assert not describe(cohort)["ok"] and len(cohort.blocks[Modality.RNA].items) == 40
