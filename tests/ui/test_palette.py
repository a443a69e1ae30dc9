import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from survgui.ui import style
from survgui.ui.palette import Palette, keys_of, name_of, reason_of, score

NAMES = ("New case from files…", "Open cohort…", "&Predict", "Report…", "Close case", "Find a command…")


@pytest.fixture
def window(qtbot):
    made = QWidget()
    made.resize(1000, 700)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def actions(window):
    made = [QAction(name, window) for name in NAMES]
    made[2].setShortcut(QKeySequence("F5"))
    made[3].setEnabled(False)
    made[3].setData("Predict the case first (F5).")
    return made


@pytest.fixture
def palette(actions, window):
    made = Palette(actions, window)
    made.open()
    return made


def names(palette):
    return [name_of(palette.model.action(palette.model.index(k))) for k in range(palette.model.rowCount())]


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("pre", "Predict", "Report prefix"),
        ("case", "Close case", "Uppercase"),
        ("ncf", "New case from files…", "Uncle cuffs"),
        ("cc", "Close case", "Accuracy"),
        ("oc", "Open cohort…", "Find a command… or close"),
    ],
)
def test_beginnings_of_words_come_before_letters_within(typed, better, worse):
    first, second = score(typed, better), score(typed, worse)
    assert first is not None
    assert second is None or first < second


@pytest.mark.parametrize(("typed", "name"), [("xyz", "Predict"), ("tp", "Predict"), ("predictt", "Predict")])
def test_letters_that_are_not_there_in_this_order(typed, name):
    assert score(typed, name) is None


def test_every_action_is_listed_and_what_cannot_be_done_comes_last(palette):
    assert names(palette) == [
        "New case from files…", "Open cohort…", "Predict", "Close case", "Find a command…", "Report…",
    ]  # fmt: skip


def test_typing_and_enter_carry_out_the_best(palette, actions, qtbot):
    qtbot.keyClicks(palette.field, "pred")
    assert names(palette) == ["Predict"]
    with qtbot.waitSignal(actions[2].triggered):
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()


def test_arrows_move_in_the_list(palette, actions, qtbot):
    for key, name in (
        (Qt.Key.Key_Down, "Open cohort…"),
        (Qt.Key.Key_PageDown, "Report…"),
        (Qt.Key.Key_Up, "Find a command…"),
        (Qt.Key.Key_PageUp, "New case from files…"),
        (Qt.Key.Key_Up, "New case from files…"),
    ):
        qtbot.keyClick(palette.field, key)
        assert palette.chosen.text() == name


def test_what_cannot_be_done_says_why_and_does_nothing(palette, actions, qtbot):
    done = []
    actions[3].triggered.connect(done.append)
    qtbot.keyClicks(palette.field, "report")
    assert palette.model.data(palette.model.index(0)) == "Report…, Predict the case first (F5)."
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert done == []


def test_a_click_carries_out(palette, actions, qtbot):
    at = palette.list.visualRect(palette.model.index(1)).center()
    with qtbot.waitSignal(actions[1].triggered):
        qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_no_such_command(palette, qtbot):
    qtbot.keyClicks(palette.field, "zzz")
    assert palette.none.isVisible()
    assert palette.chosen is None
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_escape_closes_without_doing_anything(palette, actions, qtbot):
    done = []
    actions[0].triggered.connect(done.append)
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert done == []


def test_words_of_an_action(actions):
    assert name_of(QAction("&Save && close")) == "Save & close"
    assert keys_of(actions[2]) == "F5"
    assert keys_of(actions[0]) == ""
    assert reason_of(actions[2]) == ""
    actions[3].setData(None)
    assert reason_of(actions[3]) == "This cannot be done now."


def test_the_chosen_row_is_tinted(palette, qapp):
    style.apply(qapp, "light")
    shown = palette.list.viewport().grab().toImage()
    assert shown.pixelColor(shown.width() // 2, 5).name() == style.colour("tint").name()
