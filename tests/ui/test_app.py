"""The application: opened and ended in order, and no fault without a word."""

import logging
import subprocess
import sys

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from survgui import settings
from survgui.settings import Settings
from survgui.ui import app, style
from survgui.ui.window import Window
from tests.ui import pretended


@pytest.mark.parametrize(
    ("variables", "there"), [({}, False), ({"DISPLAY": ":0"}, True), ({"QT_QPA_PLATFORM": "x"}, True)]
)
def test_on_linux_a_display_is_looked_for(monkeypatch, variables, there):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert app.has_display() is there
    monkeypatch.setattr(sys, "platform", "win32")
    assert app.has_display()


def test_the_application_is_the_one_that_runs(qapp):
    assert app.application() is qapp
    assert qapp.applicationName() == qapp.applicationDisplayName() == "survgui"


def test_what_nobody_caught_is_said_and_logged_without_its_text(qtbot, monkeypatch, caplog):
    window = pretended.opened_window(qtbot, monkeypatch)
    fault = app._Fault(window)
    try:
        raise ValueError("C-0039 has no slide")
    except ValueError as error:
        with caplog.at_level(logging.ERROR):
            fault(type(error), error, error.__traceback__)
    assert len(window.toasts.texts) == 1 and window.isVisible()
    assert "ValueError" in caplog.text and "C-0039" not in caplog.text


def test_an_interrupt_closes_the_window(qtbot, monkeypatch):
    window = pretended.opened_window(qtbot, monkeypatch)
    app._Fault(window)(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not window.isVisible() and window.lanes.closed


@pytest.mark.parametrize("demo", [False, True])
def test_it_opens_starts_and_ends_with_the_window(qapp, monkeypatch, demo):
    monkeypatch.setattr("survgui.ui.window.Lanes", pretended.PretendedLanes)
    settings.save(Settings(theme="dark"))
    before, mode, seen = sys.excepthook, style.current().mode, []

    def look():
        try:
            (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, Window) and w.isVisible())
            seen.extend([window.lanes.names(), style.current().mode, sys.excepthook is not before])
            window.lanes.close()  # the demo would be asked about
            window.deleteLater()
        finally:
            qapp.closeAllWindows()

    QTimer.singleShot(50, look)
    assert app.run(demo=demo) == 0
    assert seen == [["bundles.listing", "batches.listing", *(["cases.demo"] if demo else [])], "dark", True]
    assert sys.excepthook is sys.__excepthook__
    sys.excepthook = before
    style.apply(qapp, mode)


def test_without_a_display_it_says_so_and_ends(monkeypatch, capsys):
    monkeypatch.setattr(app, "has_display", lambda: False)
    assert app.run() == 1
    assert capsys.readouterr().err.startswith("survgui: there is no display")


def test_a_whole_process_opens_and_ends_without_a_word(monkeypatch, tmp_path):
    """Threads and worker processes that outlive the window would end it with an abort, and say so."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("SURVGUI_HOME", str(tmp_path))
    code = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from survgui.ui import app

if __name__ == "__main__":  # workers are spawned, and import this anew
    application = app.application()
    closing = QTimer(application, interval=300)
    closing.timeout.connect(application.closeAllWindows)
    closing.start()
    sys.exit(app.run())
"""
    script = tmp_path / "opens.py"
    script.write_text(code, "utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    lines = [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line]
    assert (done.returncode, lines) == (0, [])
