"""What the three planes show together: the volume, the crosshair, the window, the part that is in view."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survgui.cases.display import VolumeImage
from survgui.cases.report import MriPicture
from survgui.cases.report import Plane as PlanePicture
from survgui.ui.mri import geometry
from survgui.ui.mri.geometry import Bounds, Convention, Plane, Point

MOST = 40.0
"""largest zoom, times the fit"""
TITLES = {"t1": "T1", "t1c": "T1c", "t2": "T2", "flair": "FLAIR", "segmentation": "Segmentation"}
PRESETS = (
    ("auto", "Auto"),
    ("narrow", "High contrast"),
    ("wide", "Low contrast"),
    ("bright", "Bright tissue"),
    ("full", "Full range"),
)
_SHARES = {"auto": (0.0, 1.0), "narrow": (0.25, 0.75), "wide": (-0.5, 1.5), "bright": (0.5, 1.25)}
"""ends of each preset, in widths of the automatic window"""


def title(role: str) -> str:
    """A sequence as it is read: `T1c`, `FLAIR`."""
    return TITLES.get(role, role or "MRI")


@dataclass(eq=False)
class Scene:
    """Shared by the planes; the pane changes it and repaints them.

    Attributes:
        cursor: Voxel under the crosshair.
        window: Lower and upper value, measured.
        greys: (65536,) grey of every stored value.
        centre: Point in the middle of every plane.
        fit: px per mm at zoom 1; the same in all planes, so that they can be compared.
        head: Where the volume is not background.
        serial: Grows with every change of the window.
    """

    volume: VolumeImage | None = None
    convention: Convention = "radiological"
    cursor: Point = (0.0, 0.0, 0.0)
    window: tuple[float, float] = (0.0, 1.0)
    greys: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(65536, np.uint8))
    centre: Point = (0.0, 0.0, 0.0)
    zoom: float = 1.0
    fit: float = 1.0
    head: Bounds = ((0, 1), (0, 1), (0, 1))
    outline: bool = True
    box: bool = True
    serial: int = 0
    _left: tuple[Point, Point] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along each axis; ones where there is no volume."""
        return self.volume.voxels.shape if self.volume is not None else (1, 1, 1)

    @property
    def scale(self) -> float:
        """Px per mm."""
        return self.fit * self.zoom

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Mm per voxel."""
        return self.volume.spacing if self.volume is not None else (1.0, 1.0, 1.0)

    def show(self, volume: VolumeImage | None, window: tuple[float, float] | None = None) -> None:
        """Show another volume, or none; crosshair and view stay where they are in the patient.

        Args:
            window: As the user left it for this sequence, or None for the automatic one.
        """
        if self.volume is not None:
            self._left = geometry.world(self.volume, self.cursor), geometry.world(self.volume, self.centre)
        self.volume = volume
        if volume is None:
            return
        self.head = geometry.content(volume)
        if self._left is None:
            self.home()
        else:
            self.cursor, self.centre = (geometry.nearest(volume, place) for place in self._left)
        self.set_window(window or volume.window)

    def forget(self) -> None:
        """Show nothing; the next volume is another patient's."""
        self.volume = self._left = None

    def home(self) -> None:
        """Everything in view; the crosshair in the middle of what the model sees, or of the head."""
        if self.volume is None:
            return
        self.zoom = 1.0
        self.centre = _middle(self.head)
        self.cursor = geometry.inside(self.volume, _middle(self.volume.box or self.head))

    def set_window(self, window: tuple[float, float]) -> None:
        """Set the window's lower and upper value."""
        if self.volume is not None:
            self.window = window
            self.greys = geometry.grey(window, self.volume.low, self.volume.high)
            self.serial += 1

    def preset(self, key: str) -> tuple[float, float]:
        """The window of a preset."""
        if self.volume is None:
            return self.window
        if key == "full":
            return self.volume.low, self.volume.high
        low, high = self.volume.window
        first, last = _SHARES[key]
        return low + first * (high - low), low + last * (high - low)

    def drag_window(self, wider: float, brighter: float) -> None:
        """Widen the window and lower its level, both in widths of the automatic window."""
        if self.volume is None:
            return
        low, high = self.volume.window
        unit = max(high - low, 1e-9)
        level = (self.window[0] + self.window[1]) / 2 - brighter * unit
        width = max(self.window[1] - self.window[0] + wider * unit, unit / 200.0)
        self.set_window((level - width / 2, level + width / 2))

    def move(self, point: Point) -> None:
        """Put the crosshair on the voxel that holds a point."""
        if self.volume is not None:
            self.cursor = geometry.inside(self.volume, point)

    def step(self, axis: int, voxels: int) -> None:
        """Move the crosshair along an axis."""
        moved = list(self.cursor)
        moved[axis] += voxels
        self.move((moved[0], moved[1], moved[2]))

    def zoom_by(self, factor: float, fixed: Point) -> None:
        """Zoom in all planes; the point `fixed` stays where it is on the screen."""
        before = self.zoom
        self.zoom = float(np.clip(before * factor, 0.5, MOST))
        share = before / self.zoom
        x, y, z = ((f + (c - f) * share) for c, f in zip(self.centre, fixed, strict=True))
        self.centre = (x, y, z)

    def pan(self, moved: Point) -> None:
        """Move the view by voxels; its middle stays inside the volume."""
        x, y, z = (float(np.clip(c + d, -0.5, n - 0.5)) for c, d, n in zip(self.centre, moved, self.shape, strict=True))
        self.centre = (x, y, z)

    def slice(self, plane: Plane) -> NDArray[np.uint8]:
        """(h, w) grey values of the slice through the crosshair, as it lies on the screen."""
        if self.volume is None:
            return np.zeros((1, 1), np.uint8)
        stored = plane.cut(self.volume.voxels, int(self.cursor[plane.through]))
        return np.asarray(self.greys[stored], dtype=np.uint8)

    def picture(self) -> MriPicture:
        """The three slices for a file, without the empty space around the head."""
        made = tuple(self._plane_picture(plane) for plane in geometry.planes(self.convention))
        return MriPicture(title(self.volume.role) if self.volume is not None else "MRI", made)

    def _plane_picture(self, plane: Plane) -> PlanePicture:
        x, y, w, h = (int(n) for n in plane.frame(self.head, self.shape))
        at = int(self.cursor[plane.through])
        box = None
        if self.volume is not None and self.volume.box is not None and self.box:
            bx, by, bw, bh = plane.frame(self.volume.box, self.shape)
            left, top, right, bottom = max(bx, x), max(by, y), min(bx + bw, x + w), min(by + bh, y + h)
            box = (left - x, top - y, right - left, bottom - top) if right > left and bottom > top else None
        return PlanePicture(
            f"{plane.name}, slice {at + 1} of {self.shape[plane.through]}",
            np.ascontiguousarray(self.slice(plane)[y : y + h, x : x + w]),
            plane.letters,
            (self.spacing[plane.across], self.spacing[plane.up]),
            box,
        )


def _middle(bounds: Bounds) -> Point:
    x, y, z = ((first + last - 1) / 2 for first, last in bounds)
    return x, y, z
