from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.pipe import Pipe
from survgui.worker import process
from survgui.worker.process import BURST, STEPS_A_SECOND, Pace
from tests.worker.tasks import TASKS

SECONDS = 60.0
"""How long a test waits for what must come."""


@dataclass
class Started:
    """A real worker process, and the window's end of its pipe."""

    pipe: Pipe
    process: multiprocessing.process.BaseProcess

    def next(self, kind: str = "") -> tuple[str, int, object]:
        """The next message, or the next of a kind."""
        while True:
            assert self.pipe.waits(SECONDS), f"no {kind or 'message'} came"
            message = self.pipe.receive()
            if not kind or message[0] == kind:
                return message

    def run(self, name: str, task: int = 1, **arguments: object) -> list[tuple[str, int, object]]:
        """Everything that a task says, to its end."""
        self.pipe.send("run", task, f"test.{name}", arguments)
        said = [self.next()]
        while said[-1][0] not in ("done", "failed", "cancelled"):
            said.append(self.next())
        return said


def start(lane: str) -> Started:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    worker = context.Process(target=process.main, args=(theirs, lane, TASKS), daemon=True)
    worker.start()
    theirs.close()
    return Started(Pipe(ours), worker)


@pytest.fixture
def worker() -> Iterator[Started]:
    started = start("compute")
    yield started
    started.pipe.close()
    started.process.join(SECONDS)
    assert not started.process.is_alive()


def test_a_task_is_run_to_its_result(worker):
    kind, task, facts = worker.next()
    assert (kind, task, facts["pid"], facts["lane"]) == ("ready", 0, worker.process.pid, "compute")
    said = worker.run("count", task=5, steps=3, stage="read")
    assert said == [
        ("begun", 5, None),
        *(("step", 5, Step("read", done, 3)) for done in (1, 2, 3)),
        ("done", 5, 6),
    ]


def test_parts_come_between_steps(worker):
    worker.next("ready")
    said = worker.run("count", steps=2, parts=True)
    assert [(kind, value) for kind, _, value in said if kind == "part"] == [("part", 0), ("part", 1)]


def test_a_flood_of_steps_is_thinned_but_begins_and_ends(worker):
    worker.next("ready")
    began = time.monotonic()
    done = [value.done for kind, _, value in worker.run("count", steps=20_000) if kind == "step"]
    allowed = BURST + STEPS_A_SECOND * (time.monotonic() - began) + 2
    assert done[0] == 1 and done[-1] == 20_000
    assert len(done) <= allowed


def test_steps_with_values_all_come(worker):
    worker.next("ready")
    steps = [value for kind, _, value in worker.run("count", steps=500, values=True) if kind == "step"]
    assert [step.values["loss"] for step in steps] == [1 / n for n in range(1, 501)]


def test_a_cancelled_task_is_closed_and_the_worker_goes_on(worker, tmp_path):
    worker.next("ready")
    file = tmp_path / "closed"
    worker.pipe.send("run", 1, "test.tidy", {"file": str(file)})
    worker.next("step")
    worker.pipe.send("cancel", 1)
    assert worker.next("cancelled") == ("cancelled", 1, None)
    assert file.is_file()  # before it was told
    assert worker.run("count", task=2, steps=2)[-1] == ("done", 2, 3)


def test_to_cancel_a_task_that_is_over_stops_no_other(worker):
    worker.next("ready")
    worker.run("count", task=1, steps=1)
    worker.pipe.send("cancel", 1)
    assert worker.run("count", task=2, steps=4)[-1] == ("done", 2, 10)


def test_a_stated_failure_is_told_in_its_words(worker):
    worker.next("ready")
    *_, (kind, _, trouble) = worker.run("fail", kind="read", message="/patients/a.svs")
    text = "a.svs: the file is empty; copy it again [SLD-02]"
    assert (kind, trouble) == ("failed", Trouble("ReadError", text, "SLD-02"))


def test_a_fault_is_told_without_its_message(worker):
    worker.next("ready")
    *_, (kind, _, trouble) = worker.run("fail", kind="value", message="TCGA-02-0001")
    assert kind == "failed" and trouble.kind == "ValueError"
    assert "TCGA" not in trouble.text + trouble.details
    assert "tests.worker.tasks" in trouble.details
    assert worker.run("count", task=2, steps=1)[-1][0] == "done"


