"""What runs, what waits and what has ended: a strip of one line, and the list of all jobs of the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from survgui.figures.canvas import Fill, PainterCanvas, Rect
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.ui import style
from survgui.ui.jobs import Job, Lanes, State
from survgui.ui.logbook import Scrubber
from survgui.ui.widgets.buttons import Button, IconButton
from survgui.ui.widgets.labels import Elided, Label

TICK = 500
"""ms between two looks at times, which go on without a signal"""
ROW = 44
NOTHING = "Nothing running."
STATE_WORDS = {
    State.WAITING: ("waiting", "soft"),
    State.RUNNING: ("running", "accent"),
    State.CANCELLING: ("cancelling …", "warn"),
    State.DONE: ("done", "good"),
    State.FAILED: ("failed", "high_text"),
    State.CANCELLED: ("cancelled", "soft"),
}
"""How a state is written, and in which colour role."""
Index = QModelIndex | QPersistentModelIndex


class HasJobs(Protocol):
    """What is needed of the lanes: the jobs in the order they came."""

    jobs: list[Job]


def clock(seconds: float) -> str:
    """A duration: `0:41`, `12:05`, `1:02:40`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"


def fraction(job: Job) -> float | None:
    """How far a job's present stage is, 0 to 1; None where nothing is known."""
    step = job.step
    return None if step is None or step.total <= 0 else min(1.0, step.done / step.total)


def stage_text(job: Job) -> str:
    """What a job is doing: its stage, and what it says of it."""
    if job.state is State.CANCELLING:
        return "cancelling …"
    if job.step is None:
        return "starting" if job.state is State.RUNNING else ""
    return " · ".join(part for part in (job.step.stage, job.step.text) if part)


def report_of(job: Job, scrubber: Scrubber) -> str:
    """A job in words for support: no arguments, for they hold paths, and none of the names in its error."""
    trouble = job.trouble
    lines = [f"{job.request.title} ({job.request.name}, {job.request.lane}): {job.state}"]
    if trouble is not None:
        lines += [" ".join(part for part in (trouble.text, trouble.code and f"[{trouble.code}]") if part)]
        lines += [trouble.details] if trouble.details else []
    return scrubber.clean("\n".join(lines))


def _always(job: Job) -> bool:
    return True


