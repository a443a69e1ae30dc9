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
    before = set(map(id, _objects()))
    yield
    background.shared().close()
    _delete_what_is_to_be_deleted()
    if _leftovers(before):  # objects that hold each other go with the next collection, and are no leak
        gc.collect()
        _delete_what_is_to_be_deleted()
    left = _leftovers(before)
    for item in left:  # the next test is not to suffer from this one
        _remove(item)
    assert not left, f"left behind: {', '.join(map(_described, left))}"


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


def _objects() -> list[object]:
    """Every thread that runs, timer that is active, window and process, as far as Python made them."""
    kinds = (QThread, QTimer, QWidget)
    # types first: isinstance would wake proxies of things that are gone
    found = [o for o in gc.get_objects() if issubclass(type(o), kinds)]
    return [*(o for o in found if shiboken6.isValid(o) and _matters(o)), *multiprocessing.active_children()]


def _matters(item: QObject) -> bool:
    if isinstance(item, QThread):
        return item.isRunning() and item is not QCoreApplication.instance().thread()
    if isinstance(item, QTimer):
        return item.isActive()
    return isinstance(item, QWidget) and item.isWindow() and item.parent() is None


def _leftovers(before: set[int]) -> list[object]:
    return [o for o in _objects() if id(o) not in before]


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
