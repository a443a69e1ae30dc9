"""Trainings of this session and those that were stopped before, as they are kept between sessions."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from survgui import paths, storage
from survgui.cases.installed import home

log = logging.getLogger(__name__)

RUNNING, DONE, STOPPED, FAILED = "running", "done", "stopped, resumable", "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        cohort: Path of the cohort file; `title` is the cohort's own name.
        overrides: Settings that differ from the preset.
        progress: How far it came, in words.
        c_index: Mean over its finished folds, or None.
    """

    name: str
    cohort: str
    title: str
    preset: str = "small"
    seed: int = 0
    device: str = "auto"
    overrides: Mapping[str, int | float | str] = field(default_factory=dict)
    state: str = RUNNING
    progress: str = ""
    c_index: float | None = None
    method: str = "must"

    @classmethod
    def of(cls, arguments: Mapping[str, Any], title: str) -> Self:
        """The training that a task's arguments ask for; the inverse of `arguments`."""
        return cls(
            name=str(arguments["name"]),
            cohort=str(arguments["cohort"]),
            title=title,
            preset=str(arguments["preset"]),
            seed=int(arguments["seed"]),
            device=str(arguments["device"]),
            overrides=dict(arguments["overrides"]),
            method=str(arguments["method"]),
        )

    def arguments(self, *, resume: bool) -> dict[str, object]:
        """Arguments of the task that trains, see `ui.tasks.train`."""
        return {
            **{"cohort": Path(self.cohort), "out": home(), "name": self.name, "preset": self.preset},
            **{
                "method": self.method,
                "seed": self.seed,
                "device": self.device,
                "without": frozenset(),
                "overrides": dict(self.overrides),
            },
            "resume": resume,
        }


def file() -> Path:
    """Where runs are kept."""
    return paths.user_data() / "trainings.json"


def checkpoints(name: str) -> Path:
    """Folder of a stopped training's checkpoints, as the engine names it."""
    return home() / f".{name}.training"


def load() -> tuple[Run, ...]:
    """Trainings that can go on: those that did not finish and whose checkpoints are still there."""
    path = file()
    if not path.is_file():
        return ()
    try:
        stored = json.loads(path.read_text("utf-8"))
        runs = [_run(entry) for entry in stored["runs"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s is unreadable (%s); no stopped training is listed", path.name, type(error).__name__)
        return ()
    return tuple(run for run in runs if run.state == STOPPED and checkpoints(run.name).is_dir())


def save(runs: Iterable[Run]) -> None:
    """Keep runs that did not finish; one that runs is kept as stopped, for survgui may end before it does.

    Raises:
        StorageError: It could not be written.
    """
    kept = [{**asdict(run), "state": STOPPED} for run in runs if run.state in (RUNNING, STOPPED)]
    storage.write_json(file(), {"version": 1, "runs": kept})


def _run(entry: Mapping[str, Any]) -> Run:
    known = {f.name for f in fields(Run)}
    return Run(**{key: value for key, value in entry.items() if key in known})
