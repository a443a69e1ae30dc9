"""The two places where the user chooses how missing parts are drawn, and what follows from a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from survgui.ui.drawing import Drawing, Offer, drawing_of

if TYPE_CHECKING:
    from survgui.ui.window import Window


class Choosers(QObject):
    """Tells the case's page what there is to choose from, and has a choice carried out and remembered."""

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window

    def connect_page(self) -> None:
        """The case's page was made."""
        page, session = self._window.case_page, self._window.session
        page.risk.drawing.drawing_chosen.connect(self._choose)
        page.compare.drawing.drawing_chosen.connect(self._choose)
        page.compare.trials_requested.connect(session.try_generators)
        session.trials.connect(page.compare.set_trials)
        self.tell()

    @Slot()
    def tell(self) -> None:
        """Show what the model in use offers and what is chosen of it."""
        if self._window.has("case_page"):
            page, used = self._window.case_page, self._window.session.bundle_now
            offer, drawing = Offer.of(used), drawing_of(self._window.settings, used)
            page.risk.drawing.show_drawing(offer, drawing)
            page.compare.set_drawing(offer, drawing)

    @Slot(object)
    def _choose(self, drawing: Drawing) -> None:
        """Remember a choice, and draw anew what was drawn otherwise."""
        window, session = self._window, self._window.session
        window.change_settings(generator=drawing.generator, steps=drawing.steps, draws=drawing.draws)
        shown = session.predicted_now
        compared = window.case_page.compare.compared
        if shown is not None and shown.content.imputed:
            session.predict()
        if compared is not None:
            window.wiring.compare(compared)
