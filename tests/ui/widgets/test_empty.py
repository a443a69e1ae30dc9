from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from survgui.ui.widgets.empty import EmptyState

LONG = "No slide in this case. Drop one here, or predict without it: the model can impute its specific part."


def test_the_sentence_is_not_cut_and_stands_in_the_middle(qtbot):
    empty = EmptyState(LONG, "Add files…")
    qtbot.addWidget(empty)
    empty.resize(800, 500)
    empty.show()
    label = empty.findChild(QLabel)
    assert label.height() >= label.heightForWidth(label.width())
    assert abs(label.geometry().center().x() - 400) < 4


def test_its_action_is_told(qtbot):
    empty = EmptyState(LONG, "Add files…")
    qtbot.addWidget(empty)
    empty.show()
    with qtbot.waitSignal(empty.triggered, timeout=1000):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)


def test_without_an_action_there_is_no_button(qtbot):
    empty = EmptyState("Nothing running.")
    qtbot.addWidget(empty)
    empty.show()
    assert not empty.button.isVisible()
    empty.set_text("Other", "Do")
    assert empty.button.isVisible() and empty.findChild(QLabel).text() == "Other"
