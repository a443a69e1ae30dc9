"""Registration is judged by undoing a transform that is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from survgui.encoders.registration import Rigid, register
from survgui.engine.simulation.volumes import SHAPE, VOXEL_MM, draw_sequences
from survgui.readers.volume import open_volume

AFFINE = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
AFFINE[:3, 3] = -VOXEL_MM * np.array(SHAPE) / 2


def known(degrees: tuple[float, ...], shift: tuple[float, ...]) -> NDArray[np.float64]:
    """(4, 4) about the middle of the head, in mm."""
    transform = np.eye(4)
    transform[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    transform[:3, 3] = shift
    return transform


def errors(data: NDArray[np.float32], affine: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """mm by which voxels of the head lie beside where they belong; `total` is the identity for a perfect result."""
    voxels = np.argwhere(data != 0)[::499]
    places = np.c_[voxels, np.ones(len(voxels))] @ affine.T
    return np.linalg.norm((places @ total.T - places)[:, :3], axis=1)


@pytest.fixture(scope="module")
def head() -> dict[str, NDArray[np.float32]]:
    drawn = draw_sequences(np.zeros(8), np.random.default_rng(0))
    return {name: data.astype(np.float32) for name, data in drawn.items()}


def test_a_known_transform_between_two_contrasts_is_undone(head: dict[str, NDArray[np.float32]]) -> None:
    shift = (6.0, -10.0, 14.0)
    transform = known((5.0, -8.0, 12.0), shift)
    found = register(head["t1c"], AFFINE, head["t2"], transform @ AFFINE)
    error = errors(head["t1c"], AFFINE, found.matrix @ transform)
    assert error.mean() < 0.5 and error.max() < 1.0  # mm, of voxels of 2 mm
    assert found.believed and found.helps
    assert found.shift == pytest.approx(np.linalg.norm(shift), abs=3.0)  # of the head's centre, beside the origin
    assert found.turn == pytest.approx(np.degrees(np.arccos((np.trace(transform[:3, :3]) - 1) / 2)), abs=1.0)


def test_the_same_files_give_the_same_numbers(head: dict[str, NDArray[np.float32]]) -> None:
    moved = known((2.0, 1.0, -3.0), (3.0, 2.0, -1.0)) @ AFFINE
    one, two = (register(head["flair"][::2, ::2], AFFINE, head["t1"][::2, ::2], moved).matrix for _ in range(2))
    assert np.array_equal(one, two)


def test_what_lies_in_place_stays_there(head: dict[str, NDArray[np.float32]]) -> None:
    found = register(head["t1c"], AFFINE, head["t1"], AFFINE)
    assert not found.helps or errors(head["t1c"], AFFINE, found.matrix).mean() < 0.3


def test_a_flight_is_not_believed() -> None:
    assert Rigid(np.eye(4), 3.0, 5.0, 0.2, 0.7).believed
    assert not Rigid(np.eye(4), 130.0, 5.0, 0.2, 0.7).believed
    assert not Rigid(np.eye(4), 3.0, 60.0, 0.2, 0.7).believed
    assert not Rigid(np.eye(4), 3.0, 5.0, 0.01, 0.05).believed


@pytest.mark.slow
@pytest.mark.parametrize("sequence", ["t1", "t2", "fla"])
def test_a_real_patient(shared_data, sequence: str) -> None:
    folder = shared_data / "mri" / "TCGA-DU-7294"
    fixed, moving = (open_volume(folder / f"TCGA-DU-7294_{name}_bet.nii.gz") for name in ("t1c", sequence))
    for transform in (known((5, -8, 12), (6, -10, 14)), known((2, 1, -3), (3, 2, -1)), known((0, 0, 0), (40, -30, 25))):
        found = register(fixed.data, fixed.affine, moving.data, transform @ moving.affine)
        error = errors(fixed.data, fixed.affine, found.matrix @ transform)
        assert error.mean() < 0.7 and error.max() < 1.4
        assert found.believed and found.helps
