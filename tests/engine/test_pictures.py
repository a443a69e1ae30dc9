import numpy as np
import pytest

from survgui.cases.prediction import Attention, Taken
from survgui.engine.pictures import mri_picture, ranks, slide_picture, strongest, weakest


def test_ranks_share_ties():
    assert ranks(np.array([0.1, 0.4, 0.1, 0.4, 0.2], "f4")).tolist() == pytest.approx([0.125, 0.875, 0.125, 0.875, 0.5])
    assert ranks(np.array([0.3], "f4")).tolist() == [1.0]
    assert ranks(np.array([], "f4")).tolist() == []


def test_patches_are_told_apart_by_slide():
    coords = np.array([[0, 0], [10, 0], [20, 0]])
    attention = Attention(np.array([0.2, 0.5, 0.3], "f4"), coords, 10.0, ("a", "b", "a"))
    assert strongest(attention, 2).tolist() == [1, 2]
    assert strongest(attention, 5, "a").tolist() == [2, 0]
    assert weakest(attention, 1).tolist() == [0]
    picture = slide_picture("a", np.zeros((4, 4, 3), np.uint8), (40, 40), None, attention)
    assert picture.coords.tolist() == [[0, 0], [20, 0]]
    assert picture.ranks.tolist() == [0.0, 0.5]
    assert len(slide_picture("a", np.zeros((4, 4, 3), np.uint8), (40, 40), None, None).ranks) == 0


def test_tiles_that_were_taken_are_places_without_ranks():
    taken = Taken(np.array([[0, 0], [10, 0], [20, 0]]), 5.0, ("a", "b", "a"))
    picture = slide_picture("a", np.zeros((4, 4, 3), np.uint8), (40, 40), None, taken)
    assert picture.coords.tolist() == [[0, 0], [20, 0]]
    assert (picture.patch, len(picture.ranks)) == (5.0, 0)


@pytest.mark.parametrize("turn", ["RAS", "LPS", "stored S-R-A"])
def test_planes_stand_in_radiological_convention(turn):
    """A head that fills the grid, and one bright voxel right, anterior, superior of its middle."""
    ras = np.full((9, 11, 13), 0.2, "f4")
    ras[7, 8, 10] = 1.0
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    box = ((6, 9), (7, 10), (9, 12))
    if turn == "LPS":
        ras, affine = ras[::-1, ::-1], np.diag([-2.0, -3.0, 4.0, 1.0])
        box = ((0, 3), (1, 4), (9, 12))
    elif turn == "stored S-R-A":
        ras, affine = ras.transpose(2, 0, 1), affine[:, [2, 0, 1, 3]]
        box = (box[2], box[0], box[1])
    axial, coronal, sagittal = mri_picture("t1", ras, affine, box).planes
    assert axial.letters == ("R", "L", "A", "P")
    assert coronal.letters == ("R", "L", "S", "I")
    assert sagittal.letters == ("A", "P", "S", "I")
    for plane, at, spacing in (
        (axial, (10 - 8, 8 - 7), (2, 3)),
        (coronal, (12 - 10, 8 - 7), (2, 4)),
        (sagittal, (12 - 10, 10 - 8), (3, 4)),
    ):
        assert np.unravel_index(plane.pixels.argmax(), plane.pixels.shape) == at
        assert plane.spacing == spacing
        x, y, w, h = plane.box
        assert (w, h) == (3, 3)
        assert x <= at[1] < x + w
        assert y <= at[0] < y + h


def test_empty_space_around_the_head_is_left_out_but_nothing_of_the_box():
    volume = np.zeros((60, 60, 60), "f4")
    volume[20:40, 25:35, 10:50] = np.random.default_rng(0).uniform(1, 2, (20, 10, 40))
    axial = mri_picture("t1", volume, np.eye(4), ((30, 36), (20, 30), (28, 32))).planes[0]
    assert axial.pixels.shape == (15 + 6, 20 + 6)  # y from the box's 20 to the head's 35, and the margin
    assert axial.box == (40 + 3 - 36, 35 + 3 - 30, 6, 10)


def test_a_volume_without_a_crop_has_no_box():
    assert all(p.box is None for p in mri_picture("t1", np.zeros((4, 4, 4), "f4"), np.eye(4)).planes)
