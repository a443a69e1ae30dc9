"""Scale bar, coordinates and overview, by hand cases."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage

from survgui.ui import style
from survgui.ui.slide.overlays import LONGEST, Coordinates, Overview, ScaleBar, bar
from tests.ui.slide.test_tiles import pixels_of


class TestBar:
    @pytest.mark.parametrize(
        ("downsample", "mpp", "text", "length"),
        [
            (1.0, 0.25, "20\u202fµm", 80.0),
            (4.0, 0.25, "100\u202fµm", 100.0),
            (64.0, 0.5, "2\u202fmm", 62.5),
            (1.0, None, "100\u202fpx", 100.0),
            (40.0, None, "5\u202f000\u202fpx", 125.0),
        ],
    )
    def test_is_of_a_round_length(self, downsample: float, mpp: float | None, text: str, length: float):
        assert bar(downsample, mpp) == (pytest.approx(length), text)

    def test_is_never_longer_than_its_room_nor_short(self):
        for downsample in np.geomspace(0.05, 300, 60):
            for mpp in (0.25, 0.499, None):
                length, _ = bar(float(downsample), mpp)
                assert 0.39 * LONGEST <= length <= LONGEST + 1e-6


class TestScaleBar:
    def test_draws_the_length_that_it_names(self, qtbot):
        shown = ScaleBar()
        qtbot.addWidget(shown)
        shown.set_scale(4.0, 0.25)
        assert shown.text == "100\u202fµm"
        row = pixels_of(shown.grab().toImage())[shown.height() // 2]
        ink = QColor(style.theme().text).getRgb()[:3]
        dark = np.flatnonzero((np.abs(row.astype(int) - ink) < 8).all(axis=1))
        assert dark[99] - dark[0] == 99  # the bar; the words follow

    def test_says_where_pixels_have_no_size(self, qtbot):
        shown = ScaleBar()
        qtbot.addWidget(shown)
        shown.set_scale(1.0, None)
        assert shown.text == "100\u202fpx, pixel size unknown"
        assert "unknown" in shown.accessibleName()


class TestCoordinates:
    def test_place_and_value(self, qtbot):
        shown = Coordinates()
        qtbot.addWidget(shown)
        shown.set_place(18342.7, 9021.2, "attention", "0.93")
        assert shown.text == "x 18\u202f342 · y 9\u202f021 attention 0.93"
        wide = shown.width()
        shown.set_place(-0.5, 3)
        assert shown.text == "x \u22121 · y 3"
        assert shown.width() < wide


class TestOverview:
    @pytest.fixture
    def shown(self, qtbot) -> Overview:
        made = Overview()
        qtbot.addWidget(made)
        made.show_slide(2000.0, 1000.0)
        made.show()
        return made

    def test_has_the_slides_shape(self, shown: Overview):
        at = shown.picture_rect()
        assert at.width() / at.height() == pytest.approx(2.0, rel=0.02)

    def test_a_press_and_a_drag_go_there(self, shown: Overview, qtbot):
        at = shown.picture_rect()
        with qtbot.waitSignal(shown.pressed) as caught:
            qtbot.mousePress(shown, Qt.MouseButton.LeftButton, pos=at.center().toPoint())
        assert caught.args == pytest.approx([1000, 500], abs=20)
        with qtbot.waitSignal(shown.pressed) as caught:
            qtbot.mouseMove(shown, QPoint(-500, 999))
        assert caught.args == [0, 1000]
        qtbot.mouseRelease(shown, Qt.MouseButton.LeftButton)

    def test_the_box_is_where_the_view_is_and_stays_inside(self, shown: Overview):
        at = shown.picture_rect()
        shown.set_box((500, 250, 1000, 750))
        box = shown.box_rect()
        assert box.left() == pytest.approx(at.left() + at.width() / 4)
        assert box.bottom() == pytest.approx(at.top() + at.height() * 0.75)
        shown.set_box((-900, -900, 9000, 9000))
        assert shown.box_rect() == at
        shown.set_box((1000, 500, 1001, 501))
        assert shown.box_rect().width() == pytest.approx(4.0)

    def test_shows_the_picture(self, shown: Overview):
        image = QImage(200, 100, QImage.Format.Format_RGB32)
        image.fill(QColor("#336699"))
        shown.set_box((0, 0, 10, 10))
        shown.set_picture(image)
        at = shown.picture_rect().center().toPoint()
        assert shown.grab().toImage().pixelColor(at).name() == "#336699"
