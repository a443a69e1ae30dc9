from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from survgui.ui.mri.pane import KEPT, MriPane
from tests.ui.mri.scans import MARKER, case, drag, image, wheel

Button, Key = Qt.MouseButton, Qt.Key


@pytest.fixture
def pane(qtbot) -> MriPane:
    made = MriPane()
    qtbot.addWidget(made)
    made.resize(900, 740)
    made.asked = []
    made.volume_requested.connect(made.asked.append)
    return made


def shown(qtbot, pane, *roles, **more) -> MriPane:
    pane.set_case(case(*(roles or ("t1", "t1c", "segmentation")), **more))
    pane.show()
    qtbot.waitUntil(lambda: bool(pane.asked) or bool(more))
    return pane


def read(pane, role="t1c", **more):
    volume = image(role=role, **more)
    pane.set_volume(volume)
    return volume


def test_the_first_sequence_is_asked_for_once_and_only_when_it_is_looked_at(qtbot, pane):
    pane.set_case(case("t1", "t2", "t1c", "segmentation"))
    assert pane.asked == []
    pane.show()
    qtbot.waitUntil(lambda: pane.asked == ["t1c"])
    pane.hide()
    pane.show()
    pane.set_loading("t1c")
    assert not pane._later.isActive()
    read(pane)
    pane.hide()
    pane.show()
    assert not pane._later.isActive()
    assert pane.asked == ["t1c"]
    assert pane.scene.volume.role == "t1c"


def test_brackets_and_buttons_change_the_sequence_and_come_back_to_one_that_is_kept(qtbot, pane):
    shown(qtbot, pane, "t1c", "t1", "t2")
    kept = read(pane)
    qtbot.keyClick(pane.cells["axial"].view, Key.Key_BracketRight)
    qtbot.waitUntil(lambda: pane.asked == ["t1c", "t2"])
    assert pane.scene.volume is None
    assert pane.cells["axial"].view.message == "Reading T2…"
    read(pane, "t2")
    qtbot.keyClick(pane.cells["axial"].view, Key.Key_BracketLeft)
    assert pane.scene.volume is kept
    qtbot.keyClick(pane, Key.Key_BracketLeft)  # round to the last
    qtbot.waitUntil(lambda: pane.asked == ["t1c", "t2", "t1"])
    qtbot.mouseClick(pane.sequences.button("t2"), Button.LeftButton)
    assert pane.scene.volume.role == "t2"


def test_a_volume_that_is_no_longer_looked_at_is_kept_but_not_shown(qtbot, pane):
    shown(qtbot, pane, "t1c", "t2")
    pane.show_sequence("t2")
    read(pane, "t1c")
    assert pane.scene.volume is None
    read(pane, "t1c-of-another-case")
    pane.show_sequence("t1c")
    assert pane.scene.volume.role == "t1c"


def test_only_the_last_volumes_are_kept(qtbot, pane):
    roles = ("t1c", "flair", "t2", "t1", "swi")
    shown(qtbot, pane, *roles)
    for role in roles:
        pane.show_sequence(role)
        read(pane, role)
    assert list(pane._volumes) == list(roles[-KEPT:])
    pane.asked.clear()
    pane.show_sequence("t1c")
    qtbot.waitUntil(lambda: pane.asked == ["t1c"])


def test_a_case_without_mri_says_so_and_offers_to_add_some(qtbot, pane):
    pane.set_case(case("segmentation"))
    pane.show()
    assert pane.empty.isVisible()
    with qtbot.waitSignal(pane.import_requested):
        qtbot.mouseClick(pane.empty.button, Button.LeftButton)
    pane.set_case(None)
    assert pane.empty.isVisible()
    assert pane.asked == []


def test_trouble_is_told_and_can_be_tried_again(qtbot, pane):
    shown(qtbot, pane)
    pane.show_trouble("t1c.nii.gz: the copy is incomplete")
    assert pane.message.isVisible()
    assert not pane._later.isActive()
    qtbot.mouseClick(pane.message.button, Button.LeftButton)
    qtbot.waitUntil(lambda: pane.asked == ["t1c", "t1c"])
    read(pane)
    assert not pane.message.isVisible()


def test_a_file_that_was_found_unreadable_is_not_asked_for(qtbot, pane):
    shown(qtbot, pane, "t1c", errors={"t1c": "not a NIfTI volume"})
    assert pane.message.isVisible()
    assert pane.message.button.isHidden()
    assert not pane._later.isActive()


def test_a_click_in_one_plane_moves_all_of_them(qtbot, pane):
    shown(qtbot, pane)
    read(pane)
    view = pane.cells["axial"].view
    pane.scene.move((15.0, 18.0, 20.0))
    qtbot.mouseClick(view, Button.LeftButton, pos=view.place(MARKER).toPoint())
    assert pane.scene.cursor == MARKER
    assert pane.cells["sagittal"].slider.value() == 25
    assert pane.cells["coronal"].slider.value() == 31
    assert pane.info.values["value"].text() == "2000"


