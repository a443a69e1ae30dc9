import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from survgui.ui.drawing import Drawing, Offer
from survgui.ui.widgets.drawing_menu import DrawingButton

OFFER = Offer(("gaussian", "flow", "ddim", "mean"), "gaussian", 1)


@pytest.fixture
def button(qtbot):
    made = DrawingButton()
    qtbot.addWidget(made)
    made.show_drawing(OFFER, Drawing("flow"))
    made.show()
    return made


def entries(menu):
    return {a.text(): a for a in menu.actions() if not a.isSeparator()}


def choose(qtbot, button, *words):
    """Open the menu as a user does and click through it."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    for word in words:
        menu = QApplication.activePopupWidget()
        at = menu.actionGeometry(entries(menu)[word]).center()
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=at)
        qtbot.waitUntil(lambda one=menu: QApplication.activePopupWidget() is not one)


def test_what_is_chosen_is_said_and_marked(button):
    assert button.text() == "Flow, 4 steps · 20 draws" and "Flow, 4 steps" in button.accessibleName()
    marked = {text: a.isChecked() for text, a in entries(button.choices).items() if a.menu() is None}
    assert marked == {
        "Gaussian (closed form)  ★ as published": False,
        "Flow, 4 steps": True,
        "Diffusion (DDIM), 50 steps": False,
        "Mean only: no spread": False,
    }


def test_another_generator_comes_with_its_usual_steps(button, qtbot):
    with qtbot.waitSignal(button.drawing_chosen) as chosen:
        choose(qtbot, button, "Diffusion (DDIM), 50 steps")
    assert chosen.args == [Drawing("ddim", 50, 20)]
    with qtbot.assertNotEmitted(button.drawing_chosen):
        choose(qtbot, button, "Flow, 4 steps")  # is chosen already


def test_steps_and_draws_are_chosen_one_by_one(button, qtbot):
    for words, wanted in (
        (("Steps", "8 steps"), Drawing("flow", 8, 20)),
        (("Draws", "5 draws"), Drawing("flow", 4, 5)),
    ):
        with qtbot.waitSignal(button.drawing_chosen) as chosen:
            choose(qtbot, button, *words)
        assert chosen.args == [wanted]


@pytest.mark.parametrize(("name", "submenus"), [("mean", set()), ("gaussian", {"Draws"}), ("ddim", {"Steps", "Draws"})])
def test_steps_and_draws_are_offered_where_they_apply(button, name, submenus):
    button.show_drawing(OFFER, Drawing(name))
    assert {text for text, action in entries(button.choices).items() if action.menu() is not None} == submenus


def test_a_number_of_steps_that_is_not_usual_is_offered_too(button):
    button.show_drawing(OFFER, Drawing("flow", 6, 33))
    steps, draws = (entries(button.choices)[name].menu() for name in ("Steps", "Draws"))
    assert entries(steps)["6 steps"].isChecked() and entries(draws)["33 draws"].isChecked()
    assert entries(button.choices)["Flow, 6 steps"].isChecked()


def test_without_a_model_nothing_is_offered(button):
    button.show_drawing(Offer(), Drawing())
    assert not button.isEnabled() and button.text() == "no model"


def test_a_brief_button_says_the_whole_in_its_tooltip(qtbot):
    brief = DrawingButton(brief=True)
    qtbot.addWidget(brief)
    brief.show_drawing(OFFER, Drawing("ddim"))
    assert brief.text() == "fan: 20 × DDIM 50" and "Diffusion (DDIM), 50 steps · 20 draws" in brief.toolTip()
