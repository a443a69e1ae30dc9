from __future__ import annotations

import pytest

from survgui.cases.proposal import TablePlan
from survgui.importing.follow_up import columns, endpoint
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
