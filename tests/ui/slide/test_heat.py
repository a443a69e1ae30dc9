"""Ranks, cells, colours, outlines and lookup of the attention over one slide."""

from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.prediction import Attention
from survgui.engine import pictures
from survgui.figures.slide_overview import heat as shades
from survgui.ui.slide import heat
from tests.ui.slide.conftest import attention


def of(coords, weights=None, patch=10.0, names=()):
    values = np.arange(1, len(coords) + 1, dtype=np.float32) if weights is None else np.array(weights, np.float32)
    return heat.of_slide(Attention(values, np.array(coords, np.int64), patch, names), "s", alone=True)


class TestRanks:
    @pytest.mark.parametrize("seed", range(5))
    def test_as_the_report_has_them(self, seed: int):
        weights = np.random.default_rng(seed).integers(0, 20, 50).astype(np.float32)
        np.testing.assert_array_equal(heat.ranks(weights), pictures.ranks(weights))

    def test_ties_share_their_mean(self):
        assert heat.ranks(np.array([5, 1, 5, 9], np.float32)).tolist() == pytest.approx([0.5, 0.0, 0.5, 1.0])
        assert heat.ranks(np.array([3], np.float32)).tolist() == [1.0]


class TestOfSlide:
    def test_only_its_own_patches_ranked_among_all(self):
        names = ("a", "b", "a", "b")
        given = Attention(np.array([4, 3, 2, 1], np.float32), np.arange(8).reshape(4, 2), 1.0, names)
        mine = heat.of_slide(given, "b", alone=False)
        assert mine.coords.tolist() == [[2, 3], [6, 7]]
        assert mine.ranks.tolist() == pytest.approx([2 / 3, 0.0])
        assert mine.total == 4
        assert heat.of_slide(given, "c", alone=True) is None

    def test_without_names_the_one_slide_has_them(self):
        assert len(heat.of_slide(attention(), "x", alone=True)) == 4
        assert heat.of_slide(attention(), "x", alone=False) is None

    def test_without_places_there_is_nothing(self):
        bare = Attention(np.ones(3, np.float32), np.zeros((0, 2), np.int64), 1.0)
        assert heat.of_slide(bare, "x", alone=True) is None

    def test_a_side_that_nobody_tells_is_the_distance_of_neighbours(self):
        assert of([(0, 0), (256, 0), (512, 0), (2560, 256)], patch=0.0).patch == 256


class TestGrid:
    def test_a_cell_a_patch(self):
        mine = of([(100, 50), (110, 50), (130, 60)])
        assert mine.regular
        assert mine.codes.tolist() == [[1, 128, 0, 0], [0, 0, 0, 255]]
        assert mine.box == (100, 50, 140, 70)

    def test_off_any_grid_cells_are_finer_and_the_highest_rank_is_on_top(self):
        mine = of([(0, 0), (4, 4), (50, 3)], weights=[3, 1, 2], patch=8.0)
        assert not mine.regular
        assert mine.step == 2.0
        assert (mine.codes[:4, :4] == 255).all()
        assert (mine.codes[4:6, 4:6] == 1).all()
        assert mine.codes[4, 0] == 0

    def test_colours_are_the_reports(self):
        mine = of([(0, 0), (10, 0), (30, 0)])
        tints = mine.tints(1.0)
        wanted = np.round(shades(np.array([0.0, 127 / 254, 1.0], np.float32)) * 255).astype(int)
        for cell, rgb in zip((0, 1, 3), wanted.tolist(), strict=True):
            assert tints[0, cell] == 0xFF000000 | rgb[0] << 16 | rgb[1] << 8 | rgb[2]
        assert tints[0, 2] == 0xFFFFFFFF
        assert (mine.tints(0.0) == 0xFFFFFFFF).all()

    def test_cells_under_a_box(self):
        mine = of([(100, 50), (110, 50), (130, 60)])
        assert mine.cells((0, 0, 1000, 1000)) == (0, 4, 0, 2)
        assert mine.cells((105, 55, 111, 59)) == (0, 2, 0, 1)


class TestOutlines:
    everything = (-1e6, -1e6, 1e6, 1e6)

    def test_a_single_patch_has_four_borders(self):
        assert sorted(of([(5, 7)]).outlines(self.everything)) == [
            (5, 7, 5, 17), (5, 7, 15, 7), (5, 17, 15, 17), (15, 7, 15, 17),
        ]  # fmt: skip

    def test_borders_that_continue_are_one_line(self):
        block = [(x, y) for y in (0, 10) for x in (0, 10, 20)]
        lines = of(block).outlines(self.everything)
        assert len(lines) == 3 + 4
        assert (0, 10, 30, 10) in lines
        assert (20, 0, 20, 20) in lines

    def test_only_what_a_box_meets(self):
        row = of([(x, 0) for x in range(0, 1000, 10)])
        assert len(row.outlines((500, 0, 519, 5))) == 2 + 3
        assert row.outlines((5000, 0, 6000, 10)) == []

    def test_off_any_grid_each_has_its_frame(self):
        assert len(of([(0, 0), (4, 4), (50, 3)], patch=8.0).outlines((0, 0, 20, 20))) == 8


class TestLookup:
    def test_the_patch_under_a_place(self):
        mine = of([(0, 0), (10, 0), (30, 0)])
        assert mine.at(0, 0) == 0
        assert mine.at(9.9, 9.9) == 0
        assert mine.at(10, 0) == 1
        assert mine.at(25, 5) is None

    def test_of_several_the_highest_rank(self):
        assert of([(0, 0), (4, 4), (5, 3)], weights=[1, 9, 2], patch=8.0).at(6, 6) == 1

    def test_strongest_and_weakest(self):
        mine = of([(k, 0) for k in range(5)], weights=[3, 5, 1, 4, 2], patch=1.0)
        assert mine.strongest(2) == [1, 3]
        assert mine.weakest(3) == [0, 4, 2]
        assert len(mine.strongest(99)) == 5
