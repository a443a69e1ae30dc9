"""A worker process: takes tasks from a pipe one after the other, iterates them, and sends what they say.

To the worker go `("run", id, name, arguments)`, `("cancel", id)` and `("close",)`. It sends triples of a kind, the
task's id (0 where it is about none) and a value:

    ready      facts of the process      part       an early result
    begun      None                      done       the result
    step       Step                      cancelled  None
    log        (level, logger, text)     failed     Trouble

It never loads Qt, and ends with the window: when the pipe closes, or some seconds after the window's process is gone.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import connection as pipes
from multiprocessing.connection import Connection

from survgui.cases.step import Part, Step
from survgui.cases.trouble import trouble_of
from survgui.errors import Cancelled
from survgui.pipe import Pipe
from survgui.readers.apart import limit_memory
from survgui.worker.registry import Work, resolve

STEPS_A_SECOND = 30.0
BURST = 10.0
"""Steps that may follow each other at once, before `STEPS_A_SECOND` holds."""
ORPHANED = 2.0
"""Seconds that a task is given to come to its next step once the window's process is gone."""


def main(connection: Connection, lane: str, extra: Mapping[str, str] | None = None) -> None:
    """Serve the other end of `connection` until it closes.

    Args:
        lane: `compute` and `batch` leave the processor to the window first; `files` has a limit on its memory.
        extra: More tasks than the registry's, for tests.
    """
    _prepare(lane)
    pipe = Pipe(connection)
    log = logging.getLogger("survgui")
    log.addHandler(_ToPipe(pipe))
    with suppress(EOFError):  # the window is gone or wants no more
        pipe.send("ready", 0, {"pid": os.getpid(), "lane": lane})
        while True:
            match pipe.receive():
                case ("run", int(task), str(name), dict(arguments)):
                    _run(pipe, task, name, arguments, extra)
                case ("close",):
                    return


class Pace:
    """Which steps are worth a message: a flood of them must not fill the pipe, but no turn may be missed."""

    def __init__(self) -> None:
        self._stages: set[str] = set()
        self._allowance, self._asked = BURST, time.monotonic()

    def lets(self, step: Step) -> bool:
        """Whether to send this step: the first and last of a stage, any with values, and others now and then."""
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._asked) * STEPS_A_SECOND)
        self._asked = now
        turn = step.stage not in self._stages or step.done == step.total > 0 or bool(step.values)
        self._stages.add(step.stage)
        if not turn and self._allowance < 1:
            return False
        self._allowance = max(0.0, self._allowance - 1)
        return True


def _run(pipe: Pipe, task: int, name: str, arguments: dict[str, object], extra: Mapping[str, str] | None) -> None:
    """Run one task to its end, whatever that is, and send how it ended."""
    pipe.send("begun", task, None)
    work: Work | None = None
    try:
        work = resolve(name, extra)(**arguments)
        kind, value = _iterate(pipe, task, work)
        _stop(work)
        pipe.send(kind, task, value)
    except EOFError:
        raise
    except Exception as error:  # no such task, other arguments, or a value that cannot travel
        pipe.send("failed", task, trouble_of(error))
    finally:
        if work is not None:
            _stop(work)


def _iterate(pipe: Pipe, task: int, work: Work) -> tuple[str, object]:
    """Iterate a task and give the kind and value of its last message."""
    pace = Pace()
    while not _stopped(pipe, task):
        try:
            said = next(work)
        except StopIteration as stop:
            return "done", stop.value
        except Cancelled:
            return "cancelled", None
        except Exception as error:
            return "failed", trouble_of(error)
        if isinstance(said, Part):
            pipe.send("part", task, said.value)
        elif pace.lets(said):
            pipe.send("step", task, said)
    return "cancelled", None


def _stopped(pipe: Pipe, task: int) -> bool:
    """Whether the window has asked, since the last call, to stop this task.

    Raises:
        EOFError: The window wants nothing more at all.
    """
    while pipe.waits():
        message = pipe.receive()
        if message == ("close",):
            raise EOFError
        if message == ("cancel", task):
            return True
    return False


def _stop(work: Work) -> None:
    """Let a task tidy up; what goes wrong in that is for the log."""
    try:
        work.close()
    except Exception as error:
        logging.getLogger(__name__).warning("tidying up after a task failed: %s", type(error).__name__)


class _ToPipe(logging.Handler):
    """Warnings of survgui go to the window's log, which is the only one a user sees."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__(logging.WARNING)
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record as text."""
        with suppress(EOFError):
            self._pipe.send("log", 0, (record.levelno, record.name, record.getMessage()))


def _prepare(lane: str) -> None:
    """What holds for the whole process, before any library loads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the window too, which decides
    # Spinning OpenMP workers make small trainings five times slower on busy cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if lane != "files":
        _yield_to_the_window()
    else:
        limit_memory()
    threading.Thread(target=_end_with_the_window, name="parent", daemon=True).start()


def _yield_to_the_window() -> None:
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), below_normal)
    else:
        with suppress(OSError):
            os.nice(5)


def _end_with_the_window() -> None:
    """End this process after the window's: a task of many minutes between two steps would outlive it unseen."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    pipes.wait([parent.sentinel])
    time.sleep(ORPHANED)
    os._exit(1)
