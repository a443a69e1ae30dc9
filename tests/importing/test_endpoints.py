from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.proposal import TablePlan
from survgui.importing.endpoints import endpoints, pairs, time_unit, times_alone
from survgui.readers.table import Tables, read_table
from tests.importing.makers import table


def written(tmp_path, head, rows):
    return read_table(table(tmp_path / "t.csv", head, rows, ","))


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (("id", "OS", "OS.time"), [("OS", "OS.time", "OS")]),
        (("id", "OS_MONTHS", "OS_STATUS"), [("OS", "OS_MONTHS", "OS_STATUS")]),
        (("id", "survival_months", "censorship"), [("OS", "survival_months", "censorship")]),
        (("id", "months", "died"), [("OS", "months", "died")]),
        (("id", "vital_status", "OS", "OS.time"), [("OS", "OS.time", "OS")]),
        (("id", "time", "event"), [("OS", "time", "event")]),
        (("id", "Overall Survival (Months)", "Overall Survival Status"), None),
        (("id", "DSS", "DSS.time", "PFI", "PFI.time"), [("DSS", "DSS.time", "DSS"), ("PFI", "PFI.time", "PFI")]),
        (("id", "PFS_MONTHS", "PFS_STATUS"), [("PFS", "PFS_MONTHS", "PFS_STATUS")]),
        (
            ("id", "Disease Free (Months)", "Disease Free Status"),
            [("DFS", "Disease Free (Months)", "Disease Free Status")],
        ),
        (("id", "Survival_days", "age"), []),  # times without events are no outcome
        (("id", "age", "stage_event"), []),
    ],
)
def test_columns_are_paired_by_what_they_are_called(tmp_path, head, found):
    rows = [[f"P{k}", *(k % 2 if _event(name) else 10 + k for name in head[1:])] for k in range(9)]
    expected = found if found is not None else [("OS", head[1], head[2])]
    assert sorted(pairs(written(tmp_path, head, rows))) == expected


def _event(name):
    return name in ("OS", "DSS", "PFI") or any(w in name.lower() for w in ("status", "event", "censor", "died"))


@pytest.mark.parametrize(
    ("codes", "value", "events"),
    [
        (("1:DECEASED", "0:LIVING"), ("1:DECEASED",), 6),
        (("Dead", "Alive"), ("Dead",), 6),
        (("2", "1"), (2,), 6),
        (("DECEASED:1", "LIVING:0"), ("DECEASED:1",), 6),
        (("Y", "N"), ("Y",), 6),
        (("1:Recurred/Progressed", "0:DiseaseFree"), ("1:Recurred/Progressed",), 6),
    ],
)
def test_what_means_the_event(tmp_path, codes, value, events):
    rows = [[f"P{k}", 10 + k, codes[k % 2]] for k in range(12)]
    (found,) = endpoints(written(tmp_path, ("id", "OS_MONTHS", "OS_STATUS"), rows), TablePlan(), Tables())
    assert (found.event_value, found.events, found.patients) == (value, events, 12)
    assert found.words.startswith(f"{value[0]} = death: {events} events")


def test_censoring_is_coded_the_other_way(tmp_path):
    rows = [[f"P{k}", 10 + k, int(k < 3)] for k in range(12)]
    (found,) = endpoints(written(tmp_path, ("id", "months", "censored"), rows), TablePlan(), Tables())
    assert (found.event_value, found.events) == ((0,), 9)


@pytest.mark.parametrize(
    ("column", "values", "unit", "doubted"),
    [
        ("OS_MONTHS", np.linspace(1, 120, 40), "months", False),
        ("OS_MONTHS", np.linspace(30, 3600, 40), "months", True),  # days under the name of months
        ("OS_DAYS", np.linspace(30, 3600, 40), "days", False),
        ("OS_DAYS", np.linspace(0.1, 11.3, 40), "days", True),
        ("time", np.linspace(30, 3600, 40), "days", True),
        ("time", np.linspace(0.1, 11.3, 40), "years", True),
        ("time", np.linspace(1, 120, 40), "months", True),
        ("OS.time", np.linspace(30, 3600, 40), "days", False),
    ],
)
def test_units_by_name_and_by_size(tmp_path, column, values, unit, doubted):
    path = written(tmp_path, ("id", column), [[f"P{k}", f"{v:.3f}"] for k, v in enumerate(values)])
    found, reason, notes = time_unit(path, column)
    assert found == unit and column in reason
    assert [note.code for note in notes] == (["OUT-09"] if doubted else [])


def test_a_long_time_is_written_out(tmp_path):
    path = written(tmp_path, ("id", "OS.time"), [[f"P{k}", v] for k, v in enumerate((300, 714, 11_252))])
    _, reason, _ = time_unit(path, "OS.time")
    assert "below 714 and the longest is 11,252" in reason


def test_zero_and_negative_times_and_contradictions_are_said(tmp_path):
    rows = [["P0", 0, 1], ["P1", -3, 1], ["P2", 5, 0], ["P2", 7, 1], *[[f"P{k}", 10 * k, k % 2] for k in range(3, 30)]]
    (found,) = endpoints(written(tmp_path, ("id", "OS_MONTHS", "OS_STATUS"), rows), TablePlan(), Tables())
    assert {"OUT-06", "OUT-07", "OUT-08"} <= {note.code for note in found.notes}


def test_times_that_are_not_all_numbers_are_said(tmp_path):
    rows = [[f"P{k}", 10 + k, k % 2] for k in range(12)]
    rows[3][1] = "12 months"
    table = written(tmp_path, ("id", "OS_MONTHS", "OS_STATUS"), rows)
    (note,) = times_alone(table)
    assert note.code == "IMP-09" and "'12 months' in line 5" in note.text
