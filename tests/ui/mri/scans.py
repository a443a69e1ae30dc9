"""Small volumes whose content is known, and events as a mouse sends them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from survgui.cases.display import CaseFacts, SequenceFacts, VolumeImage

SHAPE = (30, 36, 24)
SPACING = (2.0, 1.0, 3.0)
MARKER = (25.0, 31.0, 20.0)
"""middle of the bright block: right, front, top"""


def marked() -> np.ndarray:
    """Grey 1000 with a block of 2000 at the patient's right, front and top."""
    data = np.full(SHAPE, 1000.0, np.float32)
    data[22:29, 28:35, 17:23] = 2000.0
    return data


def image(data=None, role="t1c", affine=None, spacing=SPACING, **more) -> VolumeImage:
    """A volume from 0 to 2000, window alike."""
    data = marked() if data is None else data
    placed = np.diag([*spacing, 1.0]) if affine is None else affine
    voxels = np.rint(data / 2000.0 * 65535.0).astype(np.uint16)
    return VolumeImage(role, voxels, 0.0, 2000.0, placed, spacing, more.pop("window", (0.0, 2000.0)), **more)


def case(*roles: str, errors=None) -> CaseFacts:
    """A case with these sequences."""
    found = tuple(SequenceFacts(role, Path(f"{role}.nii.gz"), (errors or {}).get(role, "")) for role in roles)
    return CaseFacts("key", Path("case.toml"), "A", "", {}, sequences=found)


def mouse(widget, kind, x, y, button=Qt.MouseButton.NoButton, buttons=None, keys=Qt.KeyboardModifier.NoModifier):
    """Send one mouse event at a place of a widget."""
    place = QPointF(x, y)
    held = button if buttons is None else buttons
    QApplication.sendEvent(widget, QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, keys))


def drag(widget, start, end, button):
    """Press, move, release."""
    kinds = QEvent.Type
    mouse(widget, kinds.MouseButtonPress, *start, button)
    mouse(widget, kinds.MouseMove, *end, buttons=button)
    mouse(widget, kinds.MouseButtonRelease, *end, button, Qt.MouseButton.NoButton)


def wheel(widget, x, y, turned, keys=Qt.KeyboardModifier.NoModifier):
    """Turn the wheel; 120 is a notch."""
    place, phase = QPointF(x, y), Qt.ScrollPhase.NoScrollPhase
    there = widget.mapToGlobal(place)
    event = QWheelEvent(place, there, QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(widget, event)


def pixels(widget) -> np.ndarray:
    """(h, w, 3) what a widget shows."""
    shown = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    whole = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), shown.bytesPerLine())
    return whole[:, : 3 * shown.width()].reshape(shown.height(), shown.width(), 3).copy()