def test_wheel_and_slider_change_the_slice_and_ctrl_wheel_zooms_all(qtbot, pane):
    shown(qtbot, pane)
    read(pane)
    wheel(pane.cells["coronal"].view, 50, 50, 240)
    assert pane.scene.cursor == (15.0, 20.0, 12.0)
    pane.cells["axial"].slider.setValue(3)
    assert pane.scene.cursor[2] == 3.0
    view = pane.cells["axial"].view
    before = pane.cells["sagittal"].view.frame().width()
    wheel(view, 60, 60, 120, Qt.KeyboardModifier.ControlModifier)
    assert pane.cells["sagittal"].view.frame().width() == pytest.approx(1.25 * before)
    drag(view, (60, 60), (90, 60), Button.MiddleButton)
    qtbot.mouseClick(pane.fit_button, Button.LeftButton)
    assert (pane.scene.zoom, pane.scene.centre) == (1.0, (14.5, 17.5, 11.5))


def test_each_sequence_remembers_its_window(qtbot, pane):
    shown(qtbot, pane, "t1c", "t2")
    read(pane)
    view = pane.cells["axial"].view
    drag(view, (100, 100), (160, 100), Button.RightButton)
    assert pane.scene.window == (-200.0, 2200.0)
    assert pane.window_button.text() == "Window: by hand"
    pane.show_sequence("t2")
    read(pane, "t2", window=(5.0, 50.0))
    assert pane.scene.window == (5.0, 50.0)
    pane.show_sequence("t1c")
    assert pane.scene.window == (-200.0, 2200.0)
    qtbot.keyClick(view, Key.Key_W)
    assert pane.scene.window == (0.0, 2000.0)
    assert pane.window_button.text() == "Window: auto"
    pane._presets["narrow"].trigger()
    assert pane.scene.window == (500.0, 1500.0)
    assert pane._presets["narrow"].isChecked()


def test_a_plane_gets_all_the_room_and_gives_it_back(qtbot, pane):
    shown(qtbot, pane)
    read(pane)
    coronal = pane.cells["coronal"]
    qtbot.mouseDClick(coronal.view, Button.LeftButton)
    assert coronal.isVisible()
    assert not pane.cells["axial"].isVisible()
    assert not pane.info.isVisible()
    qtbot.waitUntil(lambda: coronal.width() > 800)
    assert pane.scene.fit == pytest.approx(coronal.view.fit())
    qtbot.keyClick(coronal.view, Key.Key_Escape)
    assert pane.cells["axial"].isVisible()
    assert pane.info.isVisible()


def test_the_convention_turns_two_planes_and_is_told(qtbot, pane):
    shown(qtbot, pane)
    read(pane)
    with qtbot.waitSignal(pane.convention_changed) as heard:
        qtbot.mouseClick(pane.info.convention.button("neurological"), Button.LeftButton)
    assert heard.args == ["neurological"]
    assert {name: cell.view.plane.letters[0] for name, cell in pane.cells.items()} == {
        "axial": "L",
        "coronal": "L",
        "sagittal": "A",
    }
    with qtbot.assertNotEmitted(pane.convention_changed):
        pane.set_convention("radiological")
    assert pane.info.convention.key == "radiological"
    assert pane.cells["axial"].view.plane.letters[0] == "R"


def test_marks_are_switched_for_all_planes(qtbot, pane):
    shown(qtbot, pane)
    read(pane, box=((0, 9), (0, 9), (0, 9)))
    pane.info.box.click()
    assert not pane.scene.box
    assert pane.scene.outline


def test_the_planes_are_copied_and_saved_as_they_are_seen(qtbot, pane):
    shown(qtbot, pane)
    read(pane)
    view = pane.cells["axial"].view
    drag(view, (100, 100), (100, 100), Button.RightButton)
    assert pane.figure.menu.isVisible()
    pane.figure.menu.actions()[0].trigger()
    pane.figure.menu.hide()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().image().width() >= 760)
    assert b"axial, slice 13 of 24" in pane.figure.rendering("svg")()
    assert pane.figure.rendering("pdf")().startswith(b"%PDF")


def test_another_case_forgets_volumes_windows_and_place(qtbot, pane):
    shown(qtbot, pane)
    read(pane)
    pane.scene.move(MARKER)
    qtbot.keyClick(pane, Key.Key_W)
    pane.asked.clear()
    pane.set_case(case("t1c"))
    assert pane.scene.volume is None
    qtbot.waitUntil(lambda: pane.asked == ["t1c"])
    read(pane, window=(1.0, 2.0))
    assert pane.scene.cursor == (15.0, 18.0, 12.0)
    assert pane.scene.window == (1.0, 2.0)
    pane.set_volume(None)
    assert pane.scene.volume is None
