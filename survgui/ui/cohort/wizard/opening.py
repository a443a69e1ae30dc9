"""How the import of a cohort is come to, and where it leads: the window's side of the wizard."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QStackedWidget

if TYPE_CHECKING:
    from survgui.cases.display import CohortFacts, Recognised
    from survgui.ui.window import Window


class CohortImport(QObject):
    """Shows the wizard in the Cohort workspace, and puts the cohort there again when it is closed.

    Attributes:
        given: What was dropped on the window last, which may turn out to be a whole cohort.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.given: tuple[Path, ...] = ()
        window.session.recognised.connect(self._recognised)
        window.session.cohort.connect(self._opened)

    def connect_page(self) -> None:
        """Connect the wizard, which was just made."""
        page = self._window.cohort_import
        page.closed.connect(self.leave)
        page.open_requested.connect(self._open)
        page.train_requested.connect(self._train)
        page.hidden.connect(self._window.logbook.hide_paths)

    @property
    def shown(self) -> bool:
        """Whether the wizard is what the Cohort workspace shows."""
        window = self._window
        here = window.frame.pages.currentWidget() is self._room and window.has("cohort_import")
        return here and self._room.currentWidget() is window.cohort_import

    @property
    def _room(self) -> QStackedWidget:
        """Where cohort and wizard take turns."""
        room = self._window.pages["cohort"]
        if not isinstance(room, QStackedWidget):
            raise TypeError("the Cohort workspace has room for several pages")
        return room

    def takes(self, paths: Collection[Path]) -> bool:
        """What was dropped: imported where the wizard is shown, else remembered, for it may be a whole cohort."""
        self.given = tuple(paths)
        if self.shown:
            self.take_given()
            return True
        return False

    @Slot()
    def enter(self) -> None:
        """Show the wizard."""
        self._window.go("cohort", "cohort_import")
        self._room.setCurrentWidget(self._window.cohort_import)

    @Slot(object)
    def take(self, paths: Collection[Path]) -> None:
        """Import these files; a description of a cohort is opened as it stands."""
        found = tuple(paths)
        if len(found) == 1 and found[0].suffix.lower() == ".toml":
            self._window.wiring.open_cohort(found[0])
            return
        self.enter()
        self._window.cohort_import.give(found)

    @Slot()
    def take_given(self) -> None:
        """Import what was dropped on the window: it is of several patients."""
        self.take(self.given)

    @Slot()
    def leave(self) -> None:
        """Show the cohort again."""
        self._room.setCurrentWidget(self._window.cohort)

    @Slot(object)
    def _recognised(self, found: Recognised) -> None:
        """What was dropped goes where the worker that has read it says: this is of many patients."""
        if found.kind == "import":
            self.take_given()

    @Slot(object)
    def _opened(self, facts: CohortFacts | None) -> None:
        """A cohort was opened: it is what the workspace shows; the import stays where it was."""
        if facts is not None and self._window.has("cohort_import"):
            self.leave()

    @Slot(object)
    def _open(self, path: Path) -> None:
        self._done()
        self._window.wiring.open_cohort(path)

    @Slot(object)
    def _train(self, path: Path) -> None:
        self._done()
        self._window.go("train")
        self._window.wiring.open_cohort(path)

    def _done(self) -> None:
        self._window.cohort_import.reset()
        self.leave()
