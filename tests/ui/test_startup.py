"""The start of the window as a fresh process has it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from survgui.ui import startup


def test_a_fresh_process_says_when_its_window_was_painted(monkeypatch, tmp_path):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("SURVGUI_HOME", str(tmp_path))
    began = time.time()
    code = f"from survgui.ui.startup import first_paint; first_paint({began!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert 0.0 < found["ms"] < 1e3 * (time.time() - began)
    assert found["heavy"] == []
    assert any(name.endswith("window.py") for name in found["files"])
    assert all(Path(name).is_file() for name in found["files"])


def test_the_heavy_libraries_are_those_that_the_window_must_not_load():
    assert {"torch", "sksurv", "pandas", "scipy", "nibabel", "h5py", "pyqtgraph"} <= set(startup.HEAVY)


def test_the_watch_looks_at_the_first_paint_only(qapp, qtbot, monkeypatch):
    from PySide6.QtWidgets import QWidget

    ended = []
    monkeypatch.setattr(type(qapp), "exit", lambda *_: ended.append(True))
    view, watch = QWidget(), startup.Watch(qapp)
    qtbot.addWidget(view)
    view.installEventFilter(watch)
    assert watch.painted_at == 0.0
    view.show()
    qtbot.waitUntil(lambda: watch.painted_at > 0.0)
    first = watch.painted_at
    view.repaint()
    qtbot.wait(5)
    assert watch.painted_at == first == pytest.approx(time.time(), abs=30.0) and ended == [True]
