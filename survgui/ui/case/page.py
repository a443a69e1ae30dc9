"""The Case workspace's page: five views of the case at the left, the estimate at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.display import CaseFacts, Predicted
from survgui.ui.case.risk import RiskPanel
from survgui.ui.compare.pane import ComparePane
from survgui.ui.components.pane import ComponentsPane
from survgui.ui.mri.pane import MriPane
from survgui.ui.omics.pane import OmicsPane
from survgui.ui.slide.pane import SlidePane
from survgui.ui.widgets.buttons import Segmented

TABS = (
    ("slide", "Slide"),
    ("mri", "MRI"),
    ("omics", "Omics"),
    ("components", "Components"),
    ("compare", "Imputed vs real"),
)


class CasePage(QWidget):
    """The views of a case as tabs, and its estimate beside them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "page")
        self.slide, self.mri, self.omics = SlidePane(), MriPane(), OmicsPane()
        self.components, self.compare, self.risk = ComponentsPane(), ComparePane(), RiskPanel()
        self.tabs = Segmented(TABS, kind="tab")
        self.tabs.chosen.connect(self.show_tab)
        self._corner = self.slide.corner()
        self._stack = QStackedWidget()
        self._panes: dict[str, QWidget] = dict(
            zip(
                (key for key, _ in TABS),
                (self.slide, self.mri, self.omics, self.components, self.compare),
                strict=True,
            )
        )
        for pane in self._panes.values():
            self._stack.addWidget(pane)
        self._lay_out()

    def _lay_out(self) -> None:
        frame = QFrame()
        frame.setProperty("kind", "card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._stack)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        head.addWidget(self._corner)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(frame, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(12)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(self.risk)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 8, 12, 12)
        whole.addWidget(self.split)

    def reset_split(self) -> None:
        """The panel at its own width, the views with all the rest."""
        wide = self.risk.sizeHint().width()
        self.split.setSizes([max(1, self.split.width() - wide), wide])

    @Slot()
    def toggle_panel(self) -> None:
        """Give the views the whole page, or the estimate its place again."""
        self.risk.setVisible(self.risk.isHidden())

    @property
    def tab(self) -> str:
        """Which tab is in front."""
        return self.tabs.key

    @Slot(str)
    def show_tab(self, key: str) -> None:
        """Bring a tab to the front."""
        if key in self._panes:
            self.tabs.set_chosen(key)
            self._stack.setCurrentWidget(self._panes[key])
            self._corner.setVisible(key == "slide")

    @Slot(object)
    def set_case(self, facts: CaseFacts | None) -> None:
        """Show another case."""
        for pane in (self.slide, self.mri, self.compare):
            pane.set_case(facts)

    @Slot(object)
    def set_predicted(self, predicted: Predicted | None) -> None:
        """Show an estimate, or none yet."""
        for pane in (self.slide, self.components, self.compare, self.risk):
            pane.set_predicted(predicted)
