import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from survgui.ui.train.editors import OneOf, SomeOf, editor, mark
from survgui.ui.train.fields import Choice, Number, Several

CHOICE = Choice("order", "Order", (("file", "as in the file", "As it is."), ("cluster", "by cluster", "Alike.")))
SEVERAL = Several("sequences", "Sequences", (("t1", "T1"), ("t1c", "T1c"), ("flair", "FLAIR")))


def test_a_choice_is_read_and_set_by_the_configurations_word(qtbot):
    made = editor(CHOICE)
    qtbot.addWidget(made)
    assert isinstance(made, OneOf) and made.text() == "file"
    with qtbot.waitSignal(made.changed) as changed:
        qtbot.keyClick(made, Qt.Key.Key_Down)
    assert changed.args == [made.text()] == ["cluster"] and made.currentText() == "by cluster"
    made.setText("unheard of")
    assert made.text() == "cluster"


def test_names_are_turned_on_and_off_one_by_one(qtbot):
    made = editor(SEVERAL)
    qtbot.addWidget(made)
    assert isinstance(made, SomeOf) and made.text() == ""
    made.setText("flair,t1")
    assert made.text() == "t1,flair", "in the order of the names"
    with qtbot.waitSignal(made.changed) as changed:
        qtbot.mouseClick(made.button("t1"), Qt.MouseButton.LeftButton)
    assert changed.args == ["flair"]
    with qtbot.assertNotEmitted(made.changed):
        made.setText("flair")


@pytest.mark.parametrize("field", [CHOICE, SEVERAL, Number("w", "Width", 1, 2, tip="How wide")])
def test_every_editor_is_named_and_can_be_marked(qtbot, field):
    made = editor(field)
    qtbot.addWidget(made)
    assert (made.accessibleName(), made.toolTip()) == (field.title, field.tip)
    mark(made, True)
    assert made.property("wrong") is True
    assert isinstance(made, QLineEdit) == isinstance(field, Number)
