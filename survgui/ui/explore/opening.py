"""From a figure's menu to the dialog: pyqtgraph is loaded at the first use, on the background thread."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from survgui.errors import Trouble
from survgui.ui import background
from survgui.ui.explore.series import Plot

if TYPE_CHECKING:
    from survgui.ui.explore.dialog import ExploreDialog
    from survgui.ui.widgets.figure_view import FigureView

log = logging.getLogger(__name__)

MODULE = "survgui.ui.explore.dialog"
Plots = Callable[[], Plot]
"""Makes what is explored; called when the dialog opens, for most figures never are"""


class Explorer(QObject):
    """Opens one dialog for a figure, and tells it when the figure changes.

    Attributes:
        plots: Makes what there is to explore now; None: nothing.
        dialog: The dialog that is open.

    Signals:
        failed(): pyqtgraph could not be loaded.
    """

    failed = Signal()

    def __init__(self, view: FigureView) -> None:
        super().__init__(view)
        self._view = view
        self.plots: Plots | None = None
        self._loading = False
        self.dialog: ExploreDialog | None = None

    @property
    def ready(self) -> bool:
        """Whether there is anything to explore."""
        return self.plots is not None

    def set_plots(self, plots: Plots | None) -> None:
        """Another figure is shown; a dialog that is open keeps its own and says so, or closes if there is none now."""
        self.plots = plots
        if self.dialog is not None and plots is None:
            self.dialog.reject()
        elif self.dialog is not None:
            self.dialog.set_changed()

    @Slot()
    def open(self) -> None:
        """Show the dialog, as soon as pyqtgraph is loaded."""
        if self.plots is not None and not self._loading:
            self._loading = True
            background.shared().run(load, self._loaded, self._not_loaded)

    @Slot(object)
    def _loaded(self, module: ModuleType) -> None:
        self._loading = False
        if self.plots is None:
            return
        if self.dialog is not None:
            self.dialog.reject()
        dialog: ExploreDialog = module.ExploreDialog(self.plots(), self._view, self._view)
        dialog.finished.connect(self._closed)
        self.dialog = dialog
        dialog.show()

    @Slot(object)
    def _not_loaded(self, trouble: Trouble) -> None:
        self._loading = False
        log.warning("the plots to explore could not be loaded: %s\n%s", trouble.text, trouble.details)
        self.failed.emit()

    @Slot()
    def _closed(self) -> None:
        self.dialog = None


def load() -> ModuleType:
    """Import the dialog, and with it pyqtgraph."""
    return importlib.import_module(MODULE)
