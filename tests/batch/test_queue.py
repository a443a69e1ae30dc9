"""What the window's batches hold of cases that are deleted: nothing."""

from __future__ import annotations

from pathlib import Path

from survgui import storage
from survgui.batch import queue
from survgui.batch.journal import Journal
from survgui.cases.batch import Action, BatchFacts, Item, Order, Row, batch_json
from survgui.cli.main import run
from survgui.workspace import Workspace

OTHER = "f" * 16


def keep(*keys: str) -> Path:
    folder = queue.root() / ("0" * 16)
    facts = BatchFacts(
        folder.name, "Predict", "2026-01-01", Order(Action.PREDICT), tuple(Item(k, ()) for k in keys), {}
    )
    storage.write_json(folder / queue.BATCH, batch_json(facts))
    for key in keys:
        Journal(folder / queue.ROWS).keep(Row(key, {"risk": 0.5}))
    return folder / queue.BATCH


def test_a_case_that_is_deleted_by_a_command_is_in_no_batch() -> None:
    with Workspace.default() as workspace:
        key = workspace.add("C-1", "", 'id = "C-1"\n', {}).key
    file = keep(key, OTHER)
    assert run(["case", "delete", "C-1", "--yes"]) == 0
    facts = queue.read(file)
    assert facts is not None and [item.name for item in facts.items] == list(facts.rows) == [OTHER]


def test_a_batch_that_cannot_be_read_is_none_and_loses_its_rows_all_the_same() -> None:
    file = keep("a", OTHER)
    file.write_text("[")
    queue.forget(["a"])
    assert queue.read(file) is None and set(Journal(file.parent / queue.ROWS).rows()) == {OTHER}
