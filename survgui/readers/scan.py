"""Whether an MRI volume is as the scanner made it, or has been processed: what its zeros and its size tell.

A skull-stripped volume is exactly zero wherever there is no brain, and what is left has the size of one: 900 to 1,900
cm³ in adults. A clinical volume has noise, skin and bone there; where a scanner or a defacing has set the air
to zero, what is left is larger than any brain. The limits are wider than that, for strays of a mask (our choice);
on the real volumes at hand the share is 75 to 86 %, and 1,246 to 1,570 cm³ are left.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from survgui.readers.volume import Volume

EMPTY = 0.3
"""Share of exactly-zero voxels from which a background counts as cleared."""
SMALLEST, LARGEST = 300.0, 2300.0
"""cm³ that a brain can have here."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a volume looks like.

    Attributes:
        empty: Share of voxels that are exactly zero.
        filled: cm³ of the others.
        stripped: Whether the skull has been removed; None where the volume does not tell.
    """

    empty: float
    filled: float
    stripped: bool | None

    @property
    def words(self) -> str:
        """What is concluded and from what, such as `skull removed (86% is exactly zero, 1.2 litres are left)`."""
        what = {True: "skull removed", False: "skull not removed", None: "cannot be told whether the skull is removed"}
        return f"{what[self.stripped]} ({self.empty:.0%} is exactly zero, {self.filled / 1000:.1f} litres are left)"


def look(volume: Volume) -> Scan:
    """Say what a volume looks like."""
    empty = float(np.mean(volume.data == 0))
    filled = (1 - empty) * volume.data.size * float(np.prod(volume.spacing)) / 1000
    if filled > LARGEST:
        return Scan(empty, filled, False)
    return Scan(empty, filled, True if empty >= EMPTY and filled >= SMALLEST else None)


def grid_of(volume: Volume) -> str:
    """A word that volumes share which have their voxels at the same places, to a hundredth of a mm."""
    said = f"{volume.data.shape} {np.round(volume.affine, 2) + 0.0}"  # + 0.0: no minus before a zero
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def same_grid(one: Volume, other: Volume) -> bool:
    """Whether two volumes have their voxels at the same places, to a hundredth of a mm."""
    return one.data.shape == other.data.shape and np.allclose(one.affine, other.affine, atol=0.01)
