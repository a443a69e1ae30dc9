"""The window's batches on disk, each until it is put away.

data/queue/<key>/
    batch.json      what is done with which cases
    rows/           what became of them
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from survgui import paths, storage
from survgui.batch.journal import Journal
from survgui.cases.batch import BatchFacts, batch_json, batch_of
from survgui.errors import StorageError

BATCH, ROWS = "batch.json", "rows"


def root() -> Path:
    """Folder of all of them."""
    return paths.user_data() / "queue"


def read(file: Path) -> BatchFacts | None:
    """A batch with its rows; None where it cannot be read.

    Args:
        file: Its `batch.json`.
    """
    try:
        return batch_of(json.loads(file.read_text("utf-8")), list(Journal(file.parent / ROWS).rows().values()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def forget(keys: Collection[str]) -> None:
    """Let go of cases that were deleted: their rows go, and no batch has them left to do.

    Raises:
        StorageError: A batch cannot be written.
    """
    for file in root().glob(f"*/{BATCH}"):
        journal = Journal(file.parent / ROWS)
        try:
            for key in keys:
                journal.forget(key)
        except OSError as error:
            raise StorageError(f"a row of a deleted case could not be removed ({error.strerror})") from error
        facts = read(file)
        if facts is not None and any(item.name in keys for item in facts.items):
            storage.write_json(file, batch_json(facts.without(keys)))
