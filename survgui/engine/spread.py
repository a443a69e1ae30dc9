"""Independent pieces of work, spread over processes of this machine or over a dask cluster.

Wherever a piece runs, it runs in a process of its own making with one thread of torch: the same seed gives the same
numbers here, in processes side by side and elsewhere, and what a damaged file does to a decoder ends that process
alone. A dask worker starts such processes too, one for each of its threads, so both ways are the same one.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any, Generic, TypeVar

from survgui.cases.step import Step, Task
from survgui.errors import DeviceError, UsageError
from survgui.pipe import Pipe

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

PAUSE = 0.25
"""Seconds after which a step is yielded though nothing is finished, so that whoever waits can stop."""
LOOK = 0.1
"""Seconds between two looks at whether a process is to be ended."""
WINDOW = 256
"""Pieces that are handed out at once."""
STARTING = 300.0
"""Seconds that a process has to load what a piece needs, before its silence counts."""
IDLE = 300.0
"""Seconds after which a process without work ends: a dask worker's would hold its memory for ever."""
TOLD = 0.5
"""Least seconds between two signs of life of a process."""

_starting = threading.Lock()
"""Threads that start or count processes at once would wait for each other's."""
_mine = threading.local()
"""The process that serves this thread, of a dask worker."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where work is done.

    Attributes:
        workers: Processes of this machine.
        scheduler: Address of a dask scheduler, which then decides alone.
    """

    workers: int = 1
    scheduler: str = ""

    @property
    def here(self) -> bool:
        """Whether nothing is spread."""
        return self.workers == 1 and not self.scheduler


@dataclass(frozen=True, slots=True)
class Limits:
    """What a piece may take before its process is ended.

    Attributes:
        silence: Seconds without a step; 0 for no limit.
        memory: Bytes that its process may write (RLIMIT_DATA, where the system has it); 0 for no limit.
    """

    silence: float = 0.0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """A piece whose process did not live to finish it.

    Attributes:
        silent: Whether it was ended, for nothing moved for as long as it was given; else it ended by itself.
        ending: How, in words that go in brackets.
    """

    silent: bool
    ending: str


@dataclass(frozen=True, slots=True)
class Work(Generic[Shared, Item, Result]):
    """Pieces of work, and what happens with each when it is finished.

    Attributes:
        function: Of what is shared and the piece; a module's own, so that other processes find it. It gives the
            result, or is a task of it whose steps are signs of life.
        finished: Called in this process with a piece's place and its result, in the order of finishing.
        lost: The same for a piece whose process is lost; left out, one such piece ends all.
    """

    function: Callable[[Shared, Item], Result | Task[Result]]
    shared: Shared
    items: Sequence[Item]
    finished: Callable[[int, Result], None]
    lost: Callable[[int, Lost], None] | None = None
    limits: Limits = field(default_factory=Limits)

    def take(self, place: int, outcome: Result | Lost) -> None:
        """Hand on what became of a piece.

        Raises:
            DeviceError: Its process is lost, and nobody takes that.
        """
        if not isinstance(outcome, Lost):
            self.finished(place, outcome)
        elif self.lost is not None:
            self.lost(place, outcome)
        else:
            raise DeviceError(
                f"a worker process ended by itself ({outcome.ending}), most often for want of memory; what was "
                "finished is kept: go on with --resume and fewer --workers"
            )


@contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread inside, as many as before afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def spread(work: Work[Shared, Item, Result], where: Where) -> Task[None]:
    """Do all pieces of work; whoever stops iterating ends what still runs.

    Raises:
        UsageError: dask is asked for and not installed.
        DeviceError: A process ended by itself and nobody takes that, or the scheduler cannot be reached.
    """
    return _over_dask(work, where.scheduler) if where.scheduler else _over_processes(work, where.workers)


