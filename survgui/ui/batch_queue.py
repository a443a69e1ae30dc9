"""The batches of the window: one runs, others wait in an order that the user may change; any can rest and go on.

To pause a batch is to stop it: whatever is finished is on the disk, and going on begins with what is not. So a pause,
a closed window and a killed one are the same, and none of them costs more than the cases at hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from PySide6.QtCore import QObject, Signal, Slot

from survgui.cases.batch import Action, BatchFacts, Item, Order, Row
from survgui.errors import Trouble
from survgui.figures.words import plural
from survgui.ui import tasks
from survgui.ui.jobs import Job, Lanes
from survgui.ui.jobs import State as JobState

TOLD = 20
"""Cases after which the list of cases is worth reading again."""


class Stand(StrEnum):
    """Where a batch stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    OVER = "done"


@dataclass(slots=True)
class Batch:
    """One batch of the queue.

    Attributes:
        rows: What became of its cases so far, by their keys.
        trouble: What stopped it, where it stopped by itself.
    """

    facts: BatchFacts
    stand: Stand
    rows: dict[str, Row] = field(default_factory=dict)
    failures: dict[str, Row] = field(default_factory=dict)
    job: Job | None = None
    trouble: Trouble | None = None

    @property
    def total(self) -> int:
        """How many cases it has."""
        return len(self.facts.items)

    @property
    def left(self) -> int:
        """Cases that are still to be done."""
        return self.total - len(self.rows)

    @property
    def done(self) -> int:
        """Cases that are finished."""
        return len(self.rows) - len(self.failures)

    @property
    def can_go_on(self) -> bool:
        """Whether it rests with something left to do."""
        return self.stand in (Stand.PAUSED, Stand.INTERRUPTED, Stand.STOPPED) and self.left > 0

    @property
    def offers_rest(self) -> bool:
        """Whether it has failures that a prediction from the rest of their files may help."""
        order = self.facts.order
        return bool(self.failures) and order.action is not Action.ENCODE and not order.partial

    def take(self, row: Row) -> None:
        """Take in what became of a case."""
        self.rows[row.item] = row
        if row.done:
            self.failures.pop(row.item, None)
        else:
            self.failures[row.item] = row

    def forget(self, names: Iterable[str]) -> None:
        """Let go of rows."""
        for name in names:
            self.rows.pop(name, None)
            self.failures.pop(name, None)


