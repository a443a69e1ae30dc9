"""How far a patient's features lie from the development mean: a histogram with one of them named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import Scale
from survgui.figures.canvas import Anchor, Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.figures.words import MINUS, count, plural, signed

STEP = 0.25
"""width of a bar, in standard deviations"""
LEAST, MOST = 3.0, 8.0
"""how far the axis reaches at least and at most; what lies beyond is counted in the last bars"""
FAR = 2.0
"""from here on a feature is called far"""
COUNTED = "features"
TICK = Type(10.5, 400, "soft")
HERE = Type(11.0, 600, "accent")


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """What is drawn.

    Attributes:
        z: (n,) distances from the development mean in its standard deviations; NaN is left out.
        patients: Development patients behind mean and deviation.
        name: The feature that is marked, or empty.
        at: Its z, or NaN.
    """

    z: NDArray[np.float64]
    patients: int
    name: str = ""
    at: float = float("nan")

    @property
    def known(self) -> NDArray[np.float64]:
        """The z values that there are."""
        return self.z[np.isfinite(self.z)]

    @property
    def reach(self) -> float:
        """End of the axis on either side, a whole number."""
        known = self.known
        return float(np.clip(np.ceil(np.abs(known).max()) if len(known) else LEAST, LEAST, MOST))

    def bars(self) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """(b+1,) edges and (b,) counts; the first and last bar hold what lies beyond them."""
        edges = np.linspace(-self.reach, self.reach, round(2 * self.reach / STEP) + 1)
        counts, _ = np.histogram(np.clip(self.known, -self.reach, self.reach), edges)
        return edges, counts


def draw_distribution(canvas: Canvas, rect: Rect, figure: Distribution) -> None:
    """Bars over the z axis, darker where features are far from the mean; the chosen feature as a line with its name."""
    edges, counts = figure.bars()
    reach, top = figure.reach, max(int(counts.max()), 1)
    gutter = max(width(count(top), TICK), width(COUNTED, TICK))
    inner = rect.inset(gutter + 12.0, 24.0, 8.0, 36.0)
    x = Scale((-reach, reach), (inner.x, inner.right))
    y = Scale((0.0, float(top)), (inner.bottom, inner.y))
    canvas.text(inner.x - 7.0, rect.y + 10.0, COUNTED, TICK, "end")
    for value in _ticks(top):
        canvas.line([(inner.x, y(value)), (inner.right, y(value))], Ink("grid" if value else "line"))
        canvas.text(inner.x - 7.0, y(value) + 3.6, count(value), TICK, "end")
    for left, right, n in zip(edges[:-1], edges[1:], counts, strict=True):
        if n:
            shade = "low" if right <= -FAR else "high" if left >= FAR else "faint"
            place = Rect(x(left) + 0.5, y(n), x(right) - x(left) - 1.0, inner.bottom - y(n))
            canvas.box(place, Fill(shade, 0.85 if shade != "faint" else 0.55), radius=1.0)
    _axis(canvas, rect, inner, x, figure)
    _mark(canvas, rect, inner, x, figure)


def distribution_table(figure: Distribution) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    edges, counts = figure.bars()
    rows = [[float(a), float(b), int(n)] for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    return ["z_from", "z_to", "features"], [list(row) for row in rows]


def _axis(canvas: Canvas, rect: Rect, inner: Rect, x: Scale, figure: Distribution) -> None:
    reach = round(figure.reach)
    step = 1 if reach <= 4 else 2
    beyond = bool(np.any(np.abs(figure.known) > reach))
    for z in range(-(reach // step) * step, reach + 1, step):
        end = beyond and abs(z) == reach
        sign = ("≤ " if z < 0 else "≥ ") if end else ""
        said = sign + (MINUS if z < 0 else "+" if z > 0 else "") + str(abs(z))
        anchor: Anchor = "middle" if abs(z) < reach else "end" if z > 0 else "start"
        canvas.text(x(z), inner.bottom + 15.0, said, TICK, anchor)
    compared = f"z, compared with n = {count(figure.patients)} development patients"
    canvas.text(rect.right, rect.bottom - 4.0, compared, TICK, "end")
    if width(compared, TICK) + 150.0 < rect.width:
        canvas.text(rect.x, rect.bottom - 4.0, plural(len(figure.known), "feature"), TICK)


def _ticks(top: int) -> range:
    """Round counts from 0, at most five of them."""
    step = next(n * 10**k for k in range(12) for n in (1, 2, 5) if 4 * n * 10**k >= top)
    return range(0, top + 1, step)


def _mark(canvas: Canvas, rect: Rect, inner: Rect, x: Scale, figure: Distribution) -> None:
    if not figure.name or not np.isfinite(figure.at):
        return
    at = x(float(np.clip(figure.at, -figure.reach, figure.reach)))
    canvas.line([(at, inner.y - 6.0), (at, inner.bottom)], Ink("accent", 1.6))
    canvas.disc(at, inner.y - 6.0, 3.2, Fill("accent"))
    said = f"{elide(figure.name, HERE, rect.width * 0.5)}  z {signed(figure.at)}"
    left = at > inner.x + inner.width / 2
    canvas.text(at + (-8.0 if left else 8.0), inner.y - 7.0, said, HERE, "end" if left else "start")