def _driven(
    work: Work[Shared, Item, Result],
    submit: Callable[[Item], Any],
    some: Callable[[Collection[Any]], Collection[Any]],
    result: Callable[[Any], Result | Lost],
    text: str,
) -> Task[None]:
    """Hand pieces out and take them in, a limited number at a time.

    Args:
        submit: Gives the future of a piece.
        some: Of futures those that are over, after a moment none.
    """
    total, next_one, waiting = len(work.items), 0, dict[Any, int]()
    while waiting or next_one < total:
        while len(waiting) < WINDOW and next_one < total:
            waiting[submit(work.items[next_one])] = next_one
            next_one += 1
        for future in some(waiting):
            work.take(waiting.pop(future), result(future))
        yield Step("spread", next_one - len(waiting), total, text)


# Over processes of this machine


def _over_processes(work: Work[Shared, Item, Result], workers: int) -> Task[None]:
    stop, name = threading.Event(), uuid.uuid4().hex
    count = max(1, min(workers, len(work.items)))
    children: list[Child] = []

    def submit(item: Item) -> Future[Result | Lost]:
        return pool.submit(_isolated, work.function, work.shared, item, work.limits, name, stop, children)

    def some(waiting: Collection[Future[Result | Lost]]) -> Collection[Future[Result | Lost]]:
        return wait(waiting, PAUSE, FIRST_COMPLETED).done

    pool = ThreadPoolExecutor(count, thread_name_prefix="spread")
    try:
        yield from _driven(work, submit, some, Future.result, f"{count} process{'es' if count > 1 else ''}")
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        for child in children:
            child.end()


def _isolated(
    function: Callable[[Shared, Item], Result | Task[Result]],
    shared: Shared,
    item: Item,
    limits: Limits,
    name: str,
    stop: threading.Event | None = None,
    made: list[Child] | None = None,
) -> Result | Lost:
    """One piece in the process of this thread, which is started where there is none for this work.

    Args:
        name: Of the work; what is shared is sent once to each process.
    """
    child: Child | None = getattr(_mine, "child", None)
    if child is None or child.name != name or not child.alive:
        if child is not None:
            child.end()
        child = _mine.child = Child(name, shared, limits)
        if made is not None:
            made.append(child)
    outcome: Result | Lost = child.do(function, item, stop)
    return outcome


class Child:
    """A process that does pieces one after the other, seen from the one that started it.

    Attributes:
        name: Of the work that it was started for.
    """

    def __init__(self, name: str, shared: object, limits: Limits) -> None:
        """Start it.

        Raises:
            OSError: The system starts no process.
        """
        self.name, self._limits = name, limits
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads can hang
        # A nanny makes its dask worker one that may have no children; this one's end with it all the same.
        multiprocessing.current_process().daemon = False
        ours, theirs = context.Pipe()
        self._pipe = Pipe(ours)
        self._process = context.Process(target=_serve, args=(theirs,), name="survgui piece", daemon=True)
        with _starting:
            self._process.start()
        theirs.close()  # so that the pipe ends when the process does
        with suppress(EOFError):  # the first piece will tell that it is gone
            self._pipe.send("shared", shared, limits.memory)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        with _starting:
            return self._process.is_alive()

    def do(self, function: Callable[..., Any], item: object, stop: threading.Event | None) -> Any:
        """Have a piece done, and give its result or a `Lost`.

        Raises:
            CancelledError: `stop` was set.
            Exception: What the function raised.
        """
        try:
            self._pipe.send("do", function, item)
            kind, value = self._answer(stop)
        except EOFError:
            return Lost(False, self._ending())
        if kind == "raised":
            raise value
        return value

    def _answer(self, stop: threading.Event | None) -> tuple[str, Any]:
        heard = time.monotonic() + STARTING  # loading libraries is no silence
        while True:
            if stop is not None and stop.is_set():
                self.end()
                raise CancelledError
            if self._pipe.waits(LOOK):
                kind, value = self._pipe.receive()
                if kind != "alive":
                    return kind, value
                heard = time.monotonic()
            elif self._limits.silence and time.monotonic() - heard > self._limits.silence:
                self.end()
                return "lost", Lost(True, f"nothing moved for {self._limits.silence:g} s")

    def end(self) -> None:
        """End the process if it runs."""
        with _starting:
            self._process.kill()
            self._process.join(5.0)
        self._pipe.close()

    def _ending(self) -> str:
        with _starting:
            self._process.join(5.0)
            code = self._process.exitcode
        if code is None:
            return "for an unknown reason"
        if code >= 0:
            return f"exit code {code}"
        with suppress(ValueError):
            return f"{signal.Signals(-code).name}, {signal.strsignal(-code) or ''}".rstrip(", ").lower()
        return f"signal {-code}"


