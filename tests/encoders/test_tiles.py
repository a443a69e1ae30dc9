import numpy as np
import pytest
from PIL import Image

from survgui.encoders.tiles import random_tiles, read_tiles, tile_grid
from survgui.errors import ReadError
from survgui.readers.slide import open_slide

PIXELS, MPP = 32, 8.0  # tiles of 256 µm


@pytest.fixture
def slide_of(tmp_path):
    """A slide of coloured squares: red says the column, green the row, of 64 level-0 pixels each."""

    def make(columns=10, rows=6, tissue=None, mpp=4.0, margin=0):
        picture = np.full((rows * 64 + margin, columns * 64 + margin, 3), 245, np.uint8)
        for y in range(rows):
            for x in range(columns):
                if tissue is None or tissue(x, y):
                    picture[y * 64 : (y + 1) * 64, x * 64 : (x + 1) * 64] = (120 + 10 * x, 40 + 10 * y, 200)
        path = tmp_path / "slide.png"
        Image.fromarray(picture).save(path)
        return open_slide(path, mpp)

    return make


def test_tiles_have_the_encoders_size_in_micrometres(slide_of):
    with slide_of() as slide:  # 640 x 384 pixels of 4 µm
        grid = tile_grid(slide, PIXELS, MPP)
        assert (grid.side, len(grid), grid.coverage) == (64.0, 60, 1.0)
        assert grid.coords[:3].tolist() == [[0, 0], [64, 0], [128, 0]]
        assert grid.coords[10].tolist() == [0, 64]  # row by row
        assert tile_grid(slide, PIXELS, MPP / 2).side == 32.0


def test_a_remainder_is_shared_by_both_margins(slide_of):
    with slide_of(columns=5, rows=3, margin=20) as slide:
        grid = tile_grid(slide, PIXELS, MPP)
        assert len(grid) == 15
        assert grid.coords[0].tolist() == [10, 10]


def test_a_pixel_size_that_does_not_divide_stays_inside(slide_of):
    with slide_of(mpp=4.03) as slide:
        grid = tile_grid(slide, PIXELS, MPP)
        assert grid.side == pytest.approx(63.52, abs=0.01)
        assert (grid.coords + grid.side <= [640, 384]).all()
        steps = np.unique(np.diff(np.unique(grid.coords[:, 0])))
        assert set(steps.tolist()) <= {63, 64}


def test_only_tiles_of_tissue_are_taken(slide_of):
    with slide_of(tissue=lambda x, y: 2 <= x < 5 and y < 4) as slide:
        grid = tile_grid(slide, PIXELS, MPP)
    assert sorted(map(tuple, (grid.coords // 64).tolist())) == sorted((x, y) for x in range(2, 5) for y in range(4))


def test_a_thin_biopsy_still_gives_its_fullest_tiles(slide_of):
    with slide_of(mpp=0.5, tissue=lambda x, y: y == 2) as slide:
        grid = tile_grid(slide, 224, 0.5)  # tiles of 224 pixels, tissue 64 high
        assert 1 <= len(grid) <= 2


def test_batches_hold_what_the_slide_shows(slide_of):
    with slide_of() as slide:
        grid = tile_grid(slide, PIXELS, MPP)
        batches = list(read_tiles(slide, grid, range(5, 27), 8))
    assert [len(tiles) for tiles, _ in batches] == [8, 8, 6]
    rows = np.concatenate([rows for _, rows in batches])
    assert rows.tolist() == list(range(5, 27))
    tiles = np.concatenate([tiles for tiles, _ in batches])
    assert tiles.shape == (22, PIXELS, PIXELS, 3)
    column, line = (grid.coords[rows] // 64).T
    np.testing.assert_array_equal(tiles[:, 16, 16, 0], 120 + 10 * column)
    np.testing.assert_array_equal(tiles[:, 16, 16, 1], 40 + 10 * line)


def test_reading_can_be_left_in_the_middle(slide_of):
    with slide_of() as slide:
        grid = tile_grid(slide, PIXELS, MPP)
        reading = read_tiles(slide, grid, range(len(grid)), 4)
        next(reading)
        reading.close()
        assert next(iter(read_tiles(slide, grid, range(0), 4)), None) is None


def test_damaged_tiles_are_left_out(slide_of, monkeypatch):
    with slide_of() as slide:
        grid = tile_grid(slide, PIXELS, MPP)
        monkeypatch.setattr(type(slide), "damaged", [(70, 10, 10, 10), (128, 64, 64, 64)])
        rows = np.concatenate([rows for _, rows in read_tiles(slide, grid, range(len(grid)), 16)])
    assert sorted(set(range(60)) - set(rows.tolist())) == [1, 12]


def test_a_slide_smaller_than_a_tile_is_one_tile_with_white_around_it(slide_of):
    with slide_of(columns=1, rows=1, mpp=1.0) as slide:
        grid = tile_grid(slide, PIXELS, MPP)
        ((tile,), rows) = next(iter(read_tiles(slide, grid, range(1), 4)))
    assert len(grid) == 1 and rows.tolist() == [0]
    assert grid.coords[0].tolist() == [int((slide.width - grid.side) // 2)] * 2  # the slide lies in its middle
    assert (tile[0] == 255).all() and (tile[:, -1] == 255).all() and not (tile == 255).all()


def test_a_slide_of_hardly_any_size_is_said(slide_of):
    with slide_of(columns=1, rows=1, mpp=0.05) as slide, pytest.raises(ReadError, match=r"one tile of 256 µm.*SLD-21"):
        tile_grid(slide, PIXELS, MPP)


def test_random_tiles_lie_inside_on_tissue_and_are_those_of_the_seed(slide_of):
    with slide_of(tissue=lambda x, y: x < 5) as slide:
        grid = random_tiles(slide, PIXELS, MPP, 40, np.random.default_rng(1))
        assert len(grid) == 40 and grid.side == 64.0
        assert (grid.coords >= 0).all() and (grid.coords[:, 1] + grid.side <= slide.height).all()
        assert grid.coords[:, 0].max() <= 5 * 64 - 32 + 4, "half of each is tissue, to a pixel of the mask"
        assert (grid.coords % 64 != 0).any(axis=1).all(), "none on the grid"
        again = random_tiles(slide, PIXELS, MPP, 40, np.random.default_rng(1))
        assert np.array_equal(grid.coords, again.coords)


def test_a_slide_without_room_gives_the_tile_of_its_grid(slide_of):
    with slide_of(columns=1, rows=6) as slide:
        wide = random_tiles(slide, PIXELS, MPP * 2, 5, np.random.default_rng(0))
        assert np.array_equal(wide.coords, tile_grid(slide, PIXELS, MPP * 2).coords)
