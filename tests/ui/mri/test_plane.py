"""The oracle of orientation: a mark at the patient's right, front and top lies where the letters say it does."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from survgui.figures.mri_planes import BOX
from survgui.figures.theme import DARK
from survgui.readers.volume import open_volume
from survgui.ui.mri import geometry
from survgui.ui.mri.plane import PlaneView
from survgui.ui.mri.scene import Scene
from tests.ui.mri.scans import MARKER, SHAPE, SPACING, drag, image, marked, mouse, pixels, wheel

Button, Modifier, Kind = Qt.MouseButton, Qt.KeyboardModifier, QEvent.Type


def view_of(qtbot, name="axial", convention="radiological", volume=None) -> PlaneView:
    scene = Scene(convention=convention)
    scene.show(volume or image())
    scene.move(MARKER)
    plane = next(plane for plane in geometry.planes(convention) if plane.name == name)
    view = PlaneView(plane, scene)
    qtbot.addWidget(view)
    view.resize(420, 380)
    scene.fit = view.fit()
    view.show()
    return view


def marker_on_screen(view: PlaneView) -> tuple[float, float]:
    """Middle of the white pixels, away from letters and scale bar, as shares of the widget from its middle."""
    shown = pixels(view)
    inner = shown[34:-34, 34:-34]
    rows, columns = np.nonzero((inner == 255).all(axis=2))
    assert len(rows) > 200
    high, wide = inner.shape[:2]
    return float(columns.mean() / wide - 0.5), float(rows.mean() / high - 0.5)


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
@pytest.mark.parametrize("name", ["axial", "coronal", "sagittal"])
def test_the_mark_lies_on_the_side_of_its_letters(qtbot, name, convention):
    view = view_of(qtbot, name, convention)
    across, down = marker_on_screen(view)
    left, right, top, _ = view.plane.letters
    assert (left if across < 0 else right) in ("R", "A")
    assert top in ("A", "S")
    assert down < -0.1
    # and by hand: radiological has the right on the left; the sagittal plane has the front on the left in both
    assert across < -0.1 if convention == "radiological" or name == "sagittal" else across > 0.1


def test_the_letters_are_drawn_at_their_edges(qtbot):
    view = view_of(qtbot)
    shown = pixels(view)
    high, wide = shown.shape[:2]
    strips = (
        shown[high // 2 - 12 : high // 2 + 12, 4:22],
        shown[high // 2 - 12 : high // 2 + 12, wide - 22 : wide - 4],
        shown[3:21, wide // 2 - 12 : wide // 2 + 12],
        shown[high - 21 : high - 3, wide // 2 - 12 : wide // 2 + 12],
    )
    assert all((strip > 200).all(axis=2).sum() > 8 for strip in strips)


def test_a_file_in_lps_order_gives_the_same_picture(qtbot, tmp_path):
    """The same head, stored with its axes towards left and back, and read as any file is read."""
    stored = np.ascontiguousarray(marked()[::-1, ::-1])
    affine = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    affine[:2, 3] = [(SHAPE[0] - 1) * SPACING[0], (SHAPE[1] - 1) * SPACING[1]]
    file = tmp_path / "lps.nii.gz"
    nibabel.Nifti1Image(stored, affine).to_filename(file)
    read = open_volume(file)
    volume = image(read.data, affine=read.affine, spacing=tuple(float(s) for s in read.spacing))
    for name in ("axial", "coronal", "sagittal"):
        assert np.array_equal(pixels(view_of(qtbot, name)), pixels(view_of(qtbot, name, volume=volume)))


def test_millimetres_are_square(qtbot):
    for name in ("axial", "coronal", "sagittal"):
        view = view_of(qtbot, name)
        frame, plane = view.frame(), view.plane
        wide = SHAPE[plane.across] * SPACING[plane.across]
        high = SHAPE[plane.up] * SPACING[plane.up]
        assert frame.width() / wide == pytest.approx(frame.height() / high)


def test_place_and_point_are_each_others_inverse(qtbot):
    for convention in ("radiological", "neurological"):
        view = view_of(qtbot, "coronal", convention)
        assert view.point(view.place(MARKER)) == pytest.approx(MARKER)


def test_a_click_and_a_drag_point_at_the_voxel_there(qtbot):
    view = view_of(qtbot)
    wanted = (5.0, 9.0, MARKER[2])
    place = view.place(wanted)
    got = []
    view.pointed.connect(got.append)
    drag(view, (200, 200), (place.x(), place.y()), Button.LeftButton)
    assert got[-1] == pytest.approx(wanted)
    assert len(got) == 2


def test_the_crosshair_follows_with_shift_alone(qtbot):
    view = view_of(qtbot)
    got = []
    view.pointed.connect(got.append)
    mouse(view, Kind.MouseMove, 200, 150)
    assert got == []
    mouse(view, Kind.MouseMove, 200, 150, keys=Modifier.ShiftModifier)
    assert len(got) == 1


def test_the_wheel_turns_slices_and_with_ctrl_zooms(qtbot):
    view = view_of(qtbot, "coronal")
    steps, zooms = [], []
    view.stepped.connect(lambda axis, n: steps.append((axis, n)))
    view.zoomed.connect(lambda factor, point: zooms.append((factor, point)))
    for turned in (120, -240, 60, 60):
        wheel(view, 100, 120, turned)
    assert steps == [(1, 1), (1, -2), (1, 1)]
    wheel(view, 100, 120, 120, Modifier.ControlModifier)
    assert len(steps) == 3
    assert zooms[0][0] == pytest.approx(1.25)
    place = view.place(zooms[0][1])
    assert (place.x(), place.y()) == pytest.approx((100, 120))


def test_dragging_right_changes_the_window_and_a_still_click_asks_for_the_menu(qtbot):
    view = view_of(qtbot)
    windows, menus = [], []
    view.windowed.connect(lambda wider, brighter: windows.append((wider, brighter)))
    view.menu_wanted.connect(menus.append)
    drag(view, (100, 100), (160, 70), Button.RightButton)
    assert windows == [(pytest.approx(0.2), pytest.approx(0.1))]
    assert menus == []
    drag(view, (100, 100), (101, 101), Button.RightButton)
    assert len(menus) == 1
    by_key = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, view.rect().center(), view.rect().center())
    QApplication.sendEvent(view, by_key)
    assert len(menus) == 2


def test_dragging_the_middle_button_takes_the_slice_along(qtbot):
    view = view_of(qtbot)
    got = []
    view.panned.connect(got.append)
    before = view.point(view.rect().center().toPointF())
    drag(view, (100, 100), (130, 100), Button.MiddleButton)
    view._scene.pan(got[0])
    there = view.place(before)
    assert there.x() == pytest.approx(view.rect().center().x() + 30, abs=1e-6)
    assert there.y() == pytest.approx(view.rect().center().y(), abs=1e-6)


@pytest.mark.parametrize(
    ("key", "step"),
    [
        (Qt.Key.Key_PageUp, (2, 1)),
        (Qt.Key.Key_PageDown, (2, -1)),
        (Qt.Key.Key_Left, (0, 1)),  # towards the patient's right
        (Qt.Key.Key_Right, (0, -1)),
        (Qt.Key.Key_Up, (1, 1)),
        (Qt.Key.Key_Down, (1, -1)),
    ],
)
def test_keys_move_the_crosshair(qtbot, key, step):
    view = view_of(qtbot)
    with qtbot.waitSignal(view.stepped) as heard:
        qtbot.keyClick(view, key)
    assert tuple(heard.args) == step


def test_keys_zoom_and_maximise(qtbot):
    view = view_of(qtbot)
    for key, factor in ((Qt.Key.Key_Plus, 1.25), (Qt.Key.Key_Minus, 0.8)):
        with qtbot.waitSignal(view.zoomed) as heard:
            qtbot.keyClick(view, key)
        assert heard.args == [factor, view._scene.cursor]
    with qtbot.waitSignal(view.maximised):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    with qtbot.waitSignal(view.maximised):
        qtbot.mouseDClick(view, Button.LeftButton)


def near(shown: np.ndarray, colour: str) -> np.ndarray:
    """Where a colour is drawn, with some leave for smoothing."""
    wanted = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)])
    return np.abs(shown.astype(int) - wanted).max(axis=2) < 40


def test_the_crop_is_framed_in_amber_around_its_voxels(qtbot):
    box = ((20, 30), (24, 36), (15, 24))
    view = view_of(qtbot, volume=image(box=box))
    x, y, w, h = view.plane.frame(box, SHAPE)
    frame, scale = view.frame(), view._scene.scale
    found = near(pixels(view), BOX)
    bottom = round(frame.y() + (y + h) * SPACING[1] * scale)
    right = round(frame.x() + (x + w) * SPACING[0] * scale)
    assert found[bottom - 2 : bottom + 3, round(frame.x()) + 10 : right].any(axis=0).mean() > 0.95
    view._scene.box = False
    view.update()
    assert not near(pixels(view), BOX).any()


def test_the_outline_runs_around_the_lesion_and_can_be_hidden(qtbot):
    outline = np.zeros(SHAPE, bool)
    outline[4:12, 6:16, 18:22] = True
    view = view_of(qtbot, volume=image(outline=outline))
    left, top = view.place((11.5, 15.5, 20.0)).toTuple()
    right, bottom = view.place((3.5, 5.5, 20.0)).toTuple()
    rows, columns = np.nonzero(near(pixels(view), DARK.good))
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == pytest.approx((left, right, top, bottom), abs=2.5)
    view._scene.outline = False
    view.update()
    assert not near(pixels(view), DARK.good).any()


def test_without_a_volume_it_says_what_it_waits_for(qtbot):
    view = view_of(qtbot)
    view._scene.show(None)
    view.message = "Reading T1c…"
    view.update()
    said = pixels(view)
    assert near(said, DARK.soft).sum() > 50
    assert not (said[20:120] > 0).any()
