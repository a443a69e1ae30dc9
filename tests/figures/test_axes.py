import numpy as np
import pytest

from survgui.figures.axes import Scale, apart


def test_a_scale_is_a_line_between_its_ends():
    scale = Scale((0.0, 60.0), (100.0, 400.0))
    assert (scale(0.0), scale(30.0), scale(60.0)) == (100.0, 250.0, 400.0)
    assert scale.of(np.array([0.0, 60.0])).tolist() == [100.0, 400.0]


def test_a_scale_of_one_value_does_not_divide_by_zero():
    assert Scale((3.0, 3.0), (0.0, 10.0))(3.0) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_labels_keep_their_distance_their_order_and_their_room(seed):
    rng = np.random.default_rng(seed)
    wanted = rng.uniform(0, 100, rng.integers(1, 8)).tolist()
    placed = apart(wanted, 12.0, 0.0, 100.0)
    order = np.argsort(wanted)
    assert np.all(np.diff(np.array(placed)[order]) >= 12.0 - 1e-9)
    assert min(placed) >= -1e-9
    assert max(placed) <= 100.0 + 1e-9


def test_labels_that_are_apart_stay():
    assert apart([80.0, 10.0, 40.0], 12.0, 0.0, 100.0) == pytest.approx([80.0, 10.0, 40.0])


def test_two_equal_labels_part_symmetrically():
    assert apart([50.0, 50.0], 10.0, 0.0, 100.0) == pytest.approx([45.0, 55.0])


def test_labels_without_room_are_spread_evenly():
    assert apart([5.0, 5.0, 5.0], 12.0, 0.0, 20.0) == pytest.approx([0.0, 10.0, 20.0])
    assert apart([], 12.0, 0.0, 20.0) == []
