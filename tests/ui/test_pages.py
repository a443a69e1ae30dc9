"""That pages come with their first use, know what there is by then, and that everything is loaded beforehand."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog

from survgui.settings import Settings
from survgui.ui import background, pages
from tests.ui import pretended

NAMES = ("case_page", "cases", "cohort", "train", "models", "report", "preferences")


@pytest.fixture
def window(qtbot, monkeypatch):
    return pretended.opened_window(qtbot, monkeypatch, Settings(mri_convention="neurological", recent_cohorts=("/c",)))


def test_a_window_begins_without_its_pages(window):
    assert not [name for name in NAMES if window.has(name)]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_made_once_and_stands_in_the_window(window, name):
    made = getattr(window, name)
    assert window.has(name) and getattr(window, name) is made
    assert made.window() is made if isinstance(made, QDialog) else made.window() is window


def test_the_cases_page_is_made_once_everything_is_loaded(window, qtbot):
    window.start()
    for name in ("case_page", "cohort", "cohort_import"):  # each in a turn of its own
        qtbot.waitUntil(lambda name=name: window.has(name))
    assert window.welcome.isVisible() and not window.case_page.isVisible()


def test_opening_a_case_makes_its_page_and_no_other(window):
    pretended.with_bundles(window)
    pretended.with_case(window)
    assert [name for name in NAMES if window.has(name)] == ["case_page"]
    assert window.case_page.isVisible()


def test_a_page_that_comes_late_knows_the_bundles_and_the_settings(window):
    pretended.with_bundles(window, "one", "two")
    window.go("models")
    assert [facts.name for facts in window.models._bundles] == ["one", "two"]
    assert window.case_page.mri.scene.convention == "neurological"
    assert [action.data() for action in window.cohort._menu.actions()] == [Path("/c")]


def test_the_dialogs_of_the_menu_belong_to_the_window(window):
    actions = window.commands.actions.values()
    for dialog in (window.palette_of(actions), window.shortcuts_of(actions), window.about_dialog()):
        assert dialog.parent() is window


def test_everything_is_loaded_in_turns_of_the_event_loop(qtbot):
    load = pages.Preload()
    load.start()
    assert not load.over
    qtbot.waitUntil(lambda: load.over)
    background.shared().close()
    assert not [name for name in (*pages.LATER, *pages.ASIDE) if name not in sys.modules]
    load.stop()


def test_garbage_is_collected_again_but_not_among_what_was_loaded():
    code = (
        "import gc, sys; gc.disable()\n"
        "from survgui.ui import pages\n"
        "pages._collect_again(); frozen = gc.get_freeze_count(); print(gc.isenabled(), frozen > 1000)\n"
        "pages._collect_again(); print(gc.get_freeze_count() == frozen)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["True", "True", "True"], done.stderr


def test_nothing_is_loaded_after_it_was_stopped(qtbot):
    load = pages.Preload()
    load.start()
    load.stop()
    qtbot.wait(20)
    assert not load.over


def test_the_window_is_made_without_its_pages_and_they_are_all_in_the_list():
    code = (
        "import sys, pkgutil, survgui.ui.window; from survgui.ui import pages\n"
        "early = {name for name in sys.modules if name.startswith('survgui.ui.')}\n"
        "print(*sorted(early & set(pages.LATER)))\n"
        "for name in pages.LATER: __import__(name)\n"
        "late = {name for name in sys.modules if name.startswith('survgui.ui.')} - early\n"
        "for name in ('case', 'cases', 'cohort', 'train', 'models', 'report'):\n"
        "    made = [m for m in late if m.startswith(f'survgui.ui.{name}.')]\n"
        "    assert made, name\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
