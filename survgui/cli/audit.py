"""`survgui audit verify | list`: what was done with the cases, and whether the log that says so is whole."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path

from survgui import storage
from survgui.cases.audit import as_csv, as_row
from survgui.cli import arguments as common
from survgui.errors import StorageError, UsageError

SHOWN = ("n", "at", "who", "what", "cases", "about")
"""of each line that is printed; the table has the hashes too"""


def add(commands: common.Commands) -> None:
    """Add the command group."""
    group = common.add_command(commands, "audit", "the audit log of the cases", "survgui audit verify", verify)
    actions = group.add_subparsers(metavar="ACTION", required=True)
    check = common.add_command(
        actions, "verify", "follow the chain of hashes; 1 where it is broken", "survgui audit verify --json", verify
    )
    check.add_argument("--json", action="store_true", help="print the finding as JSON")
    check.add_argument("--contains", metavar="SHA", type=_digest, help="a head as a report prints it; it must be there")
    shown = common.add_command(
        actions, "list", "every line, as a table", "survgui audit list --csv audit.csv", show_lines
    )
    shown.add_argument("--case", metavar="KEY", default="", help="of one case, by its key in the workspace")
    shown.add_argument("--csv", metavar="F", type=Path, help="write it there instead of printing it")


def verify(arguments: argparse.Namespace) -> int:
    """Say whether the log is whole.

    Raises:
        StorageError: It is not; the first broken line is named.
    """
    from survgui.workspace.audit import default_log

    chain = default_log().verify(arguments.contains or "")
    if arguments.json:
        print(json.dumps({"ok": not chain.broken, **asdict(chain)}, indent=1))
        return 1 if chain.broken else 0
    if chain.broken:
        raise StorageError(
            f"the audit log is broken at line {chain.broken}: {chain.why}; keep the folder as it is, and compare it "
            "with a backup or with the heads that reports print [AUD-01]"
        )
    print(f"{chain.lines} lines, unbroken" + (f", {chain.first} to {chain.last}" if chain.lines else ""))
    print(f"head {chain.head}")
    return 0


def show_lines(arguments: argparse.Namespace) -> int:
    """Print the lines, or write them as a table."""
    from survgui.workspace.audit import default_log

    entries = default_log().entries(arguments.case)
    if arguments.case and not entries:
        raise UsageError("the audit log names no such case; the key is shown in the case's history in the window")
    if arguments.csv:
        storage.write_text(arguments.csv, as_csv(entries))
        common.show_paths([arguments.csv])
        return 0
    for row in map(as_row, entries):
        print(*(row[name] for name in SHOWN), sep="\t")
    return 0


def _digest(text: str) -> str:
    """The beginning of a SHA-256, at least eight digits."""
    plain = text.strip().rstrip("…").lower()
    if not re.fullmatch(r"[0-9a-f]{8,64}", plain):
        raise argparse.ArgumentTypeError(f"{text!r} is not a head: give its first eight digits or more, as printed")
    return plain
