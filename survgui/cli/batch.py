"""Many cases on the command line: where they are handed out to, what is kept of them, and what is said at the end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from survgui import paths
from survgui.cli import arguments as common
from survgui.cli.evaluate import folder_of
from survgui.cli.progress import follow

if TYPE_CHECKING:
    from survgui.batch.journal import Journal
    from survgui.cases.batch import Item, Order, Row

GIGABYTE = 2**30
LISTED = 5
"""cases that are named of those that failed in one way"""


def add_options(parser: common.Parser) -> None:
    """Add what many cases need beyond one."""
    common.add_spread(parser, "processes side by side, for many cases")
    parser.add_argument(
        "--resume", action="store_true", help="of many cases, keep those that are finished and try again what failed"
    )
    parser.add_argument(
        "--patience", metavar="MIN", type=common.positive, default=10.0,
        help="of many cases, give one up at which nothing moves for so many minutes (default: 10)",
    )  # fmt: skip
    parser.add_argument(
        "--memory", metavar="GB", type=common.positive, default=0.0,
        help="of many cases, what the process of one may take (default: three quarters of what there is, shared)",
    )  # fmt: skip


def items_of(given: Sequence[Path]) -> list[Item]:
    """The cases of a cohort, or those that several paths or a folder of cases are."""
    from survgui.batch.items import case_folders, items_of_cases, items_of_cohort

    return items_of_cohort(given[0]) if common.is_cohort(given) else items_of_cases(case_folders(given))


def perform(arguments: argparse.Namespace, items: Sequence[Item], order: Order) -> tuple[Row, ...]:
    """Do it with every case, showing progress; what is finished is kept for `--resume` until all of it is."""
    from survgui.batch import run
    from survgui.engine.spread import Where

    limits = run.usual_limits(arguments.workers, 60.0 * arguments.patience, int(arguments.memory * GIGABYTE))
    where = Where(arguments.workers, arguments.scheduler)
    return follow(
        run.perform(
            items, order, where=where, limits=limits, journal=journal_of(arguments, order), resume=arguments.resume
        )
    )


def journal_of(arguments: argparse.Namespace, order: Order) -> Journal:
    """Where the rows of a request wait for `--resume`: one folder for the same cases and the same options."""
    from survgui.batch.journal import Journal

    folder = folder_of(str(order.action), arguments.cases[0], (), (sorted(map(str, arguments.cases)), str(order)))
    return Journal(paths.user_data() / "batches" / folder.name)


def finish(arguments: argparse.Namespace, order: Order, rows: Sequence[Row]) -> int:
    """Say what failed, let go of rows that nobody goes on with, and give the exit code: 1 where nothing is done."""
    from survgui.batch.piece import HOW_TO_GO_ON

    if any(row.trouble is not None and HOW_TO_GO_ON in row.trouble.text for row in rows):
        print("survgui: with --partial a case is predicted from those of its files that can be read", file=sys.stderr)
    tell(rows)
    if all(row.done for row in rows):
        journal_of(arguments, order).clear()
    return 0 if any(row.done for row in rows) else 1


def tell(rows: Sequence[Row]) -> None:
    """Say which cases failed and why: one line for each reason, and how many there are in all."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.trouble is not None:
            reasons.setdefault(row.said, []).append(row.item)
    for reason, names in reasons.items():
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        print(f"survgui: {', '.join(names[:LISTED])}{more}: {reason}", file=sys.stderr)
    if reasons:
        failed = sum(map(len, reasons.values()))
        text = f"{len(rows) - failed} of {len(rows)} cases done, {failed} failed"
        print(
            f"survgui: {text}; once these are mended, the same command with --resume does them alone (what is done "
            "waits for that, under the patients' ids; survgui storage --clear runs forgets it)",
            file=sys.stderr,
        )
