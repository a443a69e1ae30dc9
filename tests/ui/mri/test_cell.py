from __future__ import annotations

from PySide6.QtCore import Qt

from survgui.ui.mri import geometry
from survgui.ui.mri.cell import PlaneCell
from survgui.ui.mri.scene import Scene
from tests.ui.mri.scans import image


def cell_of(qtbot, scene) -> PlaneCell:
    cell = PlaneCell(geometry.planes("radiological")[1], scene)
    qtbot.addWidget(cell)
    cell.resize(400, 360)
    cell.show()
    return cell


def test_the_slider_counts_the_slices_of_its_axis(qtbot):
    scene = Scene()
    cell = cell_of(qtbot, scene)
    cell.show_scene()
    assert not cell.slider.isEnabled()
    scene.show(image())
    scene.move((1.0, 7.0, 2.0))
    cell.show_scene()
    assert (cell.slider.minimum(), cell.slider.maximum(), cell.slider.value()) == (0, 35, 7)
    assert cell.number.text() == "8 / 36"


def test_the_slider_says_where_it_was_moved_and_only_then(qtbot):
    scene = Scene()
    scene.show(image())
    cell = cell_of(qtbot, scene)
    moved = []
    cell.sliced.connect(lambda axis, at: moved.append((axis, at)))
    cell.show_scene()
    assert moved == []
    qtbot.keyClick(cell.slider, Qt.Key.Key_Right)
    assert moved == [(1, 19)]


def test_button_and_double_click_ask_for_all_the_room(qtbot):
    cell = cell_of(qtbot, Scene())
    with qtbot.waitSignal(cell.maximised) as heard:
        qtbot.mouseClick(cell.larger, Qt.MouseButton.LeftButton)
    assert heard.args == ["coronal"]
    with qtbot.waitSignal(cell.maximised):
        qtbot.mouseDClick(cell.view, Qt.MouseButton.LeftButton)
