"""A recent case's card."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from survgui.ui import style
from survgui.ui.welcome.recent import RecentCard
from tests.ui.cases.samples import four, record


@pytest.fixture
def card(qapp, qtbot):
    style.apply(qapp, "light")

    def make(case):
        made = RecentCard(case)
        made.resize(290, made.sizeHint().height())
        qtbot.addWidget(made)
        made.show()
        return made

    return make


def has(card, role):
    image, wanted = card.grab().toImage(), style.colour(role).rgb()
    return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, None])
def test_it_is_a_button(card, qtbot, key):
    shown = card(four()[0])
    with qtbot.waitSignal(shown.clicked, timeout=1000):
        if key is None:
            qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(shown, key)


def test_it_says_everything_to_a_screen_reader(card):
    said = card(four()[0]).accessibleName()
    assert said == "Open C-0001; age 41 · female; Clinical, Slide, RNA-seq (imputed), MRI (absent); High · 87th pct"


def test_the_group_has_its_colour_and_a_missing_file_is_amber(card):
    assert has(card(four()[0]), "high_text") and has(card(four()[3]), "warn")
    assert not has(card(four()[2]), "high_text") and not has(card(four()[2]), "warn")


def test_a_case_of_nothing_and_a_long_name_are_drawn(card):
    empty, long = card(record(1, modalities={}, subject="")), card(record(2, id="X" * 200, subject="y" * 200))
    assert empty.grab().toImage() != long.grab().toImage()
    assert empty.toolTip() == "Nothing is in this case."


def test_focus_shows(card, qtbot):
    shown = card(four()[0])
    shown.clearFocus()
    before = shown.grab().toImage()
    shown.setFocus()
    qtbot.waitUntil(shown.hasFocus)
    assert shown.grab().toImage() != before