class JobsStrip(QWidget):
    """One line for the footer: the running job, how far it is, and a button that ends it.

    Signals:
        opened(): The user wants to see all jobs.
        cancel_asked(job): The user wants it cancelled.
    """

    opened = Signal()
    cancel_asked = Signal(object)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._device = ""
        self._title, self._stage = Label(NOTHING, "soft"), Elided("", "soft", cut="end")
        self._bar = _Bar()
        self._left, self._queued = Label("", "strong"), Button("", "quiet", tip="Show all jobs")
        self._cancel = IconButton("close", "Cancel this job")
        self._open = IconButton("chevron-up", "Show all jobs")
        self._cancel.clicked.connect(self.cancel)
        for button in (self._queued, self._open):
            button.clicked.connect(self.opened)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        shown: tuple[QWidget, ...] = (self._title, self._bar, self._left, self._stage, self._cancel, self._queued)
        for widget in (*shown, self._open):
            row.addWidget(widget, 1 if widget is self._stage else 0)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.refresh)
        lanes.changed.connect(self.refresh)
        self.refresh()

    @property
    def job(self) -> Job | None:
        """The job that is shown: the one that runs, the longest where there are two."""
        running = [job for job in self._lanes.jobs if job.state in (State.RUNNING, State.CANCELLING)]
        return max(running, key=lambda job: job.seconds, default=None)

    def set_device(self, name: str) -> None:
        """Say what computes, such as `CPU` or `cuda:0`."""
        self._device = name
        self.refresh()

    @Slot()
    def cancel(self) -> None:
        """Ask for the end of the job that is shown."""
        job = self.job
        if job is not None:
            self.cancel_asked.emit(job)
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is now."""
        job = self.job
        waiting = sum(other.state is State.WAITING for other in self._lanes.jobs)
        self._title.setText(job.request.title if job else NOTHING)
        self._title.set_kind("strong" if job else "soft")
        eta = job.eta_seconds if job else None
        self._left.setText(f"{clock(eta)} left" if eta is not None else "")
        self._bar.setVisible(job is not None)
        self._bar.set_share(fraction(job) if job else None)
        on = f" · {self._device}" if self._device and job and job.request.lane == "compute" else ""
        self._stage.setText(f"{stage_text(job)}{on}" if job else "")
        self._cancel.setVisible(job is not None)
        self._cancel.setEnabled(job is not None and job.state is State.RUNNING)
        self._queued.setText(f"{waiting} waiting")
        self._queued.setVisible(waiting > 0)
        self._left.setVisible(eta is not None)
        self._stage.setVisible(job is not None)
        if job is None:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()


class JobsPanel(QWidget):
    """All jobs of the session, the latest first, with what became of each.

    Signals:
        retry(job): The user wants a failed or cancelled job done again.
        cancel_asked(job): The user wants it cancelled.

    Args:
        scrubber: Knows the names that no copied text may hold.
    """

    retry = Signal(object)
    cancel_asked = Signal(object)

    def __init__(self, lanes: Lanes, scrubber: Scrubber, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._scrubber = lanes, scrubber
        self._repeatable: Callable[[Job], bool] = _always
        self.model = JobList(lanes, self)
        self.list = QListView()
        self.list.setAccessibleName("Jobs of this session")
        self.list.setModel(self.model)
        self.list.setItemDelegate(_JobRow(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.empty = Label(NOTHING, "soft")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.list)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 8)
        self._row.setSpacing(12)
        self._row.addWidget(self._stack, 3)
        self._aside = self._made_details()
        self._row.addWidget(self._aside, 2)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.model.refresh)
        self._timer.timeout.connect(self._show)
        lanes.changed.connect(self._show)
        self._show()

    def add_before(self, widget: QWidget) -> None:
        """Give a widget the room before the list."""
        self._row.insertWidget(0, widget, 5)

    def set_repeatable(self, repeatable: Callable[[Job], bool]) -> None:
        """Say which jobs could be done again; for the others that is not offered."""
        self._repeatable = repeatable
        self._show()

    @property
    def job(self) -> Job | None:
        """The job that is chosen."""
        return self.model.job(self.list.currentIndex())

    def showEvent(self, event: QShowEvent) -> None:
        """Times go on only while somebody can see them."""
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        self._timer.stop()
        super().hideEvent(event)

    def _made_details(self) -> QFrame:
        frame = QFrame()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        self._about = Label("", "strong", wrap=True)
        self._text, self._details = Label("", wrap=True), Label("", "hint", wrap=True)
        for label in (self._text, self._details):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.cancel_button, self.retry_button = Button("Cancel"), Button("Retry", icon="retry")
        self.details_button, self.copy_button = Button("Details", "quiet"), Button("Copy", "quiet", icon="copy")
        self.details_button.setCheckable(True)
        self.details_button.toggled.connect(self._show_details)
        self.cancel_button.clicked.connect(self._cancel)
        self.retry_button.clicked.connect(self._retry)
        self.copy_button.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        for button in (self.cancel_button, self.retry_button, self.details_button, self.copy_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        for label in (self._about, self._text, self._details):
            column.addWidget(label)
        column.addLayout(buttons)
        column.addStretch(1)
        return frame

    @Slot()
    def _show(self) -> None:
        job = self.job
        self._stack.setCurrentWidget(self.list if self._lanes.jobs else self.empty)
        failed = job is not None and job.state is State.FAILED
        trouble = job.trouble if job is not None else None
        self._aside.setVisible(job is not None)
        self._about.setText(job.request.title if job else "")
        self._text.setText(trouble.text if trouble else stage_text(job) if job else "")
        self._details.setText(trouble.details if trouble else "")
        self._details.setVisible(bool(trouble and trouble.details and self.details_button.isChecked()))
        self.cancel_button.setVisible(job is not None and not job.state.over)
        self.cancel_button.setEnabled(job is not None and job.state is not State.CANCELLING)
        over = job is not None and job.state in (State.FAILED, State.CANCELLED)
        self.retry_button.setVisible(over and job is not None and self._repeatable(job))
        self.details_button.setVisible(bool(trouble and trouble.details))
        self.copy_button.setVisible(failed)

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        self.details_button.setChecked(False)
        self._show()

    @Slot(bool)
    def _show_details(self, on: bool) -> None:
        self._show()

    @Slot()
    def _cancel(self) -> None:
        job = self.job
        if job is not None:
            self.cancel_asked.emit(job)

    @Slot()
    def _retry(self) -> None:
        job = self.job
        if job is not None:
            self.retry.emit(job)

    @Slot()
    def _copy(self) -> None:
        job = self.job
        if job is not None:
            QGuiApplication.clipboard().setText(report_of(job, self._scrubber))


class JobList(QAbstractListModel):
    """The jobs as a list, the latest first."""

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes: HasJobs = lanes
        self._shown: list[Job] = list(reversed(lanes.jobs))
        lanes.changed.connect(self.refresh)

    def job(self, index: Index) -> Job | None:
        """The job of a row."""
        return self._shown[index.row()] if 0 <= index.row() < len(self._shown) else None

    def rowCount(self, parent: Index | None = None) -> int:
        """How many there are."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A job in a line, for whoever cannot see the row."""
        job = self.job(index)
        if job is None or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        return f"{job.request.title}, {STATE_WORDS[job.state][0]}, {clock(job.seconds)}"

    @Slot()
    def refresh(self) -> None:
        """Take in jobs that came, and draw the others anew; the list keeps some hundred at most."""
        now = list(reversed(self._lanes.jobs))
        fresh = len(now) - len(self._shown)
        if fresh > 0 and now[fresh:] == self._shown:
            self.beginInsertRows(QModelIndex(), 0, fresh - 1)
            self._shown = now
            self.endInsertRows()
        elif now != self._shown:
            self.beginResetModel()
            self._shown = now
            self.endResetModel()
        elif now:
            self.dataChanged.emit(self.index(0), self.index(len(now) - 1))


