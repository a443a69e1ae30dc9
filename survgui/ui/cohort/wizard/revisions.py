"""Which sources were changed and have to be read again, one after the other; undone meanwhile, they need not be."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot

from survgui.cases.proposal import Proposal, ProposedSource
from survgui.ui.cohort.wizard.draft import Draft, alike
from survgui.ui.cohort.wizard.imports import Imports


@dataclass(frozen=True, slots=True)
class _Unread:
    """A source as the user has changed it, and as it was read last."""

    before: ProposedSource
    source: ProposedSource


class Revisions(QObject):
    """Has a worker read what the user has changed, and puts it into the draft.

    One is asked for at a time: of two sources that are changed at once, the second waits for the first.
    """

    def __init__(self, draft: Draft, imports: Imports, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._draft, self._imports = draft, imports
        self._unread: list[_Unread] = []
        self._asked: tuple[Proposal, _Unread] | None = None
        draft.changed.connect(self.go_on)
        imports.revised.connect(self._revised)

    def clear(self) -> None:
        """Another import."""
        self._unread, self._asked = [], None

    @Slot(object, object)
    def add(self, before: Proposal, source: ProposedSource) -> None:
        """Have a source read as it was changed.

        Args:
            before: The proposal as it was.
        """
        known = before.source(source.key)
        earlier = self._of(known)
        self._unread.append(_Unread(earlier.before if earlier is not None else known, source))
        self.go_on()

    def withdraw(self) -> None:
        """The source that was asked for cannot be read so: it is again as it was read last."""
        if self._asked is None:
            return
        proposal, unread = self._asked
        self._over(unread)
        if self._draft.proposal is proposal:
            self._draft.withdraw()
        else:
            self._draft.put(unread.source, unread.before)

    @Slot()
    def go_on(self) -> None:
        """Ask for the next one, unless one is being read that still stands so."""
        now = self._draft.proposal
        wanted = [found for s in now.sources if (found := self._of(s)) is not None] if now is not None else []
        if self._asked is not None and self._asked[1] in wanted and self._imports.at_work("revise"):
            return
        if self._asked is not None:
            self._asked = None
            self._imports.forget("revise")
        if now is not None and wanted:
            self._asked = now, wanted[0]
            self._imports.revise(now.with_source(wanted[0].before), wanted[0].source)

    @Slot(object)
    def _revised(self, proposal: Proposal) -> None:
        """The source as it is read now; what was changed meanwhile stays."""
        if self._asked is not None:
            before, unread = self._asked
            self._over(unread)
            whole = proposal if self._draft.proposal is before else None
            self._draft.put(unread.source, proposal.source(unread.source.key), whole)

    def _of(self, source: ProposedSource) -> _Unread | None:
        return next((u for u in reversed(self._unread) if u.source.key == source.key and alike(u.source, source)), None)

    def _over(self, unread: _Unread) -> None:
        self._asked = None
        self._unread = [
            u for u in self._unread if u.source.key != unread.source.key or not alike(u.source, unread.source)
        ]
