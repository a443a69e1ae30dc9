import importlib
import subprocess
import sys

import pytest
import shiboken6
from PySide6.QtCore import Qt

from survgui.ui.explore import opening
from survgui.ui.explore.dialog import CHANGED
from survgui.ui.widgets.figure_view import FigureView
from tests.ui.explore import samples

ESCAPE = Qt.Key.Key_Escape


@pytest.fixture
def view(qtbot):
    made = samples.view()
    qtbot.addWidget(made)
    return made


def entry(view):
    return next(a for a in view.menu.actions() if a.text().startswith("Explore"))


def explored(view, qtbot):
    """Choose the entry and wait for the dialog."""
    before = view.explorer.dialog
    entry(view).trigger()
    qtbot.waitUntil(lambda: view.explorer.dialog not in (None, before))
    return view.explorer.dialog


def test_the_entry_is_there_only_where_there_are_series(view):
    assert entry(view).isVisible()
    view.set_figure(samples.paint)
    assert not entry(view).isVisible()
    view.set_figure(None, series=samples.plot)
    assert not view.explorer.ready


def test_the_entry_opens_the_dialog_of_the_figure(view, qtbot):
    dialog = explored(view, qtbot)
    assert dialog.isVisible()
    assert dialog.plot.x == 20.0
    qtbot.keyClick(dialog, ESCAPE)
    assert view.explorer.dialog is None
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))


def test_opening_again_replaces_the_dialog(view, qtbot):
    first = explored(view, qtbot)
    second = explored(view, qtbot)
    qtbot.waitUntil(lambda: not shiboken6.isValid(first))
    assert second.isVisible()
    qtbot.keyClick(second, ESCAPE)


def test_an_impatient_user_gets_one_dialog(view, qtbot, monkeypatch):
    loaded = []
    monkeypatch.setattr(opening, "load", lambda: loaded.append(1) or importlib.import_module(opening.MODULE))
    entry(view).trigger()
    entry(view).trigger()
    qtbot.waitUntil(lambda: view.explorer.dialog is not None)
    assert len(loaded) == 1
    qtbot.keyClick(view.explorer.dialog, ESCAPE)


def test_another_figure_is_no_longer_what_is_explored(view, qtbot):
    dialog = explored(view, qtbot)
    assert dialog.changed.text() == ""
    view.set_figure(samples.paint, series=samples.plot)
    assert dialog.changed.text() == CHANGED
    view.set_figure(None)
    assert view.explorer.dialog is None
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))


def test_a_figure_that_goes_while_pyqtgraph_is_loaded_opens_nothing(view, qtbot):
    entry(view).trigger()
    view.set_figure(None)
    qtbot.waitUntil(lambda: not opening.background.shared().busy)
    assert view.explorer.dialog is None


def test_what_cannot_be_loaded_is_not_offered_again(view, qtbot, monkeypatch, caplog):
    def broken():
        raise ImportError("no pyqtgraph")

    monkeypatch.setattr(opening, "load", broken)
    with qtbot.waitSignal(view.explorer.failed):
        entry(view).trigger()
    assert not entry(view).isEnabled()
    assert "could not be loaded" in entry(view).text()
    assert "ImportError" in caplog.text


def test_a_copy_keeps_the_figure(view, qtbot):
    copy = view.copy(view)
    view.set_figure(None)
    assert "20,0.6" in copy.rendering("csv")().decode()
    assert copy.rendering("png")().startswith(b"\x89PNG")
    assert not copy.isVisible()
    assert isinstance(copy, FigureView)


def test_pyqtgraph_is_loaded_with_the_first_dialog_only():
    code = """
import sys
import survgui.ui.window, survgui.ui.explore.plots
from survgui.ui.explore import opening
before = "pyqtgraph" in sys.modules
opening.load()
heavy = {"scipy", "pandas", "torch", "h5py", "matplotlib"}
print(before, "pyqtgraph" in sys.modules, *sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "True"]
