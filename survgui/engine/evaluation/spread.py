"""Independent pieces of work, spread over processes of this machine or over a dask cluster.

Every piece runs with one torch thread wherever it runs, so that the same seed gives the same numbers whether they are
computed here one after the other, in processes side by side, or elsewhere.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

from survgui.cases.step import Step, Task
from survgui.errors import DeviceError, UsageError

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

PAUSE = 1.0
"""Seconds after which a step is yielded though nothing is finished, so that whoever waits can stop."""

_shared: list[Any] = []
"""What all pieces of work need, in a worker process: sent once, not with every piece."""

_one_at_a_time = threading.Lock()
"""Torch's random stream and number of threads are one for a process: a dask worker of several threads takes turns."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where work is done.

    Attributes:
        workers: Processes of this machine; 1 computes in this one.
        scheduler: Address of a dask scheduler, which then decides alone.
    """

    workers: int = 1
    scheduler: str = ""

    @property
    def here(self) -> bool:
        """Whether nothing is spread."""
        return self.workers == 1 and not self.scheduler


@dataclass(frozen=True, slots=True)
class Work(Generic[Shared, Item, Result]):
    """Pieces of work, and what happens with each when it is finished.

    Attributes:
        function: Of what is shared and the piece; a module's own, so that other processes find it.
        finished: Called in this process with a piece's place and its result, in the order of finishing.
    """

    function: Callable[[Shared, Item], Result]
    shared: Shared
    items: Sequence[Item]
    finished: Callable[[int, Result], None]


@contextmanager
def one_thread() -> Iterator[None]:
    """One torch thread inside, as many as before afterwards."""
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
        DeviceError: A process ended by itself, or the scheduler cannot be reached.
    """
    return _over_dask(work, where.scheduler) if where.scheduler else _over_processes(work, where.workers)


def _over_processes(work: Work[Shared, Item, Result], workers: int) -> Task[None]:
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(work.items)), context, _begin, (work.shared,))
    try:
        waiting = {pool.submit(_piece, work.function, item): k for k, item in enumerate(work.items)}
        total = len(waiting)
        while waiting:
            finished, _ = wait(waiting, PAUSE, FIRST_COMPLETED)
            for future in finished:
                work.finished(waiting.pop(future), _result(future))
            yield Step("spread", total - len(waiting), total, f"{min(workers, total)} processes")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
            while child.is_alive():  # the pool's own thread waits too, and one of two waits may end early
                child.join(0.05)


def _result(future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool:
        raise DeviceError(
            "a worker process ended by itself, most often for want of memory; what was finished is kept: "
            "go on with --resume and fewer --workers"
        ) from None


def _begin(shared: object) -> None:
    """Make ready a worker process, which leaves Ctrl-C to the one that started it and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    _shared.append(shared)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _piece(function: Callable[[Any, Item], Result], item: Item) -> Result:
    return function(_shared[0], item)


def _over_dask(work: Work[Shared, Item, Result], address: str) -> Task[None]:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UsageError("--scheduler needs dask: install it with pip install 'survgui[cluster]'") from None
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise DeviceError(f"no dask scheduler answers at {address} ({error}); check the address") from None
    with client:
        try:
            shared = client.scatter(work.shared, broadcast=True)
            places = {
                client.submit(_alone, work.function, shared, item, pure=False): k for k, item in enumerate(work.items)
            }
            for done, (future, result) in enumerate(distributed.as_completed(places, with_results=True), 1):
                work.finished(places[future], result)
                yield Step("spread", done, len(places), address)
        except (distributed.KilledWorker, distributed.comm.CommClosedError, CancelledError, TimeoutError) as error:
            raise DeviceError(
                f"the dask cluster at {address} lost a worker or its connection ({type(error).__name__}), most often "
                "for want of memory; what was finished is kept: go on with --resume"
            ) from None


def _alone(function: Callable[[Shared, Item], Result], shared: Shared, item: Item) -> Result:
    with _one_at_a_time, one_thread():
        return function(shared, item)
