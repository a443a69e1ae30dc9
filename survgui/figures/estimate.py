"""A case's curve with its numbers at the usual times below it."""

from __future__ import annotations

from dataclasses import dataclass

from survgui.cases.report import GroupCurve, Horizon, ReportContent
from survgui.figures.canvas import Canvas, Ink, Rect
from survgui.figures.curve import CurveFigure, curve_table, draw_curve
from survgui.figures.theme import Type, width
from survgui.figures.words import count, months, percent
from survgui.figures.zoom import Zoomed, scaled

ZOOM = 1.15
"""of the curve, whose letters are made for paper"""
HEAD = Type(11.5, 400, "soft")
CELL, OTHER = Type(12.0, 500), Type(11.5, 400)
RISK = "at risk"
ROW = 20.0
APART = 8.0
"""least room between two cells of a row, in px"""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What is drawn.

    Attributes:
        horizons: Columns of the table.
        group: The case's risk group, whose patients at risk are counted; None where nobody is in it.
        median: Months in words, or that it is not reached.
    """

    curve: CurveFigure
    horizons: tuple[Horizon, ...]
    group: GroupCurve | None
    median: str

    @classmethod
    def of(cls, content: ReportContent) -> Estimate:
        """From what a report prints."""
        c = content
        curve = CurveFigure(
            patient=c.curve,
            groups=c.groups,
            ticks=c.ticks,
            limit=c.restricted_to,
            mark=c.at_horizon,
            imputed=bool(c.imputed) and c.at_horizon.low != c.at_horizon.high,
            rows=(),
            origin=c.model.origin,
        )
        group = next((g for g in c.groups if g.name == c.risk_group), None)
        last = f"> {months(float(c.curve.months[-1]))} mo"
        median = last if c.median_months is None else f"{months(c.median_months)} mo"
        return cls(curve, c.horizons, group, median)

    @property
    def rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Name and cells of each row of the table."""
        found = [("S(t), %", tuple(percent(h.survival, unit=False) for h in self.horizons))]
        if self.curve.imputed:
            # whole percents: four columns have no room for more
            spread = (f"{100 * h.low:.0f}–{100 * h.high:.0f}" for h in self.horizons)
            found.append(("spread, %", tuple(spread)))
        if self.group is not None:
            found.append((f"{RISK}, {self.group.name}", tuple(self._at_risk(h.months) for h in self.horizons)))
        return tuple(found)

    def _at_risk(self, month: float) -> str:
        """Patients of the group still followed at a time that the rows below a curve have; else a dash."""
        if self.group is None:
            return "–"
        for tick, n in zip(self.group.ticks, self.group.at_risk, strict=True):
            if abs(float(tick) - month) < 1e-9:
                return count(int(n))
        return "–"


def table_height(figure: Estimate) -> float:
    """Height of the table in px."""
    return ROW * (len(figure.rows) + 1) + 4.0


def draw_estimate(canvas: Canvas, rect: Rect, figure: Estimate) -> None:
    """The curve takes what the table leaves."""
    below = table_height(figure)
    upper = Rect(rect.x, rect.y, rect.width, rect.height - below)
    draw_curve(Zoomed(canvas, ZOOM), scaled(upper, 1.0 / ZOOM), figure.curve)
    _table(canvas, Rect(rect.x, upper.bottom, rect.width, below), figure)


def estimate_table(figure: Estimate) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV: what is drawn, and the number at each of the times."""
    header, rows = curve_table(figure.curve)
    return header, rows + [["this case, table", h.months, h.survival, h.low, h.high] for h in figure.horizons]


def _table(canvas: Canvas, rect: Rect, figure: Estimate) -> None:
    names, ends = _places(rect, figure)
    y = rect.y + ROW - 4.0
    canvas.text(rect.x, y, "months", HEAD)
    for h, x in zip(figure.horizons, ends, strict=True):
        canvas.text(x, y, months(h.months), HEAD, "end")
    canvas.text(rect.right, y, "median", HEAD, "end")
    canvas.line([(rect.x, y + 6.0), (rect.right, y + 6.0)], Ink("grid"))
    for k, (name, (_, cells)) in enumerate(zip(names, figure.rows, strict=True)):
        y += ROW
        canvas.text(rect.x, y, name, HEAD)
        for cell, x in zip(cells, ends, strict=True):
            canvas.text(x, y, cell, CELL if k == 0 else OTHER, "end")
        if k == 0:
            canvas.text(rect.right, y, figure.median, CELL, "end")


def _places(rect: Rect, figure: Estimate) -> tuple[list[str], list[float]]:
    """The names of the rows, and where each column ends.

    Where the columns would run together, the row at risk does not name the group, which the badge names.
    """
    names = [name for name, _ in figure.rows]
    kinds = [CELL, *[OTHER] * (len(names) - 1)]
    cells = [width(cell, kind) for (_, row), kind in zip(figure.rows, kinds, strict=True) for cell in row]
    widest = max([*cells, *(width(months(h.months), HEAD) for h in figure.horizons)], default=0.0)
    right = rect.right - max(width("median", HEAD), width(figure.median, CELL)) - 2 * APART
    for shown in (names, [name.split(",")[0] if name.startswith(RISK) else name for name in names]):
        left = rect.x + max(width(name, HEAD) for name in ("months", *shown))
        per = (right - left) / max(1, len(figure.horizons))
        if per >= widest + APART:
            break
    return shown, [left + per * (k + 1) for k in range(len(figure.horizons))]