def _serve(connection: Any) -> None:
    """Do pieces until the other end closes; what the process is, is settled before any library loads."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe, shared = Pipe(connection), None
    with suppress(EOFError):
        while pipe.waits(IDLE):
            match pipe.receive():
                case ("shared", value, int(memory)):
                    shared = value
                    _limit_memory(memory)
                case ("do", function, item):
                    _piece(pipe, function, shared, item)


def _piece(pipe: Pipe, function: Callable[[Any, Any], Any], shared: object, item: object) -> None:
    if "torch" in sys.modules:  # loaded with the function's module, and not yet told
        sys.modules["torch"].set_num_threads(1)
    try:
        pipe.send("alive", None)
        made = function(shared, item)
        pipe.send("done", _finished(pipe, made) if isinstance(made, GeneratorType) else made)
    except EOFError:
        raise
    except Exception as error:
        try:
            pipe.send("raised", error)
        except (TypeError, AttributeError, ValueError):  # it holds something that cannot travel
            pipe.send("raised", RuntimeError(f"{type(error).__name__} in a worker process"))


def _finished(pipe: Pipe, task: Task[Result]) -> Result:
    """The result of a task, its steps told as signs of life."""
    told = time.monotonic()
    while True:
        try:
            next(task)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if time.monotonic() - told > TOLD:
            told = time.monotonic()
            pipe.send("alive", None)


def _limit_memory(size: int) -> None:
    """A file that unpacks to more than there is must fail in here, before the system ends other programs.

    The limit is on written memory (RLIMIT_DATA), not on address space, of which torch's libraries take gigabytes.
    """
    if not size or sys.platform != "linux":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (size if hard < 0 else min(size, hard), hard))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


# Over a cluster


def _over_dask(work: Work[Shared, Item, Result], address: str) -> Task[None]:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UsageError("--scheduler needs dask: install it with pip install 'survgui[cluster]'") from None
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise DeviceError(f"no dask scheduler answers at {address} ({error}); check the address") from None
    name = uuid.uuid4().hex

    def submit(item: Item) -> Any:
        return client.submit(_isolated, work.function, shared, item, work.limits, name, pure=False)

    def some(waiting: Collection[Any]) -> Collection[Any]:
        with suppress(TimeoutError):  # nothing is over yet
            found: Collection[Any] = distributed.wait(list(waiting), PAUSE, FIRST_COMPLETED).done
            return found
        return ()

    def result(future: Any) -> Result | Lost:
        try:
            outcome: Result | Lost = future.result()
            return outcome
        except distributed.KilledWorker:
            if work.lost is None:
                raise
            return Lost(False, "with it several workers of the cluster, one after the other")

    with client:
        try:
            shared = client.scatter(work.shared, broadcast=True)
            yield from _driven(work, submit, some, result, address)
        except (distributed.KilledWorker, distributed.comm.CommClosedError, CancelledError, TimeoutError):
            raise DeviceError(
                f"the dask cluster at {address} lost a worker or its connection, most often "
                "for want of memory; what was finished is kept: go on with --resume"
            ) from None
