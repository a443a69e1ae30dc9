import pytest

from survgui.figures.theme import LIGHT
from survgui.ui import style
from survgui.ui.train.stages import StageChip, Stepper


def test_what_is_before_the_present_stage_is_done(qtbot):
    stepper = Stepper(("1 Data", "2 Model", "3 Run"), "stages")
    qtbot.addWidget(stepper)
    stepper.set_now(1)
    assert [chip.place for chip in stepper.chips] == ["done", "now", "later"]
    assert stepper.chips[1].accessibleName() == "2 Model, now"
    stepper.set_now(3)
    assert [chip.place for chip in stepper.chips] == ["done"] * 3


@pytest.mark.parametrize(("place", "role"), [("done", "good"), ("now", "tint")])
def test_a_chip_is_told_by_its_colour_and_a_check_mark(qtbot, place, role):
    style.current().theme = LIGHT
    chip = StageChip("main", place)
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    image = chip.grab().toImage()
    colours = {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}
    assert LIGHT[role] in colours
    assert chip.sizeHint().width() > StageChip("main").sizeHint().width() or place == "now"
