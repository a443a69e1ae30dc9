"""Disks that are full at a chosen byte, and processes that end at a chosen step."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"})
"""Python's audit events that come before a change on the disk; a sync has none, and is counted by itself"""


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """The kernel writes what fits and refuses the rest, as a disk does that is full in the middle of a file."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do some work in another process, which SIGKILL ends just before its n-th step; whether it came to that.

    Raises:
        AssertionError: The work failed by itself.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _kill_before(step)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _kill_before(step: int) -> None:
    left = step

    def count() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS and (event != "open" or _writes(arguments)):
            count()

    synced = os.fsync

    def fsync(handle: int) -> None:
        count()
        synced(handle)

    os.fsync = fsync
    sys.addaudithook(heard)


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def left_over(folder: Path) -> list[str]:
    """Files and folders that a write has not put away."""
    return [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".old"))]
