"""Asking again for what failed or was cancelled: each request goes the way that it first went, to the same views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from survgui.ui.jobs import Job

if TYPE_CHECKING:
    from survgui.ui.window import Window

Arguments = Mapping[str, Any]

OF_OPEN_CASE = {
    "cases.set_pixel_size",
    "predictions.compare",
    "predictions.generators",
    "predictions.report",
    "pictures.omics",
    "pictures.volume",
}
"""What only the open case's views could show."""


class Retry(QObject):
    """Submits a job's request anew, through the method that the pages ask with.

    Args:
        window: Its session and its wiring are asked.
    """

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._session = window, window.session
        session = window.session
        self._ways: dict[str, Callable[[Arguments], None]] = {
            "dropped.recognise": lambda a: session.recognise(list(a["paths"])),
            "cases.adopt": lambda a: session.adopt(a["findings"], a["patient"], a["mpp"]),
            "cases.open": lambda a: session.open_case(a["key"]),
            "cases.demo": lambda a: session.demo(),
            "cases.set_pixel_size": lambda a: session.set_pixel_size(a["path"], a["mpp"]),
            "cases.delete": lambda a: session.delete_cases(list(a["keys"])),
            "predictions.predict": self._predict,
            "predictions.compare": self._compare,
            "predictions.generators": lambda a: session.try_generators(a["modality"]),
            "predictions.report": lambda a: window.show_report(),
            "pictures.omics": lambda a: session.read_omics(),
            "pictures.volume": lambda a: session.read_volume(a["role"]),
            "cohorts.open": lambda a: window.wiring.open_cohort(a["path"]),
            "cohorts.demo": lambda a: window.wiring.demo_cohort(),
            "cohorts.mask_risk": lambda a: session.read_mask_risk(),
            "evaluations.open": lambda a: session.read_evaluation(a["path"]),
            "batches.run": lambda a: session.batches.go_on(a["key"]),
            "batches.listing": lambda a: session.batches.load(),
            "batches.put_away": lambda a: session.batches.put_away(a["key"]),
            "batches.forget": lambda a: session.batches.forget(a["keys"]),
            "training.train": lambda a: session.train({**a, "resume": True}),
            "bundles.listing": lambda a: session.refresh_bundles(),
            "bundles.verify": lambda a: session.verify_bundle(a["folder"]),
            "bundles.install": lambda a: session.install_bundle(a["path"]),
            "bundles.remove": lambda a: session.remove_bundle(a["folder"]),
        }

    def possible(self, job: Job) -> bool:
        """Whether somebody could still see what the job would bring."""
        name, arguments, session = job.request.name, job.request.arguments, self._session
        if name in OF_OPEN_CASE:
            shown = name != "predictions.report" or session.predicted_now is not None
            return self._open(arguments) and shown
        if name == "predictions.predict":
            return self._open(arguments) or not arguments["hide"]
        if name in ("cohorts.mask_risk", "evaluations.open"):
            of = arguments["path" if name == "cohorts.mask_risk" else "cohort"]
            return session.cohort_now is not None and session.cohort_now.file == of
        if name == "batches.run":
            batch = session.batches.find(str(arguments["key"]))
            return batch is not None and batch.can_go_on
        if name == "training.train":
            return not any(other.request.name == name and not other.state.over for other in self._window.lanes.jobs)
        return name in self._ways

    @Slot(object)
    def again(self, job: Job) -> None:
        """Ask again, if it is possible."""
        if self.possible(job):
            self._ways[job.request.name](job.request.arguments)

    def _open(self, arguments: Arguments) -> bool:
        case = self._session.case_now
        return case is not None and case.key == arguments["key"]

    def _predict(self, arguments: Arguments) -> None:
        if self._open(arguments):
            self._session.predict_without(arguments["hide"])
        else:
            self._session.predict_many([arguments["key"]])

    def _compare(self, arguments: Arguments) -> None:
        self._window.show_tab("compare")
        self._window.wiring.compare(arguments["modality"])
