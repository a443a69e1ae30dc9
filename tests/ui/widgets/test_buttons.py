import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from survgui.ui import style
from survgui.ui.widgets.buttons import Button, IconButton, Segmented, Switch


def test_a_button_has_a_name_a_tip_and_a_kind(qtbot):
    button = Button("Predict", "primary", tip="Predict (F5)")
    qtbot.addWidget(button)
    assert (button.accessibleName(), button.toolTip(), button.property("kind")) == (
        "Predict",
        "Predict (F5)",
        "primary",
    )
    with qtbot.waitSignal(button.clicked, timeout=1000):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_a_button_is_pressed_by_keys(qtbot, key):
    made = Button("Next")
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitSignal(made.clicked, timeout=1000):
        qtbot.keyClick(made, key)


def test_buttons_are_large_enough_to_hit(qapp, qtbot):
    style.apply(qapp, "light")
    for button in (Button("Go"), Button("Log", "quiet"), IconButton("more", "More")):
        qtbot.addWidget(button)
        button.show()
        assert button.height() >= 24 and button.width() >= 24


def test_a_mark_is_a_property_of_the_sheet(qtbot):
    button = Button("Checks 2", "quiet")
    qtbot.addWidget(button)
    button.mark("warn", True)
    assert button.property("warn") is True
    button.mark("warn", False)
    assert button.property("warn") is False


def test_icons_change_their_colour_with_the_theme(qapp, qtbot):
    style.apply(qapp, "light")
    button = IconButton("more", "More")
    qtbot.addWidget(button)
    button.show()
    before = button.icon().pixmap(24, 24).toImage()
    style.apply(qapp, "dark")
    assert button.icon().pixmap(24, 24).toImage() != before
    style.apply(qapp, "light")
    assert button.icon().pixmap(24, 24).toImage() == before


@pytest.fixture
def segmented(qtbot):
    made = Segmented([("a", "One"), ("b", "Two"), ("c", "Three")])
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_first_choice_is_chosen_and_a_click_chooses_another(segmented, qtbot):
    assert segmented.key == "a"
    with qtbot.waitSignal(segmented.chosen, timeout=1000) as chosen:
        qtbot.mouseClick(segmented.button("c"), Qt.MouseButton.LeftButton)
    assert chosen.args == ["c"] and segmented.key == "c"


def test_choosing_by_program_tells_nobody(segmented, qtbot):
    with qtbot.assertNotEmitted(segmented.chosen):
        segmented.set_chosen("b")
        segmented.set_chosen("unknown")
    assert segmented.key == "b"


def test_choices_can_be_replaced(segmented):
    segmented.set_options([("x", "X"), ("y", "Y")])
    assert segmented.key == "x"
    segmented.set_options([])
    assert segmented.key == ""


def test_a_choice_can_be_made_by_keyboard(segmented, qtbot):
    segmented.button("b").setFocus()
    with qtbot.waitSignal(segmented.chosen, timeout=1000):
        qtbot.keyClick(segmented.button("b"), Qt.Key.Key_Space)
    assert segmented.key == "b"


def test_a_switch_is_on_or_off(qtbot):
    switch = Switch("Heat map", "On or off (H)")
    qtbot.addWidget(switch)
    switch.show()
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton, pos=switch.rect().center() / 4)
    assert switch.isChecked() and switch.accessibleName() == "Heat map"


def test_tab_stops_at_what_is_chosen_and_arrows_go_on(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    row = QHBoxLayout(holder)
    before, choice, after = Button("before"), Segmented((("a", "A"), ("b", "B"), ("c", "C"))), Button("after")
    for widget in (before, choice, after):
        row.addWidget(widget)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    choice.set_chosen("b")
    before.setFocus()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    assert holder.focusWidget() is choice.button("b")
    with qtbot.waitSignal(choice.chosen) as chosen:
        qtbot.keyClick(choice.button("b"), Qt.Key.Key_Right)
    assert chosen.args == ["c"] and holder.focusWidget() is choice.button("c")
    qtbot.keyClick(choice.button("c"), Qt.Key.Key_Tab)
    assert holder.focusWidget() is after
    qtbot.keyClick(after, Qt.Key.Key_Backtab)
    assert holder.focusWidget() is choice.button("c")
