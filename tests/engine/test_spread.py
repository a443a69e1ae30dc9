from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

from survgui.cases.step import Step, run_to_end
from survgui.engine.spread import Limits, Lost, Where, Work, one_thread, spread
from survgui.errors import DeviceError, UsageError


def add(shared: int, item: int) -> tuple[int, int]:
    import torch  # the processes of other tests do without

    return shared + item, torch.get_num_threads()


def end(shared: int, item: int) -> int:
    if item:
        os._exit(9)
    return shared


def refuse(shared: int, item: int) -> int:
    raise UsageError(f"not {item}")


def test_one_thread_inside_and_as_many_as_before_after():
    import torch

    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_here_is_one_process_without_a_scheduler():
    assert Where().here and not Where(2).here and not Where(1, "tcp://a:1").here


@pytest.mark.slow
def test_every_piece_is_done_once_by_processes_of_one_thread():
    found = {}
    steps = []
    run_to_end(spread(Work(add, 10, range(5), found.__setitem__), Where(2)), steps.append)
    assert found == {k: (10 + k, 1) for k in range(5)}
    assert steps[-1].done == steps[-1].total == 5
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_whoever_stops_ends_the_processes_and_keeps_what_was_finished():
    found = {}
    task = spread(Work(add, 10, range(200), found.__setitem__), Where(2))
    while 0 not in found:  # which need not be finished first
        next(task)
    task.close()
    assert not multiprocessing.active_children() and found[0] == (10, 1)


@pytest.mark.slow
def test_a_process_that_ends_by_itself_and_a_failure_are_told():
    with pytest.raises(DeviceError, match="--resume and fewer --workers"):
        run_to_end(spread(Work(end, 1, range(2), lambda *_: None), Where(2)))
    with pytest.raises(UsageError, match="not 0"):
        run_to_end(spread(Work(refuse, 1, [0], lambda *_: None), Where(2)))


def misbehave(shared, item):
    """A task that ends its process in one of several ways, or does what it should."""
    yield Step("piece", 0, 1)
    if item == "ends":
        os._exit(9)
    if item == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    if item == "hangs":
        time.sleep(600)
    if item == "eats":
        np.ones(2**29)  # 4 GiB
    if item == "raises":
        raise UsageError("not this one")
    return f"{item} {shared}"


def caught(shared, item):
    """The same, with what it raises as its result."""
    try:
        return (yield from misbehave(shared, item))
    except (MemoryError, UsageError) as error:
        return type(error).__name__


@pytest.mark.slow
def test_a_piece_that_ends_hangs_or_eats_its_process_costs_that_piece_alone():
    items, found, lost = ["a", "ends", "b", "hangs", "crashes", "eats", "raises", "c"], {}, {}
    limits = Limits(silence=5.0, memory=2**30)
    run_to_end(spread(Work(caught, "x", items, found.__setitem__, lost.__setitem__, limits), Where(2)))
    assert found == {0: "a x", 2: "b x", 5: "MemoryError", 6: "UsageError", 7: "c x"}
    assert lost == {
        1: Lost(False, "exit code 9"),
        3: Lost(True, "nothing moved for 5 s"),
        4: Lost(False, "sigsegv, segmentation fault"),
    }
    assert not multiprocessing.active_children()


ORPHANS = """
import multiprocessing, os, time
from survgui.engine.spread import Where, Work, spread

def nap(shared, item):
    time.sleep(item)

if __name__ == "__main__":
    task = spread(Work(nap, 0, [60, 60], None), Where(2))
    next(task)
    print(*[child.pid for child in multiprocessing.active_children()], flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_processes_end_with_the_one_that_started_them(tmp_path):
    script = tmp_path / "started.py"
    script.write_text(ORPHANS)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    children = [int(pid) for pid in done.stdout.split()]
    assert len(children) == 2
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < until
        time.sleep(0.2)


def test_without_dask_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match="survgui\\[cluster\\]"):
        run_to_end(spread(Work(add, 1, [1], lambda *_: None), Where(1, "tcp://127.0.0.1:1")))


class Killed(Exception):
    """What a cluster raises whose worker has ended."""


class Future:
    """One of a cluster, as far as it is used."""

    def __init__(self, result):
        self.result = result


@pytest.mark.parametrize("kind", [Killed, OSError, CancelledError, TimeoutError])
def test_a_cluster_that_is_lost_is_told_and_what_was_finished_is_kept(monkeypatch, kind):
    client = MagicMock()
    client.__enter__.return_value = client
    client.submit.side_effect = map(Future, (lambda: 11, MagicMock(side_effect=kind("gone"))))
    fake = SimpleNamespace(Client=lambda *_, **__: client, KilledWorker=Killed,
                           comm=SimpleNamespace(CommClosedError=OSError),
                           wait=lambda waiting, *_: SimpleNamespace(done=waiting))  # fmt: skip
    monkeypatch.setitem(sys.modules, "distributed", fake)
    found = {}
    with pytest.raises(DeviceError, match=r"cluster at tcp://a:1 .* --resume"):
        run_to_end(spread(Work(add, 10, [1, 2], found.__setitem__), Where(1, "tcp://a:1")))
    assert found == {0: 11}


DASK = """
import distributed, operator, json
from survgui.cases.step import run_to_end
from survgui.engine.spread import Where, Work, spread
from survgui.errors import DeviceError

found = {}
with distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as made:
    run_to_end(spread(Work(operator.add, 10, range(3), found.__setitem__), Where(1, made.scheduler_address)))
try:
    run_to_end(spread(Work(operator.add, 10, range(3), found.__setitem__), Where(1, "tcp://127.0.0.1:9")))
except DeviceError as error:
    found["error"] = str(error)
assert issubclass(distributed.KilledWorker, Exception) and issubclass(distributed.comm.CommClosedError, Exception)
print(json.dumps(found))
"""


@pytest.mark.slow
def test_dask_does_the_same_and_one_that_is_not_there_is_told():
    """In a process of its own: dask leaves open sockets behind, which are errors here."""
    done = subprocess.run([sys.executable, "-c", DASK], capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout.splitlines()[-1])
    assert "no dask scheduler answers at tcp://127.0.0.1:9" in found.pop("error")
    assert found == {str(k): 10 + k for k in range(3)}
