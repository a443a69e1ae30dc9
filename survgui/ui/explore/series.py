"""What is explored, as plain data: series over a common axis, and what each of them says at a place of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survgui.figures.axes import even_ticks
from survgui.figures.canvas import step_points
from survgui.figures.words import MINUS, THIN, count, months, percent

Vector = NDArray[np.float64]
Shape = Literal["line", "step", "points"]
Kind = Literal["share", "time", "number", "whole"]

STEPS: dict[Kind, tuple[float, ...]] = {
    "time": (3.0, 6.0, 12.0, 24.0, 60.0),
    "share": (0.25,),
    "whole": (1.0, 2.0, 5.0, 10.0, 20.0, 50.0),
}
"""Steps of an axis that are rounder than powers of ten, the finest first."""
NOTHING = "–"
"""stands where a series has no value"""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """What lies around a series.

    Attributes:
        name: What it is: `imputation spread`, `95 % interval`.
        low, high: (n,) at the x of the series; not finite where an edge is not known.
        edged: Whether its edges are drawn, dashed, as those of what is imputed are.
    """

    name: str
    low: Vector
    high: Vector
    edged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Patients at risk at the few times at which they were counted.

    Attributes:
        x: (t,) rising.
        at_risk: (t,) followed to that time or longer.
    """

    x: Vector
    at_risk: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve.

    Attributes:
        name: As it is labelled in the figure.
        x, y: (n,) each, `x` rising; there is nothing where `y` is not finite.
        role: Colour role.
        dash: Dashes and gaps in px.
        width: Of the stroke in px.
        shape: `step` keeps each y until the next x, `line` is straight between them, `points` has nothing there.
        band: What lies around it, if anything does.
        counts: Patients at risk, where the series is of patients.
        thin_from: From this x the curve is drawn faint, for it rests on few patients.
        snaps: Whether the crosshair stops at its x; a mean that is drawn from end to end has no x of its own.
    """

    name: str
    x: Vector
    y: Vector
    role: str = "accent"
    dash: tuple[float, ...] = ()
    width: float = 1.7
    shape: Shape = "line"
    band: Band | None = None
    counts: Counts | None = None
    thin_from: float = math.inf
    snaps: bool = True

    def at(self, x: float) -> float:
        """Its value at `x`; NaN where it has none."""
        return self._read(self.y, x)

    def band_at(self, x: float) -> tuple[float, float]:
        """Its band's edges at `x`; NaN where it has none."""
        if self.band is None:
            return math.nan, math.nan
        return self._read(self.band.low, x), self._read(self.band.high, x)

    def at_risk(self, x: float) -> tuple[float, int] | None:
        """The last time up to `x` at which patients were counted, and how many were at risk; None where none was."""
        if self.counts is None or not self._reaches(x):
            return None
        k = int(np.searchsorted(self.counts.x, x, side="right")) - 1
        return (float(self.counts.x[k]), int(self.counts.at_risk[k])) if k >= 0 else None

    def corners(self, values: Vector, start: float, end: float) -> tuple[Vector, Vector]:
        """x and y of the drawn line through `values` between two x, NaN where it is broken."""
        x = np.unique(np.clip(self.x, start, end))
        if self.shape != "step" or len(x) < 2:
            return x, np.interp(x, self.x, values)
        points = step_points(x, values[np.searchsorted(self.x, x, side="right") - 1])
        return points[:, 0], points[:, 1]

    def _reaches(self, x: float) -> bool:
        return len(self.x) > 0 and bool(self.x[0] <= x <= self.x[-1])

    def _read(self, values: Vector, x: float) -> float:
        if not self._reaches(x):
            return math.nan
        k = int(np.searchsorted(self.x, x, side="right")) - 1
        if self.shape == "step" or self.x[k] == x:
            return float(values[k])
        return math.nan if self.shape == "points" else float(np.interp(x, self.x[k : k + 2], values[k : k + 2]))


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a plot.

    Attributes:
        title: What it is, with its unit.
        limits: What there is to see.
        kind: `share` is written in percent, `time` with at most one decimal, `number` with three, `whole` with none.
        phrase: A value in words, `{}` standing for it: `{} months`, `epoch {}`.
    """

    title: str
    limits: tuple[float, float]
    kind: Kind = "number"
    phrase: str = "{}"

    def said(self, value: float) -> str:
        """A value as it is read, with its unit."""
        return self.phrase.format(_written(value, self.kind)) if math.isfinite(value) else NOTHING

    def ticks(self, low: float, high: float, most: int) -> tuple[float, list[float]]:
        """Step and values of at most `most` round numbers in a range: months by the quarter, shares by the quarter."""
        for step in STEPS.get(self.kind, ()):
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if 3 <= last - first + 1 <= most:
                return step, [k * step for k in range(first, last + 1)]
        found = even_ticks(low, high, most)
        if self.kind == "whole":
            found = [value for value in found if value == round(value)]
        return (found[1] - found[0] if len(found) > 1 else 1.0), found

    def tick(self, value: float, step: float) -> str:
        """A value at the axis, with as many decimals as values `step` apart need."""
        scale = 100.0 if self.kind == "share" else 1.0
        decimals = max(0, -math.floor(math.log10(step * scale) + 1e-9)) if step > 0 else 0
        text = f"{value * scale + 0.0:,.{decimals}f}".replace(",", THIN).replace("-", MINUS)
        return f"{text}{THIN}%" if self.kind == "share" else text


@dataclass(frozen=True, eq=False)
class Plot:
    """What a dialog shows.

    Attributes:
        title: What it is.
        subject: Of whom or what, such as a case's id; may be empty.
        series: The one that matters most first; it is drawn over the others.
        start: Where the crosshair stands at first; left out: at the right end.
    """

    title: str
    series: tuple[Series, ...]
    x: Axis
    y: Axis
    subject: str = ""
    start: float | None = None

    @cached_property
    def stops(self) -> Vector:
        """(k,) every x at which a series has a value of its own, rising: there the crosshair stops."""
        own = [s.x[np.isfinite(s.y)] for s in self.series if s.snaps]
        found = np.unique(np.concatenate([np.zeros(0), *own]))
        low, high = self.x.limits
        return found[(found >= low) & (found <= high)]

    def nearest(self, x: float) -> int:
        """Which of `stops` is nearest to `x`; -1 where there are none."""
        return int(np.argmin(np.abs(self.stops - x))) if len(self.stops) else -1

    def details(self, series: Series, x: float) -> tuple[str, ...]:
        """What a series says at `x` besides its value: its band, and how many patients are at risk."""
        found = []
        low, high = series.band_at(x)
        if series.band is not None and math.isfinite(series.at(x)):
            found.append(f"{series.band.name} {self.range(low, high)}")
        counted = series.at_risk(x)
        if counted is not None:
            time, patients = counted
            where = "" if time == x else f" at {self.x.said(time)}"
            found.append(f"{count(patients)} at risk{where}")
        return tuple(found)

    def range(self, low: float, high: float) -> str:
        """Two values of the y axis as a range, its unit once: `29.1–46.8 %`."""
        first, last = self.y.said(low), self.y.said(high)
        if NOTHING in (first, last):
            return "not known" if first == last else f"up to {last}" if first == NOTHING else f"from {first}"
        unit = f"{THIN}%"
        return f"{first.removesuffix(unit) if last.endswith(unit) else first}–{last}"

    def spoken(self, x: float) -> str:
        """Everything at `x` in one line, for whoever cannot see it."""
        parts = [", ".join((f"{s.name} {self.y.said(s.at(x))}", *self.details(s, x))) for s in self.series]
        return "; ".join((self.x.said(x), *parts))


def _written(value: float, kind: Kind) -> str:
    if kind == "time":
        return months(value)
    if kind == "whole":
        return count(round(value))
    if kind == "number":
        return f"{value:.3f}".replace("-", MINUS)
    if value in (0.0, 1.0) or value < 0.001 or value >= 0.9995:
        return percent(value)
    return f"{100.0 * value:.1f}{THIN}%"
