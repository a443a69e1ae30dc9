"""Asking for the pixel size."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.cases.display import SlideFacts
from survgui.readers.slide import MPP_RANGE
from survgui.ui.cases import pixel_size
from survgui.ui.cases.pixel_size import PixelSizeBar, PixelSizeField

SLIDE = SlideFacts(Path("slide.svs"), objective=20.0)


@pytest.fixture
def bar(qtbot):
    made = PixelSizeBar(SLIDE)
    qtbot.addWidget(made)
    made.resize(900, 60)
    made.show()
    return made


def test_the_range_is_the_readers_own():
    assert (pixel_size.LOW, pixel_size.HIGH) == MPP_RANGE


@pytest.mark.parametrize(("text", "value"), [("0.25", 0.25), ("0,5", 0.5), (" 1 ", 1.0), ("0.25 µm/px", 0.25)])
def test_numbers_as_people_write_them(text, value):
    assert pixel_size.problem(text) == "" and pixel_size.parsed(text) == value


@pytest.mark.parametrize("text", ["", "x", "nan", "0", "0.049", "10.1", "-0.25", "inf", "20"])
def test_what_is_no_pixel_size(text):
    assert pixel_size.problem(text)


@pytest.mark.parametrize(("objective", "value"), [(20.0, 0.5), (40.0, 0.25), (5.0, 2.0), (None, None), (0.0, None)])
def test_a_magnification_proposes(objective, value):
    assert pixel_size.proposal(objective) == value


def test_a_usual_value_is_two_clicks(bar, qtbot):
    qtbot.mouseClick(bar.field.usual[0.25], Qt.MouseButton.LeftButton)
    assert bar.field.edit.text() == "0.25"
    with qtbot.waitSignal(bar.given, timeout=1000) as given:
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert given.args == [Path("slide.svs"), 0.25]


def test_enter_gives_it(bar, qtbot):
    qtbot.keyClicks(bar.field.edit, "0,5")
    with qtbot.waitSignal(bar.given, timeout=1000) as given:
        qtbot.keyClick(bar.field.edit, Qt.Key.Key_Return)
    assert given.args == [Path("slide.svs"), 0.5]


def test_a_wrong_entry_is_said_and_not_given(bar, qtbot):
    qtbot.keyClicks(bar.field.edit, "40")
    with qtbot.assertNotEmitted(bar.given):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert bar.problem.isVisible() and "0.05 to 10" in bar.problem.text()
    assert bar.field.edit.property("wrong") is True
    qtbot.keyClick(bar.field.edit, Qt.Key.Key_Backspace)
    assert not bar.problem.isVisible() and bar.field.edit.property("wrong") is False


def test_the_bar_says_what_it_needs_it_for(bar):
    assert "names 20×" in bar.text.text() and "about 0.25" in bar.text.text()
    assert "names" not in PixelSizeBar._question(SlideFacts(Path("x.svs")))


def test_another_magnification_is_offered_too(qtbot):
    field = PixelSizeField(10.0)
    qtbot.addWidget(field)
    assert list(field.usual) == [1.0, 0.5, 0.25] and field.edit.placeholderText() == "1"
    assert field.value is None and field.problem == ""
