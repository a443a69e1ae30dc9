"""Where the controls are, and what they are told."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from survgui.ui.slide import heat
from survgui.ui.slide.geometry import Camera
from survgui.ui.slide.hud import Hud, map_picture
from tests.ui.slide.conftest import attention


@pytest.fixture
def ground(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(("wide", "high"), [(900, 640), (1880, 1000), (560, 420), (430, 300)])
@pytest.mark.parametrize("mpp", [0.25, None])
def test_controls_do_not_cover_each_other(ground: QWidget, wide: int, high: int, mpp: float | None):
    ground.resize(wide, high)
    hud = Hud(ground)
    hud.show_slide((40_000.0, 30_000.0), mpp)
    hud.follow(Camera(20_000, 15_000, 8.0, wide, high), mpp, fitted=False)
    hud.tell(18_342, 9_021, 0.93, 1e-4, raw=False)
    hud.place(wide, high)
    low = (hud.scale_bar, hud.coordinates, hud.magnification)
    if sum(widget.width() for widget in low[::2]) < wide:
        assert not any(a.geometry().intersects(b.geometry().adjusted(7, 7, -7, -7)) for a, b in combinations(low, 2))
    whole = QRect(0, 0, wide, high)
    assert all(whole.contains(widget.geometry()) for widget in (*low[:2], hud.overview))


def test_nothing_floats_without_a_slide(ground: QWidget):
    hud = Hud(ground)
    hud.show_slide((100.0, 100.0), 0.25)
    assert [widget.isVisible() for widget in hud.all()] == [False, False, True, True, True, True]
    hud.show_slide((0.0, 0.0), None)
    assert not any(widget.isVisible() for widget in hud.all())


def test_the_magnification_that_is_seen_is_tinted(ground: QWidget):
    hud = Hud(ground)
    hud.show_slide((4000.0, 3000.0), 0.499)
    for downsample, name in ((1.0, ["20×"]), (2.0, ["10×"]), (3.0, [])):
        hud.follow(Camera(downsample=downsample, width=500, height=500), 0.499, fitted=False)
        assert [b.text() for b in hud.magnification.buttons if b.isChecked()] == name


def test_a_weight_where_it_is_asked_for(ground: QWidget):
    hud = Hud(ground)
    hud.tell(1, 2, 0.5, 0.00123, raw=True)
    assert hud.coordinates.text.endswith("weight 0.0012")
    hud.tell(1, 2, None, None, raw=True)
    assert hud.coordinates.text == "x 1 · y 2"


def test_the_map_of_patches_alone(qapp):
    picture = map_picture(heat.of_slide(attention(side=200, patch=100), "", alone=True), (400.0, 200.0))
    assert (picture.width(), picture.height()) == (512, 256)
    assert picture.pixelColor(500, 128).name() == "#ffffff"
    shades = [picture.pixelColor(x, y).lightness() for x, y in ((64, 64), (192, 64), (64, 192), (192, 192))]
    assert shades == sorted(shades, reverse=True)
    assert shades[0] > shades[-1]
