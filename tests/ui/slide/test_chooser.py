"""Which slide of the case is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.cases.display import SlideFacts
from survgui.ui.slide.chooser import SlideChooser, words

KNOWN = SlideFacts(Path("a.svs"), 0.49899)
UNKNOWN = SlideFacts(Path("b.svs"))
BROKEN = SlideFacts(Path("c.svs"), error="it is damaged")


@pytest.fixture
def chooser(qtbot) -> SlideChooser:
    made = SlideChooser()
    qtbot.addWidget(made)
    made.show()
    return made


def test_words():
    assert words(KNOWN) == "a.svs · 0.499\u202fµm/px"
    assert words(UNKNOWN) == "b.svs · pixel size unknown"
    assert words(BROKEN) == "c.svs · cannot be shown"


def test_one_slide_is_a_name_and_no_choice(chooser: SlideChooser, qtbot):
    chooser.set_slides((KNOWN,))
    assert chooser.text() == words(KNOWN)
    assert chooser.focusPolicy() is Qt.FocusPolicy.NoFocus
    qtbot.mouseClick(chooser, Qt.MouseButton.LeftButton)
    assert not chooser.menu.isVisible()


def test_of_several_the_menu_chooses(chooser: SlideChooser, qtbot):
    chooser.set_slides((KNOWN, UNKNOWN, BROKEN), 1)
    assert chooser.text() == words(UNKNOWN)
    qtbot.mouseClick(chooser, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(chooser.menu.isVisible)
    actions = chooser.menu.actions()
    assert [action.isChecked() for action in actions] == [False, True, False]
    with qtbot.waitSignal(chooser.chosen) as caught:
        actions[2].trigger()
    chooser.menu.close()
    assert caught.args == [2]
    assert chooser.index == 2
    assert chooser.text() == words(BROKEN)
    assert "3 of 3" in chooser.toolTip()


def test_the_same_again_changes_nothing(chooser: SlideChooser, qtbot):
    chooser.set_slides((KNOWN, UNKNOWN))
    with qtbot.assertNotEmitted(chooser.chosen):
        chooser.menu.actions()[0].trigger()


def test_the_whole_name_has_room(chooser: SlideChooser):
    for slides in ((KNOWN,), (KNOWN, UNKNOWN)):
        chooser.set_slides(slides)
        arrow = 26 if len(slides) > 1 else 6
        assert chooser.sizeHint().width() - 6 - arrow >= chooser.fontMetrics().horizontalAdvance(words(KNOWN))
