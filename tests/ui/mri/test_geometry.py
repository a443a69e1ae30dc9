from __future__ import annotations

import numpy as np
import pytest

from survgui.ui.mri import geometry
from tests.ui.mri.scans import SHAPE, image

COUNTED = np.arange(np.prod(SHAPE)).reshape(SHAPE)


@pytest.mark.parametrize(
    ("convention", "letters"), [("radiological", "RLAP RLSI APSI"), ("neurological", "LRAP LRSI APSI")]
)
def test_letters_of_both_conventions(convention, letters):
    assert [plane.letters for plane in geometry.planes(convention)] == [tuple(four) for four in letters.split()]


def test_the_first_pixel_is_the_voxel_at_the_upper_left():
    axial, coronal, sagittal = geometry.planes("radiological")
    x, y, z = (n - 1 for n in SHAPE)
    # the patient's right, front, and head are at the high ends
    assert axial.cut(COUNTED, 4)[0, 0] == COUNTED[x, y, 4]
    assert axial.cut(COUNTED, 4)[-1, -1] == COUNTED[0, 0, 4]
    assert coronal.cut(COUNTED, 5)[0, 0] == COUNTED[x, 5, z]
    assert sagittal.cut(COUNTED, 6)[0, 0] == COUNTED[6, y, z]
    mirrored = geometry.planes("neurological")
    assert mirrored[0].cut(COUNTED, 4)[0, 0] == COUNTED[0, y, 4]
    assert mirrored[1].cut(COUNTED, 5)[0, 0] == COUNTED[0, 5, z]
    assert mirrored[2].cut(COUNTED, 6)[0, 0] == COUNTED[6, y, z]


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
def test_the_pixel_under_a_point_holds_its_voxel(convention):
    point = (7.0, 11.0, 19.0)
    for plane in geometry.planes(convention):
        column, row = plane.screen(point, SHAPE)
        cut = plane.cut(COUNTED, int(point[plane.through]))
        assert cut[int(row), int(column)] == COUNTED[7, 11, 19]
        assert plane.voxel(column, row, point, SHAPE) == point


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
def test_a_block_is_framed_where_its_voxels_are(convention):
    bounds = ((2, 9), (10, 30), (3, 5))
    inside = np.zeros(SHAPE, bool)
    inside[2:9, 10:30, 3:5] = True
    for plane in geometry.planes(convention):
        x, y, w, h = (int(n) for n in plane.frame(bounds, SHAPE))
        cut = plane.cut(inside, bounds[plane.through][0])
        assert cut[y : y + h, x : x + w].all()
        assert cut.sum() == w * h


def test_world_and_voxel_are_each_others_inverse_and_stay_inside():
    angle = np.deg2rad(12.0)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    volume = image(affine=turned @ np.diag([2.0, 1.0, 3.0, 1.0]) + np.array([[0, 0, 0, 5.0]] * 3 + [[0] * 4]))
    assert geometry.nearest(volume, geometry.world(volume, (7.0, 11.0, 19.0))) == (7.0, 11.0, 19.0)
    assert geometry.nearest(volume, (1e6, -1e6, 0.0))[:2] == (SHAPE[0] - 1.0, 0.0)


def test_a_value_is_scaled_back_to_what_was_measured():
    assert geometry.value(image(), (25.0, 31.0, 20.0)) == 2000.0
    assert geometry.value(image(), (0.0, 0.0, 0.0)) == pytest.approx(1000.0, abs=0.02)


def test_the_head_is_what_is_not_background():
    data = np.zeros((200, 50, 20), np.float32)
    data[60:140, 10:40, 5:9] = 700.0
    (x0, x1), (y0, y1), (z0, z1) = geometry.content(image(data))
    assert 55 <= x0 <= 60
    assert 140 <= x1 <= 145
    assert (y0, y1, z0, z1) == (9, 41, 4, 10)
    assert geometry.content(image(np.zeros((20, 21, 22), np.float32))) == ((0, 20), (0, 21), (0, 22))


def test_the_border_of_a_mask_runs_around_it():
    mask = np.zeros((5, 6), bool)
    mask[1:3, 2:5] = True
    found = {frozenset([(a, b), (c, d)]) for a, b, c, d in geometry.edges(mask).tolist()}
    corners = [(2.0, 1.0), (5.0, 1.0), (5.0, 3.0), (2.0, 3.0)]
    assert found == {frozenset(pair) for pair in zip(corners, corners[1:] + corners[:1], strict=True)}
    assert len(geometry.edges(np.zeros((3, 3), bool))) == 0


def test_the_length_of_a_border_counts_the_neighbours_that_differ():
    mask = np.random.default_rng(3).uniform(size=(20, 30)) < 0.4
    padded = np.pad(mask, 1).astype(int)
    differing = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    x0, y0, x1, y1 = geometry.edges(mask).T
    assert np.sum(np.abs(x1 - x0) + np.abs(y1 - y0)) == differing


def test_greys_rise_within_the_window_alone():
    greys = geometry.grey((500.0, 1500.0), 0.0, 2000.0)
    stored = np.rint(np.array([0.0, 499.0, 1000.0, 1501.0, 2000.0]) / 2000.0 * 65535.0).astype(int)
    assert greys[stored].tolist() == [0, 0, 128, 255, 255]
    assert set(geometry.grey((5.0, 5.0), 0.0, 10.0).tolist()) == {0, 255}
