"""A batch from its first case to its last: handed out, taken in, written down row by row."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from survgui.batch.items import check_reports, content_key
from survgui.batch.journal import Journal
from survgui.batch.piece import do
from survgui.cases.batch import Item, Order, Row
from survgui.cases.bundle import verify
from survgui.cases.step import Step, Task
from survgui.engine import program
from survgui.engine.spread import Limits, Lost, Where, Work, spread
from survgui.errors import Trouble

SILENCE = 600.0
"""Seconds after which a case at which nothing moves is given up: a drive that is gone, a decoder that hangs."""
LEAST_MEMORY = 2 * 2**30
"""Bytes that a process may take at least: torch, a model and a slide need 1 to 2 GiB."""

Taken = Callable[[Row], None]


def perform(
    items: Sequence[Item],
    order: Order,
    *,
    where: Where | None = None,
    limits: Limits | None = None,
    journal: Journal | None = None,
    resume: bool = False,
    taken: Taken | None = None,
) -> Task[tuple[Row, ...]]:
    """Do something with every case, each in a process that a damaged file may end.

    Args:
        limits: Of a case; by default `usual_limits`.
        journal: Where rows are kept as they come.
        resume: Whether finished rows of the journal count, as far as nothing that decides them has changed since;
            those that failed are tried again. Else the journal is emptied first.
        taken: Called with every row, also those that are kept.

    Returns:
        A row for each item, in their order.

    Raises:
        UsageError: There is no dask; or two reports would be one file.
        DeviceError: The cluster is lost; rows that came are kept.
        StorageError: A row cannot be kept.
    """
    check_reports(items, order)
    where = where or Where()
    rows: dict[str, Row] = {}
    if journal is not None and resume:
        rows = yield from _kept(items, order, journal)
    elif journal is not None:
        journal.clear()
    for row in rows.values():
        _tell(taken, row)
    todo = [item for item in items if item.name not in rows]

    def take(row: Row) -> None:
        rows[row.item] = row
        if journal is not None:
            journal.keep(row)
        _tell(taken, row)

    work: Work[Order, Item, Row] = Work(
        do,
        order,
        todo,
        lambda place, row: take(row),
        lambda place, lost: take(_lost(todo[place], lost)),
        limits or usual_limits(where.workers),
    )
    yield _step(order, items, rows)
    if todo:
        for _ in spread(work, where):
            yield _step(order, items, rows)
    return tuple(rows[item.name] for item in items)


def usual_limits(workers: int, silence: float = SILENCE, memory: int = 0) -> Limits:
    """What a case may take: ten minutes of silence, and its share of three quarters of the memory.

    Args:
        workers: Processes side by side.
        memory: Bytes, where the user has said how much.
    """
    if not memory and sys.platform == "linux":
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = max(LEAST_MEMORY, physical * 3 // 4 // max(1, workers))
    return Limits(silence, memory)


def usual_workers(device: str) -> int:
    """Processes side by side that leave room for the window: half of the cores, four at most, as the memory allows.

    Args:
        device: One process is enough for a GPU, whose memory they would share.
    """
    from survgui.nets.device import pick

    if pick(device).type != "cpu":
        return 1
    least = usual_limits(1).memory or LEAST_MEMORY
    return max(1, min(4, (os.cpu_count() or 1) // 2, least // LEAST_MEMORY))


def _kept(items: Sequence[Item], order: Order, journal: Journal) -> Task[dict[str, Row]]:
    """Rows of an earlier run that still hold."""
    found: dict[str, Row] = {}
    before = journal.rows()
    digests: dict[object, str] = {None: ""}
    for done, item in enumerate(items):
        yield Step("compare", done, len(items), "what an earlier run has finished")
        row = before.get(item.name)
        if row is None or not row.done:
            continue
        folder = item.bundle or order.bundle
        if folder not in digests and folder is not None:
            digests[folder] = verify(folder).sha256
        if content_key(item, order, program.digest(), digests[folder]) == row.key:
            found[item.name] = row
    return found


def _lost(item: Item, lost: Lost) -> Row:
    if lost.silent:
        text = (
            f"this case was given up ({lost.ending}) and the others went on; see whether its drive is still there, "
            "then retry what failed"
        )
        return Row(item.name, trouble=Trouble("Silent", text, "BAT-02"))
    text = (
        f"the process that worked on this case ended by itself ({lost.ending}) and the others went on; a file of it "
        "is most likely damaged, or larger than the memory: check its files, then retry what failed"
    )
    return Row(item.name, trouble=Trouble("Crashed", text, "BAT-01"))


def _step(order: Order, items: Sequence[Item], rows: dict[str, Row]) -> Step:
    failed = sum(not row.done for row in rows.values())
    text = f"{failed} failed" if failed else ""
    return Step(str(order.action), len(rows), len(items), text)


def _tell(taken: Taken | None, row: Row) -> None:
    if taken is not None:
        taken(row)
