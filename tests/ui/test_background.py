from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from survgui.errors import StorageError, Trouble
from survgui.ui import background
from survgui.ui.background import Background


class Listener(QObject):
    """Remembers what it got, and in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[object] = []
        self.threads: set[bool] = set()

    @Slot(object)
    def take(self, value: object) -> None:
        self.got.append(value)
        self.threads.add(QThread.isMainThread())


@pytest.fixture
def runner(qapp):
    made = Background()
    yield made
    made.close()


def test_functions_run_in_their_order_elsewhere_and_results_come_here(runner, qtbot):
    listener = Listener()
    where: list[bool] = []

    def work(number: int):
        where.append(threading.current_thread() is threading.main_thread())
        return number * number

    for number in range(20):
        runner.run(lambda number=number: work(number), listener.take)
    qtbot.waitUntil(lambda: not runner.busy)
    assert listener.got == [n * n for n in range(20)]
    assert listener.threads == {True}
    assert where == [False] * 20


def test_an_exception_is_a_trouble_and_the_next_function_runs(runner, qtbot):
    listener, failed = Listener(), Listener()

    def full() -> None:
        raise StorageError("a.png could not be written (disk full); nothing was changed there")

    runner.run(full, listener.take, failed.take)
    runner.run(lambda: {}["absent"], listener.take, failed.take)
    runner.run(lambda: 3, listener.take, failed.take)
    qtbot.waitUntil(lambda: not runner.busy)
    said = "a.png could not be written (disk full); nothing was changed there"
    assert failed.got[0] == Trouble("StorageError", said)
    assert failed.got[1].kind == "KeyError"
    assert listener.got == [3]


def test_to_close_finishes_what_was_asked_for(runner, tmp_path):
    for name in "abc":
        runner.run(lambda name=name: (tmp_path / name).write_text(name, "utf-8"))
    runner.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_it_can_be_used_again_after_it_was_closed(runner, qtbot):
    listener = Listener()
    runner.close()
    runner.run(lambda: 1, listener.take)
    qtbot.waitUntil(lambda: listener.got == [1])


def test_a_receiver_that_is_gone_is_not_told(runner, qtbot):
    listener = Listener()
    hold = threading.Event()
    runner.run(hold.wait, listener.take)
    listener.deleteLater()
    qtbot.wait(0)
    hold.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert listener.got == []


def test_the_shared_one_is_one(qapp):
    assert background.shared() is background.shared()
