"""Files from outside, opened in a process of their own, with limits on time and memory.

HDF5, OpenSlide and torch decode in C. A file that was damaged or made for it can end the process that opens it, keep
it busy for ever, or fill its memory. Here that is the fate of a child process which has nothing to lose: the file is a
`ReadError` like any other, and the next file gets a new child. Codes, under the reader's prefix:

    -09 more memory than the machine has    -14 no end within the time    -15 the child ended

The child is started when the first file comes and serves until this process ends. Bags are read there altogether. Of
a slide only the first opening happens there; its tiles are then read in this process, for they must come fast.
"""

from __future__ import annotations

import atexit
import os
import pkgutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import connection
from pathlib import Path
from typing import Any

from survgui.cases.cohort import Bag
from survgui.errors import ReadError, SurvguiError
from survgui.pipe import Pipe
from survgui.readers import bag as bags
from survgui.readers import slide as slides
from survgui.readers.slide import Slide

SECONDS = 120.0
"""for a file of no size; a drive is expected to give 10 MB a second beside that (our choice)"""
BYTES_A_SECOND = 10 * 2**20
MEMORY = 3 / 4
"""share of the machine's memory that the child may write; at least 4 GB"""

BAG = "survgui.readers.apart:_bag"
SLIDE = "survgui.readers.apart:_first_look"
"""what the child calls, by name"""

_PREFIX = {BAG: "BAG", SLIDE: "SLD"}
_asking = threading.Lock()
_child: _Child | None = None
_looked_at: set[tuple[str, int, int]] = set()
"""path, size and time of change of slides that were opened safely once"""


def read_bag(path: Path) -> tuple[Bag, Mapping[str, str | float | int]]:
    """As `bag.read_bag` and `bag.read_bag_attributes`, in the child process.

    Raises:
        ReadError: As they do; or the file took too long, too much memory, or ended the process.
    """
    bag, attributes = _ask(BAG, path)
    return Bag(bag.values, bag.coords, bag.patch, bag.slides), attributes


def open_slide(path: Path, mpp: float | None = None) -> Slide:
    """As `slide.open_slide`; a slide that was never opened is first opened in the child process.

    Raises:
        ReadError, UsageError: As it does; or the slide took too long, too much memory, or ended the process.
    """
    state = _state(path)
    if state is None or state not in _looked_at:
        _ask(SLIDE, path, mpp)
    if state is not None:
        _looked_at.add(state)
    return slides.open_slide(path, mpp)


def _bag(path: Path) -> tuple[Bag, Mapping[str, str | float | int]]:
    return bags.read_bag(path), bags.read_bag_attributes(path)


def _first_look(path: Path, mpp: float | None) -> None:
    with slides.open_slide(path, mpp) as slide:
        slide.read(0, 0, len(slide.levels) - 1, 16, 16)


def _state(path: Path) -> tuple[str, int, int] | None:
    with suppress(OSError, ValueError):
        found = path.stat()
        return str(path.absolute()), found.st_size, found.st_mtime_ns
    return None


def _ask(name: str, path: Path, *arguments: object) -> Any:
    """What a function gives of a file in the child process; one file after the other."""
    if sys.platform == "win32":  # a child there cannot be given one end of a pipe this way
        return pkgutil.resolve_name(name)(path, *arguments)
    global _child
    with _asking:
        if _child is not None and not _child.idle():
            _child.end()
        if _child is None or not _child.usable:
            _child = _Child()
        try:
            return _child.ask(name, Path(path), *arguments)
        finally:
            if not _child.usable:
                _child = None


class _Child:
    """The child process and this end of its pipe."""

    def __init__(self) -> None:
        ours, theirs = connection.Pipe()
        with theirs:
            code = f"from survgui.readers import apart; apart.serve({theirs.fileno()})"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # libraries write their own words of broken files there
                start_new_session=True,  # what a terminal sends to stop a command is for the command
            )
        self._pipe, self._owner = Pipe(ours), os.getpid()
        self.usable = True
        atexit.register(self.end)

    def idle(self) -> bool:
        """Whether the child waits for a question: it has not ended since the last one."""
        return self.usable and self._process.poll() is None

    def ask(self, name: str, path: Path, *arguments: object) -> Any:
        """The answer to one question.

        Raises:
            SurvguiError: What the function raised.
            ReadError: It raised anything else, took too long, or ended the child.
        """
        prefix = _PREFIX.get(name, name.rpartition(":")[2].upper())
        seconds = SECONDS + _size(path) / BYTES_A_SECOND
        try:
            self._pipe.send(name, path, arguments, seconds)
            if not self._pipe.waits(seconds):
                self.end()
                reason = (
                    f"it could not be opened within {seconds:,.0f} seconds; copy it to this machine, or leave it out"
                )
                raise ReadError(path, reason, f"{prefix}-14")
            kind, value = self._pipe.receive()
        except EOFError:
            self.end()
            how = f"signal {-self._process.returncode}" if self._process.returncode < 0 else "an exit"
            reason = f"the process that opened it came to a sudden end ({how}); the file is damaged: copy it again"
            raise ReadError(path, reason, f"{prefix}-15") from None
        if kind == "memory":
            reason = "it takes more memory than this machine has for one file; copy it again, or make it smaller"
            raise ReadError(path, reason, f"{prefix}-09")
        if kind == "fault":
            raise ReadError(path, "the file is damaged or incomplete; copy it again", f"{prefix}-10")
        if kind == "raised":
            raise value
        return value

    def end(self) -> None:
        """End the child, whatever it is at."""
        self.usable = False
        atexit.unregister(self.end)
        if os.getpid() == self._owner:  # not that of the process that this one was forked from
            self._process.kill()
            self._process.wait()
        self._pipe.close()


def _size(path: Path) -> int:
    with suppress(OSError, ValueError):
        return path.stat().st_size
    return 0


def serve(number: int) -> None:
    """Answer questions in the child process until the pipe closes.

    Args:
        number: File descriptor of the child's end of the pipe.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_memory()
    pipe = Pipe(connection.Connection(number))
    with suppress(EOFError):
        while True:
            name, path, arguments, seconds = pipe.receive()
            _limit_time(seconds)
            pipe.send(*_answer(name, path, arguments))


def _answer(name: str, path: Path, arguments: tuple[object, ...]) -> tuple[str, object]:
    try:
        return "given", pkgutil.resolve_name(name)(path, *arguments)
    except SurvguiError as error:
        return "raised", error
    except MemoryError:
        return "memory", None
    except Exception:  # a decoder's many ways to say that a file is broken
        return "fault", None


def limit_memory() -> None:
    """A file that unpacks to more than this machine has must fail in here, before the system ends other programs.

    The limit is on written memory (RLIMIT_DATA), not on address space, of which torch's libraries take gigabytes.
    """
    if sys.platform != "linux":
        return
    import resource

    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = max(4 * 2**30, int(physical * MEMORY))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


def _limit_time(seconds: float) -> None:
    """The system ends this process after some more seconds of work: nobody else might if its parent is gone."""
    if sys.platform == "win32":
        return
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime + seconds) + 10, hard))
