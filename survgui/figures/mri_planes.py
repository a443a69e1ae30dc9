"""Three planes of a volume with letters of orientation and the crop that the model saw."""

from __future__ import annotations

from survgui.cases.report import MriPicture, Plane
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type

GAP = 10.0
NAME = Type(9.0, 400, "soft")
LETTER = Type(9.5, 600, "#FFFFFF")
BOX = "#F0B43C"
"""the crop: amber, which stands out on grey and on black"""
HEIGHT = 176.0
EDGE = 16.0
"""px around a picture, for the letters"""


def mri_height() -> float:
    """Height in px of the three planes and their names."""
    return HEIGHT + 16.0


def draw_mri(canvas: Canvas, rect: Rect, picture: MriPicture) -> None:
    """Planes side by side, each in its own proportions of millimetres, all on one scale."""
    wide = (rect.width - GAP * (len(picture.planes) - 1)) / len(picture.planes)
    extents = [(p.pixels.shape[1] * p.spacing[0], p.pixels.shape[0] * p.spacing[1]) for p in picture.planes]
    tall = rect.height - 16.0
    scale = min((wide - 2 * EDGE) / max(w for w, _ in extents), (tall - 2 * EDGE) / max(h for _, h in extents))
    for k, (plane, (w, h)) in enumerate(zip(picture.planes, extents, strict=True)):
        cell = Rect(rect.x + k * (wide + GAP), rect.y, wide, tall)
        canvas.box(cell, Fill("#000000"), radius=3.0)
        at = Rect(cell.x + (wide - w * scale) / 2, cell.y + (cell.height - h * scale) / 2, w * scale, h * scale)
        canvas.picture(at, plane.pixels, f"{picture.sequence}, {plane.name} plane")
        _crop(canvas, at, plane)
        _letters(canvas, cell, plane)
        canvas.text(cell.x, cell.bottom + 12.0, plane.name, NAME)


def _crop(canvas: Canvas, at: Rect, plane: Plane) -> None:
    if plane.box is None:
        return
    across, down = at.width / plane.pixels.shape[1], at.height / plane.pixels.shape[0]
    x, y, w, h = plane.box
    canvas.box(Rect(at.x + x * across, at.y + y * down, w * across, h * down), None, Ink(BOX, 1.2))


def _letters(canvas: Canvas, cell: Rect, plane: Plane) -> None:
    left, right, top, bottom = plane.letters
    middle_x, middle_y = cell.x + cell.width / 2, cell.y + cell.height / 2 + 3.5
    canvas.text(cell.x + 5.0, middle_y, left, LETTER)
    canvas.text(cell.right - 5.0, middle_y, right, LETTER, "end")
    canvas.text(middle_x, cell.y + 12.0, top, LETTER, "middle")
    canvas.text(middle_x, cell.bottom - 5.0, bottom, LETTER, "middle")
