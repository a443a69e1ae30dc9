"""Who may change the cases, told by the session; the lanes are pretended, the lease is real."""

from __future__ import annotations

import os

import pytest

from survgui.settings import Settings
from survgui.ui.housekeeping import ListRead
from survgui.ui.session import Session
from survgui.workspace import Lease, Workspace, lease
from tests.ui import samples
from tests.ui.cases.samples import record
from tests.ui.pretended import PretendedLanes


@pytest.fixture
def session(qapp):
    made = Session(PretendedLanes(), Settings())
    yield made
    made.release()


def test_the_first_window_has_the_cases_and_the_next_comes_read_only(session, qtbot, monkeypatch):
    with qtbot.waitSignal(session.records):
        session.take_over()
    assert session.holder is None and lease.holder_of(Workspace.default_folder()) is not None
    mine = os.environ[lease.SESSION]
    monkeypatch.setenv(lease.SESSION, "another")
    second = Session(PretendedLanes(), Settings())
    with qtbot.waitSignals([second.records, second.access]):
        second.take_over()
    assert second.holder is not None and second.holder.session == mine
    assert "upkeep.look" not in second.lanes.names()
    session.release()
    with qtbot.waitSignal(second.access):
        second.take_over()
    assert second.holder is None
    second.release()


def test_a_window_that_did_not_end_in_order_is_told_of_once(session, qtbot):
    folder = Workspace.default_folder()
    crashed = Lease(folder)
    assert crashed.take()
    left = (folder / lease.HOLDER).read_bytes()
    crashed.release()
    (folder / lease.HOLDER).write_bytes(left)
    with qtbot.waitSignal(session.unclean) as told:
        session.take_over()
    assert told.args[0].startswith("20")
    with qtbot.assertNotEmitted(session.unclean), qtbot.waitSignal(session.records):
        session.take_over()


def test_the_list_is_looked_after_once_it_is_there(session, qtbot):
    session._records_read(ListRead((record(1),)))
    session._records_read(ListRead((record(1),)))
    assert session.lanes.names().count("upkeep.look") == 1
    with qtbot.waitSignal(session.records):
        session.lanes.give("upkeep.look", True)


def test_undo_asks_for_what_can_be_undone(session):
    session.step_back(True)
    session.case_now = samples.case_facts()
    session.step_back(True)
    assert session.lanes.names() == []
    session.case_now = samples.case_facts(undo="the pixel size of a slide")
    session.step_back(False)
    session.step_back(True)
    assert session.lanes.last("cases.step_back").request.arguments == {"key": session.case_now.key, "back": True}
    session.lanes.give("cases.step_back", samples.case_facts(redo="the pixel size of a slide"))
    assert session.case_now.redo == "the pixel size of a slide"


def test_clearing_and_counting(session, qtbot):
    session.clear("features")
    with qtbot.waitSignal(session.disk) as told:
        session.lanes.give("upkeep.clear", ("uses",))
    assert told.args == [("uses",)]
    session.trim()
    session.lanes.give("upkeep.trim", 5)
    assert session.lanes.last("upkeep.usage") is not None