def test_exhausted_memory_says_what_to_do(worker):
    worker.next("ready")
    assert worker.run("fail", kind="memory")[-1][2].kind == "OutOfMemory"


def test_a_task_that_ends_itself_as_cancelled_is_cancelled(worker):
    worker.next("ready")
    assert worker.run("fail", kind="cancelled")[-1] == ("cancelled", 1, None)


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [("unsendable", {}, ""), ("unheard_of", {}, "KeyError"), ("count", {"leaps": 3}, "TypeError")],
)
def test_what_cannot_be_run_or_sent_is_a_failure(worker, name, arguments, kind):
    worker.next("ready")
    end, _, trouble = worker.run(name, **arguments)[-1]
    assert end == "failed" and (not kind or trouble.kind == kind)
    assert worker.run("count", task=2, steps=1)[-1][0] == "done"


def test_large_results_arrive_whole(worker):
    worker.next("ready")
    early, late = (value for kind, _, value in worker.run("array", megabytes=8, early=True) if kind in ("part", "done"))
    np.testing.assert_array_equal(early, np.arange(2 * 2**20, dtype=np.uint32))
    np.testing.assert_array_equal(late, early)


def test_warnings_go_to_the_window_and_openmp_waits_passively(worker):
    worker.next("ready")
    said = worker.run("say", message="half the batch")
    assert ("log", 0, (30, "survgui.tests", "half the batch")) in said
    assert said[-1] == ("done", 1, "PASSIVE")


@pytest.mark.parametrize("lane", ["compute", "files"])
def test_a_worker_loads_no_qt(lane):
    started = start(lane)
    started.next("ready")
    names = set(started.run("modules", torch=True)[-1][2])
    assert "torch" in names
    assert not {"PySide6", "shiboken6", "pyqtgraph"} & names
    started.pipe.send("close")
    started.process.join(SECONDS)
    assert started.process.exitcode == 0


def test_a_worker_ends_when_it_is_told_to_in_the_middle_of_a_task(worker, tmp_path):
    worker.next("ready")
    file = tmp_path / "closed"
    worker.pipe.send("run", 1, "test.tidy", {"file": str(file)})
    worker.next("step")
    worker.pipe.send("close")
    worker.process.join(SECONDS)
    assert worker.process.exitcode == 0 and file.is_file()


def test_a_worker_ends_with_its_pipe_in_the_middle_of_a_task(worker, tmp_path):
    worker.next("ready")
    file = tmp_path / "closed"
    worker.pipe.send("run", 1, "test.tidy", {"file": str(file)})
    worker.next("step")
    worker.pipe.close()
    worker.process.join(SECONDS)
    assert worker.process.exitcode == 0 and file.is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals and niceness are POSIX")
def test_a_worker_heeds_no_interrupt_and_yields_to_the_window(worker):
    worker.next("ready")
    os.kill(worker.process.pid, signal.SIGINT)
    assert worker.run("count", steps=1)[-1][0] == "done"
    assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 5


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_the_files_worker_has_a_limit_on_its_memory():
    started = start("files")
    started.next("ready")
    limits = Path(f"/proc/{started.process.pid}/limits").read_text("utf-8").splitlines()
    (data,) = [line for line in limits if line.startswith("Max data size")]
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert int(data.split()[3]) == max(4 * 2**30, physical * 3 // 4)
    started.pipe.close()
    started.process.join(SECONDS)


def test_every_stage_has_its_turn_in_a_flood():
    pace = Pace()
    sent = [step for step in (Step(f"stage {n % 7}", 1 + n // 7, 100) for n in range(700)) if pace.lets(step)]
    assert {(step.stage, step.done) for step in sent} >= {(f"stage {n}", done) for n in range(7) for done in (1, 100)}
    assert len(sent) < 100


def runs(pid: int) -> bool:
    """Whether a process is there and not merely waiting for somebody to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_without_a_window_ends_whatever_it_is_at(tmp_path):
    code = f"""
import os, time
from tests.worker.test_process import start
started = start("compute")
started.pipe.send("run", 1, "test.stuck", {{"file": {str(tmp_path / "never")!r}}})
started.next("step")
print(started.process.pid, flush=True)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS)
    pid, deadline = int(done.stdout), time.monotonic() + SECONDS
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(pid)
