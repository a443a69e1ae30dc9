from __future__ import annotations

import hashlib

import pytest

from survgui.batch import run as doing
from survgui.batch.journal import Journal
from survgui.cases.batch import Action, Item, Order, Row
from survgui.cases.step import Part, Step
from survgui.errors import Trouble, UsageError
from survgui.worker import batches
from survgui.workspace import Workspace

KEY = "0123456789abcdef"
ORDER = Order(Action.PREDICT)
BAD = Trouble("ReadError", "it is empty", "SLD-04")
RESULT = {
    "modalities": {"rna": "measured"}, "risk": 0.5, "risk_group": "high", "risk_percentile": 90.0,
    "bundle": {"name": "demo", "version": "1.0", "sha256": "x"},
}  # fmt: skip


@pytest.fixture
def case():
    with Workspace.default() as workspace:
        return workspace.add("P-1", "", 'id = "P-1"\n', {}).key


@pytest.fixture
def perform(monkeypatch):
    """A batch of which these rows come and are kept."""

    def put(*rows):
        def pretended(items, order, *, where, journal, resume, taken):
            assert resume and where.workers == 2
            assert all(item.paths[0].parent.name == item.name for item in items)
            for row in rows:
                journal.keep(row)
                taken(row)
                yield Step("predict", 1, len(rows))
            return rows

        monkeypatch.setattr(doing, "perform", pretended)

    return put


def ran(items):
    said, task = [], batches.run(KEY, "Predict 2 cases", ORDER, items, 2)
    try:
        while True:
            said.append(next(task))
    except StopIteration as stop:
        return said, stop.value


def listed():
    try:
        task = batches.listing()
        while True:
            next(task)
    except StopIteration as stop:
        return stop.value


def test_rows_come_as_parts_predictions_are_kept_and_what_failed_is_listed_again(case, perform, home):
    items = [Item(case, ()), Item("fedcba9876543210", ())]
    done, bad = Row(case, {**RESULT, "case": case}), Row(items[1].name, trouble=BAD)
    perform(done, bad)
    said, finished = ran(items)
    assert [one.value for one in said if isinstance(one, Part)] == [done, bad] and finished == 1
    with Workspace.default() as workspace:
        record = workspace.record(case)
        assert (record.risk_group, record.percentile, record.bundle) == ("high", 90.0, "demo 1.0")
        assert workspace.prediction(case)["case"] == case, "the key stands for the patient"
    (facts,) = listed()
    assert (facts.key, facts.title, facts.done, facts.failed, facts.left) == (KEY, "Predict 2 cases", 1, 1, 0)
    assert facts.order == ORDER and [item.name for item in facts.items] == [item.name for item in items]
    folder = home / "data" / "queue" / KEY
    assert folder.stat().st_mode & 0o077 == 0
    assert not any("P-1" in file.read_text() for file in folder.rglob("*.json")), "the key stands for the patient"


def test_what_ended_well_is_put_away_and_what_is_damaged_is_left_alone(case, perform, home):
    perform(Row(case, {"modalities": {}}))
    ran([Item(case, ())])
    assert listed() == () and not (home / "data" / "queue" / KEY).exists()
    broken = home / "data" / "queue" / "broken"
    broken.mkdir()
    (broken / "batch.json").write_text("{")
    assert listed() == () and broken.exists()


def test_a_deleted_case_leaves_no_row_and_a_key_is_a_key(case, perform):
    perform(Row(case, trouble=BAD))
    ran([Item(case, ())])
    list(batches.forget([case]))
    assert listed() == (), "the batch was of this case alone"
    perform(Row(case, trouble=BAD))
    ran([Item(case, ()), Item("fedcba9876543210", ())])
    list(batches.forget(["fedcba9876543210"]))
    (facts,) = listed()
    assert (facts.failed, facts.left, len(facts.items)) == (1, 0, 1), "a deleted case is not left to do"
    list(batches.put_away(KEY))
    assert listed() == ()
    with pytest.raises(UsageError):
        list(batches.put_away("../cases"))


def test_reports_of_a_batch_are_in_the_audit_log(case, perform, tmp_path):
    (tmp_path / "r.pdf").write_bytes(b"%PDF")
    perform(Row(case, {**RESULT, "case": case}, written=(str(tmp_path / "r.pdf"),)))
    ran([Item(case, ())])
    with Workspace.default() as workspace:
        *_, predicted, reported = workspace.audit.entries(case)
    assert (predicted.what, reported.what) == ("predict", "report")
    assert reported.outputs == {"pdf": hashlib.sha256(b"%PDF").hexdigest()}


def test_an_encoding_is_in_the_audit_log(case, perform):
    perform(Row(case, {"case": case, "modalities": {"pathology": "12 patches"}, "error": None}))
    ran([Item(case, ())])
    with Workspace.default() as workspace:
        assert workspace.audit.entries(case)[-1].what == "encode"


def test_rows_on_the_disk_name_no_patient_and_nothing_of_a_case_that_was_deleted_meanwhile(case, perform, home):
    gone, said = "fedcba9876543210", {**RESULT, "risk": None, "warnings": ["P-1"]}
    perform(Row(case, said), Row(gone, said))
    ran([Item(case, ()), Item(gone, ())])
    rows = Journal(home / "data" / "queue" / KEY / "rows").rows()
    assert rows[case].result["warnings"] == [case] and rows[gone].result == {}
