"""Jobs and lanes: how the window has long work done.

lanes = Lanes(self)
job = lanes.submit(tasks.predict(key, bundle), done=self._show, failed=self._tell)

A lane is a thread that owns one worker process and sees to one job at a time, in the order they came. All signals
come in the window's thread. Slots are connected before a job is queued, so that none is missed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.ui.lane_thread import LaneThread, Ticket
from survgui.ui.progress import Progress
from survgui.ui.tasks import BATCH, COMPUTE, FILES, Request

KEPT = 200
"""Jobs that have ended and stay in the list."""
CLOSING_SECONDS = 1.4


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


class Job(QObject):
    """One request on its way.

    Attributes:
        step: The last step that was told.
        trouble: Why it failed.
        added_at, started_at, ended_at: Local times, None while it has not come to that.

    Signals:
        changed: State or step are others.
        stepped: A `Step`.
        partial: An early result.
        succeeded: The result; it is not kept.
        failed: A `Trouble`.
        ended: After one of the two, or after it was cancelled.
    """

    changed = Signal()
    stepped = Signal(object)
    partial = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, request: Request, ticket: Ticket, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request = request
        self.step: Step | None = None
        self.trouble: Trouble | None = None
        self.added_at = datetime.now()
        self.started_at: datetime | None = None
        self.ended_at: datetime | None = None
        self._state = State.WAITING
        self._ticket = ticket
        self._progress = Progress()
        self._clock: tuple[float, float | None] = (0.0, None)

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._state

    @property
    def seconds(self) -> float:
        """How long it has been running, or has run."""
        if self.started_at is None:
            return 0.0
        start, end = self._clock
        return (time.monotonic() if end is None else end) - start

    @property
    def eta_seconds(self) -> float | None:
        """Seconds that its present stage will still take; None while that cannot be told, or nothing runs."""
        return self._progress.seconds_left(time.monotonic()) if self._state is State.RUNNING else None

    @Slot()
    def cancel(self) -> None:
        """Stop it: at once where it waits, else as soon as the worker has, which is ended where it does not."""
        if self._state.over:
            return
        self._ticket.stop.set()
        if self._state is State.WAITING:
            self.take("cancelled", None)
        elif self._state is State.RUNNING:
            self._state = State.CANCELLING
            self.changed.emit()

    def take(self, kind: str, value: object) -> None:
        """Take in what the worker says of it; for the lane."""
        if self._state.over:
            return  # it was cancelled while the worker was about to begin
        match kind:
            case "begun":
                self._begin()
            case "step" if isinstance(value, Step):
                self.step = value
                self._progress.add(value, time.monotonic())
                self.changed.emit()
                self.stepped.emit(value)
            case "part":
                self.partial.emit(value)
            case "done":
                self._end(State.DONE)
                self.succeeded.emit(value)
                self.ended.emit()
            case "failed" if isinstance(value, Trouble):
                self.trouble = value
                self._end(State.FAILED)
                self.failed.emit(value)
                self.ended.emit()
            case "cancelled":
                self._end(State.CANCELLED)
                self.ended.emit()

    def _begin(self) -> None:
        self.started_at = datetime.now()
        self._clock = (time.monotonic(), None)
        if self._state is State.WAITING:
            self._state = State.RUNNING
        self.changed.emit()

    def _end(self, state: State) -> None:
        self.ended_at = datetime.now()
        self._clock = (self._clock[0], time.monotonic())
        self._state = state
        self.changed.emit()


class Lane(QObject):
    """One thread with one worker process; its jobs are done one after the other.

    Signals:
        ready: The worker process waits for tasks; facts about it.
    """

    ready = Signal(object)

    def __init__(self, name: str, extra: Mapping[str, str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._jobs: dict[int, Job] = {}
        self._closed = False
        self._thread = LaneThread(name, extra or {}, self)
        self._thread.said.connect(self._take)
        self._thread.start()

    def queue(self, ticket: Ticket, job: Job) -> None:
        """Do this job when those before it are over."""
        if self._closed:
            job.cancel()
            return
        self._jobs[ticket.id] = job
        self._thread.put(ticket)

    def warm(self) -> None:
        """Start the worker process, so that the first job need not wait for it."""
        self._thread.warm()

    def kill_worker(self) -> None:
        """End the worker process as a crash would."""
        self._thread.kill_worker()

    def ask_to_end(self) -> None:
        """Cancel everything and have thread and process end."""
        self._closed = True
        for job in tuple(self._jobs.values()):
            job.cancel()
        self._thread.ask_to_end()

    def await_end(self, seconds: float) -> None:
        """Wait until the thread has ended; past the given time its worker process is ended from here."""
        while not self._thread.wait(max(1, int(seconds * 1000))):
            self._thread.kill_worker()
            seconds = 0.2
        for job in tuple(self._jobs.values()):  # what the thread said last is not delivered any more
            job.take("cancelled", None)
        self._jobs.clear()

    @Slot(object, str, object)
    def _take(self, task: int, kind: str, value: object) -> None:
        if kind == "ready":
            self.ready.emit(value)
            return
        job = self._jobs.get(task)
        if job is None:
            return
        job.take(kind, value)
        if job.state.over:
            self._jobs.pop(task, None)


class Lanes(QObject):
    """The lanes, and the list of jobs.

    Signals:
        added: A `Job` was submitted.
        changed: A job came, went on, or ended.
    """

    added = Signal(Job)
    changed = Signal()

    def __init__(self, parent: QObject | None = None, extra: Mapping[str, str] | None = None) -> None:
        """Threads start at once, processes with the first job or `warm`.

        Args:
            extra: More tasks than the registry's, for tests: name -> `module:function`.
        """
        super().__init__(parent)
        self.jobs: list[Job] = []
        self._lanes = {name: Lane(name, extra, self) for name in (COMPUTE, FILES, BATCH)}
        self._ids = 0
        application = QCoreApplication.instance()
        if application is not None:  # a thread that is alive when Qt goes down takes the process with it
            application.aboutToQuit.connect(self.close)

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        return any(not job.state.over for job in self.jobs)

    def lane(self, name: str) -> Lane:
        """The lane of this name."""
        return self._lanes[name]

    def submit(
        self,
        request: Request,
        *,
        done: Callable[..., object] | None = None,
        failed: Callable[..., object] | None = None,
        stepped: Callable[..., object] | None = None,
        partial: Callable[..., object] | None = None,
        ended: Callable[..., object] | None = None,
    ) -> Job:
        """Have a request done; the given slots are connected before it is queued.

        Args:
            done: Gets the result.
            failed: Gets a `Trouble`.
            stepped: Gets every `Step`.
            partial: Gets early results.
            ended: Gets nothing, after everything else.
        """
        self._ids += 1
        ticket = Ticket(self._ids, request)
        job = Job(request, ticket, self)
        slots = (job.succeeded, done), (job.failed, failed), (job.stepped, stepped), (job.partial, partial)
        for signal, slot in (*slots, (job.ended, ended)):
            if slot is not None:
                signal.connect(slot)
        job.changed.connect(self.changed)
        self._keep(job)
        self.added.emit(job)
        self.changed.emit()
        self._lanes[request.lane].queue(ticket, job)
        return job

    def warm(self) -> None:
        """Start the worker processes of the lanes in which somebody waits."""
        for name in (COMPUTE, FILES):
            self._lanes[name].warm()

    def kill_worker(self, lane: str) -> None:
        """End a worker process as a crash would."""
        self._lanes[lane].kill_worker()

    @Slot()
    def close(self) -> None:
        """Cancel every job and end threads and processes; takes a second and a half at most."""
        deadline = time.monotonic() + CLOSING_SECONDS
        for lane in self._lanes.values():
            lane.ask_to_end()
        for lane in self._lanes.values():
            lane.await_end(deadline - time.monotonic())

    def _keep(self, job: Job) -> None:
        """Add a job to the list; the oldest that are over go where there are too many."""
        self.jobs.append(job)
        over = [old for old in self.jobs if old.state.over]
        for old in over[: max(0, len(self.jobs) - KEPT)]:
            self.jobs.remove(old)
            old.deleteLater()
