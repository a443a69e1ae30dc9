import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from survgui.ui.overlay import MOST, Question, Toasts


@pytest.fixture
def ground(qtbot):
    made = QWidget()
    made.resize(1000, 700)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_toast_stands_inside_and_is_put_away(ground, qtbot):
    toasts = Toasts(ground)
    banner = toasts.say("error", "The disk is full.")
    assert toasts.texts == ["The disk is full."]
    assert ground.rect().contains(toasts.geometry())
    from survgui.ui.widgets.buttons import IconButton

    qtbot.mouseClick(banner.findChild(IconButton), Qt.MouseButton.LeftButton)
    assert toasts.texts == [] and not toasts.isVisible()


def test_the_same_message_is_said_once_and_the_pile_stays_small(ground):
    toasts = Toasts(ground)
    for text in ("a", "a", "b", "c", "d"):
        toasts.say("warning", text)
    assert toasts.texts == ["b", "c", "d"] and len(toasts.texts) == MOST
    toasts.clear()
    assert toasts.texts == []


def test_an_action_of_a_toast_is_told(ground, qtbot):
    toasts = Toasts(ground)
    banner = toasts.say("info", "Saved.", (("show", "Show in folder"),))
    with qtbot.waitSignal(toasts.acted, timeout=1000) as acted:
        qtbot.mouseClick(banner.button("show"), Qt.MouseButton.LeftButton)
    assert acted.args == ["show"]
    toasts.clear()


def test_toasts_follow_the_size_of_the_window(ground):
    toasts = Toasts(ground)
    toasts.say("warning", "x")
    ground.resize(500, 400)
    assert ground.rect().contains(toasts.geometry())


def asked(ground):
    question = Question(ground)
    question.ask("Stop the training?", "It can be resumed.", (("stay", "Go on", "plain"), ("stop", "Stop", "danger")))
    return question


def test_a_question_covers_the_window_and_gives_the_answer(ground, qtbot):
    question = asked(ground)
    assert question.geometry() == ground.rect()
    with qtbot.waitSignal(question.answered, timeout=1000) as answer:
        qtbot.mouseClick(question.button("stop"), Qt.MouseButton.LeftButton)
    assert answer.args == ["stop"] and not question.isVisible()


def test_escape_cancels_and_nothing_else_answers(ground, qtbot):
    question = asked(ground)
    with qtbot.waitSignal(question.answered, timeout=1000) as answer:
        qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert answer.args == ["cancel"]


def test_a_question_can_be_asked_again(ground):
    question = asked(ground)
    question.ask("Delete 2 cases?", "Your files stay.", (("cancel", "Cancel", "plain"),))
    assert question.title.text() == "Delete 2 cases?"
    assert question.button("cancel").text() == "Cancel"
