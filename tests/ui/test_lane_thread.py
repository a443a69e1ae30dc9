from __future__ import annotations

import sys

import pytest

from survgui.ui.lane_thread import FINAL, LaneThread, Ticket, Worker, WorkerGone
from tests.worker.tasks import TASKS, ask

SECONDS = 60.0


@pytest.fixture
def worker():
    made = Worker("compute", TASKS)
    yield made
    made.kill()


def said(worker: Worker, *kinds: str) -> tuple[str, int, object]:
    """The next message of one of these kinds."""
    while True:
        message = worker.receive(SECONDS)
        assert message is not None, f"no {kinds} came"
        if message[0] in kinds:
            return message


def test_a_worker_says_when_it_is_ready_and_what_it_is_at(worker):
    assert (worker.ready, worker.task) == (False, 0)
    assert said(worker, "ready")[0] == "ready"
    assert (worker.ready, worker.task) == (True, 0)
    worker.send("run", 4, "test.count", {"steps": 2})
    assert said(worker, *FINAL) == ("done", 4, 3)
    assert worker.task == 4


def test_nothing_comes_in_time(worker):
    said(worker, "ready")
    assert worker.receive(0.01) is None


def test_a_worker_that_has_nothing_to_do_ends_when_it_is_closed(worker):
    said(worker, "ready")
    worker.close()
    assert not worker.alive
    assert worker.ending() == "exit code 0"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_worker_that_was_killed_is_gone(worker):
    said(worker, "ready")
    worker.process.kill()
    with pytest.raises(WorkerGone):
        worker.receive(SECONDS)
    assert worker.ending() == "signal 9; the memory may have run out"
    assert not worker.alive
    with pytest.raises(WorkerGone):
        worker.send("run", 1, "test.count", {"steps": 1})


def test_a_ticket_that_was_stopped_is_not_begun(qapp, qtbot):
    thread = LaneThread("compute", TASKS)
    heard: list[tuple[int, str]] = []
    thread.said.connect(lambda task, kind, _: heard.append((task, kind)))
    stopped, wanted = Ticket(1, ask("count", steps=1)), Ticket(2, ask("count", steps=1))
    stopped.stop.set()
    thread.put(stopped)
    thread.put(wanted)
    thread.start()
    qtbot.waitUntil(lambda: (2, "done") in heard, timeout=60_000)
    thread.ask_to_end()
    assert thread.wait(10_000)
    assert not [kind for task, kind in heard if task == 1]
    assert [kind for task, kind in heard if task == 2 and kind in FINAL] == ["done"]
