"""What survgui keeps on this machine, by kind, and what of it may go without losing a result."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from survgui import paths
from survgui.cases.display import DiskUse
from survgui.encoders import cache
from survgui.errors import StorageError, UsageError
from survgui.workspace import Workspace

FEATURES, ENCODERS, RUNS, BACKUPS = "features", "encoders", "runs", "backups"
_CACHES = ("features", "encoders")


def usage() -> tuple[DiskUse, ...]:
    """Every kind, also those of which there is nothing."""
    features = cache.entries()
    home = Workspace.default_folder()
    encoders, runs = paths.user_cache() / "encoders", _runs()
    return (
        DiskUse(
            FEATURES,
            "Encoded slides and volumes",
            "Kept so that nothing is encoded twice; cleared, a slide takes minutes again at its next prediction.",
            sum(entry.bytes for entry in features),
            len(features),
            True,
        ),
        DiskUse(
            ENCODERS,
            "Converted encoders",
            "Made from what is installed; cleared, the next encoding starts some seconds later.",
            *_size([encoders]),
            True,
        ),
        DiskUse(
            RUNS,
            "Unfinished runs",
            "Parts of evaluations, studies and batches, and logs; cleared, those that were stopped begin anew.",
            *_size(runs),
            True,
        ),
        DiskUse(
            "cases",
            "Cases and their results",
            "The list of cases, their descriptions, results and what was taken in with them; delete cases to free it.",
            *_size([home / "cases", home / "workspace.db", home / "workspace.db-wal"]),
        ),
        DiskUse(
            BACKUPS,
            "Backups of the list",
            "Made once a day; five are kept, and the list is put right from them if it is ever damaged.",
            *_size([home / "backups", *home.glob("damaged-*")]),
        ),
        DiskUse(
            "bundles",
            "Installed models",
            "Your own; remove them on the Models page.",
            *_size([paths.user_data() / "bundles"]),
        ),
    )


def clear(kind: str) -> int:
    """Remove what can be made again of a kind; how many bytes went. What a running job uses stays.

    Raises:
        UsageError: There is no such kind, or it is not to be cleared as a whole.
        StorageError: Something could not be removed.
    """
    if kind == FEATURES:
        return cache.trim(most=0)
    places = {ENCODERS: [paths.user_cache() / "encoders"], RUNS: _runs()}.get(kind)
    if places is None:
        raise UsageError(f"{kind!r} cannot be cleared; {FEATURES}, {ENCODERS} and {RUNS} can")
    if kind == RUNS and cache.used_by_jobs():
        raise UsageError("a job is running; clear unfinished runs when it is done")
    before, _ = _size(places)
    for place in places:
        try:
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{place.name} could not be cleared ({error.strerror or error}); try again") from error
    return before - _size(places)[0]


def trim() -> int:
    """Have the feature cache take no more than the settings allow; how many bytes went."""
    return cache.trim()


def _runs() -> list[Path]:
    """Everything else in the cache, and the rows of batches of the command line."""
    folder = paths.user_cache()
    return [path for path in sorted(folder.glob("*")) if path.name not in _CACHES] + [paths.user_data() / "batches"]


def _size(places: Iterable[Path]) -> tuple[int, int]:
    """Bytes and number of the files in some folders."""
    size, number = 0, 0
    for place in places:
        for file in place.rglob("*") if place.is_dir() else [place]:
            with suppress(OSError):  # not there, or removed meanwhile
                if file.is_file() and not file.is_symlink():
                    size, number = size + file.stat().st_size, number + 1
    return size, number
