"""Tasks that look into a cohort."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from survgui import paths
from survgui.cases.display import CohortFacts
from survgui.cases.step import Part, Step
from survgui.readers.cohort import load_cohort

DEMO_PATIENTS, DEMO_SEED = 240, 5


def open(path: Path) -> Generator[Step | Part, None, CohortFacts]:
    """Read a cohort and say what it holds.

    Args:
        path: Its `cohort.toml`, or the folder that holds one.

    Raises:
        CohortError, ReadError: There is nothing to show.
    """
    yield Step("read", 0, 2, "reading the tables")
    from survgui.engine.cohort_facts import cohort_facts

    file = cohort_file(path)
    cohort = load_cohort(file)
    yield Step("read", 1, 2, "survival of everybody")
    return cohort_facts(cohort, file)


def demo() -> Generator[Step | Part, None, CohortFacts]:
    """A simulated cohort to look at and to train on: tables of features, some tests missing; made once.

    Raises:
        StorageError: It cannot be written.
    """
    yield Step("demo", 0, 1, "simulating patients")
    folder = paths.user_data() / "demo-cohort"
    if not cohort_file(folder).is_file():
        from survgui.engine.simulation import simulate

        yield from simulate(folder, patients=DEMO_PATIENTS, seed=DEMO_SEED, missing="mar", rate=0.3)
    return (yield from open(folder))


def mask_risk(path: Path) -> Generator[Step | Part, None, float | None]:
    """Cross-validated C-index of knowing only which modalities a patient has; None where it cannot be told.

    Raises:
        CohortError, ReadError: There is nothing to judge.
    """
    yield Step("read", 0, 1, "reading the tables")
    from survgui.engine.evaluation.comparison import mask_c_index

    return (yield from mask_c_index(load_cohort(cohort_file(path))))


def cohort_file(path: Path) -> Path:
    """The `cohort.toml` that a path names: itself, or the one in the folder."""
    return path / "cohort.toml" if path.is_dir() else path
