from __future__ import annotations

import gc
import multiprocessing
import time

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget

from tests.ui.conftest import _come


def found() -> list[object]:
    return _come(set())


def test_a_running_timer_is_found(qapp):
    timer = QTimer()
    assert timer not in found()
    timer.start(1000)
    assert timer in found()
    timer.stop()
    assert timer not in found()


def test_a_running_thread_is_found(qapp):
    thread = QThread()
    assert thread not in found()
    thread.start()
    assert thread in found()
    thread.quit()
    thread.wait()
    assert thread not in found()


def test_a_window_is_found_and_what_is_in_it_is_not(qapp):
    window = QWidget()
    inside = QWidget(window)
    assert window in found() and inside not in found()
    window.deleteLater()


def test_a_process_is_found(qapp):
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    process.start()
    assert process in found()
    process.kill()
    process.join()
    assert process not in found()


def test_what_was_there_before_is_no_leftover(qapp):
    timer = QTimer()
    timer.start(1000)
    gc.freeze()  # as `nothing_is_left` does at its start
    assert timer not in found()
    timer.stop()
