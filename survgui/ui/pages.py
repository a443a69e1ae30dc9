"""The window's pages and dialogs, each loaded and made when it is first needed.

What is on show at first is a small part of the window. Loading all the others takes longer than everything else at
the start; so they are loaded after the first paint, a module at a time (`Preload`), and made on their first use.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QMainWindow, QWidget

from survgui.ui import background

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from survgui.cases.audit import Trail
    from survgui.cases.display import Recognised
    from survgui.ui.case.page import CasePage
    from survgui.ui.cases.import_sheet import ImportSheet
    from survgui.ui.cases.page import CasesPage
    from survgui.ui.cases.relink import RelinkDialog
    from survgui.ui.cohort.page import CohortPage
    from survgui.ui.cohort.wizard.page import ImportPage
    from survgui.ui.jobs import Lanes
    from survgui.ui.models.page import ModelsPage
    from survgui.ui.preferences import Preferences
    from survgui.ui.report.dialog import ReportDialog
    from survgui.ui.train.page import TrainPage

Made = TypeVar("Made", bound=QWidget)

LATER = (
    *("survgui.figures.curve", "survgui.figures.waterfall", "survgui.figures.bars", "survgui.figures.calibration"),
    *("survgui.figures.slide_overview", "survgui.figures.mri_planes", "survgui.figures.distribution"),
    *("survgui.report", "survgui.ui.words", "survgui.figures.cohort_map"),
    *("survgui.ui.widgets.figure_view", "survgui.readers.slide", "survgui.ui.slide.geometry", "survgui.ui.slide.tiles"),
    *("survgui.ui.slide.overlays", "survgui.ui.slide.view", "survgui.ui.slide.controls", "survgui.ui.slide.pane"),
    *("survgui.ui.mri.plane", "survgui.ui.mri.pane", "survgui.ui.omics.pane", "survgui.ui.components.pane"),
    *("survgui.figures.fidelity", "survgui.figures.ranks", "survgui.ui.compare.pane", "survgui.ui.case.risk"),
    *("survgui.ui.case.page", "survgui.ui.cases.details", "survgui.ui.cases.filters", "survgui.ui.cases.page"),
    *(
        "survgui.figures.availability",
        "survgui.cases.evaluation",
        "survgui.figures.heat_map",
        "survgui.figures.methods",
        "survgui.cases.study",
        "survgui.figures.mechanisms",
        "survgui.figures.study",
    ),
    *(
        "survgui.ui.evaluation.view",
        "survgui.ui.evaluation.study_view",
        "survgui.ui.cohort.notes",
        "survgui.ui.cohort.evaluation",
        "survgui.ui.cohort.page",
    ),
    *(
        "survgui.cases.review",
        "survgui.figures.forest",
        "survgui.report.cohort",
        "survgui.ui.cohort.wizard.files_step",
        "survgui.ui.cohort.wizard.page",
    ),
    *("survgui.ui.widgets.flow", "survgui.ui.train.form", "survgui.ui.train.monitor"),
    *("survgui.ui.train.page", "survgui.ui.models.card_text", "survgui.ui.models.listing"),
    *("survgui.ui.models.calibration", "survgui.ui.models.generators", "survgui.ui.models.page"),
    *("survgui.ui.preferences", "survgui.ui.report.options", "survgui.ui.report.preview", "survgui.ui.report.dialog"),
    *(
        "survgui.ui.cases.findings",
        "survgui.ui.cases.import_sheet",
        "survgui.ui.palette",
        "survgui.ui.shortcuts",
        "survgui.ui.about",
    ),
)
"""Modules to load after the first paint, each after those that it needs, so that none of them takes long."""
ASIDE = ("survgui.readers.recognise", "survgui.readers.cohort", "numpy.ma", "email.message", "importlib.metadata")
"""Modules that are loaded away from the window's thread, for they have no part of Qt; `numpy.ma` is for percentiles."""


