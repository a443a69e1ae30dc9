import numpy as np
import pytest

from survgui.cases.cohort import Tiles
from survgui.encoders import tile_choice
from survgui.encoders.tile_choice import COUNT, TRIED, candidates, choose, nuclei, shared
from survgui.encoders.tiles import Grid

EOSIN, HAEMATOXYLIN = np.array([0.07, 0.99, 0.11]), np.array([0.65, 0.70, 0.29])


def grid_of(columns, rows, side=100.0):
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return Grid((np.stack([x.ravel(), y.ravel()], 1) * side).astype(np.int64) + 7, side, 8, 1.0)


def stained(*amounts):
    """A pixel's RGB by Beer and Lambert from amounts of haematoxylin and eosin."""
    density = sum(a * s / np.linalg.norm(s) for a, s in zip(amounts, (HAEMATOXYLIN, EOSIN), strict=True))
    return np.round(255 * 10.0**-density).astype(np.uint8)


def slide(count, value, side=100.0, name="a"):
    values = np.full((count, 2, 2, 3), value, np.uint8) + np.arange(count, dtype=np.uint8)[:, None, None, None]
    return Tiles(values, np.arange(2 * count).reshape(count, 2), side, (name,) * count)


def test_eight_by_eight_cells_of_each_stretch_are_looked_at_on_a_large_slide():
    grid, stretch = candidates(grid_of(32, 16))
    assert len(grid) == COUNT * TRIED
    assert np.bincount(stretch).tolist() == [TRIED] * COUNT
    # 512 cells in Z-order, cut into eight: each is one square of 8 x 8 cells, the closest-lying there can be
    for number in range(COUNT):
        cells = (grid.coords[stretch == number] - 7) // 100
        assert len({tuple(cell) for cell in (cells // 8).tolist()}) == 1
    squares = {tuple(((grid.coords[stretch == n][0] - 7) // 800).tolist()) for n in range(COUNT)}
    assert squares == {(x, y) for x in range(4) for y in range(2)}


@pytest.mark.parametrize("count", [1, 3, 8, 20, 64, 65])
def test_every_stretch_has_at_most_eight_candidates_and_none_comes_twice(count):
    grid, stretch = candidates(grid_of(count, 1))
    assert len({tuple(c) for c in grid.coords.tolist()}) == len(grid) == len(stretch) == min(count, 64)
    assert np.bincount(stretch, minlength=COUNT).max() <= TRIED
    assert len(set(stretch.tolist())) == min(count, COUNT)


def test_nuclei_are_pixels_of_haematoxylin_and_of_nothing_else():
    tile = np.full((8, 8, 3), 245, np.uint8)  # glass
    tile[:2] = stained(0.1, 0.4)  # stroma
    tile[2:4, :4] = stained(0.7, 0.1)  # nuclei: an eighth
    tile[4, 0] = 2  # pen or pigment
    tile[5] = stained(0.0, 0.7)  # blood
    assert nuclei(tile[None]).tolist() == [8 / 64]
    assert nuclei(np.stack([tile, np.full_like(tile, 255)])).tolist() == [8 / 64, 0.0]


def test_each_stretch_gives_its_best_and_they_are_ranked():
    scores = np.arange(24.0) % 3 + np.arange(24) / 100  # in each stretch of three the last is best
    stretch = np.repeat(np.arange(8), 3)
    assert choose(scores, stretch).tolist() == [23, 20, 17, 14, 11, 8, 5, 2]


def test_the_best_of_all_fill_up_for_a_stretch_that_cannot_be_read():
    scores = np.array([0.1, 0.9, 0.8, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.05])
    stretch = np.array([0, 1, 1, 2, 3, 4, 5, 6, 6, 6])  # none of the eighth
    assert choose(scores, stretch).tolist() == [1, 2, 8, 6, 5, 4, 3, 0]
    assert choose(scores[:2], stretch[:2]).tolist() == [1, 0]


def test_equal_tiles_are_taken_in_their_order():
    assert choose(np.zeros(20), np.repeat(np.arange(5), 4)).tolist() == [0, 4, 8, 12, 16, 1, 2, 3]


def test_slides_of_a_patient_take_turns():
    one, other = slide(8, 0), slide(3, 100, name="b")
    tiles = shared([one, other])
    assert tiles.values[:, 0, 0, 0].tolist() == [0, 100, 1, 101, 2, 102, 3, 4]
    assert tiles.slides == ("a", "b", "a", "b", "a", "b", "a", "a")
    assert tiles.coords[:2].tolist() == [[0, 1], [0, 1]]
    assert tiles.side == 100.0
    assert shared([one, slide(2, 9, side=200.0)]).side == 0.0
    assert len(shared([slide(1, 5)])) == 1
    assert shared([slide(2, k) for k in range(0, 100, 10)]).values[:, 0, 0, 0].tolist() == list(range(0, 80, 10))


def test_the_haematoxylin_of_pure_eosin_is_none():
    density = EOSIN / np.linalg.norm(EOSIN) @ tile_choice._HAEMATOXYLIN
    assert density == pytest.approx(0.0, abs=1e-6)
    assert HAEMATOXYLIN / np.linalg.norm(HAEMATOXYLIN) @ tile_choice._HAEMATOXYLIN == pytest.approx(1.0, abs=1e-6)
