from dataclasses import replace

import pytest

from survgui.cases.proposal import Endpoint, TablePlan
from survgui.engine.outcome_facts import outcome_facts, table_facts
from survgui.readers.table import Tables

ROWS = ["id,days,dead,note"] + [f"P{k},{30 * (k + 1)},{k % 2},text {k}" for k in range(20)]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "clinical.csv"
    path.write_text("\n".join(ROWS), "utf-8")
    return path


def endpoint(path, **more):
    return replace(Endpoint("k", "OS", path, TablePlan(case="id"), "days", "dead", "days"), **more)


def test_columns_values_and_first_rows(table):
    found = table_facts(Tables().read(table))
    assert found.rows == 20 and found.columns == ("id", "days", "dead", "note")
    assert found.numeric == {"days", "dead"} and set(found.coded) == {"dead"}
    assert dict(found.coded["dead"]) == {"0": 10, "1": 10}
    assert found.head[0] == ("P0", "30", "0", "text 0") and len(found.head) == 5


def test_an_endpoint_counted_with_its_curve(table):
    found = outcome_facts(endpoint(table), Tables())
    assert (found.endpoint.patients, found.endpoint.events) == (20, 10)
    assert found.curve.patients == 20 and found.curve.deaths == 10 and found.ticks[0] == 0
    turned = outcome_facts(endpoint(table, event_value=(0, 1)), Tables())
    assert turned.endpoint.events == 20


def test_the_wrong_unit_is_noted_and_a_wrong_column_is_an_error(table):
    notes = outcome_facts(endpoint(table, unit="months"), Tables()).endpoint.notes
    assert any(note.code == "OUT-09" for note in notes)
    wrong = outcome_facts(endpoint(table, time="note"), Tables())
    assert wrong.curve is None and wrong.endpoint.patients == 0
    assert wrong.endpoint.notes[0].level == "error" and "clinical.csv" in wrong.endpoint.notes[0].text
