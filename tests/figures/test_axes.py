import numpy as np
import pytest

from survgui.figures.axes import Scale, apart, even_ticks


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


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0.0, 10.0, 6, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        (-0.9, 1.4, 6, [-0.5, 0.0, 0.5, 1.0]),
        (0.0, 14.95, 5, [0.0, 5.0, 10.0]),
        (3.0, 3.0, 6, []),
        (0.0, float("inf"), 6, []),
    ],
)
def test_ticks_are_round_and_inside(low, high, most, ticks):
    assert even_ticks(low, high, most) == pytest.approx(ticks)


def test_there_are_never_more_ticks_than_asked_for():
    rng = np.random.default_rng(0)
    for low, room in zip(rng.normal(0, 50, 200), 10 ** rng.uniform(-4, 4, 200), strict=True):
        found = even_ticks(low, low + room, 6)
        assert 2 <= len(found) <= 6
        assert low <= found[0] <= found[-1] <= low + room + 1e-9
