"""A failure in words for the screen, and for support without anything that names a patient."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from survgui import __version__
from survgui.errors import SurvguiError, Trouble

_CODE = re.compile(r"\[([A-Z]{2,4}-\d+)\]$")


def trouble_of(error: BaseException) -> Trouble:
    """What a user reads of an exception.

    Args:
        error: One of survgui's own, whose message is written to be read; exhausted memory in any of the ways torch
            and Python say so; a file that the system does not hand out; or a fault that nobody foresaw, whose message
            is withheld, for it may hold an id.
    """
    kind = type(error).__name__
    if isinstance(error, SurvguiError):
        text = str(error)
        found = _CODE.search(text)
        return Trouble(kind, text, getattr(error, "code", "") or (found[1] if found else ""))
    if _out_of_memory(error):
        text = (
            "The memory is exhausted; nothing that was stored is lost. Close other programs, or choose fewer draws "
            "or the CPU as device, and run it again."
        )
        return Trouble("OutOfMemory", text, "DEV-03", where(error))
    if isinstance(error, OSError) and error.strerror and error.filename:
        text = (
            f"{Path(str(error.filename)).name}: the system refused it ({error.strerror}); nothing that was stored is "
            "lost. See whether its disk is there, has room, and may be written to, then run it again."
        )
        return Trouble(kind, text, "STO-02", where(error))
    text = (
        f"A fault in survgui stopped this ({kind}); nothing that was stored is lost. "
        "Run it again; if it comes back, report it with the details."
    )
    return Trouble(kind, text, "", where(error))


def where(error: BaseException) -> str:
    """Where an error and its causes came from: modules, lines and classes, without messages, values or paths."""
    return "\n".join(_lines(error))


def _lines(error: BaseException) -> Iterator[str]:
    yield f"survgui {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    link: BaseException | None = error
    while link is not None:
        yield type(link).__name__
        for frame, line in traceback.walk_tb(link.__traceback__):
            yield f"  {frame.f_globals.get('__name__', '?')}:{line} in {frame.f_code.co_name}"
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _out_of_memory(error: BaseException) -> bool:
    # by its name, for neither the window nor a worker that reads a table has torch loaded
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "allocate memory" in text)
