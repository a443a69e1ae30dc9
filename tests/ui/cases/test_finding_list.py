"""The list of dropped files, by mouse and by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.ui import style
from survgui.ui.cases.finding_list import FindingList
from survgui.ui.cases.findings import NOT_USED, Entries
from tests.ui.cases.samples import broken, found, slide, table


@pytest.fixture
def shown(qapp, qtbot):
    style.apply(qapp, "light")
    made = FindingList(Entries(found(slide(), table("values.csv", None, patients=()), broken())))
    made.resize(700, 260)
    qtbot.addWidget(made)
    made.show()
    return made


def trigger(shown, name):
    action = next(a for a in shown.menu.actions() if a.text() == name)
    shown.menu.close()
    action.trigger()


def test_a_click_on_the_right_offers_what_a_file_may_be(shown, qtbot):
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.pill(1).center())
    assert shown.menu.isVisible()
    assert [a.text() for a in shown.menu.actions() if a.isChecked()] == ["Not used"]
    with qtbot.waitSignal(shown.changed, timeout=1000):
        trigger(shown, "Copy number")
    assert shown.entries.chosen[1].modality is Modality.CNV


def test_a_click_on_the_left_only_selects(shown, qtbot):
    at = shown.visualRect(shown.model().index(1, 0)).topLeft()
    at.setX(60)
    at.setY(at.y() + 20)
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert shown.currentIndex().row() == 1 and not shown.menu.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_F2])
def test_keys_correct_too(shown, qtbot, key):
    shown.setCurrentIndex(shown.model().index(0, 0))
    qtbot.keyClick(shown, key)
    assert shown.menu.isVisible()
    trigger(shown, "Not used")
    assert shown.entries.chosen[0] == NOT_USED


def test_what_cannot_be_used_offers_nothing(shown, qtbot):
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.pill(2).center())
    assert not shown.menu.isVisible()


def test_choosing_the_same_again_changes_nothing(shown, qtbot):
    shown.open_menu(0)
    with qtbot.assertNotEmitted(shown.changed):
        trigger(shown, "Slide")


def test_the_pixel_size_of_a_slide_can_be_asked_for(shown, qtbot):
    shown.open_menu(0)
    with qtbot.waitSignal(shown.size_wanted, timeout=1000) as wanted:
        trigger(shown, "Pixel size…")
    assert wanted.args == [0]
    shown.open_menu(1)
    assert "Pixel size…" not in [action.text() for action in shown.menu.actions()]
    shown.menu.close()


def test_a_row_says_itself_to_a_screen_reader(shown):
    said = shown.model().index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("empty.csv: Cannot be used. The file is empty")
    assert "copy it again" in shown.model().index(2, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert shown.model().index(0, 0).data() == "slide.svs"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_error_is_drawn_in_its_colour(shown, qapp, mode):
    style.apply(qapp, mode)
    image = shown.viewport().grab().toImage()
    colour = style.colour("high_text")
    rows = [shown.visualRect(shown.model().index(row, 0)) for row in range(3)]

    def has(rect):
        points = [(x, y) for x in range(rect.left(), rect.right()) for y in range(rect.top(), rect.bottom())]
        return any(image.pixelColor(x, y).rgb() == colour.rgb() for x, y in points)

    assert [has(rect) for rect in rows] == [False, False, True]
    style.apply(qapp, "light")


def test_five_thousand_files_are_rows_not_widgets(qtbot):
    many = FindingList(Entries(found(*(table(f"{n}.csv", None) for n in range(5000)))))
    qtbot.addWidget(many)
    many.show()
    assert many.model().rowCount() == 5000 and len(many.viewport().children()) == 0
