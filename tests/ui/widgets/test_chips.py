import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality, State
from survgui.ui import style
from survgui.ui.widgets.chips import LEVELS, GroupBadge, ModalityChip


def drawn(chip):
    return chip.grab().toImage()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_state_looks_different(qapp, qtbot, mode):
    style.apply(qapp, mode)
    seen = []
    for state in State:
        chip = ModalityChip(Modality.RNA, state)
        qtbot.addWidget(chip)
        chip.resize(160, 26)  # the same size, so that the words are not the only difference
        image = drawn(chip).copy(0, 0, 26, 26)
        assert all(image != other for other in seen), state
        seen.append(image)
    style.apply(qapp, "light")


def test_a_chip_says_its_state_in_words(qtbot):
    chip = ModalityChip(Modality.RNA, State.MEASURED)
    qtbot.addWidget(chip)
    chip.set_state(State.UNUSABLE, reason="counts were given")
    assert chip.accessibleName() == "RNA-seq: unusable"
    assert "counts were given" in chip.toolTip()


def test_words_widen_the_chip(qtbot):
    chip = ModalityChip(Modality.MRI, State.MEASURED)
    qtbot.addWidget(chip)
    plain = chip.sizeHint().width()
    chip.set_state(State.MEASURED, "4 seq")
    with_detail = chip.sizeHint().width()
    chip.set_state(State.IMPUTED)
    assert plain < with_detail and chip.sizeHint().width() > plain


def test_mouse_and_keyboard_click(qtbot):
    chip = ModalityChip(Modality.MRI, State.MEASURED)
    qtbot.addWidget(chip)
    chip.show()
    with qtbot.waitSignal(chip.clicked, timeout=1000):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(chip.clicked, timeout=1000):
        qtbot.keyClick(chip, Qt.Key.Key_Return)


def test_the_badge_names_group_and_percentile(qtbot):
    badge = GroupBadge()
    qtbot.addWidget(badge)
    badge.set_group("high", 87.0)
    assert not badge.isHidden() and badge.accessibleName() == "risk group high, percentile 87"
    image = badge.grab().toImage()
    assert image.pixelColor(badge.width() // 2, 2) != image.pixelColor(0, 0) or badge.width() < 4
    badge.set_group("", 0.0)
    assert badge.isHidden()


def test_with_less_room_a_chip_says_less_and_is_named_the_same(qtbot):
    chip = ModalityChip(Modality.RNA, State.IMPUTED)
    qtbot.addWidget(chip)
    name, widths = chip.accessibleName(), []
    for level in LEVELS:
        chip.set_level(level)
        widths.append(chip.sizeHint().width())
        assert chip.accessibleName() == name == "RNA-seq: imputed"
    assert widths[0] > widths[1] > widths[2]


def test_the_badge_says_less_where_there_is_less_room(qtbot):
    badge = GroupBadge()
    qtbot.addWidget(badge)
    badge.set_group("intermediate", 64.0)
    badge.resize(badge.sizeHint())
    assert badge.text == "Intermediate · 64th pct"
    badge.resize(badge.sizeHint().width() - 1, 24)
    assert badge.text == "Interm. · 64th"
    assert badge.minimumSizeHint().width() < badge.sizeHint().width()
    badge.set_group("low", 9.0)
    badge.resize(badge.minimumSizeHint())
    assert badge.text == "Low · 9th"