class BatchQueue(QObject):
    """All batches, in the order in which they are done.

    Signals:
        changed(): A batch came, went, moved, or stands elsewhere.
        advanced(Batch): One more case of it is done.
        ended(Batch): Nothing of it is left to do.
        kept(): Results have come to cases: some since it was last said, or the last ones for now.
        interrupted(Batch): It was found on the disk, unfinished.
        trouble(Trouble): What keeps batches from being listed or put away.
    """

    changed = Signal()
    advanced = Signal(object)
    ended = Signal(object)
    kept = Signal()
    interrupted = Signal(object)
    trouble = Signal(object)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.batches: list[Batch] = []
        self._lanes = lanes

    def find(self, key: str) -> Batch | None:
        """The batch of this key."""
        return next((batch for batch in self.batches if batch.facts.key == key), None)

    def load(self) -> None:
        """Look on the disk for batches of an earlier session."""
        self._lanes.submit(tasks.list_batches(), done=self._listed, failed=self._refused)

    @Slot(object)
    def _listed(self, found: tuple[BatchFacts, ...]) -> None:
        known = {batch.facts.key for batch in self.batches}
        for facts in found:
            if facts.key in known:
                continue
            batch = Batch(facts, Stand.INTERRUPTED if facts.left else Stand.OVER)
            for row in facts.rows.values():
                batch.take(row)
            self.batches.append(batch)
            if facts.left:
                self.interrupted.emit(batch)
        self.changed.emit()

    def add(self, title: str, order: Order, items: Collection[Item]) -> None:
        """Queue a batch."""
        created = datetime.now(UTC).isoformat(timespec="seconds")
        facts = BatchFacts(secrets.token_hex(8), title, created, order, tuple(items), {})
        self.batches.append(Batch(facts, Stand.WAITING))
        self._next()

    def pause(self, key: str) -> None:
        """Have a batch rest; what is at hand is begun again later."""
        batch = self.find(key)
        if batch is None or batch.stand not in (Stand.RUNNING, Stand.WAITING):
            return
        batch.stand = Stand.PAUSED
        if batch.job is not None:
            batch.job.cancel()
        self.changed.emit()

    def go_on(self, key: str) -> None:
        """Have a batch that rests take its turn again."""
        batch = self.find(key)
        if batch is not None and batch.can_go_on:
            batch.stand = Stand.WAITING
            self._next()

    def retry_failed(self, key: str) -> None:
        """Do again what failed, and nothing else."""
        batch = self.find(key)
        if batch is None or not batch.failures or batch.stand in (Stand.RUNNING, Stand.WAITING):
            return
        batch.forget(tuple(batch.failures))
        batch.stand = Stand.WAITING
        self._next()

    def from_rest(self, key: str) -> None:
        """Predict what failed from those of its files that can be read, as a batch of its own."""
        batch = self.find(key)
        if batch is None or not batch.offers_rest:
            return
        items = [item for item in batch.facts.items if item.name in batch.failures]
        report = batch.facts.order.action is Action.REPORT
        title = f"{'Report' if report else 'Predict'} {plural(len(items), 'case')} from the rest"
        self.add(title, replace(batch.facts.order, partial=True), items)

    def move(self, key: str, by: int) -> None:
        """Move a batch up (-1) or down (1) in the order."""
        batch = self.find(key)
        if batch is None:
            return
        at = self.batches.index(batch)
        to = min(max(0, at + by), len(self.batches) - 1)
        self.batches.insert(to, self.batches.pop(at))
        self.changed.emit()

    def put_away(self, key: str) -> None:
        """Stop a batch for good and let go of it; results that are kept with the cases stay."""
        batch = self.find(key)
        if batch is None:
            return
        self.batches.remove(batch)
        batch.stand = Stand.STOPPED
        if batch.job is not None:
            batch.job.cancel()
        self._lanes.submit(tasks.put_away_batch(key), failed=self._refused)
        self._next()

    def forget(self, keys: Collection[str]) -> None:
        """Cases were deleted: they are no part of any batch now, and nothing of them is left to do."""
        for batch in self.batches:
            batch.forget(keys)
            batch.facts = batch.facts.without(keys)
        for batch in [batch for batch in self.batches if not batch.facts.items]:
            self.put_away(batch.facts.key)
        self._lanes.submit(tasks.forget_rows(keys), failed=self._refused)
        self.changed.emit()

    def _next(self) -> None:
        """Begin with the first that waits, unless one is at work."""
        busy = any(batch.job is not None for batch in self.batches)
        batch = next((batch for batch in self.batches if batch.stand is Stand.WAITING), None)
        if batch is not None and not busy:
            batch.stand, batch.trouble = Stand.RUNNING, None
            f = batch.facts
            request = tasks.run_batch(f.key, f.title, f.order, f.items)
            batch.job = self._lanes.submit(request, partial=self._row, failed=self._failed, ended=self._over)
        self.changed.emit()

    def _of_sender(self) -> Batch | None:
        return next((batch for batch in self.batches if batch.job is not None and batch.job is self.sender()), None)

    @Slot(object)
    def _refused(self, trouble: Trouble) -> None:
        self.trouble.emit(trouble)

    @Slot(object)
    def _row(self, row: Row) -> None:
        batch = self._of_sender()
        if batch is not None and any(item.name == row.item for item in batch.facts.items):  # else it was deleted
            batch.take(row)
            self.advanced.emit(batch)
            if len(batch.rows) % TOLD == 0:
                self.kept.emit()

    @Slot(object)
    def _failed(self, trouble: Trouble) -> None:
        batch = self._of_sender()
        if batch is not None:
            batch.trouble = trouble

    @Slot()
    def _over(self) -> None:
        """However its job ended, the next one may begin; what was not done is left to be gone on with."""
        batch = self._of_sender()
        if batch is None:
            self._next()
            return
        state = batch.job.state if batch.job is not None else JobState.CANCELLED
        batch.job = None
        self.kept.emit()
        if batch.stand is Stand.RUNNING:
            batch.stand = Stand.OVER if state is JobState.DONE else Stand.STOPPED
        if batch.stand is Stand.OVER:
            self.ended.emit(batch)
        self._next()
