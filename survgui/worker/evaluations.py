"""Tasks that open what `survgui evaluate` and `survgui study` wrote, and remember which file is which cohort's."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

from survgui import paths, storage
from survgui.cases.evaluation import Opened
from survgui.cases.step import Part, Step
from survgui.cases.study import read_result
from survgui.errors import ReadError, StorageError

MOST = 100
"""cohorts of which the last evaluation is remembered"""


def open(cohort: Path, path: Path | None) -> Generator[Step | Part, None, Opened | None]:
    """Read an evaluation and remember that it is this cohort's.

    Args:
        cohort: The cohort file.
        path: What was chosen; None for the one that was opened last for this cohort.

    Returns:
        None where none was opened before, or where it is no longer there.

    Raises:
        ReadError: What was chosen is no evaluation.
    """
    yield Step("read", 0, 1, "reading the evaluation")
    known = _known()
    key = str(cohort.resolve())
    if path is None:
        last = Path(known[key]) if key in known else None
        return None if last is None or not last.is_file() else _last(last)
    found = Opened(path, read_result(path))
    _keep({key: str(path.resolve()), **{other: file for other, file in known.items() if other != key}})
    return found


def _last(file: Path) -> Opened | None:
    """What was opened before; a file that became something else is as good as gone, for nobody asked for it now."""
    try:
        return Opened(file, read_result(file))
    except ReadError:
        return None


def _file() -> Path:
    return paths.user_data() / "evaluations.json"


def _known() -> dict[str, str]:
    """Cohort file -> evaluation, the latest first; empty where nothing can be read."""
    try:
        stored = json.loads(_file().read_text("utf-8"))["evaluations"]
        return {str(cohort): str(file) for cohort, file in stored.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _keep(known: dict[str, str]) -> None:
    try:
        storage.write_json(_file(), {"version": 1, "evaluations": dict(list(known.items())[:MOST])})
    except StorageError:
        return  # it is shown all the same, and asked for again next time
