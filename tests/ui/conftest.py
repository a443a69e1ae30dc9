"""What every test of the window gets: lanes with tasks that only pretend to work, and a look at what is left."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from survgui.ui import background
from survgui.ui.jobs import Lanes
from tests.worker.tasks import TASKS


@contextmanager
def nothing_is_left() -> Iterator[None]:
    """Fail where threads, processes, running timers or windows come in this time and do not go: they fail others."""
    gc.collect()
    gc.freeze()  # what is there already is not listed any more: a look at what has come takes a hundredth of the time
    children = set(multiprocessing.active_children())
    yield
    background.shared().close()
    _delete_what_is_to_be_deleted()
    if _come(children):  # objects that hold each other go with the next collection, and are no leak
        gc.collect()
        _delete_what_is_to_be_deleted()
    left = _come(children)
    for item in left:  # the next test is not to suffer from this one
        _remove(item)
    assert not left, f"left behind: {', '.join(map(_described, left))}"


@pytest.fixture
def open_desk(qapp, qtbot):
    """Opens a window, and another one; closed however the journey ends."""
    from tests.ui.desk import Desk

    made = []

    def opened():
        made.append(Desk(qtbot))
        return made[-1]

    yield opened
    for desk in made:
        desk.close()


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication) -> Iterator[None]:
    """Every test leaves the process as it found it."""
    with nothing_is_left():
        yield


@pytest.fixture
def lanes(qapp: QApplication) -> Iterator[Lanes]:
    """Both lanes; beside the real tasks they know those of tests.worker.tasks."""
    made = Lanes(extra=TASKS)
    yield made
    made.close()
    made.deleteLater()


def _come(children: set[object]) -> list[object]:
    """Threads that run, timers that are active, windows and processes that have come, as far as Python made them."""
    kinds = (QThread, QTimer, QWidget)
    # types first: isinstance would wake proxies of things that are gone
    found = [o for o in gc.get_objects() if issubclass(type(o), kinds)]
    new = [child for child in multiprocessing.active_children() if child not in children]
    return [*(o for o in found if shiboken6.isValid(o) and _matters(o)), *new]


def _matters(item: QObject) -> bool:
    if isinstance(item, QThread):
        return item.isRunning() and item is not QCoreApplication.instance().thread()
    if isinstance(item, QTimer):
        return item.isActive()
    return isinstance(item, QWidget) and item.isWindow() and item.parent() is None


def _delete_what_is_to_be_deleted() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _remove(item: object) -> None:
    if isinstance(item, multiprocessing.process.BaseProcess):
        item.kill()
    elif isinstance(item, QTimer):
        item.stop()
    elif isinstance(item, QWidget):
        item.deleteLater()
    elif isinstance(item, QThread):
        item.requestInterruption()
        item.quit()
        item.wait(2000)


def _described(item: object) -> str:
    if isinstance(item, QObject):
        return f"{type(item).__name__} {item.objectName()!r} of {type(item.parent()).__name__}"
    return repr(item)
