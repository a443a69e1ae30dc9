"""Jobs of which only the latest counts; the lanes are pretended."""

import pytest

from survgui.errors import Trouble
from survgui.ui.jobs import State
from survgui.ui.latest import Latest
from survgui.ui.tasks import Request
from tests.ui.test_session import FakeLanes, Heard

ONE, TWO = (Request("cases.open", "Open case", "files", {"key": key}) for key in ("a", "b"))


class Desk(Latest):
    def __init__(self, lanes):
        super().__init__(lanes)
        self.got, self.over = [], []

    def ask(self, kind, request, **more):
        self._submit(kind, request, self.take, **more)

    def take(self, value):
        if self._current("case"):
            self.got.append(value)

    def drop(self, *kinds):
        self._drop(*kinds)

    def _ended(self, kind, state):
        self.over.append((kind, state))


@pytest.fixture
def desk(qtbot):
    return Desk(FakeLanes())


def test_only_the_latest_of_a_kind_is_taken_in(desk):
    desk.ask("case", ONE)
    desk.ask("case", TWO)
    first, second = desk.lanes.jobs
    second.give("b")
    first.give("a")
    assert desk.got == ["b"]


def test_a_newer_one_stops_the_older_where_it_is_asked_to(desk):
    desk.ask("case", ONE, cancels=True)
    desk.ask("case", TWO, cancels=True)
    assert [job.state for job in desk.lanes.jobs] == [State.CANCELLED, State.RUNNING]


def test_a_failure_is_told_where_it_belongs_and_that_of_an_older_job_is_not(desk):
    heard = Heard(desk.trouble)
    desk.ask("verify", ONE)
    desk.ask("verify", TWO)
    older, newer = desk.lanes.jobs
    older.fail("old")
    newer.fail("new")
    assert heard.said == [("bundle", Trouble("ReadError", "new"))]


def test_who_waits_hears_of_a_cancelled_job_and_not_of_a_dropped_one(desk):
    heard = Heard(desk.cancelled)
    desk.ask("volume", ONE)
    desk.lanes.jobs[0].cancel()
    desk.ask("omics", TWO)
    desk.drop("omics", "never asked")
    assert heard.said == ["volume"]
    assert desk.lanes.jobs[1].state is State.CANCELLED


def test_however_a_job_ends_that_is_noticed(desk):
    desk.ask("case", ONE)
    desk.lanes.jobs[0].give("a")
    assert desk.over == [("case", State.DONE)]
