from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from survgui.ui.actions import WORKSPACES
from survgui.ui.rail import Rail


def made(qtbot):
    menu = QMenu()
    menu.addAction("One")
    rail = Rail(menu)
    qtbot.addWidget(rail)
    qtbot.addWidget(menu)
    rail.resize(68, 600)
    rail.show()
    return rail, menu


def test_a_click_chooses_a_workspace(qtbot):
    rail, _ = made(qtbot)
    with qtbot.waitSignal(rail.chosen, timeout=1000) as chosen:
        qtbot.mouseClick(rail.buttons["train"], Qt.MouseButton.LeftButton)
    assert chosen.args == ["train"]
    assert rail.buttons["train"].isChecked()


def test_one_workspace_is_marked_at_a_time(qtbot):
    rail, _ = made(qtbot)
    for key, _, _ in WORKSPACES:
        rail.set_chosen(key)
        assert [k for k, button in rail.buttons.items() if button.isChecked()] == [key]


def test_buttons_have_names_and_say_their_keys(qtbot):
    rail, _ = made(qtbot)
    assert [button.accessibleName() for button in rail.buttons.values()] == [word for _, word, _ in WORKSPACES]
    assert rail.buttons["case"].toolTip() == "Case (Ctrl+2)"


def test_the_menu_opens_from_its_button(qtbot):
    rail, menu = made(qtbot)
    qtbot.mouseClick(rail.menu_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(menu.isVisible)
    menu.hide()


def test_f10_opens_the_menu(qtbot):
    rail, menu = made(qtbot)
    rail.activateWindow()
    qtbot.waitUntil(rail.isActiveWindow)
    qtbot.keyClick(rail, Qt.Key.Key_F10)
    assert menu.isVisible()
    menu.close()
