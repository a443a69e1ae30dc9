"""The strip of top and least tiles."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from survgui.readers.slide import open_slide
from survgui.ui.slide import heat
from survgui.ui.slide.gallery import EMPTY, HEIGHT, Gallery, rank_text
from survgui.ui.slide.geometry import Pyramid
from survgui.ui.slide.tiles import Loader
from tests.readers.conftest import noise, write_slide
from tests.ui.slide.conftest import attention, facts_of
from tests.ui.slide.test_tiles import pixels_of


@pytest.fixture
def gallery(loader: Loader, qtbot) -> Gallery:
    made = Gallery(loader)
    qtbot.addWidget(made)
    made.resize(1000, HEIGHT)
    made.show()
    return made


def hot(side: int = 600) -> heat.HeatMap:
    found = heat.of_slide(attention(side=side, patch=100), "s", alone=True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rank", "n", "text"), [(0.984, 50, ".98"), (1.0, 50, "1.00"), (0.0, 50, ".00"), (0.9987, 3000, ".999")]
)
def test_rank_text(rank: float, n: int, text: str):
    assert rank_text(rank, n) == text


class TestTiles:
    def test_are_the_six_of_highest_and_the_three_of_least_rank(self, gallery: Gallery):
        gallery.set_heat(hot())
        assert [button.index for button in gallery.top] == [35, 34, 33, 32, 31, 30]
        assert [button.index for button in gallery.least] == [2, 1, 0]
        assert [button.text() for button in gallery.least] == [".06", ".03", ".00"]
        assert all(button.isVisible() for button in (*gallery.top, *gallery.least))
        assert gallery.height() == HEIGHT

    def test_no_tile_is_shown_twice(self, gallery: Gallery):
        gallery.set_heat(hot(side=200))
        assert [button.index for button in gallery.top if button.isVisible()] == [3, 2, 1, 0]
        assert not any(button.isVisible() for button in gallery.least)

    def test_before_a_prediction_it_says_so(self, gallery: Gallery):
        gallery.set_heat(hot())
        gallery.set_heat(None)
        assert gallery.height() == EMPTY
        assert gallery._empty.isVisible()
        assert "prediction" in gallery._empty.text()
        assert not any(button.isVisible() for button in (*gallery.top, *gallery.least))

    @pytest.mark.parametrize("wide", [300, 420, 600, 800, 1000, 1800])
    def test_those_without_room_are_left_out(self, gallery: Gallery, wide: int):
        gallery.set_heat(hot())
        gallery.resize(wide, HEIGHT)
        shown = [button for button in (*gallery.top, *gallery.least) if button.isVisible()]
        assert 1 <= len(shown) <= 9
        assert len(shown) == 9 or wide < 1000
        assert all(a.geometry().right() <= b.x() for a, b in pairwise(shown))
        assert shown[-1].geometry().right() <= wide

    def test_pictures_are_read_by_the_threads(self, gallery: Gallery, loader: Loader, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif", noise(600, grain=10))
        facts = facts_of(tmp_path / "s.tif")
        loader.show(facts.path, None, Pyramid.of(facts.levels, facts.downsamples))
        gallery.set_heat(hot())
        qtbot.waitUntil(lambda: all(button.loaded for button in (*gallery.top, *gallery.least)))
        with open_slide(facts.path) as slide:
            wanted = slide.read_scaled(500, 500, 100, 156)
        np.testing.assert_array_equal(pixels_of(gallery.top[0]._image), wanted)

    def test_of_a_slide_that_is_not_there_none_are_asked_for(self, gallery: Gallery, loader: Loader):
        gallery.set_heat(hot(), pictures=False)
        assert loader._queue._patches == []
        assert not gallery.top[0].loaded


class TestChoosing:
    def test_a_click_sends_there_and_marks(self, gallery: Gallery, qtbot):
        gallery.set_heat(hot())
        with qtbot.waitSignal(gallery.chosen) as caught:
            qtbot.mouseClick(gallery.top[1], Qt.MouseButton.LeftButton)
        assert caught.args == [34]
        assert [button.index for button in (*gallery.top, *gallery.least) if button.isChecked()] == [34]
        gallery.mark(None)
        assert not any(button.isChecked() for button in gallery.top)

    def test_so_does_a_key(self, gallery: Gallery, qtbot):
        gallery.set_heat(hot())
        with qtbot.waitSignal(gallery.chosen) as caught:
            QTest.keyClick(gallery.least[0], Qt.Key.Key_Space)
        assert caught.args == [2]

    def test_each_says_what_it_is(self, gallery: Gallery):
        gallery.set_heat(hot())
        assert gallery.top[0].accessibleName() == "Tile of attention rank 1.00"
        assert "weight" in gallery.top[0].toolTip()
