"""Tasks for the tests of lanes and workers: how a worker behaves, without what it computes."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np

from survgui.cases.step import Part, Step
from survgui.errors import Cancelled, ReadError
from survgui.ui.tasks import COMPUTE, Request

TASKS = {
    f"test.{name}": f"tests.worker.tasks:{name}"
    for name in ("count", "array", "busy", "stuck", "fail", "end", "modules", "unsendable", "tidy", "say")
}
"""For `Lanes(extra=...)`."""

Steps = Generator[Step | Part, None, object]


def ask(name: str, lane: str = COMPUTE, **arguments: object) -> Request:
    """A request for one of these tasks."""
    return Request(f"test.{name}", name.title(), lane, arguments)


def count(steps: int, seconds: float = 0.0, stage: str = "count", parts: bool = False, values: bool = False) -> Steps:
    """Step so many times, with a pause before each; the sum is the result."""
    for done in range(steps):
        if seconds:
            time.sleep(seconds)
        if parts:
            yield Part(done)
        yield Step(stage, done + 1, steps, values={"loss": 1 / (done + 1)} if values else {})
    return sum(range(steps + 1))


def array(megabytes: int, early: bool = False) -> Steps:
    """A large array, as a part too if wanted."""
    made = np.arange(megabytes * 2**20 // 4, dtype=np.uint32)
    if early:
        yield Part(made)
    yield Step("array", 1, 1)
    return made


def busy(seconds: float) -> Steps:
    """What a training does to the processor: small products of matrices, a step after each hundred."""
    import torch

    weights = torch.randn(256, 256)
    end = time.monotonic() + seconds
    done = 0
    while time.monotonic() < end:
        for _ in range(100):
            weights = torch.tanh(weights @ weights.T / 16)
        done += 1
        yield Step("busy", done, 10**6, values={"loss": float(weights.mean())})
    return done


def stuck(file: str) -> Steps:
    """Never comes to its second step; says that it has begun by the first."""
    yield Step("stuck", 0, 1)
    while not Path(file).exists():
        time.sleep(0.01)
    return None


def fail(kind: str, message: str = "") -> Steps:
    """Raise after a step."""
    yield Step("fail", 0, 1)
    errors = {
        "read": lambda: ReadError(message, "the file is empty; copy it again", "SLD-02"),
        "value": lambda: ValueError(message),
        "memory": lambda: MemoryError(),
        "cancelled": lambda: Cancelled(),
    }
    raise errors[kind]()


def end(code: int) -> Steps:
    """End the process: with an exit code, or by a signal where the code is negative."""
    yield Step("end", 0, 1)
    if code < 0:
        os.kill(os.getpid(), -code)
        time.sleep(10)
    os._exit(code)


def modules(torch: bool = False) -> Steps:
    """The names of all modules that are loaded."""
    yield Step("modules", 0, 1)
    if torch:
        import torch as _  # noqa: F401
    return tuple(sys.modules)


def unsendable() -> Steps:
    """A result that cannot travel."""
    yield Step("unsendable", 0, 1)
    return lambda: None


def tidy(file: str) -> Steps:
    """Steps for ever; writes a file when it is closed."""
    done = 0
    try:
        while True:
            time.sleep(0.005)
            done += 1
            yield Step("tidy", done, 10**6)
    finally:
        Path(file).write_text(str(done), "utf-8")


def say(message: str) -> Steps:
    """A warning in the log."""
    yield Step("say", 0, 1)
    logging.getLogger("survgui.tests").warning(message)
    return os.environ.get("OMP_WAIT_POLICY")
