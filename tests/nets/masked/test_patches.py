import itertools

import pytest
import torch
from torch.nn import functional

from survgui.cases.case import Kind
from survgui.nets.masked.patches import Patches, positions

CASES = [
    (Kind.VECTOR, (1, 8), 4),
    (Kind.VECTOR, (1, 10), 4),  # the last patch is padded
    (Kind.FIELDS, (1, 3), 64),  # all of it is one patch, mostly padding
    (Kind.BAG, (1, 5), 1),
    (Kind.TILES, (1, 3, 8, 8), 4),
    (Kind.TILES, (3, 3, 8, 12), 4),
    (Kind.VOLUME, (1, 4, 4, 4), 2),
    (Kind.VOLUME, (2, 4, 8, 6), 2),
]


@pytest.mark.parametrize(("kind", "shape", "side"), CASES)
def test_joining_undoes_cutting_and_cutting_joining(kind, shape, side):
    cut = Patches(kind, shape, side)
    x = torch.randn(3, *shape)
    patches = cut.cut(x)
    assert torch.equal(cut.join(patches), x)
    assert patches.shape[-2:] == (cut.count, cut.size)
    other = torch.randn_like(patches)
    assert torch.equal(cut.cut(cut.join(other)), other * cut.real())
    tiles = shape[0] if kind is Kind.TILES else 1
    assert cut.real().shape == (cut.count, cut.size) and cut.real().sum() * tiles == x[0].numel()


def test_patches_of_a_vector_hold_neighbours():
    patches = Patches(Kind.VECTOR, (1, 10), 4).cut(torch.arange(1.0, 11.0).view(1, 1, 10))
    assert patches.tolist() == [[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 0, 0]]]
    assert Patches(Kind.VECTOR, (1, 10), 4).real().tolist() == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 0, 0]]


def test_patches_of_tiles_are_those_of_unfold_tile_by_tile():
    x = torch.randn(2, 3, 3, 8, 12)
    expected = functional.unfold(x.flatten(0, 1), 4, stride=4).transpose(1, 2).view(2, 3, 6, 48)
    assert torch.equal(Patches(Kind.TILES, (3, 3, 8, 12), 4).cut(x), expected)


def test_patches_of_a_volume_are_its_cubes_in_the_order_of_the_grid():
    x = torch.randn(2, 2, 4, 8, 6)
    cut = Patches(Kind.VOLUME, (2, 4, 8, 6), 2)
    assert cut.grid == (2, 4, 3)
    for t, (i, j, k) in enumerate(itertools.product(range(2), range(4), range(3))):
        cube = x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, 2 * k : 2 * k + 2]
        assert torch.equal(cut.cut(x)[:, t], cube.flatten(1))


@pytest.mark.parametrize("grid", [(48,), (16, 16), (8, 8, 8), (4, 4, 4), (2, 3, 5)])
@pytest.mark.parametrize("width", [8, 64, 250])
def test_positions_tell_every_cell_from_every_other(grid, width):
    code = positions(grid, width)
    cells = torch.tensor(list(itertools.product(*map(range, grid))))
    assert code.shape == (len(cells), width)
    assert code.abs().max() <= 1.0
    distance = torch.cdist(code, code, compute_mode="donot_use_mm_for_euclid_dist")
    assert distance[~torch.eye(len(cells), dtype=torch.bool)].min() > 1e-2


@pytest.mark.parametrize("grid", [(6, 5), (3, 4, 5)])
def test_each_axis_has_numbers_of_its_own(grid):
    """A cell's code is that of its row, its column and its slice, one after the other: so they can be told apart."""
    code, width = positions(grid, 48), 48 // len(grid)
    cells = torch.tensor(list(itertools.product(*map(range, grid))))
    for axis, side in enumerate(grid):
        part = code[:, axis * width : (axis + 1) * width]
        assert torch.equal(part, positions((side,), width)[cells[:, axis]])


def test_a_position_is_sine_and_cosine_of_falling_frequencies():
    k = torch.arange(9.0)
    expected = torch.stack([torch.sin(k), torch.sin(k / 100), torch.cos(k), torch.cos(k / 100)], dim=1)
    assert torch.allclose(positions((9,), 4), expected, atol=1e-6)
