"""Jobs of which only the latest of a kind counts: what an older one still brings is dropped.

Opening case B while case A is being opened shows B, whichever comes last.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from survgui.errors import Trouble
from survgui.ui.jobs import Job, Lanes
from survgui.ui.jobs import State as JobState
from survgui.ui.tasks import Request

WHERE = {
    "delete": "workspace",
    "bundles": "bundle",
    "warm": "bundle",
    "verify": "bundle",
    "install": "bundle",
    "remove": "bundle",
    "mask": "cohort",
    "look": "workspace",
    "note": "workspace",
    "export": "workspace",
    "trim": "disk",
}
"""Which view tells of a failed job, where it is not of the job's own name."""

AWAITED = ("report", "mask")
"""Kinds of which a dialog or a card says that it waits, and would for ever."""


class Latest(QObject):
    """Submits requests, and remembers the latest job of each kind.

    Signals:
        trouble(where, Trouble): The latest job of a kind failed.
        cancelled(kind): It was cancelled.
    """

    trouble = Signal(str, object)
    cancelled = Signal(str)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lanes = lanes
        self._jobs: dict[str, Job] = {}

    def _submit(
        self,
        kind: str,
        request: Request,
        done: Callable[..., object] | None,
        *,
        partial: Callable[..., object] | None = None,
        cancels: bool = False,
    ) -> None:
        """Queue a request as the latest of its kind; with `cancels`, an older one of the kind is stopped."""
        if cancels:
            self._drop(kind)
        self._jobs[kind] = self.lanes.submit(request, done=done, failed=self._failed, partial=partial, ended=self._over)

    def _drop(self, *kinds: str) -> tuple[str, ...]:
        """Stop the latest jobs of some kinds; nothing that they still bring is taken in.

        Returns:
            The kinds of which something was still to come.
        """
        found = {kind: self._jobs.pop(kind) for kind in kinds if kind in self._jobs}
        at_work = tuple(kind for kind, job in found.items() if not job.state.over)
        for job in found.values():
            job.cancel()
        return at_work

    def _abandon(self, *kinds: str) -> None:
        """Stop what is of another case, bundle or cohort, and tell those who would wait for it for ever."""
        for kind in self._drop(*kinds):
            if kind in AWAITED:
                self.cancelled.emit(kind)

    def _active(self, kind: str) -> bool:
        """Whether the latest job of a kind is still to come to its end."""
        job = self._jobs.get(kind)
        return job is not None and not job.state.over

    def _current(self, kind: str) -> bool:
        """Whether the signal being handled comes from the latest job of a kind."""
        return self.sender() is self._jobs.get(kind)

    def _kind(self) -> str:
        """What the job that sends the signal being handled is the latest of; empty where another took its place."""
        return next((kind for kind, job in self._jobs.items() if job is self.sender()), "")

    def _ended(self, kind: str, state: JobState) -> None:
        """The latest job of a kind is over; for whoever has more to do then."""

    @Slot(object)
    def _failed(self, trouble: Trouble) -> None:
        kind = self._kind()
        if kind:
            self._ended(kind, JobState.FAILED)
            self.trouble.emit(WHERE.get(kind, kind), trouble)

    @Slot()
    def _over(self) -> None:
        kind = self._kind()
        if kind:
            state = self._jobs[kind].state
            self._ended(kind, state)
            if state is JobState.CANCELLED:
                self.cancelled.emit(kind)
