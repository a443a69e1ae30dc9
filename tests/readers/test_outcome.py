"""The outcome is read as coded, said back in words, and doubted where it should be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from survgui.readers.outcome import HALF_A_DAY, Outcomes, read_outcome
from survgui.readers.spec import OutcomeSpec, TableSpec, Value
from survgui.readers.table import Tables

MANY = "".join(f"p{i},{i + 1},{i % 2}\n" for i in range(40))


def outcome(
    tmp_path: Path, rows: str, value: tuple[Value, ...] | None = (1,), unit: str = "months", event: str = "e"
) -> Outcomes:
    (tmp_path / "t.csv").write_text(f"id,t,{event}\n{rows}")
    return read_outcome(OutcomeSpec(TableSpec(tmp_path / "t.csv"), "t", event, unit, value), Tables())


def codes(outcomes: Outcomes, level: str) -> list[str]:
    return [note.code for note in outcomes.notes if note.level == level]


def test_months_events_and_the_coding_in_words(tmp_path: Path) -> None:
    read = outcome(tmp_path, MANY)
    assert read.ids[:2] == ("p0", "p1")
    np.testing.assert_array_equal(read.months, np.arange(1, 41))
    assert read.events.sum() == 20
    assert [note.text for note in read.notes] == ["e = 1 means the event: 20 patients had it, 20 did not"]


@pytest.mark.parametrize(("unit", "months"), [("days", 12.0), ("months", 365.25), ("years", 365.25 * 12)])
def test_units(tmp_path: Path, unit: str, months: float) -> None:
    assert outcome(tmp_path, "a,365.25,1\n", unit=unit).months[0] == pytest.approx(months)


def test_time_zero_is_half_a_day(tmp_path: Path) -> None:
    read = outcome(tmp_path, MANY + "z,0,1\n")
    assert read.months[-1] == HALF_A_DAY == pytest.approx(0.5 / 30.4375)
    assert codes(read, "warning") == ["OUT-08"]


def test_who_has_no_outcome_is_left_out_and_named(tmp_path: Path) -> None:
    read = outcome(tmp_path, MANY + "x,NA,1\ny,3,\n")
    assert {"x", "y"}.isdisjoint(read.ids)
    (note,) = [n for n in read.notes if n.code == "OUT-02"]
    assert "2 patients" in note.text and "x, y" in note.text


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("n,-3,1\n", "OUT-06"),
        ("p1,7,1\n", "OUT-07"),
        ("p1,2,0\n", "OUT-07"),
        ("c,5,2\n", "OUT-03"),
    ],
)
def test_contradictions_are_errors(tmp_path: Path, rows: str, code: str) -> None:
    read = outcome(tmp_path, MANY + rows)
    assert codes(read, "error") == [code]
    assert len(read.ids) >= 40


def test_both_lines_of_a_contradiction_are_named(tmp_path: Path) -> None:
    (note,) = [n for n in outcome(tmp_path, MANY + "p1,7,0\n").notes if n.code == "OUT-07"]
    assert "line 3 says died at 2 months, line 42 says alive at 7 months" in note.text


def test_the_same_outcome_twice_is_no_contradiction(tmp_path: Path) -> None:
    read = outcome(tmp_path, MANY + "p1,2.0,1.0\n")
    assert len(read.ids) == 40 and not codes(read, "error")


def test_no_event_and_no_patient(tmp_path: Path) -> None:
    read = outcome(tmp_path, "a,1,0\nb,2,0\n")
    assert codes(read, "error") == ["OUT-04"]
    assert "which holds 0 (2 rows)" in next(n.text for n in read.notes if n.code == "OUT-04")
    assert "OUT-05" in codes(outcome(tmp_path, "a,NA,1\n"), "error")


@pytest.mark.parametrize(
    ("cells", "event", "deaths"),
    [
        (("LIVING", "DECEASED", "LIVING"), "status", 1),
        (("0:LIVING", "1:DECEASED", "1:DECEASED"), "status", 2),
        (("1", "0", "0"), "censorship", 2),
        (("1", "0", "0"), "event", 1),
        (("1", "2", "2"), "status", 2),
        (("True", "False", "False"), "dead", 1),
    ],
)
def test_an_unsaid_coding_is_guessed_and_said(tmp_path: Path, cells: tuple[str, ...], event: str, deaths: int) -> None:
    rows = "".join(f"p{i},{i + 1},{cell}\n" for i, cell in enumerate(cells))
    read = outcome(tmp_path, rows, None, event=event)
    assert read.events.sum() == deaths
    assert "OUT-10" in codes(read, "warning")


def test_days_called_months_are_doubted(tmp_path: Path) -> None:
    rows = "".join(f"p{i},{300 + i},{i % 2}\n" for i in range(40))
    assert codes(outcome(tmp_path, rows), "warning") == ["OUT-09"]
    assert codes(outcome(tmp_path, rows, unit="days"), "warning") == []


def test_of_many_contradictions_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    again = "".join(f"p{i},{i + 2},{i % 2}\n" for i in range(12))
    notes = [n.text for n in outcome(tmp_path, MANY + again).notes if n.code == "OUT-07"]
    assert len(notes) == 6 and "p4 has two outcomes: line 6 says" in notes[4]
    assert notes[5] == "t.csv: two outcomes there are also for 7 more; correct the rows of each"
