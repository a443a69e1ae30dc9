"""The thread behind a lane: hands tasks to its worker process, and ends and replaces that process where it must."""

from __future__ import annotations

import logging
import multiprocessing
import pkgutil
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue

from PySide6.QtCore import QObject, QThread, Signal

from survgui.cases.trouble import trouble_of, where
from survgui.errors import Trouble
from survgui.pipe import Pipe
from survgui.ui.tasks import Request

log = logging.getLogger(__name__)

GRACE = 0.8
"""Seconds that a worker is given to stop a task before it is ended; what it stores is stored whole or not at all."""
LOOK = 0.02
"""Seconds between two looks at whether somebody has cancelled."""
FINAL = ("done", "failed", "cancelled")
WORKER = "survgui.worker.process:main"
"""What a worker process runs. By name, for the window depends on nothing that runs there."""

_STARTING = threading.Lock()
"""Two lanes that start or count processes at once would wait for each other's."""


class WorkerGone(Exception):
    """The worker process has ended, or its pipe is closed."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job as the thread sees it; `stop` is set by whoever cancels it."""

    id: int
    request: Request
    stop: threading.Event = field(default_factory=threading.Event)


class Worker:
    """A worker process and this end of its pipe; used by the lane's thread, and ended by anybody.

    Attributes:
        ready: Whether it has said that it waits for tasks.
        task: id of the last task that it has taken up, or 0.
    """

    def __init__(self, lane: str, extra: Mapping[str, str]) -> None:
        self.ready, self.task = False, 0
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads and Qt can hang
        ours, theirs = context.Pipe()
        self._pipe = Pipe(ours)
        self.process = context.Process(
            target=pkgutil.resolve_name(WORKER), args=(theirs, lane, dict(extra)), name=f"survgui {lane}", daemon=True
        )
        try:
            with _STARTING:
                self.process.start()
        finally:
            theirs.close()  # so that the pipe ends when the process does

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        with _STARTING:
            return self.process.is_alive()

    def send(self, *message: object) -> None:
        """Send a message.

        Raises:
            WorkerGone: The process has ended.
        """
        try:
            self._pipe.send(*message)
        except EOFError as error:
            raise WorkerGone from error

    def receive(self, seconds: float) -> tuple[str, int, object] | None:
        """The next message, or None if there is none within some seconds.

        Raises:
            WorkerGone: The process has ended.
        """
        try:
            if not self._pipe.waits(seconds):
                return None
            kind, task, value = self._pipe.receive()
        except EOFError as error:
            raise WorkerGone from error
        self.ready = True
        self.task = task or self.task
        return kind, task, value

    def close(self) -> None:
        """Let the process end by itself if it does so at once, else end it."""
        try:
            self.send("close")
            self.process.join(0.4)
        except WorkerGone:
            pass
        self.kill()

    def kill(self) -> None:
        """End the process if it runs, and wait until it has."""
        with _STARTING:
            self.process.kill()
            self.process.join(1.0)
        self._pipe.close()

    def ending(self) -> str:
        """How the process ended, in words that go in brackets."""
        with _STARTING:
            self.process.join(1.0)
            code = self.process.exitcode
        if code is None or code >= 0:
            return "for an unknown reason" if code is None else f"exit code {code}"
        hint = "; the memory may have run out" if -code == getattr(signal, "SIGKILL", 9) else ""
        return f"signal {-code}{hint}"


