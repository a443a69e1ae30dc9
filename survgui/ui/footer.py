"""The footer: what is going on, the last run, the research-use line, checks, log and device."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QWidget

from survgui.cases.report import RESEARCH_USE
from survgui.ui import style
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.labels import Elided, Label

HEIGHT = 30


class Dot(QWidget):
    """A small round sign of the state: `good`, `accent` while busy, `high` after a failure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.role = "good"
        self.setFixedSize(QSize(8, 8))

    def set_role(self, role: str) -> None:
        """Change the colour."""
        self.role = role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.colour(self.role))
        painter.drawEllipse(self.rect())
        painter.end()


class Footer(QFrame):
    """Signals:
    checks_asked(), log_asked(), jobs_asked(): The badges were pressed.
    """

    checks_asked = Signal()
    log_asked = Signal()
    jobs_asked = Signal()

    def __init__(self, strip: QWidget, parent: QWidget | None = None) -> None:
        """Args:
        strip: What shows the running job; it takes the left third while there is one.
        """
        super().__init__(parent)
        self.setProperty("kind", "footer")
        self.setFixedHeight(HEIGHT)
        self._dot = Dot()
        self.state = Label("Ready", "hint")
        self.last = Elided("", "hint")
        self._strip = strip
        notice = Label(RESEARCH_USE, "hint")
        notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.checks = Button("Checks 0", "quiet", tip="What reading, encoding and predicting had to say")
        self.log = Button("Log", "quiet", tip="What happened in this session")
        self.device = Label("", "hint")
        self.checks.clicked.connect(self.checks_asked)
        self.log.clicked.connect(self.log_asked)
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 0, 14, 0)
        grid.addLayout(self._row((self._dot, 0), (self.state, 0), (self.last, 1), (strip, 3)), 0, 0)
        grid.addWidget(notice, 0, 1)
        right = self._row((self.checks, 0), (self.log, 0), (self.device, 0))
        right.insertStretch(0, 1)
        grid.addLayout(right, 0, 2)
        for column, share in ((0, 1), (1, 0), (2, 1)):
            grid.setColumnStretch(column, share)

    def set_state(self, text: str, role: str = "good") -> None:
        """Say what is going on; the dot has the colour of `role`."""
        self.state.setText(text)
        self._dot.set_role(role)

    def set_working(self, working: bool) -> None:
        """While a job runs, its progress takes the place of the state."""
        for widget in (self._dot, self.state, self.last):
            widget.setVisible(not working)
        self._strip.setVisible(working)

    def set_checks(self, count: int) -> None:
        """How many things are to be looked at."""
        self.checks.setText(f"Checks {count}")
        self.checks.mark("warn", count > 0)

    def set_unseen(self, errors: int) -> None:
        """How many errors the log holds that nobody has looked at."""
        self.log.setText(f"Log {errors}" if errors else "Log")
        self.log.setAccessibleName(f"Log, {errors} errors not seen yet" if errors else "Log")
        self.log.mark("error", errors > 0)

    @staticmethod
    def _row(*widgets: tuple[QWidget, int]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget, share in widgets:
            row.addWidget(widget, share)
        return row
