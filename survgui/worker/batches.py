"""Batches of the window: done row by row, kept on the disk until they are put away, gone on with after a stop.

    data/queue/<key>/
        batch.json      what is done with which cases
        rows/           what became of them

A batch that was paused, or whose window was closed or killed, is the same on the disk: some rows are there.
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from survgui import storage
from survgui.batch import queue
from survgui.batch.journal import Journal
from survgui.cases.audit import Action as AuditAction
from survgui.cases.batch import BatchFacts, Item, Order, Row, batch_json
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.cases.safe_harbor import Words, called, names_of
from survgui.cases.step import Part, Step, Task
from survgui.errors import SurvguiError, UsageError
from survgui.workspace import Workspace
from survgui.workspace.audit import file_hashes

log = logging.getLogger(__name__)

_KEY = re.compile(r"[0-9a-f]{16}")


def run(key: str, title: str, order: Order, items: Collection[Item], workers: int) -> Generator[Step | Part, None, int]:
    """Do a batch, or what is left of it: what has no finished row that still holds. Each row comes as a part.

    Predictions are kept in the workspace as they come.

    Args:
        key: Random; the batch's own.
        items: Cases of the workspace, by their keys.
        workers: Processes side by side; 0 for as many as this machine can take.

    Returns:
        How many cases are finished.

    Raises:
        StorageError: The disk is full; rows that came are kept.
    """
    from survgui.batch.run import perform, usual_workers
    from survgui.engine.spread import Where

    folder = _folder(key)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    if not (folder / queue.BATCH).is_file():
        storage.write_json(folder / queue.BATCH, batch_json(BatchFacts(key, title, created, order, tuple(items), {})))
        folder.chmod(0o700)
    with Workspace.default() as workspace:
        placed = [replace(item, paths=(workspace.case_file(item.name),)) for item in items]
    journal = Journal(folder / queue.ROWS, partial(_nameless, {item.name: item for item in placed}))
    before, fresh = journal.rows(), list[Row]()
    task = perform(
        placed,
        order,
        where=Where(workers or usual_workers(order.device)),
        journal=journal,
        resume=True,
        taken=fresh.append,
    )
    rows = yield from _told(task, fresh, before)
    return sum(row.done for row in rows)


def _nameless(items: Mapping[str, Item], row: Row) -> Row:
    """A row with the case's key in place of what the patient and the files are called."""
    from survgui.batch.items import sources_of

    try:
        with Workspace.default() as workspace:
            called_so = called(workspace.record(row.item).id)
    except UsageError:  # the case was deleted meanwhile: nothing of it is kept
        return replace(row, result={})
    names = (*called_so, *names_of(sources_of(items[row.item])))
    clean = Words.of(dict.fromkeys(names, row.item))
    result = row.result or {}
    return replace(row, result={**clean.out(result), **{name: result[name] for name in ("bundle",) if name in result}})


def _told(
    task: Task[tuple[Row, ...]], fresh: list[Row], before: dict[str, Row]
) -> Generator[Step | Part, None, tuple[Row, ...]]:
    """Iterate the batch; tell every row that came, and keep what is new of it with its case."""
    try:
        while True:
            try:
                step = next(task)
            except StopIteration as stop:
                rows: tuple[Row, ...] = stop.value
                yield from _parts(fresh, before)
                return rows
            yield from _parts(fresh, before)
            yield step
    finally:
        task.close()


def _parts(fresh: list[Row], before: dict[str, Row]) -> Iterator[Part]:
    while fresh:
        row = fresh.pop(0)
        if row.done and before.get(row.item) != row:
            _keep(row)
        yield Part(row)


def _keep(row: Row) -> None:
    """Keep a prediction with its case; where that fails the row of the batch has it still."""
    from survgui.engine.upkeep.freshness import states

    said = row.result or {}
    try:
        with Workspace.default() as workspace:
            if said.get("risk") is None:
                workspace.audit.record(AuditAction.ENCODE, [row.item])
                return
            found = {Modality(name): State(state) for name, state in said["modalities"].items()}
            sources = states(workspace.case_file(row.item), workspace.sources(row.item))
            bundle, line = BundleName(**said["bundle"]), (said["risk"], said["risk_group"], said["risk_percentile"])
            began = time.time() - row.seconds
            workspace.keep_prediction(row.item, bundle, *line, found, said, sources, began=began)
            if row.written:
                hashes = file_hashes(map(Path, row.written))
                workspace.audit.record(AuditAction.REPORT, [row.item], outputs=hashes, about="draft")
    except SurvguiError as error:  # the case was deleted meanwhile, or the disk is full
        log.warning("a result of a batch is not kept with its case: %s", error)


def listing() -> Task[tuple[BatchFacts, ...]]:
    """Every batch that is not put away, the oldest first; those that ended without a failure are put away now."""
    yield Step("batches", 0, 1)
    found = []
    for file in sorted(queue.root().glob(f"*/{queue.BATCH}")):
        facts = queue.read(file)
        if facts is None:
            log.warning("a batch that cannot be read is left where it is: %s", file.parent.name)
        elif facts.left or facts.failed:
            found.append(facts)
        else:
            shutil.rmtree(file.parent, ignore_errors=True)
    return tuple(sorted(found, key=lambda facts: facts.created))


def put_away(key: str) -> Task[None]:
    """Let go of a batch; what it has kept with the cases stays."""
    yield Step("batches", 0, 1)
    shutil.rmtree(_folder(key), ignore_errors=True)


def forget(keys: Collection[str]) -> Task[None]:
    """Let go of cases that were deleted: their rows go, and no batch has them left to do.

    Raises:
        StorageError: A batch cannot be written.
    """
    yield Step("batches", 0, 1)
    queue.forget(keys)


def _folder(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise UsageError("this is no batch's key")
    return queue.root() / key
