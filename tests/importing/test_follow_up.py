from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.proposal import TablePlan
from survgui.importing.follow_up import columns, endpoint, missing_dates
from survgui.readers.table import read_table
from tests.importing.makers import table

HEAD = [
    "cases.submitter_id",
    "demographic.days_to_death",
    "diagnoses.days_to_last_follow_up",
    "demographic.vital_status",
]


def test_the_dead_by_their_death_the_living_by_their_last_visit(tmp_path):
    rows = [["P1", 10, 8, "Dead"], ["P2", "'--", 30, "Alive"], ["P3", "'--", "'--", "Alive"], ["P4", 7, "'--", "Dead"]]
    read = read_table(table(tmp_path / "t.tsv", HEAD, rows))
    found = endpoint(read, TablePlan(), tmp_path / "made.csv")
    assert found.coding == (("dead", 2), ("alive", 1))
    made = read_table(found.path)
    assert made.text("case") == ["P1", "P2", "P4"]
    assert made.numbers(["days"])[:, 0].tolist() == [10, 30, 7]
    assert (found.of, found.unit, found.event_value) == (tmp_path / "t.tsv", "days", ("dead",))


@pytest.mark.parametrize("left_out", [1, 2, 3])
def test_all_three_columns_are_needed(tmp_path, left_out):
    head = [name for k, name in enumerate(HEAD) if k != left_out]
    read = read_table(table(tmp_path / "t.tsv", head, [["P1", 1, 2]]))
    assert columns(read) is None
    assert endpoint(read, TablePlan(), tmp_path / "made.csv") is None


DATES = ["Patienten-Nr", "Diagnosedatum", "Sterbedatum", "Letzter Kontakt"]


def dated(tmp_path, rows, head=DATES):
    return read_table(table(tmp_path / "t.tsv", head, rows))


def test_dates_become_days_and_are_written_nowhere(tmp_path):
    rows = [
        ["P1", "01.03.2014", "11.03.2014", "05.03.2014"],
        ["P2", "01.03.2014", "", "31.03.2014"],
        ["P3", "01.03.2014", "2015", "31.03.2014"],
        *[[f"P{k}", "01.03.2014", "02.03.2014", "02.03.2014"] for k in range(4, 14)],
    ]
    found = endpoint(dated(tmp_path, rows), TablePlan(), tmp_path / "made.csv")
    made = read_table(found.path)
    assert made.text("case")[:3] == ["P1", "P2", "P3"]
    days = made.numbers(["days"])[:3, 0]
    assert days[:2].tolist() == [10, 30] and np.isnan(days[2])  # who died nobody knows when was not followed alive
    assert made.text("status")[:3] == ["dead", "alive", "dead"]
    assert "2014" not in found.path.read_text()
    assert "2014" not in str(found)


def test_without_a_date_of_death_the_status_says_who_died(tmp_path):
    head = ["id", "date_of_diagnosis", "last_follow_up", "Vitalstatus"]
    rows = [["P1", "2014-03-01", "2014-03-11", "verstorben"], ["P2", "2014-03-01", "2014-03-31", "lebt"]]
    found = endpoint(dated(tmp_path, rows, head), TablePlan(), tmp_path / "made.csv")
    assert (found.event_value, found.coding) == (("verstorben",), (("verstorben", 1), ("lebt", 1)))
    assert read_table(found.path).numbers(["days"])[:, 0].tolist() == [10, 30]


def test_who_is_said_to_be_dead_without_a_date_is_left_without_a_time(tmp_path):
    head = ["id", "date_of_diagnosis", "date_of_death", "last_follow_up", "status"]
    rows = [["P1", "2014-03-01", "", "2014-03-11", "dead"], ["P2", "2014-03-01", "2014-03-05", "2014-03-04", "dead"]]
    found = endpoint(dated(tmp_path, rows, head), TablePlan(), tmp_path / "made.csv")
    days = read_table(found.path).numbers(["days"])[:, 0]
    assert np.isnan(days[0]) and days[1] == 4


def test_dates_in_doubt_are_asked_for_and_not_quoted(tmp_path):
    rows = [["P1", "01/03/2014", "05/03/2014", "05/03/2014"]]
    read = dated(tmp_path, rows)
    assert endpoint(read, TablePlan(), tmp_path / "made.csv") is None
    (note,) = missing_dates(read)
    assert note.code == "IMP-10" and "write them as year-month-day" in note.text and "05/03" not in note.text


@pytest.mark.parametrize(
    ("left_out", "said"),
    [(1, "when observation began"), (3, "last known to live")],
)
def test_the_date_that_is_missing_is_said(tmp_path, left_out, said):
    head = [name for k, name in enumerate(DATES) if k != left_out]
    read = dated(tmp_path, [["P1", "01.03.2014", "05.03.2014"]], head)
    assert endpoint(read, TablePlan(), tmp_path / "made.csv") is None
    assert said in missing_dates(read)[0].text


def test_a_table_without_dates_has_no_note(tmp_path):
    assert missing_dates(dated(tmp_path, [["P1", "III", "G2", "x"]])) == []
