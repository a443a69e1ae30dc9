from __future__ import annotations

import gc
import os
import sys

import pytest

import survgui.__main__
import survgui.cli.main
import survgui.ui.app


@pytest.fixture(autouse=True)
def garbage_is_collected():
    """The window's own modules turn it on again, where they are really loaded."""
    yield
    gc.enable()


def called_with(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["survgui", *arguments])
    return survgui.__main__.main()


def test_openmp_is_told_to_wait_before_anything_loads(monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    seen = []
    monkeypatch.setattr(survgui.cli.main, "run", lambda argv: seen.append((argv, os.environ["OMP_WAIT_POLICY"])) or 3)
    assert called_with(monkeypatch, "doctor") == 3
    assert seen == [(["doctor"], "PASSIVE")]


@pytest.mark.parametrize(("arguments", "demo"), [((), False), (("demo", "--window"), True)])
def test_the_window_opens_without_arguments_and_with_the_demo(monkeypatch, arguments, demo):
    opened = []
    monkeypatch.setattr(survgui.ui.app, "run", lambda *, demo: opened.append((demo, os.environ["OMP_WAIT_POLICY"])))
    assert called_with(monkeypatch, *arguments) is None
    assert opened == [(demo, "PASSIVE")]


def test_no_garbage_is_looked_for_while_the_window_is_loaded(monkeypatch):
    seen = []
    monkeypatch.setattr(survgui.ui.app, "run", lambda *, demo: seen.append(gc.isenabled()))
    called_with(monkeypatch)
    assert seen == [False]


def test_the_window_is_opened_only_when_asked_for(monkeypatch):
    monkeypatch.setattr(survgui.ui.app, "run", lambda **_: pytest.fail("a window was opened"))
    monkeypatch.setattr(survgui.cli.main, "run", lambda argv: len(argv))
    assert called_with(monkeypatch, "demo", "--out", "somewhere") == 3


def test_where_there_is_no_display_one_line_says_what_to_do(monkeypatch, capsys):
    if sys.platform != "linux":
        pytest.skip("elsewhere there is always a display")
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert called_with(monkeypatch) == 1
    said = capsys.readouterr().err
    assert said.startswith("survgui: there is no display") and said.count("\n") == 1
    assert "survgui --help" in said
