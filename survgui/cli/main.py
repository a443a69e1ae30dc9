"""The command line: parse, run one command, and turn every failure into one line and an exit code.

Exit codes: 0 done, 1 a stated failure, 2 a request that cannot be (usage). No traceback ever reaches the
screen: what nobody foresaw is written to a log file that the one line names.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from survgui import __version__, paths
from survgui import storage as files
from survgui.cases.trouble import trouble_of
from survgui.cli import (
    audit,
    bench,
    bundle,
    case,
    cohort,
    demo,
    doctor,
    encode,
    evaluate,
    predict,
    simulate,
    storage,
    study,
    train,
)
from survgui.cli.arguments import Parser
from survgui.errors import SurvguiError, UsageError

COMMANDS = (
    demo,
    simulate,
    cohort,
    encode,
    train,
    evaluate,
    study,
    predict,
    case,
    bundle,
    storage,
    audit,
    doctor,
    bench,
)


def run(argv: list[str]) -> int:
    """Run one command.

    Args:
        argv: The arguments without the program's name.

    Returns:
        The exit code: 0, 1 or 2.
    """
    # No command opens a window, and Qt ends the process where it looks for a display in vain.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no µ shows its code instead of failing
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.WARNING, format="survgui: %(message)s")
    try:
        arguments = parser().parse_args(argv)
    except SystemExit as end:  # --help, --version, or a usage error that has been told
        return int(end.code or 0)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _end(1, f"stopped; run the same command {_resuming(arguments)} to go on")
    except SurvguiError as error:
        return _end(2 if isinstance(error, UsageError) else 1, _one_line(error))
    except OSError as error:
        trouble = trouble_of(error)
        return _end(1, f"{trouble.text} [{trouble.code}]" if trouble.code else _unforeseen(error))
    except Exception as error:
        return _end(1, _unforeseen(error))


def parser() -> Parser:
    """The parser of every command."""
    top = Parser(
        prog="survgui",
        description="Prognosis from whatever a patient has; without a command the window opens. "
        "Research use only, not for diagnosis.",
        epilog="example:\n  survgui demo --out demo-out",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"survgui {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add(commands)
    return top


def _end(code: int, text: str) -> int:
    if sys.stderr is not None:
        print(f"survgui: {text}", file=sys.stderr)
    return code


def _resuming(arguments: argparse.Namespace) -> str:
    return "with --resume" if hasattr(arguments, "resume") else "again"


def _unforeseen(error: Exception) -> str:
    return f"unexpected {type(error).__name__}: {_one_line(error)}; {_written_down(error)}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _written_down(error: BaseException) -> str:
    """Write the traceback to a log file of its own and say where it is."""
    log = paths.user_cache() / "logs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    try:
        files.write_text(log, "".join(_frames(error)))
    except SurvguiError:
        return "this is a fault of survgui, and its log could not be written"
    return f"this is a fault of survgui; please report it with {log}"


def _frames(error: BaseException) -> Iterator[str]:
    """Where an error and its causes came from, without their messages: those may hold a patient's id."""
    link: BaseException | None = error
    yield f"survgui {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n"
    home = str(Path.home())
    while link is not None:
        yield f"{type(link).__name__}\n"
        yield from (line.replace(home, "~") for line in traceback.format_tb(link.__traceback__))
        link = link.__cause__ or link.__context__
