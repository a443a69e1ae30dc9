"""A list of jobs without lanes: what a worker would say is said by the test."""

from PySide6.QtCore import QObject, Signal

from survgui.ui.jobs import Job
from survgui.ui.lane_thread import Ticket
from survgui.ui.tasks import COMPUTE, Request


class FakeLanes(QObject):
    added = Signal(object)
    changed = Signal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self.jobs = []

    def add(self, title, lane=COMPUTE, **arguments):
        request = Request("test.task", title, lane, arguments)
        job = Job(request, Ticket(len(self.jobs) + 1, request), self)
        job.changed.connect(self.changed)
        self.jobs.append(job)
        self.added.emit(job)
        self.changed.emit()
        return job
