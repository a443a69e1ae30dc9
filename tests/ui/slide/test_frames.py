"""The tiles that a model took as pixels: framed, listed and reached, and it is said that there is no attention."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from survgui.cases.display import SlideFacts
from survgui.cases.prediction import Taken
from survgui.ui.slide import raster
from survgui.ui.slide.frames import FrameBar, of_slide
from survgui.ui.slide.gallery import NONE_HERE
from survgui.ui.slide.geometry import Camera
from survgui.ui.slide.pane import SlidePane
from survgui.ui.slide.view import SlideView
from tests.ui.slide.conftest import attention, wait_sharp
from tests.ui.slide.test_pane import case, pane, predicted
from tests.ui.slide.test_raster import looking, seen, whole

__all__ = ["pane"]
TAKEN = Taken(np.array([[400, 200], [0, 0], [50, 60]]), 128.0, ("a.tif", "a.tif", "b.tif"))


def test_the_tiles_of_a_slide_in_the_models_order():
    assert of_slide(TAKEN, "a.tif") == ((400.0, 200.0, 528.0, 328.0), (0.0, 0.0, 128.0, 128.0))
    assert of_slide(TAKEN, "c.tif") == of_slide(None, "a.tif") == ()
    assert of_slide(Taken(TAKEN.coords, 0.0, TAKEN.slides), "a.tif") == ()


def test_the_bar_says_that_there_is_no_attention(qtbot):
    bar = FrameBar()
    qtbot.addWidget(bar)
    bar.set_count(8)
    assert bar.text == "8 tiles as pixels · this model gives no attention"
    wide = bar.width()
    bar.set_count(1)
    assert bar.text.startswith("1 tile as pixels") and bar.width() < wide


def test_frames_lie_around_their_boxes_and_leave_the_inside(qapp):
    shown = looking(whole(), Camera(x=700, y=600, width=300, height=200))  # from (550, 500)
    plain = seen(shown)
    shown.set_frames(((600.0, 550.0, 700.0, 650.0),))
    framed = seen(shown)
    ink = np.abs(framed.astype(int) - [18, 24, 34]).max(axis=2) < 3
    assert ink[50, 50:150].all() and ink[150, 50:150].all() and ink[50:150, 50].all() and ink[50:150, 150].all()
    np.testing.assert_array_equal(framed[60:140, 60:140], plain[60:140, 60:140])
    np.testing.assert_array_equal(framed[:40], plain[:40])
    shown.set_frames(())
    np.testing.assert_array_equal(seen(shown), plain)


def test_a_tile_too_small_to_be_seen_keeps_a_frame(qapp):
    shown = looking(whole(), Camera(x=700, y=600, width=300, height=200))
    shown.set_frames(((700.0, 600.0, 702.0, 602.0),))
    rows, columns = np.nonzero(np.abs(seen(shown).astype(int) - [18, 24, 34]).max(axis=2) < 3)
    assert np.ptp(rows) >= raster.SMALLEST_FRAME - 2 and np.ptp(columns) >= raster.SMALLEST_FRAME - 2


@pytest.fixture
def framed(pane: SlidePane, slide: SlideFacts, qtbot) -> SlidePane:
    pane.set_case(case(slide))
    wait_sharp(qtbot, pane.view)
    pane.set_predicted(predicted(None, TAKEN))
    return pane


def test_an_estimate_from_tiles_frames_and_lists_them(framed: SlidePane):
    assert framed.view.frames == of_slide(TAKEN, "a.tif")
    assert framed.view.hud.frame_bar.isVisible() and not framed.view.hud.heat_bar.isVisible()
    buttons = [button for button in framed.gallery.top if button.isVisible()]
    assert [button.text() for button in buttons] == ["1", "2"]
    assert buttons[0].accessibleName() == "Tile 1 of 2 that the model took"
    assert "2 in all" in framed.gallery._hint.text()


def test_a_tile_of_the_strip_leads_to_its_place(framed: SlidePane, qtbot):
    qtbot.mouseClick(framed.gallery.top[0], Qt.MouseButton.LeftButton)
    seen = framed.view.view_rect().center()
    assert (seen.x(), seen.y()) == pytest.approx((464.0, 264.0), abs=1.5)
    assert framed.gallery.top[0].isChecked()


def test_h_switches_the_frames(framed: SlidePane):
    view: SlideView = framed.view
    QTest.keyClick(view, Qt.Key.Key_H)
    assert not view.hud.frame_bar.toggle.isChecked() and view.raster._frames == ()
    QTest.keyClick(view, Qt.Key.Key_H)
    assert view.raster._frames == view.frames


def test_an_estimate_of_another_model_takes_them_away(framed: SlidePane):
    framed.set_predicted(predicted(attention()))
    assert not framed.view.frames and not framed.view.hud.frame_bar.isVisible()
    assert framed.view.hud.heat_bar.isVisible()
    framed.set_predicted(predicted(None, TAKEN))
    assert framed.view.hud.frame_bar.isVisible() and not framed.view.hud.heat_bar.isVisible()
    framed.set_predicted(None)
    assert not framed.view.frames and not framed.view.hud.frame_bar.isVisible()


def test_eight_tiles_are_one_row(framed: SlidePane):
    coords = np.stack([np.arange(8) * 150, np.zeros(8, int)], axis=1)
    framed.set_predicted(predicted(None, Taken(coords, 128.0, ("a.tif",) * 8)))
    shown = [button for button in (*framed.gallery.top, *framed.gallery.least) if button.isVisible()]
    assert [button.text() for button in shown] == [str(number) for number in range(1, 9)]
    assert len({b.x() - a.x() for a, b in pairwise(shown)}) == 1
    assert not framed.gallery._titles[1].isVisible()
    framed.set_predicted(predicted(attention()))
    assert framed.gallery.top[0].text() == "1.00" and framed.gallery._titles[0].text() == "Top tiles"


def test_a_slide_without_a_tile_says_so(pane: SlidePane, slide: SlideFacts, qtbot):
    pane.set_case(case(slide))
    pane.set_predicted(predicted(None, Taken(TAKEN.coords, TAKEN.side, ("b.tif",) * 3)))
    assert pane.gallery._empty.text() == NONE_HERE and pane.gallery._empty.isVisible()
