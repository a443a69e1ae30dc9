"""What a decoder can do when a file is made for it; called by name in the child process that opens files."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def exits(path: Path, *_: object) -> None:
    """End the process, as a library does that calls abort."""
    os._exit(3)


def crashes(path: Path, *_: object) -> None:
    """End the process by a signal, as a decoder does that writes where it must not."""
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs(path: Path, *_: object) -> None:
    """Never come back."""
    time.sleep(600)


def swallows(path: Path, *_: object) -> None:
    """Ask for more memory than there is."""
    raise MemoryError


def stumbles(path: Path, *_: object) -> None:
    """Raise what nobody foresaw, with a name in it."""
    raise ZeroDivisionError("Jane Doe")


def process(path: Path, *_: object) -> int:
    """The number of the process that opens files."""
    return os.getpid()
