import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget

from survgui.ui.actions import ACTS, MENUS, NEEDS
from survgui.ui.commands import Commands


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


def test_every_act_is_an_action_in_its_menu(window):
    commands = Commands(window)
    assert list(commands.actions) == [act.id for name in MENUS for act in ACTS if act.menu == name]
    menus = {action.text(): action.menu() for action in commands.menu.actions()}
    for act in ACTS:
        assert commands.actions[act.id] in menus[act.menu].actions()


def test_a_shortcut_asks_for_its_act(window, qtbot):
    commands = Commands(window)
    commands.set_possible({"model": True})
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    with qtbot.waitSignal(commands.asked, timeout=1000) as asked:
        qtbot.keyClick(window, Qt.Key.Key_F5)
    assert asked.args == ["predict"]


def test_a_local_shortcut_works_in_its_place_alone(window, qtbot):
    commands, here, beside = Commands(window), QWidget(), QWidget()
    whole = QWidget()
    window.setCentralWidget(whole)
    for place in (here, beside):
        place.setParent(whole)
    commands.settle(here)
    commands.set_possible({})
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    asked = []
    commands.asked.connect(asked.append)
    for place, heard in ((beside, []), (window, []), (here, ["impute-now"])):
        place.setFocus()
        qtbot.keyClick(place, Qt.Key.Key_I)
        assert asked == heard


def test_what_is_not_possible_is_disabled_and_says_why(window):
    commands = Commands(window)
    commands.set_possible({"case": False, "model": False, "predicted": False})
    assert not commands.actions["predict"].isEnabled()
    assert commands.actions["predict"].toolTip() == NEEDS["model"]
    assert commands.actions["new-case"].isEnabled()
    commands.set_possible({"case": True, "model": True, "predicted": True})
    assert commands.actions["predict"].isEnabled()


def test_acts_are_found_by_id(window):
    assert Commands(window).act("report").slot == "show_report"
