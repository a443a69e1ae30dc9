"""The cohort and the training that the user is working on, and the requests that change them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from survgui.cases.display import CohortFacts, Trained
from survgui.cases.step import Step
from survgui.errors import Trouble
from survgui.ui import tasks
from survgui.ui.jobs import Lanes
from survgui.ui.jobs import State as JobState
from survgui.ui.latest import Latest


class Studies(Latest):
    """Cohort and training at hand.

    Signals:
        cohort(CohortFacts | None), mask_risk(float | None), evaluation(Opened | None): Of the open cohort.
        training(str, object): `started` Request, `step` Step, `done` Trained, `failed` Trouble, `stopped` None.
    """

    cohort = Signal(object)
    mask_risk = Signal(object)
    evaluation = Signal(object)
    training = Signal(str, object)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(lanes, parent)
        self.cohort_now: CohortFacts | None = None

    def open_cohort(self, path: Path) -> None:
        """Read a cohort file."""
        self._abandon("mask")
        self._submit("cohort", tasks.open_cohort(path), self._cohort_opened, cancels=True)

    @Slot()
    def demo_cohort(self) -> None:
        """Open a simulated cohort."""
        self._abandon("mask")
        self._submit("cohort", tasks.demo_cohort(), self._cohort_opened, cancels=True)

    @Slot(object)
    def _cohort_opened(self, facts: CohortFacts) -> None:
        if self._current("cohort"):
            self._abandon("mask", "evaluation")
            self.cohort_now = facts
            self.cohort.emit(facts)

    @Slot()
    def read_mask_risk(self) -> None:
        """Ask how much of the outcome the availability of tests alone tells."""
        if self.cohort_now is not None:
            self._submit("mask", tasks.mask_risk(self.cohort_now.file), self._mask_read)

    @Slot(object)
    def _mask_read(self, value: object) -> None:
        if self._current("mask"):
            self.mask_risk.emit(value)

    @Slot()
    @Slot(object)
    def read_evaluation(self, path: Path | None = None) -> None:
        """Read a file as the open cohort's evaluation; without one the file that was opened for it last."""
        if self.cohort_now is not None:
            self._submit("evaluation", tasks.open_evaluation(self.cohort_now.file, path), self._evaluation_read)

    @Slot(object)
    def _evaluation_read(self, opened: object) -> None:
        if self._current("evaluation"):
            self.evaluation.emit(opened)

    def train(self, arguments: dict[str, object]) -> None:
        """Start, or go on with, a training."""
        request = tasks.train(**arguments)  # type: ignore[arg-type]  # the page gives exactly its arguments
        job = self.lanes.submit(
            request,
            done=self._trained,
            failed=self._train_failed,
            stepped=self._train_stepped,
            ended=self._train_ended,
        )
        self._jobs["train"] = job
        self.training.emit("started", request)

    @Slot()
    def stop_training(self) -> None:
        """Stop the training; its checkpoints stay."""
        if "train" in self._jobs:
            self._jobs["train"].cancel()

    @Slot(object)
    def _train_stepped(self, step: Step) -> None:
        self.training.emit("step", step)

    @Slot(object)
    def _trained(self, trained: Trained) -> None:
        self.training.emit("done", trained)
        self._published()

    @Slot(object)
    def _train_failed(self, trouble: Trouble) -> None:
        self.training.emit("failed", trouble)

    @Slot()
    def _train_ended(self) -> None:
        job = self._jobs.get("train")
        if job is not None and job.state is JobState.CANCELLED:
            self.training.emit("stopped", None)

    def _published(self) -> None:
        """A training has made a bundle; for whoever lists them."""
