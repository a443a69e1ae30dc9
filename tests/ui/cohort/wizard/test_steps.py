from PySide6.QtCore import QPoint, Qt

from survgui.ui.cohort.wizard.steps import Steps


def test_only_what_can_be_gone_to_is_gone_to(qtbot):
    steps = Steps(("Files", "Outcome", "Check"))
    qtbot.addWidget(steps)
    steps.show()
    gone = []
    steps.chosen.connect(gone.append)
    steps.set_now(1, 1)
    assert [chip.place for chip in steps.chips] == ["done", "now", "later"]
    for chip in steps.chips:
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert gone == [0, 1]
    qtbot.keyClick(steps.chips[0], Qt.Key.Key_Return)
    assert gone == [0, 1, 0] and "must be there first" in steps.chips[2].toolTip()
    qtbot.mousePress(steps.chips[0], Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(steps.chips[0], Qt.MouseButton.LeftButton, pos=QPoint(-40, 5))
    assert len(gone) == 3, "let go of beside it"
