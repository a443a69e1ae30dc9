from __future__ import annotations

import logging
import sys
import threading

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread, Slot

from survgui.cases.step import Step
from survgui.ui.jobs import KEPT, Job, Lanes, State
from survgui.ui.tasks import COMPUTE, FILES
from tests.worker.tasks import TASKS, ask

WAIT = 60_000
"""Milliseconds in which anything must come that comes at all."""


class Listener(QObject):
    """Remembers what a job told, in order, and whether in the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[str, object]] = []
        self.here = True

    def _note(self, kind: str, value: object = None) -> None:
        self.got.append((kind, value))
        self.here = self.here and QThread.isMainThread()

    @Slot(object)
    def done(self, value: object) -> None:
        self._note("done", value)

    @Slot(object)
    def failed(self, trouble: object) -> None:
        self._note("failed", trouble)

    @Slot(object)
    def stepped(self, step: object) -> None:
        self._note("step", step)

    @Slot(object)
    def partial(self, value: object) -> None:
        self._note("part", value)

    @Slot()
    def ended(self) -> None:
        self._note("ended")

    def of(self, kind: str) -> list[object]:
        return [value for said, value in self.got if said == kind]


@pytest.fixture
def listener(qapp):
    return Listener()


def submit(lanes: Lanes, listener: Listener, name: str, lane: str = COMPUTE, **arguments: object) -> Job:
    slots = {kind: getattr(listener, kind) for kind in ("done", "failed", "stepped", "partial", "ended")}
    return lanes.submit(ask(name, lane, **arguments), **slots)


def test_a_job_tells_steps_parts_result_and_end_in_this_thread(lanes, listener, qtbot):
    job = submit(lanes, listener, "count", steps=3, parts=True)
    assert job.state is State.WAITING and lanes.busy and job.seconds == 0
    qtbot.waitUntil(lambda: job.state.over, timeout=WAIT)
    assert [kind for kind, _ in listener.got] == ["part", "step"] * 3 + ["done", "ended"]
    assert listener.of("done") == [6] and listener.of("part") == [0, 1, 2]
    assert listener.here
    assert job.state is State.DONE and job.step == Step("count", 3, 3) and not lanes.busy
    assert job.added_at <= job.started_at <= job.ended_at
    assert job.seconds >= 0 and job.trouble is None


def test_jobs_of_a_lane_are_done_in_their_order(lanes, listener, qtbot):
    for number in range(60):
        submit(lanes, listener, "count", steps=number)
    qtbot.waitUntil(lambda: not lanes.busy, timeout=WAIT)
    assert listener.of("done") == [n * (n + 1) // 2 for n in range(60)]


def test_lanes_do_not_wait_for_each_other(lanes, listener, qtbot, tmp_path):
    file = tmp_path / "go"
    stuck = submit(lanes, listener, "stuck", COMPUTE, file=str(file))
    other = submit(lanes, listener, "count", FILES, steps=2)
    qtbot.waitUntil(lambda: other.state is State.DONE, timeout=WAIT)
    assert not stuck.state.over
    file.touch()
    qtbot.waitUntil(lambda: stuck.state is State.DONE, timeout=WAIT)


def test_signals_of_the_list_follow_the_jobs(lanes, qtbot):
    with qtbot.waitSignal(lanes.added, timeout=WAIT) as added:
        job = lanes.submit(ask("count", steps=1))
    assert added.args == [job] and lanes.jobs == [job]
    with qtbot.waitSignal(lanes.changed, timeout=WAIT, check_params_cb=lambda: job.state is State.DONE):
        pass


def test_a_failure_is_told_and_the_lane_goes_on(lanes, listener, qtbot):
    job = submit(lanes, listener, "fail", kind="read", message="/patients/a.svs")
    after = submit(lanes, listener, "count", steps=1)
    qtbot.waitUntil(lambda: after.state.over, timeout=WAIT)
    assert job.state is State.FAILED and job.trouble.code == "SLD-02"
    assert listener.of("failed") == [job.trouble]
    assert after.state is State.DONE


def test_a_running_job_stops_between_two_steps(lanes, listener, qtbot, tmp_path):
    file = tmp_path / "tidied"
    job = submit(lanes, listener, "tidy", file=str(file))
    qtbot.waitUntil(lambda: job.step is not None, timeout=WAIT)
    job.cancel()
    assert job.state is State.CANCELLING and job.eta_seconds is None
    qtbot.waitUntil(lambda: job.state.over, timeout=WAIT)
    assert job.state is State.CANCELLED
    assert file.is_file()
    assert listener.got[-1] == ("ended", None) and not listener.of("done") + listener.of("failed")
    job.cancel()  # once more changes nothing
    assert job.state is State.CANCELLED


def test_a_job_that_heeds_nothing_is_ended_with_its_worker(lanes, listener, qtbot, tmp_path):
    job = submit(lanes, listener, "stuck", file=str(tmp_path / "never"))
    qtbot.waitUntil(lambda: job.step is not None, timeout=WAIT)
    job.cancel()
    qtbot.waitUntil(lambda: job.state.over, timeout=WAIT)
    assert job.state is State.CANCELLED and job.trouble is None
    after = submit(lanes, listener, "count", steps=2)
    qtbot.waitUntil(lambda: after.state is State.DONE, timeout=WAIT)


def test_a_waiting_job_is_cancelled_without_running(lanes, listener, qtbot, tmp_path):
    go, never = tmp_path / "go", tmp_path / "tidied"
    first = submit(lanes, listener, "stuck", file=str(go))
    waiting = lanes.submit(ask("tidy", file=str(never)))
    waiting.cancel()
    assert waiting.state is State.CANCELLED and waiting.started_at is None
    go.touch()
    last = submit(lanes, listener, "count", steps=1)
    qtbot.waitUntil(lambda: last.state is State.DONE, timeout=WAIT)
    assert first.state is State.DONE and not never.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize(("code", "words"), [(-9, "signal 9"), (-11, "signal 11"), (3, "exit code 3")])
def test_a_crash_costs_one_job(lanes, listener, qtbot, code, words):
    job = submit(lanes, listener, "end", code=code)
    after = submit(lanes, listener, "count", steps=3)
    qtbot.waitUntil(lambda: after.state.over, timeout=WAIT)
    assert job.state is State.FAILED and job.trouble.kind == "Crashed"
    assert words in job.trouble.text and "run it again" in job.trouble.text
    assert after.state is State.DONE


def test_an_idle_worker_that_ended_is_replaced_unseen(lanes, listener, qtbot, caplog):
    first = submit(lanes, listener, "modules")
    qtbot.waitUntil(lambda: first.state.over, timeout=WAIT)
    with caplog.at_level(logging.WARNING, "survgui"):
        lanes.kill_worker(COMPUTE)
        second = submit(lanes, listener, "count", steps=3)
        qtbot.waitUntil(lambda: second.state.over, timeout=WAIT)
    assert second.state is State.DONE
    assert any("had ended" in record.getMessage() for record in caplog.records)


def test_a_worker_killed_at_work_fails_its_job(lanes, listener, qtbot, tmp_path):
    job = submit(lanes, listener, "stuck", file=str(tmp_path / "never"))
    qtbot.waitUntil(lambda: job.step is not None, timeout=WAIT)
    lanes.kill_worker(COMPUTE)
    qtbot.waitUntil(lambda: job.state.over, timeout=WAIT)
    assert job.state is State.FAILED and job.trouble.kind == "Crashed"


def test_warm_starts_both_workers_without_a_job(lanes, qtbot):
    ready = [lanes.lane(name).ready for name in (COMPUTE, FILES)]
    with qtbot.waitSignals(ready, timeout=WAIT):
        lanes.warm()
    assert lanes.jobs == [] and not lanes.busy


def test_a_large_result_arrives_whole(lanes, listener, qtbot):
    job = submit(lanes, listener, "array", megabytes=40, early=True)
    qtbot.waitUntil(lambda: job.state.over, timeout=WAIT)
    early, late = listener.of("part")[0], listener.of("done")[0]
    assert early.nbytes == late.nbytes == 40 * 2**20
    np.testing.assert_array_equal(late, early)


def test_warnings_of_the_worker_are_in_the_windows_log(lanes, listener, qtbot, caplog):
    with caplog.at_level(logging.WARNING, "survgui"):
        job = submit(lanes, listener, "say", message="half the batch")
        qtbot.waitUntil(lambda: job.state.over, timeout=WAIT)
    assert ("survgui.tests", logging.WARNING, "half the batch") in caplog.record_tuples


def test_arguments_that_cannot_travel_fail_their_job(lanes, listener, qtbot):
    job = submit(lanes, listener, "count", steps=threading.Lock())
    after = submit(lanes, listener, "count", steps=1)
    qtbot.waitUntil(lambda: after.state.over, timeout=WAIT)
    assert job.state is State.FAILED and after.state is State.DONE


def test_to_close_ends_everything_in_the_middle_of_work(qapp, listener, qtbot, tmp_path):
    lanes = Lanes(extra=TASKS)
    running = [submit(lanes, listener, "stuck", lane, file=str(tmp_path / "never")) for lane in (COMPUTE, FILES)]
    waiting = [submit(lanes, listener, "count", steps=1) for _ in range(20)]
    qtbot.waitUntil(lambda: all(job.step is not None for job in running), timeout=WAIT)
    lanes.close()  # that no thread, process or timer is left is what the fixture of every test sees to
    assert {job.state for job in (*running, *waiting)} == {State.CANCELLED}
    late = submit(lanes, listener, "count", steps=1)
    assert late.state is State.CANCELLED
    lanes.close()
    lanes.deleteLater()


def test_a_receiver_that_is_gone_is_not_told(lanes, qtbot):
    gone = Listener()
    job = submit(lanes, gone, "count", steps=20, seconds=0.01)
    gone.deleteLater()
    qtbot.waitUntil(lambda: job.state is State.DONE, timeout=WAIT)
    assert not gone.of("done")


def test_the_list_keeps_the_last_jobs_and_all_that_are_not_over(lanes, qtbot, tmp_path):
    stuck = lanes.submit(ask("stuck", FILES, file=str(tmp_path / "never")))
    jobs = []
    for _ in range(KEPT + 20):
        jobs.append(lanes.submit(ask("count", steps=1)))
        jobs[-1].cancel()
    assert len(lanes.jobs) == KEPT
    assert lanes.jobs[0] is stuck and lanes.jobs[-1] is jobs[-1]


def test_the_time_left_is_told_while_it_runs(lanes, listener, qtbot):
    job = submit(lanes, listener, "count", steps=200, seconds=0.05)
    qtbot.waitUntil(lambda: job.eta_seconds is not None, timeout=WAIT)
    left = (job.step.total - job.step.done) * job.seconds / job.step.done
    assert 0.3 * left < job.eta_seconds < 3 * left
    job.cancel()
    assert job.eta_seconds is None
