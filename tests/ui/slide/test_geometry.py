"""Levels, tiles and the camera, by arithmetic."""

from __future__ import annotations

from itertools import pairwise

import pytest

from survgui.ui.slide.geometry import TILE, Camera, Pyramid, Tile, downsample_of, stops


class TestPyramid:
    def test_fills_the_gaps_of_a_scanners_levels_with_halvings(self):
        pyramid = Pyramid.of([(40_000, 30_000), (10_000, 7_500), (2_500, 1_875)], [1.0, 4.0, 16.0])
        assert [level.downsample for level in pyramid.levels] == [1, 2, 4, 8, 16, 32, 64, 128]
        assert [level.native for level in pyramid.levels] == [0, None, 1, None, 2, None, None, None]
        assert (pyramid.levels[1].width, pyramid.levels[1].height) == (20_000, 15_000)

    def test_ends_with_one_tile(self):
        pyramid = Pyramid.of([(2220, 2967)], [1.0])
        assert (pyramid.levels[-1].width, pyramid.levels[-1].height) == (278, 371)
        assert pyramid.top == Tile(3, 0, 0)
        assert pyramid.size(pyramid.top) == (278, 371)
        assert list(pyramid.tiles(3, (0, 0, 2220, 2967))) == [pyramid.top]

    def test_a_slide_smaller_than_a_tile_is_one(self):
        pyramid = Pyramid.of([(50, 40), (25, 20)], [1.0, 2.0])
        assert len(pyramid.levels) == 1

    def test_levels_that_are_not_smaller_are_left_out(self):
        pyramid = Pyramid.of([(1000, 1000), (1000, 1000), (500, 500)], [1.0, 1.0, 2.0])
        assert [level.native for level in pyramid.levels] == [0, 2]

    @pytest.mark.parametrize(("scale", "level"), [(0.1, 0), (1.0, 0), (1.99, 1), (2.5, 1), (4.0, 2), (7.9, 3), (99, 4)])
    def test_the_level_is_never_shrunk_by_more_than_two(self, scale: float, level: int):
        pyramid = Pyramid.of([(8_000, 8_000)], [1.0])
        assert pyramid.level_for(scale) == level
        assert scale / pyramid.levels[level].downsample < 2 or level == 4

    def test_a_scale_next_to_a_level_is_taken_for_it(self):
        pyramid = Pyramid.of([(8_000, 8_000)], [1.0])
        assert pyramid.snapped(0.25 / 0.2477) == 1.0
        assert pyramid.snapped(2.004) == 2.0
        assert pyramid.snapped(1.5) == 1.5

    def test_tiles_come_from_the_middle_outwards(self):
        pyramid = Pyramid.of([(5 * TILE, 5 * TILE)], [1.0])
        tiles = list(pyramid.tiles(0, (0, 0, 5 * TILE, 5 * TILE)))
        assert tiles[0] == Tile(0, 2, 2)
        assert len(tiles) == len(set(tiles)) == 25
        assert {tiles[-1].column, tiles[-1].row} <= {0, 4}

    def test_only_those_that_a_box_meets(self):
        pyramid = Pyramid.of([(5 * TILE, 3 * TILE)], [1.0])
        assert set(pyramid.tiles(0, (TILE - 1, 0, TILE + 1, 1))) == {Tile(0, 0, 0), Tile(0, 1, 0)}
        assert list(pyramid.tiles(0, (TILE, TILE, 2 * TILE, 2 * TILE))) == [Tile(0, 1, 1)]
        assert not list(pyramid.tiles(0, (-900, -900, -1, -1)))
        assert not list(pyramid.tiles(0, (9 * TILE, 0, 10 * TILE, 9)))

    def test_the_last_tiles_are_cut(self):
        pyramid = Pyramid.of([(700, 520)], [1.0])
        assert pyramid.size(Tile(0, 1, 1)) == (188, 8)
        assert pyramid.box(Tile(0, 1, 1)) == (512, 512, 700, 520)

    def test_every_tile_lies_in_its_parent(self):
        pyramid = Pyramid.of([(5000, 3000)], [1.0])
        for level in range(len(pyramid.levels) - 1):
            for tile in pyramid.tiles(level, (0, 0, 5000, 3000)):
                above, part = pyramid.parent(tile, level + 1)
                left, top, _, _ = pyramid.box(above)
                scale, box = pyramid.levels[level + 1].downsample, pyramid.box(tile)
                assert left + part[0] * scale == pytest.approx(box[0])
                assert top + part[1] * scale == pytest.approx(box[1])
                assert left + part[2] * scale == pytest.approx(box[2], abs=scale)
                assert 0 <= part[0] < part[2] <= TILE

    def test_the_whole_slide_is_cheap_only_with_a_small_level(self):
        assert Pyramid.of([(40_000, 40_000), (1000, 1000)], [1.0, 40.0]).top_is_cheap
        assert not Pyramid.of([(40_000, 40_000)], [1.0]).top_is_cheap