class _JobRow(QStyledItemDelegate):
    """A row: title and state, below it the stage, and a bar while it runs."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines."""
        return QSize(240, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        model = index.model()
        job = model.job(index) if isinstance(model, JobList) else None
        if job is None:
            return
        area = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        canvas = PainterCanvas(painter, style.theme())
        x, y, right = area.x() + 10.0, float(area.y()), area.right() - 10.0
        if chosen:
            canvas.box(Rect(area.x(), y + 1, area.width(), ROW - 2.0), Fill("tint"), None, 6.0)
        word, role = STATE_WORDS[job.state]
        tail = f"{word} · {clock(job.seconds)}" if job.started_at else word
        canvas.text(right, y + 18.0, tail, Type(12, 500, role), "end")
        room = right - x - width(tail, Type(12, 500)) - 16.0
        canvas.text(x, y + 18.0, elide(job.request.title, Type(13, 500), room), Type(13, 500))
        if job.state in (State.RUNNING, State.CANCELLING):
            canvas.box(Rect(right - 120.0, y + 29.0, 120.0, 4.0), Fill("grid"), None, 2.0)
            canvas.box(Rect(right - 120.0, y + 29.0, 120.0 * (fraction(job) or 0.0), 4.0), Fill("accent"), None, 2.0)
            room = right - x - 136.0
        else:
            room = right - x
        below = job.trouble.text if job.trouble else f"{job.added_at:%H:%M:%S}  {stage_text(job)}"
        canvas.text(x, y + 35.0, elide(below, Type(12, 400, "soft"), room), Type(12, 400, "soft"))
        painter.restore()


class _Bar(QProgressBar):
    """A thin bar that moves to and fro while nothing is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedWidth(110)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Progress of the running job")

    def set_share(self, share: float | None) -> None:
        """From 0 to 1, or None."""
        self.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self.setValue(round(1000 * share))
