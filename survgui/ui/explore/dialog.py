"""The dialog in which values are read off a figure's curves.

Importing this module imports pyqtgraph, which takes a while: see `survgui.ui.explore.opening`.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from survgui.cases.report import RESEARCH_USE
from survgui.ui.explore.plot import CurvePlot, EndLabels
from survgui.ui.explore.readout import Readout
from survgui.ui.explore.series import Plot
from survgui.ui.widgets.buttons import Button, IconButton
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Elided, Label

SIZE = 900, 560
SMALLEST = 680, 420
CHANGED = "The figure has changed since"


class ExploreDialog(QDialog):
    """Show it with `show()`: it is not modal. It keeps the figure as it was, closes with Escape and deletes itself.

    Args:
        plot: The curves.
        figure: Where they are drawn; its exports are offered here too, of the figure as it is now.
    """

    def __init__(self, plot: Plot, figure: FigureView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Explore: {plot.title}")
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(*SIZE)
        self.setMinimumSize(*SMALLEST)
        self.figure = figure.copy(self)
        self.plot = CurvePlot(plot)
        self.readout = Readout(plot)
        self.changed = Label("", "warn")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._made_head(plot))
        row = QHBoxLayout()
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(10)
        row.addWidget(self._made_card(plot), 1)
        row.addWidget(self.readout)
        whole.addLayout(row, 1)
        whole.addWidget(self._made_foot())
        self.plot.placed.connect(self._placed)
        self.finished.connect(self._shut)
        self._placed(self.plot.x)
        self.plot.setFocus()

    def set_changed(self) -> None:
        """Say that the figure is no longer what is shown here."""
        self.changed.setText(CHANGED)

    def _made_head(self, plot: Plot) -> QFrame:
        head = QFrame()
        head.setProperty("kind", "header")
        head.setFixedHeight(52)
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        self.farther, self.nearer = IconButton("minus", "Farther (−)"), IconButton("plus", "Nearer (+)")
        self.fit = Button("Fit", tip="Everything in view (0)")
        self.save = Button("Save as…", tip="Copy or save the figure")
        self.save.setMenu(self.figure.menu)
        self.done_ = Button("Close", tip="Close (Esc)")
        for button, slot in ((self.farther, self.plot.farther), (self.nearer, self.plot.nearer)):
            button.setMinimumSize(28, 28)
            button.clicked.connect(slot)
        self.fit.clicked.connect(self.plot.fit)
        self.done_.clicked.connect(self.reject)
        row.addWidget(Label(plot.title, "title"))
        row.addWidget(Elided(plot.subject, "soft", cut="end"), 1)
        for widget in (self.farther, self.nearer, self.fit, self.save, self.done_):
            row.addWidget(widget)
        return head

    def _made_card(self, plot: Plot) -> Card:
        card = Card(plot.y.title)
        grid = QGridLayout()
        grid.setSpacing(0)
        grid.addWidget(self.plot, 0, 0)
        grid.addWidget(EndLabels(self.plot), 0, 1)
        grid.addWidget(Label(plot.x.title, "hint"), 1, 0, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(0, 1)
        card.body.addLayout(grid, 1)
        return card

    def _made_foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("kind", "footer")
        foot.setFixedHeight(30)
        grid = QGridLayout(foot)
        grid.setContentsMargins(16, 0, 16, 0)
        grid.addWidget(self.changed, 0, 0)
        grid.addWidget(Label(RESEARCH_USE, "hint"), 0, 1)
        for column, share in ((0, 1), (1, 0), (2, 1)):
            grid.setColumnStretch(column, share)
        return foot

    @Slot(float)
    def _placed(self, x: float) -> None:
        self.readout.show_at(x)
        self.plot.setAccessibleDescription(self.plot.plot_data.spoken(x))

    @Slot()
    def _shut(self) -> None:
        """Take the plot apart before Qt does: pyqtgraph's items and Qt's would otherwise each delete the other's."""
        self.plot.close()
        self.plot.deleteLater()
