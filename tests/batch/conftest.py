"""The simulated results that the command line's tests use."""

from tests.cli.conftest import bundle, cohort, engine, manifest, prediction, task

__all__ = ["bundle", "cohort", "engine", "manifest", "prediction", "task"]
