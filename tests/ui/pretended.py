"""Lanes whose jobs do nothing until a test says what a worker would."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from survgui.cases.bundle import read_manifest
from survgui.cases.display import BundleFacts
from survgui.settings import Settings
from survgui.ui.jobs import Job
from survgui.ui.lane_thread import Ticket
from survgui.ui.logbook import Logbook
from survgui.ui.tasks import COMPUTE, Request
from survgui.ui.window import Window
from tests.conftest import REPOSITORY
from tests.ui import samples


class PretendedLanes(QObject):
    """Takes requests as the real ones do; `begin`, `give` and `fail` are the worker."""

    added, changed = Signal(Job), Signal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self.jobs, self.warmed, self.closed = [], False, False

    @property
    def busy(self):
        return any(not job.state.over for job in self.jobs)

    def submit(self, request, *, done=None, failed=None, stepped=None, partial=None, ended=None):
        job = Job(request, Ticket(len(self.jobs) + 1, request), self)
        slots = (job.succeeded, done), (job.failed, failed), (job.stepped, stepped), (job.partial, partial)
        for signal, slot in (*slots, (job.ended, ended)):
            if slot is not None:
                signal.connect(slot)
        job.changed.connect(self.changed)
        self.jobs.append(job)
        self.added.emit(job)
        self.changed.emit()
        return job

    def warm(self):
        self.warmed = True

    def close(self):
        self.closed = True
        for job in self.jobs:
            job.take("cancelled", None)

    def last(self, name):
        return next(job for job in reversed(self.jobs) if job.request.name == name)

    def names(self):
        return [job.request.name for job in self.jobs]

    def begin(self, name):
        self.last(name).take("begun", None)

    def give(self, name, value, *parts):
        """The worker has done the last job of this name; what came early is given before."""
        job = self.last(name)
        job.take("begun", None)
        for part in parts:
            job.take("part", part)
        job.take("done", value)

    def fail(self, name, trouble):
        self.begin(name)
        self.last(name).take("failed", trouble)


def opened_window(qtbot, monkeypatch, chosen=None):
    """A whole window over pretended lanes, on show."""
    monkeypatch.setattr("survgui.ui.window.Lanes", PretendedLanes)
    window = Window(chosen or Settings(), Logbook())
    qtbot.addWidget(window)
    window.show()
    return window


def bundle_facts(name="demo-simulated", folder="b", **more):
    """The shipped bundle as a worker describes it, by any name."""
    manifest = read_manifest(REPOSITORY / "models" / "demo-simulated")
    return BundleFacts(Path(folder), replace(manifest, name=name), **more)


def with_bundles(window, *names):
    """The bundles were listed; the first is in use."""
    window.session.refresh_bundles()
    window.lanes.give("bundles.listing", tuple(bundle_facts(name, name) for name in names or ("demo-simulated",)))


def with_case(window, **more):
    """A case was opened."""
    facts = samples.case_facts(**more)
    window.session.open_case(facts.key)
    window.lanes.give("cases.open", facts)
    return facts


def with_estimate(window, **more):
    """The open case was predicted."""
    made = samples.predicted(**more)
    window.session.predict()
    window.lanes.give("predictions.predict", made)
    return made


def request(name):
    """A request of the compute lane that means nothing."""
    return Request(name, name, COMPUTE, {})
