"""The cohort that is being put together: the proposal as it stands, every state it had before, and its review."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from survgui.cases.import_facts import OutcomeFacts
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource, SplitPlan
from survgui.cases.review import Review

MOST = 100
"""states that can be gone back to"""


class Draft(QObject):
    """What the steps show and edit; nothing here reads a file.

    Attributes:
        proposal: None while nothing was given.
        outcome: The chosen endpoint as a worker has read it last; None while that is not known.
        review: None where something has changed since.

    Signals:
        changed(): The proposal is another.
        read(): Outcome or review came in.
    """

    changed = Signal()
    read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.proposal: Proposal | None = None
        self.outcome: OutcomeFacts | None = None
        self.review: Review | None = None
        self._before: list[tuple[str, Proposal]] = []
        self._after: list[tuple[str, Proposal]] = []

    @property
    def undoable(self) -> str:
        """What would be undone, in words; empty where there is nothing."""
        return self._before[-1][0] if self._before else ""

    @property
    def redoable(self) -> str:
        """What was undone last and can be had again, in words; empty where there is nothing."""
        return self._after[-1][0] if self._after else ""

    def begin(self, proposal: Proposal | None) -> None:
        """Another import; nothing of the one before can be undone."""
        self._before.clear()
        self._after.clear()
        self._set(proposal)

    def edit(self, what: str, proposal: Proposal) -> None:
        """The user has changed something.

        Args:
            what: In words that go after "Undo", such as `role of clinical.csv`.
        """
        if self.proposal is None or proposal == self.proposal:
            return
        self._before = [*self._before[-MOST + 1 :], (what, self.proposal)]
        self._after.clear()
        self._set(proposal)

    def put(self, asked: ProposedSource, read: ProposedSource, whole: Proposal | None = None) -> None:
        """A worker has read a source that the user has changed: so it stands wherever it stood as it was asked for.

        Args:
            whole: The proposal with it, where nothing else was changed meanwhile.
        """
        if self.proposal is None:
            return
        self._before = [(what, _with(state, asked, read)) for what, state in self._before]
        self._after = [(what, _with(state, asked, read)) for what, state in self._after]
        self._set(whole if whole is not None else _with(self.proposal, asked, read))

    def count(self, proposal: Proposal) -> None:
        """The same cohort with its patients counted anew: what was judged of it still holds."""
        self._set(proposal, self.review)

    def undo(self) -> None:
        """Go back by one change."""
        if self._before and self.proposal is not None:
            what, state = self._before.pop()
            self._after.append((what, self.proposal))
            self._set(state)

    def redo(self) -> None:
        """Have again what was undone last."""
        if self._after and self.proposal is not None:
            what, state = self._after.pop()
            self._before.append((what, self.proposal))
            self._set(state)

    def withdraw(self) -> None:
        """Go back by one change that cannot be had."""
        if self._before:
            self._set(self._before.pop()[1])

    def edit_source(self, what: str, source: ProposedSource) -> None:
        """Replace a source."""
        if self.proposal is not None:
            self.edit(what, self.proposal.with_source(source))

    def edit_endpoint(self, what: str, endpoint: Endpoint) -> None:
        """Replace an endpoint, or add one; it is chosen."""
        if self.proposal is None:
            return
        if all(known.key != endpoint.key for known in self.proposal.endpoints):
            added = replace(self.proposal, endpoints=(*self.proposal.endpoints, endpoint), endpoint=endpoint.key)
            self.edit(what, added)
        else:
            self.edit(what, self.proposal.with_endpoint(endpoint))

    def edit_splits(self, what: str, plan: SplitPlan | None) -> None:
        """Other folds."""
        if self.proposal is not None:
            self.edit(what, replace(self.proposal, splits=plan))

    def rename(self, name: str) -> None:
        """Call the cohort something else; that needs no review."""
        if self.proposal is not None and name.strip() and name != self.proposal.name:
            self.proposal = replace(self.proposal, name=name.strip())
            if self.review is not None:
                self.review = replace(self.review, facts=replace(self.review.facts, name=name.strip()))

    def set_outcome(self, found: OutcomeFacts) -> None:
        """The endpoint as it was read: its counts and notes stand in the proposal from now on."""
        if self.proposal is None or self.proposal.endpoint != found.endpoint.key:
            return
        self.outcome = found
        self.proposal = self.proposal.with_endpoint(found.endpoint)
        self.read.emit()

    def set_review(self, review: Review | None) -> None:
        """The cohort as it was judged."""
        self.review = review
        self.read.emit()

    def _set(self, proposal: Proposal | None, review: Review | None = None) -> None:
        before, self.proposal = self.proposal, proposal
        self.review = review
        if before is None or proposal is None or mapping(before.outcome) != mapping(proposal.outcome):
            self.outcome = None
        self.changed.emit()


def _with(state: Proposal, asked: ProposedSource, read: ProposedSource) -> Proposal:
    """The proposal with a source as it was read, if it is as it was asked for; whether it is used stays."""
    now = next((source for source in state.sources if source.key == asked.key), None)
    if now is None or not alike(now, asked):
        return state
    return state.with_source(replace(read, chosen=read.chosen if now.chosen == asked.chosen else now.chosen))


def alike(one: ProposedSource, other: ProposedSource) -> bool:
    """Whether two states of a source are read alike."""
    return (one.plan, one.use, one.modality) == (other.plan, other.use, other.modality)


def mapping(endpoint: Endpoint | None) -> object:
    """What decides how an outcome is read: not what was counted of it."""
    e = endpoint
    return None if e is None else (e.path, e.plan, e.time, e.event, e.unit, e.event_value)


def essence(proposal: Proposal | None) -> object:
    """What decides which cohort would be read: neither its name nor what was counted."""
    if proposal is None:
        return None
    used = [(s.key, s.use, s.modality, s.plan, s.made, s.files) for s in proposal.sources if s.chosen]
    return used, mapping(proposal.outcome), proposal.splits
