"""The picture between frames: composed from tiles, moved by pans, painted anew where tiles came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter

from survgui.figures.slide_overview import heat as shades
from survgui.ui.slide import heat, raster
from survgui.ui.slide.geometry import Camera, Pyramid, Tile
from survgui.ui.slide.raster import Raster
from survgui.ui.slide.tiles import TileCache, as_image
from tests.readers.conftest import noise
from tests.ui.slide.conftest import attention
from tests.ui.slide.test_tiles import pixels_of

STORED = noise(1400, grain=5)
PYRAMID = Pyramid.of([(1400, 1400), (700, 700)], [1.0, 2.0])


def whole(level: int = 0) -> TileCache:
    """Every tile of level 0, or of a halving by every other pixel."""
    cache = TileCache(2**28)
    fill(cache, level)
    return cache


def fill(cache: TileCache, level: int) -> None:
    step = round(PYRAMID.levels[level].downsample)
    for tile in PYRAMID.tiles(level, (0, 0, 1400, 1400)):
        columns, rows = PYRAMID.size(tile)
        x, y = tile.column * 512, tile.row * 512
        cache.put(tile, as_image(np.ascontiguousarray(STORED[::step, ::step][y : y + rows, x : x + columns])))


def looking(cache: TileCache, camera: Camera) -> Raster:
    made = Raster(cache)
    made.background = QColor("#102030")
    made.camera = camera
    made.show(PYRAMID, (1400.0, 1400.0))
    return made


def seen(shown: Raster) -> np.ndarray:
    return pixels_of(shown.image())


@pytest.fixture(autouse=True)
def application(qapp):
    return qapp


class TestPixels:
    def test_at_one_to_one_are_the_slides_own(self):
        got = seen(looking(whole(), Camera(x=700, y=600, width=300, height=200)))
        np.testing.assert_array_equal(got, STORED[500:700, 550:850])

    def test_outside_of_the_slide_is_the_background(self):
        got = seen(looking(whole(), Camera(x=0, y=0, width=100, height=80)))
        assert (got[:40] == (0x10, 0x20, 0x30)).all()
        assert (got[:, :50] == (0x10, 0x20, 0x30)).all()
        np.testing.assert_array_equal(got[40:, 50:], STORED[:40, :50])

    @pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
    def test_tiles_meet_without_a_seam(self, ratio: float):
        flat = TileCache(2**28)
        for tile in PYRAMID.tiles(0, (0, 0, 1400, 1400)):
            image = QImage(*PYRAMID.size(tile), QImage.Format.Format_RGB32)
            image.fill(QColor("#808080"))
            flat.put(tile, image)
        for downsample in (1.0, 1.13, 1.37, 1.9, 0.77, 0.31):
            camera = Camera(x=690.3, y=510.9, downsample=downsample, width=300, height=200, ratio=ratio)
            assert (seen(looking(flat, camera)) == 128).all()

    def test_a_pan_shows_what_a_fresh_view_shows(self):
        cache = whole()
        for downsample in (1.0, 1.37):
            camera = Camera(x=700, y=600, downsample=downsample, width=301, height=203)
            moving = looking(cache, camera)
            moving.refresh()
            for across, down in ((5, 0), (-17, 9), (120, -60), (-3, -1), (500, 400)):
                camera = camera.moved(across, down)
                moving.look(camera)
                moving.refresh()
                fresh = seen(looking(cache, camera))
                # where nothing is resampled the bytes are the same, else the last bit may be rounded otherwise
                np.testing.assert_allclose(seen(moving).astype(int), fresh, atol=0 if downsample == 1.0 else 1)

    def test_a_new_size_or_scale_is_painted_anew(self):
        cache = whole()
        moving = looking(cache, Camera(x=700, y=600, width=300, height=200))
        moving.refresh()
        for change in ({"width": 500}, {"downsample": 0.5}, {"ratio": 2.0}):
            camera = replace(moving.camera, **change)
            moving.look(camera)
            np.testing.assert_array_equal(seen(moving), seen(looking(cache, camera)))


class TestMissingTiles:
    def test_are_named_from_the_middle_outwards(self):
        shown = looking(TileCache(2**28), Camera(x=700, y=700, width=1400, height=1400))
        assert shown.missing()[0] == Tile(0, 1, 1)
        assert len(shown.missing()) == 9
        fill(shown.cache, 0)
        assert shown.missing() == []

    def test_a_coarser_level_is_stretched_under_them(self):
        got = seen(looking(whole(1), Camera(x=700, y=600, width=300, height=200))).astype(int)
        assert np.abs(got - STORED[500:700, 550:850]).mean() < 40
        assert (got != 255).any(axis=2).mean() > 0.9

    def test_a_finer_level_is_shrunk_over_them(self):
        shown = looking(whole(0), Camera(x=700, y=700, downsample=2.0, width=300, height=200))
        assert shown.level == 1
        got = seen(shown).astype(int)
        assert np.abs(got - STORED[500:900:2, 400:1000:2]).mean() < 40

    def test_nothing_at_all_is_white(self):
        assert (seen(looking(TileCache(2**20), Camera(x=700, y=600, width=300, height=200))) == 255).all()

    def test_what_arrives_is_painted_in_its_place(self):
        shown = looking(TileCache(2**28), Camera(x=512, y=512, width=300, height=200))
        shown.refresh()
        full = whole()
        for tile in shown.missing():
            shown.cache.put(tile, full.get(tile))
            at = shown.arrived(tile)
            assert not at.isEmpty()
        np.testing.assert_array_equal(seen(shown), STORED[412:612, 362:662])

    def test_what_arrives_out_of_sight_changes_nothing(self):
        shown = looking(whole(), Camera(x=100, y=100, width=100, height=100))
        assert shown.arrived(Tile(0, 2, 2)).isEmpty()


class TestSharpening:
    def test_large_areas_are_painted_fast_first(self, monkeypatch: pytest.MonkeyPatch):
        cache, camera = whole(), Camera(x=700, y=600, downsample=1.37, width=300, height=200)
        wanted = seen(looking(cache, camera))
        monkeypatch.setattr(raster, "SMALL", 100)
        monkeypatch.setattr(raster, "BAND", 300 * 64)
        shown = looking(cache, camera)
        shown.refresh()
        assert shown.rough
        bands = 1
        while shown.sharpen():
            bands += 1
        assert bands == 4  # 200 rows, 64 at a time
        assert not shown.rough
        np.testing.assert_array_equal(seen(shown), wanted)

    def test_what_needs_no_resampling_is_never_rough(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(raster, "SMALL", 100)
        shown = looking(whole(), Camera(x=700, y=600, width=300, height=200))
        shown.refresh()
        assert not shown.rough
        assert not shown.sharpen()


class TestHeat:
    def test_multiplies_the_tissue_under_the_patches_alone(self):
        cache, camera = whole(), Camera(x=150, y=100, width=300, height=200)
        shown = looking(cache, camera)
        mine = heat.of_slide(attention(side=200, patch=10), "s", alone=True)  # too small for borders
        shown.set_heat(mine, 1.0)
        got, plain = seen(shown).astype(int), STORED[:200, :300].astype(int)
        np.testing.assert_array_equal(got[:, 200:], plain[:, 200:])
        for x, y in ((3, 4), (95, 57), (199, 199)):
            shade = np.round(shades(mine.ranks[[mine.at(x, y)]])[0] * 255)
            np.testing.assert_allclose(got[y, x], plain[y, x] * shade / 255, atol=2)

    def test_opacity_none_leaves_the_tissue(self):
        shown = looking(whole(), Camera(x=150, y=100, width=300, height=200))
        shown.set_heat(heat.of_slide(attention(side=200, patch=10), "s", alone=True), 0.0)
        np.testing.assert_array_equal(seen(shown), STORED[:200, :300])
        shown.set_heat(None, 1.0)
        np.testing.assert_array_equal(seen(shown), STORED[:200, :300])

    def test_large_patches_have_borders(self):
        shown = looking(whole(), Camera(x=150, y=100, width=300, height=200))
        shown.set_heat(heat.of_slide(attention(side=200, patch=100), "s", alone=True), 0.0)
        changed = (seen(shown) != STORED[:200, :300]).any(axis=2)
        assert set(np.flatnonzero(changed.mean(axis=0) > 0.9)) == {0, 100, 200}
        assert set(np.flatnonzero(changed[:, :200].mean(axis=1) > 0.9)) == {0, 100}

    def test_a_pan_moves_it_along(self):
        mine = heat.of_slide(attention(side=1300, patch=37), "s", alone=True)
        cache, camera = whole(), Camera(x=700, y=600, downsample=1.37, width=301, height=203)
        moving = looking(cache, camera)
        moving.set_heat(mine, 0.6)
        moving.refresh()
        for across, down in ((5, 0), (-17, 9), (120, -60)):
            camera = camera.moved(across, down)
            moving.look(camera)
            moving.refresh()
        fresh = looking(cache, camera)
        fresh.set_heat(mine, 0.6)
        same = (seen(moving) == seen(fresh)).all(axis=2)
        assert same.mean() > 0.995  # a border of cells may fall one pixel beside

    def test_on_blank_paper(self):
        shown = Raster(TileCache(1))
        shown.background = QColor("black")
        shown.camera = Camera(x=100, y=100, width=240, height=240)
        shown.show(None, (200.0, 200.0))
        shown.set_heat(heat.of_slide(attention(side=100, patch=10), "s", alone=True), 1.0)
        got = seen(shown)
        assert (got[:20] == 0).all()
        assert (got[130:220, 130:220] == 255).all()
        assert (got[30:110, 30:110].min(axis=2) < 250).all()


def test_is_copied_to_the_screen_pixel_by_pixel():
    for ratio in (1.0, 2.0):
        shown = looking(whole(), Camera(x=700, y=600, downsample=ratio, width=300, height=200, ratio=ratio))
        target = QImage(round(300 * ratio), round(200 * ratio), QImage.Format.Format_RGB32)
        target.setDevicePixelRatio(ratio)
        painter = QPainter(target)
        shown.paint(painter, QRect(0, 0, 300, 200))
        painter.end()
        np.testing.assert_array_equal(pixels_of(target), seen(shown))
