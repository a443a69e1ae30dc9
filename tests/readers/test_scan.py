"""Processed and clinical volumes, told apart by what is zero and how much is left."""

from __future__ import annotations

import numpy as np
import pytest

from survgui.readers.scan import look, same_grid
from survgui.readers.volume import Volume, open_volume


def ball(radius: float, outside: float) -> Volume:
    """A head of so many mm on 2 mm voxels; outside of it, that value."""
    place = np.stack(np.meshgrid(*[np.arange(100) * 2.0 - 100] * 3, indexing="ij"), -1)
    data = np.where(np.linalg.norm(place, axis=-1) < radius, 100.0, outside).astype(np.float32)
    return Volume(data, np.diag([2.0, 2.0, 2.0, 1.0]), np.full(3, 2.0), ("R", "A", "S"))


@pytest.mark.parametrize(
    ("radius", "outside", "stripped"),
    [
        (68.0, 0.0, True),  # a brain of 1.3 litres
        (90.0, 0.0, False),  # a head of 3 litres, the air set to zero
        (68.0, 3.0, False),  # noise around
        (20.0, 0.0, None),  # no head at all
    ],
)
def test_brain_and_head(radius: float, outside: float, stripped: bool | None) -> None:
    found = look(ball(radius, outside))
    assert found.stripped is stripped
    expected = 4 / 3 * np.pi * radius**3 / 1000 if not outside else 8000
    assert found.filled == pytest.approx(expected, rel=0.02)
    assert f"{found.filled / 1000:.1f} litres" in found.words


def test_real_volumes_are_brains(shared_data) -> None:
    volumes = [open_volume(path) for path in sorted((shared_data / "mri").rglob("*6692*.nii.gz"))]
    assert [look(volume).stripped for volume in volumes] == [True] * 4
    assert [same_grid(volumes[1], other) for other in volumes] == [False, True, True, False]
