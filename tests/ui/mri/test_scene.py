from __future__ import annotations

import numpy as np
import pytest

from survgui.ui.mri import geometry
from survgui.ui.mri.scene import MOST, Scene, title
from tests.ui.mri.scans import SHAPE, image


def shown(**more) -> Scene:
    scene = Scene()
    scene.show(image(**more))
    return scene


def test_it_starts_in_the_middle_of_what_the_model_sees():
    assert shown(box=((0, 11), (10, 15), (4, 7))).cursor == (5.0, 12.0, 5.0)
    assert shown().cursor == (15.0, 18.0, 12.0)  # of 30, 36, 24: the voxel after the middle


def test_another_sequence_is_shown_at_the_same_place_of_the_patient():
    scene = shown()
    scene.move((10.0, 30.0, 20.0))  # 20, 30, 60 mm
    finer = image(np.full((60, 18, 72), 500.0, np.float32), "t2", spacing=(1.0, 2.0, 1.0))
    scene.show(None)
    scene.show(finer)
    assert scene.cursor == (20.0, 15.0, 60.0)
    scene.forget()
    scene.show(image())
    assert scene.cursor == (15.0, 18.0, 12.0)


def test_the_crosshair_stays_inside():
    scene = shown()
    scene.move((99.0, -4.0, 3.4))
    assert scene.cursor == (SHAPE[0] - 1.0, 0.0, 3.0)
    scene.step(2, -50)
    assert scene.cursor[2] == 0.0


def test_zooming_keeps_the_point_under_the_pointer_where_it_is():
    scene = shown()
    fixed = (3.0, 4.0, 5.0)
    before = [(f - c) * scene.zoom for f, c in zip(fixed, scene.centre, strict=True)]
    scene.zoom_by(2.5, fixed)
    assert [(f - c) * scene.zoom for f, c in zip(fixed, scene.centre, strict=True)] == pytest.approx(before)
    scene.zoom_by(1e9, fixed)
    assert scene.zoom == MOST
    scene.home()
    assert (scene.zoom, scene.centre) == (1.0, (14.5, 17.5, 11.5))


def test_panning_does_not_lose_the_volume():
    scene = shown()
    scene.pan((1e9, -1e9, 2.0))
    assert scene.centre == (SHAPE[0] - 0.5, -0.5, 13.5)


@pytest.mark.parametrize(
    ("key", "window"),
    [("auto", (100.0, 500.0)), ("narrow", (200.0, 400.0)), ("wide", (-100.0, 700.0)), ("full", (0.0, 2000.0))],
)
def test_presets_are_shares_of_the_automatic_window(key, window):
    assert shown(window=(100.0, 500.0)).preset(key) == window


def test_dragging_widens_and_brightens():
    scene = shown(window=(100.0, 500.0))
    scene.drag_window(0.5, 0.25)  # 200 wider, level 100 lower
    assert scene.window == (-100.0, 500.0)
    before = scene.greys.copy()
    scene.drag_window(0.0, 0.25)
    assert (scene.greys >= before).all()
    scene.drag_window(-99.0, 0.0)
    assert scene.window[1] > scene.window[0]


def test_the_picture_for_a_file_holds_slices_window_and_crop():
    box = ((20, 30), (0, 36), (0, 24))
    scene = shown(box=box)
    scene.move((25.0, 31.0, 20.0))
    picture = scene.picture()
    axial = picture.planes[0]
    assert picture.sequence == "T1c"
    assert axial.name == "axial, slice 21 of 24"
    assert axial.letters == ("R", "L", "A", "P")
    assert axial.box == (0.0, 0.0, 10.0, 36.0)  # the right is on the left
    assert axial.pixels.shape == (SHAPE[1], SHAPE[0])
    assert axial.pixels[3, 3] == 255  # the marker
    assert axial.pixels[-1, -1] == 128
    scene.box = False
    assert scene.picture().planes[0].box is None


def test_without_a_volume_there_is_a_black_pixel():
    scene = Scene()
    assert scene.slice(geometry.planes("radiological")[0]).tolist() == [[0]]
    assert scene.shape == (1, 1, 1)
    assert [title(role) for role in ("flair", "t1c", "swi", "")] == ["FLAIR", "T1c", "swi", "MRI"]