class Pages(QMainWindow):
    """A window that makes its pages and dialogs when they are first asked for.

    Attributes:
        lanes: What has their long work done.
    """

    lanes: Lanes

    def has(self, name: str) -> bool:
        """Whether a page or dialog was made; `name` is its attribute's."""
        return name in self.__dict__

    def make(self, name: str) -> None:
        """Make a page or dialog, if it is not there already."""
        getattr(self, name)

    def take_in(self, name: str, page: QWidget) -> None:
        """Put a new page where it belongs, and connect it."""
        raise NotImplementedError

    @cached_property
    def case_page(self) -> CasePage:
        """The open case."""
        from survgui.ui.case.page import CasePage

        return self._made("case_page", CasePage())

    @cached_property
    def cases(self) -> CasesPage:
        """The list of cases."""
        from survgui.ui.cases.page import CasesPage

        return self._made("cases", CasesPage())

    @cached_property
    def cohort(self) -> CohortPage:
        """The open cohort."""
        from survgui.ui.cohort.page import CohortPage

        return self._made("cohort", CohortPage())

    @cached_property
    def cohort_import(self) -> ImportPage:
        """Files of many patients, on their way to a cohort."""
        from survgui.ui.cohort.wizard.page import ImportPage

        return self._made("cohort_import", ImportPage(self.lanes))

    @cached_property
    def train(self) -> TrainPage:
        """Trainings."""
        from survgui.ui.train.page import TrainPage

        return self._made("train", TrainPage())

    @cached_property
    def models(self) -> ModelsPage:
        """The installed bundles."""
        from survgui.ui.models.page import ModelsPage

        return self._made("models", ModelsPage())

    @cached_property
    def report(self) -> ReportDialog:
        """The report of the shown prediction."""
        from survgui.ui.report.dialog import ReportDialog

        return self._made("report", self._owned(ReportDialog()))

    @cached_property
    def preferences(self) -> Preferences:
        """What is chosen once and for all cases."""
        from survgui.ui.preferences import Preferences

        return self._made("preferences", self._owned(Preferences()))

    @cached_property
    def relink_dialog(self) -> RelinkDialog:
        """Files that are gone, and where they are now."""
        from survgui.ui.cases.relink import RelinkDialog

        return self._made("relink_dialog", self._owned(RelinkDialog()))

    def palette_of(self, actions: Iterable[QAction]) -> QDialog:
        """Every command by its name."""
        from survgui.ui.palette import Palette

        return Palette(list(actions), self)

    def shortcuts_of(self, actions: Iterable[QAction]) -> QDialog:
        """Every key."""
        from survgui.ui.shortcuts import ShortcutSheet

        return ShortcutSheet(list(actions), self)

    def about_dialog(self) -> QDialog:
        """What this is, and its licence."""
        from survgui.ui.about import AboutDialog

        return AboutDialog(self)

    def label_dialog(self, name: str, pixels: NDArray[np.uint8]) -> QDialog:
        """A slide's label or macro image."""
        from survgui.ui.slide.label import LabelDialog

        return LabelDialog(name, pixels, self)

    def history_dialog(self, shown: str, trail: Trail) -> QDialog:
        """What was done with a case."""
        from survgui.ui.cases.history import HistoryDialog

        return HistoryDialog(shown, trail, self)

    def import_sheet(self, found: Recognised, over: QWidget) -> ImportSheet:
        """Dropped files, to be confirmed as a case."""
        from survgui.ui.cases.import_sheet import ImportSheet

        return ImportSheet(found, over)

    def _owned(self, dialog: Made) -> Made:
        """A dialog of this window; put together before, it is dressed once."""
        dialog.setParent(self, dialog.windowFlags())
        return dialog

    def _made(self, name: str, page: Made) -> Made:
        self.__dict__[name] = page  # what is connected may ask for it already
        self.take_in(name, page)
        return page


class Preload(QObject):
    """Loads the modules of `LATER` one by one, with a turn of the event loop after each.

    Signals:
        ended(): Everything is loaded.
    """

    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = list(LATER)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._load)

    @property
    def over(self) -> bool:
        """Whether everything is loaded."""
        return not self._left

    @Slot()
    def start(self) -> None:
        """Begin; call after the first paint."""
        background.shared().run(_load_aside)
        self._timer.start(0)

    @Slot()
    def stop(self) -> None:
        """Load nothing more."""
        self._timer.stop()

    @Slot()
    def _load(self) -> None:
        if self._left:
            importlib.import_module(self._left.pop(0))
        else:
            self._timer.stop()
            _collect_again()
            self.ended.emit()


def _load_aside() -> None:
    for name in ASIDE:
        importlib.import_module(name)


def _collect_again() -> None:
    """Collect garbage again, where the start had it wait, but not among what was loaded: that takes 30 ms a time."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
