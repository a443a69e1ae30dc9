"""Tiles and planes as measured, as the model was given them, as it imputed them, and how far apart both are.

What is imputed can never be taken for tissue: it lies in a hatched frame with a dashed border and says so itself, in
the window, on paper and in every exported file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from survgui.cases.reconstruction import ImageReconstruction, ImputedImage
from survgui.figures.canvas import Canvas, Fill, Ink, Rect, hatch
from survgui.figures.chips import DASH
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.figures.words import MINUS, THIN, percent, plain

HEADS = ("measured", "given to the model", "imputed", f"imputed {MINUS} measured")
HEAD = Type(9.5, 500, "soft")
NAME = Type(10.5, 600)
SMALL = Type(9.0, 400, "soft")
CHIP = Type(9.0, 600, "panel")
LETTER = Type(8.5, 600, "#FFFFFF")
LABEL, GAP, BAND = 104.0, 12.0, 6.0
"""px: of what stands left of the pictures, between them, and of the frame around each"""
TOP, KEY, BELOW = 18.0, 20.0, 18.0
WIDEST = 216.0
"""px of a picture; a network's tile of 64 pixels is not clearer when it is larger"""
FINE = 256
"""pixels that a picture is given at least, so that its own stay square"""
LESS, EVEN, MORE = np.array([[0, 114, 178], [255, 255, 255], [213, 94, 0]], dtype=np.float64)
"""blue, white and orange: the difference below, at and above zero, told apart by everyone"""
HIDDEN, STROKE = np.array([[226, 230, 236], [150, 160, 175]], dtype=np.uint8)
"""the ground and the strokes of what the model was not given"""
OF = {"brightness": "of full brightness", "SD": "of the brain's voxels"}

Pixels = NDArray[np.uint8]


def panel_side(wide: float, widest: float = WIDEST) -> float:
    """Side of a picture with its frame in a figure of some width."""
    return min(widest, (wide - LABEL - 3 * GAP) / 4)


def pictures_height(images: Sequence[ImageReconstruction], wide: float, widest: float = WIDEST) -> float:
    """Height in px."""
    return TOP + len(images) * (panel_side(wide, widest) + GAP) + KEY


def draw_pictures(canvas: Canvas, rect: Rect, images: Sequence[ImageReconstruction], widest: float = WIDEST) -> None:
    """One row a picture, four panels each; the key of the differences, which all share, is below."""
    side = panel_side(rect.width, widest)
    lefts = [rect.x + LABEL + k * (side + GAP) for k in range(4)]
    for x, head in zip(lefts, HEADS, strict=True):
        canvas.text(x + BAND, rect.y + 10.0, elide(head, HEAD, side - BAND), HEAD)
    for row, image in enumerate(images):
        y = rect.y + TOP + row * (side + GAP)
        _said(canvas, rect.x, y, image)
        panels = [Rect(x, y, side, side) for x in lefts]
        _measured(canvas, panels[0], image.original, f"{image.title}, measured")
        _letters(canvas, panels[0], image.letters)
        _measured(canvas, panels[1], given(image), f"{image.title}, what the model was given")
        draw_imputed(canvas, panels[2], image.imputed, image.title, in_part=not image.wholly)
        _measured(canvas, panels[3], coloured(image.difference, image.limit), f"{image.title}, imputed less measured")
    _key(canvas, lefts[0] + BAND, rect.y + TOP + len(images) * (side + GAP) + 4.0, images)


def pictures_table(images: Sequence[ImageReconstruction]) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    header = ["picture", "hiding", "share_hidden", "structural_similarity", "root_mean_square_difference", "unit"]
    return header, [[i.title, i.group, float(i.mask.mean()), i.ssim, i.error, i.unit] for i in images]


def draw_imputed(
    canvas: Canvas, rect: Rect, pixels: Pixels, title: str, letters: Sequence[str] = (), *, in_part: bool = False
) -> None:
    """A picture that nobody took, in its hatched frame.

    Args:
        in_part: Some of it was measured.
    """
    hatch(canvas, rect, "accent", 4.0, 1.1)
    inner = rect.inset(BAND, BAND, BAND, BAND)
    said = "imputed in part" if in_part else "imputed"
    canvas.picture(inner, fine(pixels), f"{title}, {said}: not measured")
    canvas.box(rect, None, Ink("accent", 1.2, DASH), 2.0)
    canvas.box(inner, None, Ink("accent", 1.0))
    _letters(canvas, rect, letters[:2])  # the others would lie under the word
    wide = width(said, CHIP) + 10.0
    canvas.box(Rect(inner.x + 3.0, inner.y + 3.0, wide, 15.0), Fill("accent"), radius=3.0)
    canvas.text(inner.x + 8.0, inner.y + 13.8, said, CHIP)


def imputed_height(images: Sequence[ImputedImage], wide: float, columns: int) -> float:
    """Height in px of imputed pictures in rows."""
    return math.ceil(len(images) / columns) * (_imputed_side(wide, columns) + BELOW)


