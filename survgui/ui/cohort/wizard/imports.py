"""What the wizard asks its workers for; of each kind only the latest answer counts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from survgui.cases.proposal import Endpoint, Proposal, ProposedSource
from survgui.cases.step import Step
from survgui.ui import tasks
from survgui.ui.jobs import Lanes
from survgui.ui.latest import Latest
from survgui.ui.tasks import Request


class Imports(Latest):
    """Submits, and hands on what comes back.

    Signals:
        proposed(Proposal), revised(Proposal), recounted(Proposal), outcome(OutcomeFacts), table(TableFacts),
        reviewed(Review), masked(float | None), written(Path): Answers.
        stepped(kind, step): How far a job is.
    """

    proposed = Signal(object)
    revised = Signal(object)
    recounted = Signal(object)
    outcome = Signal(object)
    table = Signal(object)
    reviewed = Signal(object)
    masked = Signal(object)
    written = Signal(object)
    stepped = Signal(str, object)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(lanes, parent)
        self._takers = {
            "propose": self.proposed,
            "revise": self.revised,
            "recount": self.recounted,
            "outcome": self.outcome,
            "look": self.table,
            "review": self.reviewed,
            "mask": self.masked,
            "write": self.written,
        }

    def propose(self, paths: Collection[Path]) -> None:
        """Recognise files."""
        self.stop()
        self._ask("propose", tasks.propose(paths))

    def revise(self, proposal: Proposal, source: ProposedSource) -> None:
        """Read a source again."""
        self._ask("revise", tasks.revise(proposal, source))

    def read_outcome(self, endpoint: Endpoint) -> None:
        """Count an endpoint."""
        self._ask("outcome", tasks.outcome(endpoint))

    def recount(self, proposal: Proposal) -> None:
        """Count everybody anew."""
        self._ask("recount", tasks.recount(proposal))

    def look(self, path: Path, sheet: str | None, array: str | None) -> None:
        """Look into a table."""
        self._ask("look", tasks.look(path, sheet, array))

    def review(self, proposal: Proposal) -> None:
        """Judge the cohort, and what its availability tells."""
        self._ask("review", tasks.review(proposal))
        self._ask("mask", tasks.proposed_mask_risk(proposal))

    def write(self, proposal: Proposal, folder: Path, overwrite: bool) -> None:
        """Write the cohort."""
        self._ask("write", tasks.write_cohort(proposal, folder, overwrite))

    def discard(self, workspace: Path) -> None:
        """Remove what was unpacked."""
        self.lanes.submit(tasks.discard_import(workspace))

    def forget(self, kind: str) -> None:
        """An answer of this kind is not wanted any more."""
        self._drop(kind)

    def stop(self) -> None:
        """Nothing that is still to come is wanted."""
        self._drop(*self._takers)

    def at_work(self, *kinds: str) -> bool:
        """Whether an answer of one of these kinds is still to come; of any kind where none is named."""
        return any(self._active(kind) for kind in kinds or self._takers)

    def _ask(self, kind: str, request: Request) -> None:
        self._submit(kind, request, self._came, cancels=True)
        self._jobs[kind].stepped.connect(self._stepped)

    @Slot(object)
    def _came(self, answer: object) -> None:
        kind = self._kind()
        if kind:
            self._takers[kind].emit(answer)

    @Slot(object)
    def _stepped(self, step: Step) -> None:
        kind = self._kind()
        if kind:
            self.stepped.emit(kind, step)