class TestCamera:
    camera = Camera(x=1000, y=500, downsample=2.0, width=800, height=600)

    def test_what_is_seen(self):
        assert self.camera.box == (200, -100, 1800, 1100)
        assert self.camera.to_slide(400, 300) == (1000, 500)
        assert self.camera.to_slide(0, 0) == (200, -100)
        assert self.camera.to_view(1000, 500) == (400, 300)

    def test_on_a_screen_of_two_device_pixels_a_px_the_same_is_seen(self):
        fine = Camera(x=1000, y=500, downsample=2.0, width=800, height=600, ratio=2.0)
        assert fine.scale == 1.0
        assert fine.device == (1600, 1200)
        assert fine.box == self.camera.box

    def test_a_push_moves_by_whole_pixels(self):
        odd = Camera(x=1000.3, y=500.7, downsample=1.7, width=801, height=599)
        for across, down in ((1, 0), (-7, 3), (250, -250)):
            moved = odd.moved(across, down)
            assert moved.origin == (odd.origin[0] - across, odd.origin[1] - down)

    @pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
    @pytest.mark.parametrize("point", [(0, 0), (123, 456), (799, 1)])
    def test_zooming_keeps_what_is_under_the_pointer(self, ratio: float, point: tuple[float, float]):
        camera = Camera(x=1000, y=500, downsample=2.0, width=800, height=600, ratio=ratio)
        x, y = camera.to_slide(*point)
        for downsample in (0.3, 1.0, 9.0):
            at, below = camera.zoomed(downsample, *point).to_view(x, y)
            assert at == pytest.approx(point[0], abs=1.0)
            assert below == pytest.approx(point[1], abs=1.0)

    def test_fitting_shows_everything(self):
        for wide, high in ((10_000, 300), (300, 10_000), (50, 50)):
            left, top, right, bottom = self.camera.fitting(wide, high).box
            assert left <= 0
            assert top <= 0
            assert right >= wide
            assert bottom >= high

    def test_is_held_on_the_slide(self):
        held = Camera(x=-50, y=9999, downsample=1000.0).held(4000, 3000, 16.0)
        assert (held.x, held.y, held.downsample) == (0, 3000, 16.0)
        assert Camera(downsample=1e-9).held(1, 1, 1.0).downsample == 1 / 16

    def test_neighbours_share_their_edge(self):
        camera = Camera(downsample=1.37)
        edges = [camera.edge(k * TILE) for k in range(50)]
        assert {b - a for a, b in pairwise(edges)} <= {373, 374}


class TestMagnification:
    def test_forty_is_a_quarter_of_a_micrometre(self):
        assert downsample_of(40, 0.25) == 1.0
        assert downsample_of(20, 0.25) == 2.0
        assert downsample_of(20, 0.5) == 1.0

    def test_keys_by_magnification(self):
        assert stops(0.25) == (("1×", 40), ("2×", 20), ("5×", 8), ("10×", 4), ("20×", 2), ("40×", 1))

    def test_keys_by_pixels_where_their_size_is_unknown(self):
        assert stops(None) == (("1:16", 16), ("1:8", 8), ("1:4", 4), ("1:2", 2), ("1:1", 1), ("2:1", 0.5))