def draw_imputed_pictures(canvas: Canvas, rect: Rect, images: Sequence[ImputedImage], columns: int) -> None:
    """Imputed pictures in rows, the name of each below it."""
    side = _imputed_side(rect.width, columns)
    for k, image in enumerate(images):
        x = rect.x + (k % columns) * (side + GAP)
        y = rect.y + (k // columns) * (side + BELOW)
        draw_imputed(canvas, Rect(x, y, side, side), image.pixels, image.title, image.letters)
        canvas.text(x, y + side + 12.0, elide(image.title, SMALL, side), SMALL)


def fine(pixels: Pixels) -> Pixels:
    """A small picture with each pixel repeated, so that it is not blurred into more than the network drew."""
    times = max(1, FINE // max(pixels.shape[:2]))
    return np.ascontiguousarray(pixels.repeat(times, axis=0).repeat(times, axis=1))


def given(image: ImageReconstruction) -> Pixels:
    """(H, W, 3) what the model was given: strokes on grey where nothing was."""
    shown, hidden = fine(_rgb(image.original)), fine(image.mask.astype(np.uint8)).astype(bool)
    rows, columns = np.indices(hidden.shape)
    stroke = (rows + columns) % 14 < 3
    strokes = np.where(np.asarray(stroke)[..., None], STROKE, HIDDEN)
    return np.where(hidden[..., None], strokes, shown)


def coloured(difference: NDArray[np.float32], limit: float) -> Pixels:
    """(h, w, 3) from blue through white to orange; a difference beyond the limit has the full colour."""
    share = np.clip(difference / limit, -1.0, 1.0)[..., None]
    ends = np.where(share < 0, LESS, MORE)
    return np.asarray(np.round(EVEN + np.abs(share) * (ends - EVEN)), dtype=np.uint8)


def amount(value: float, unit: str) -> str:
    """A difference without its sign: `13 %` of full brightness, `0.33 SD`."""
    return percent(value) if unit == "brightness" else f"{plain(value)}{THIN}{unit}"


def _said(canvas: Canvas, x: float, y: float, image: ImageReconstruction) -> None:
    lines = (
        (image.title, NAME),
        ("structural similarity", SMALL),
        (plain(image.ssim), NAME),
        ("root mean square", SMALL),
        ("of the difference", SMALL),
        (amount(image.error, image.unit), NAME),
    )
    for k, (text, kind) in enumerate(lines):
        canvas.text(x, y + 16.0 + 15.0 * k + (6.0 if k else 0.0), elide(text, kind, LABEL - 6.0), kind)


def _measured(canvas: Canvas, rect: Rect, pixels: Pixels, about: str) -> None:
    inner = rect.inset(BAND, BAND, BAND, BAND)
    canvas.picture(inner, fine(pixels), about)
    canvas.box(inner, None, Ink("line"))


def _letters(canvas: Canvas, rect: Rect, letters: Sequence[str]) -> None:
    """What lies where, on dark ground of its own; at the left, right, top and bottom."""
    inner = rect.inset(BAND + 8.0, BAND + 8.0, BAND + 8.0, BAND + 8.0)
    middle_x, middle_y = inner.x + inner.width / 2, inner.y + inner.height / 2
    places = ((inner.x, middle_y), (inner.right, middle_y), (middle_x, inner.y), (middle_x, inner.bottom))
    for letter, (x, y) in zip(letters, places, strict=False):
        canvas.box(Rect(x - 6.0, y - 6.0, 12.0, 12.0), Fill("#10151C", 0.62), radius=2.0)
        canvas.text(x, y + 3.1, letter, LETTER, "middle")


def _key(canvas: Canvas, x: float, y: float, images: Sequence[ImageReconstruction]) -> None:
    """The colours of the difference with their ends, and what the strokes are."""
    if not images:
        return
    limit, unit = images[0].limit, images[0].unit
    shades = coloured(np.linspace(-limit, limit, 96, dtype=np.float32)[None].repeat(4, axis=0), limit)
    ends = f"{MINUS}{amount(limit, unit)}", f"+{amount(limit, unit)} {OF[unit]}"
    canvas.text(x, y + 8.0, ends[0], SMALL)
    x += width(ends[0], SMALL) + 6.0
    bar = Rect(x, y, 112.0, 9.0)
    canvas.picture(bar, shades, "Colours of the difference")
    canvas.box(bar, None, Ink("line"))
    canvas.text(bar.right + 6.0, y + 8.0, ends[1], SMALL)
    x = bar.right + width(ends[1], SMALL) + 26.0
    swatch = Rect(x, y - 1.0, 11.0, 11.0)
    hatch(canvas, swatch, "accent", 2.8, 0.9)
    canvas.box(swatch, None, Ink("accent", 0.9, (2.0, 1.3)), 1.5)
    canvas.text(x + 16.0, y + 8.0, "imputed, not measured", SMALL)


def _rgb(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 3 else pixels[:, :, None].repeat(3, axis=2)


def _imputed_side(wide: float, columns: int) -> float:
    return min(WIDEST, (wide - GAP * (columns - 1)) / columns)