class LaneThread(QThread):
    """Takes tickets from a queue and sees each through; `said` tells what its worker says, in the lane's thread.

    Signals:
        said: id of the ticket (0: about none), kind of message, value; kinds as in the worker, of which `done`,
            `failed` and `cancelled` come exactly once for every ticket that was taken from the queue.
    """

    said = Signal(object, str, object)

    def __init__(self, lane: str, extra: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane, self._extra = lane, extra
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._closing = threading.Event()
        self._worker: Worker | None = None

    def put(self, ticket: Ticket) -> None:
        """Queue a ticket."""
        self._queue.put(ticket)

    def warm(self) -> None:
        """Have the worker started as soon as nothing else is queued before."""
        self._queue.put(None)

    def ask_to_end(self) -> None:
        """Have the thread end after the ticket at hand, whose `stop` is the caller's to set."""
        self._closing.set()
        self._queue.put(None)

    def kill_worker(self) -> None:
        """End the worker process, from any thread, as a crash would."""
        worker = self._worker
        if worker is not None:
            worker.process.kill()

    def run(self) -> None:
        """See to the queue until asked to end."""
        while not self._closing.is_set():
            ticket = self._queue.get()
            try:
                if ticket is not None and not ticket.stop.is_set():
                    self._perform(ticket)
                elif ticket is None and not self._closing.is_set():
                    self._await_ready()
            except Exception as error:  # no worker could be started, or what came could not be understood
                self._drop_worker()
                log.warning("the lane %s has a fault: %s", self._lane, where(error))
                if ticket is not None:
                    self.said.emit(ticket.id, "failed", trouble_of(error))
        if self._worker is not None:
            self._worker.close()

    def _perform(self, ticket: Ticket) -> None:
        """See a ticket through, with a second worker if the first had ended before it took the ticket up."""
        for last_try in (False, True):
            worker = self._running()
            try:
                worker.send("run", ticket.id, ticket.request.name, dict(ticket.request.arguments))
                self._follow(worker, ticket)
                return
            except WorkerGone:
                ending = worker.ending()
                self._drop_worker()
            if ticket.stop.is_set():
                self.said.emit(ticket.id, "cancelled", None)
                return
            if worker.task == ticket.id or last_try:
                self.said.emit(ticket.id, "failed", _crashed(ticket.request, ending))
                self.warm()
                return
            log.warning("the idle worker of the lane %s had ended (%s); a new one is started", self._lane, ending)

    def _follow(self, worker: Worker, ticket: Ticket) -> None:
        """Pass on what the worker says until the ticket has ended.

        Raises:
            WorkerGone: The process ended before.
        """
        asked: float | None = None
        while True:
            if asked is None and ticket.stop.is_set():
                asked = time.monotonic()
                worker.send("cancel", ticket.id)
            if asked is not None and time.monotonic() - asked > GRACE:
                log.warning("the worker of the lane %s was ended, for it did not stop", self._lane)
                self._drop_worker()
                self.said.emit(ticket.id, "cancelled", None)
                self.warm()
                return
            kind, task = self._pass_on(worker)
            if task == ticket.id and kind in FINAL:
                return

    def _pass_on(self, worker: Worker) -> tuple[str, int]:
        """Wait a moment for a message and pass it on; give its kind and task, or none."""
        message = worker.receive(LOOK)
        if message is None:
            return "", 0
        kind, task, value = message
        if kind == "log" and isinstance(value, tuple):
            logging.getLogger(value[1]).log(value[0], "%s", value[2])
        else:
            self.said.emit(task, kind, value)
        return kind, task

    def _await_ready(self) -> None:
        """Start the worker where there is none, and wait until it is ready or there is something else to do."""
        worker = self._running()
        try:
            while not worker.ready and self._queue.empty():
                self._pass_on(worker)
        except WorkerGone:
            log.warning("the worker of the lane %s did not start (%s)", self._lane, worker.ending())
            self._drop_worker()

    def _running(self) -> Worker:
        """The worker; a new one where there is none or the last one has ended.

        Raises:
            OSError: The system starts no process.
        """
        if self._worker is not None and not self._worker.alive:
            log.warning("the idle worker of the lane %s had ended (%s)", self._lane, self._worker.ending())
            self._drop_worker()
        if self._worker is None:
            self._worker = Worker(self._lane, self._extra)
        return self._worker

    def _drop_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()


def _crashed(request: Request, ending: str) -> Trouble:
    text = (
        f"The worker process ended ({ending}) while it was at “{request.title}”. Nothing else was lost; run it again."
    )
    return Trouble("Crashed", text, "", f"{request.name}: {ending}")
