"""A case among the development cohort, in the cohort's first two principal components."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.display import CohortMap
from survgui.cases.prediction import GROUPS
from survgui.figures.axes import Scale, apart, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.theme import Type, text_role, width
from survgui.figures.words import MINUS, THIN, count, percent

TICK = Type(9.0, 400, "soft")
LABEL = Type(9.5, 600)
HERE = Type(10.0, 700, "accent")
RADIUS = 2.6
STAR = 8.0
MOST = 1500
"""patients drawn; of a larger cohort every second, third, ... one, so that the window stays quick"""
KEY_ROW = 14.0
NEAREST = 20
"""how many development patients are summed up around a point; fewer would come close to naming one"""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CohortMapFigure:
    """What is drawn.

    Attributes:
        map: The cohort, the case and its draws.
        real: (2,) where the case lies with everything measured, drawn as a ring; None: the case is a star.
    """

    map: CohortMap
    real: Vector | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """The development patients nearest to a point of the map, summed up."""

    patients: int
    deaths: int
    groups: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class MapScales:
    """From principal components to px; both axes have one scale, so that distances are true."""

    inner: Rect
    x: Scale
    y: Scale
    low: tuple[float, float]
    per_px: float

    def value(self, px: float, py: float) -> Vector:
        """(2,) principal components of a place in px."""
        across, up = px - self.inner.x, self.inner.bottom - py
        return np.array([self.low[0] + across * self.per_px, self.low[1] + up * self.per_px])


def map_scales(rect: Rect, figure: CohortMapFigure) -> MapScales:
    """Room for everything that is drawn, in equal units across and up."""
    inner = rect.inset(30.0, 18.0, 8.0, 36.0 + KEY_ROW * len(_key_rows(rect.width, figure.map)))
    points = np.vstack([figure.map.cohort, figure.map.cloud, figure.map.case[None], *_row(figure.real)])
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(high - low, 1e-9) * 1.10
    per_px = float(max(room[0] / max(inner.width, 1.0), room[1] / max(inner.height, 1.0)))
    across, up = per_px * inner.width, per_px * inner.height
    left, lower = float((low[0] + high[0] - across) / 2), float((low[1] + high[1] - up) / 2)
    x = Scale((left, left + across), (inner.x, inner.right))
    y = Scale((lower, lower + up), (inner.bottom, inner.y))
    return MapScales(inner, x, y, (left, lower), per_px)


def draw_cohort_map(canvas: Canvas, rect: Rect, figure: CohortMapFigure) -> None:
    """Development patients by risk group (colour and shape) and outcome (filled: died), and this case among them."""
    scales = map_scales(rect, figure)
    _axes(canvas, rect, scales, figure.map)
    for px, py, group, died in _placed(scales, figure.map):
        _patient(canvas, px, py, group, died)
    _cloud(canvas, scales, figure.map.cloud)
    _here(canvas, scales, figure)
    _key(canvas, rect, _key_rows(rect.width, figure.map))


def cohort_map_table(figure: CohortMapFigure) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV: the case and its draws, and the cohort without names."""
    m = figure.map
    rows: list[list[object]] = [["this case", *map(float, m.case), None, None]]
    rows += [["measured", *map(float, real), None, None] for real in _row(figure.real)]
    if len(m.cloud) > 1:
        rows += [["draw", *map(float, point), None, None] for point in m.cloud]
    rows += [
        ["development", *map(float, point), str(group), bool(died)]
        for point, group, died in zip(m.cohort, m.groups, m.events, strict=True)
    ]
    return ["point", "component_1", "component_2", "risk_group", "died"], rows


def nearest(m: CohortMap, point: Vector, most: int = NEAREST) -> Near:
    """The `most` development patients nearest to a point of the map, by group and outcome."""
    distance = np.linalg.norm(m.cohort - point, axis=1)
    rows = np.argsort(distance, kind="stable")[:most]
    found = tuple((name, int(np.count_nonzero(m.groups[rows] == name))) for name in GROUPS)
    deaths = int(np.count_nonzero(m.events[rows]))
    return Near(len(rows), deaths, tuple((name, n) for name, n in found if n))


def contour(cloud: Vector, share: float) -> Vector | None:
    """(73, 2) ellipse that holds `share` of a normal cloud with the draws' mean and covariance; None below 3 draws."""
    if len(cloud) < 3:
        return None
    values, axes = np.linalg.eigh(np.cov(cloud.T))
    radii = np.sqrt(np.maximum(values, 0.0) * -2.0 * math.log(1.0 - share))
    turn = np.linspace(0.0, 2.0 * np.pi, 73)
    ring = np.column_stack([radii[0] * np.cos(turn), radii[1] * np.sin(turn)])
    return np.asarray(cloud.mean(axis=0) + ring @ axes.T, dtype=float)


def _row(real: Vector | None) -> list[Vector]:
    return [] if real is None else [real]


def _axes(canvas: Canvas, rect: Rect, s: MapScales, m: CohortMap) -> None:
    inner = s.inner
    right, top = s.value(inner.right, inner.y)
    for t in even_ticks(s.low[0], float(right), 6):
        canvas.line([(s.x(t), inner.y), (s.x(t), inner.bottom)], Ink("grid"))
        canvas.text(s.x(t), inner.bottom + 13.0, f"{t:g}".replace("-", MINUS), TICK, "middle")
    for t in even_ticks(s.low[1], float(top), 6):
        canvas.line([(inner.x, s.y(t)), (inner.right, s.y(t))], Ink("grid"))
        canvas.text(inner.x - 6.0, s.y(t) + 3.2, f"{t:g}".replace("-", MINUS), TICK, "end")
    across, up = ("", "") if m.explained is None else (f", {percent(share)} of the variance" for share in m.explained)
    canvas.text(inner.right, inner.bottom + 28.0, f"component 1{across}", TICK, "end")
    canvas.text(rect.x, rect.y + 8.0, f"component 2{up}", TICK)


def _placed(s: MapScales, m: CohortMap) -> Iterator[tuple[float, float, str, bool]]:
    rows = slice(None, None, _stride(m))
    px, py = s.x.of(m.cohort[rows, 0]).tolist(), s.y.of(m.cohort[rows, 1]).tolist()
    yield from zip(px, py, map(str, m.groups[rows]), map(bool, m.events[rows]), strict=True)


def _stride(m: CohortMap) -> int:
    return max(1, -(-len(m.cohort) // MOST))


def _patient(canvas: Canvas, x: float, y: float, group: str, died: bool, opacity: float = 0.7) -> None:
    """Circle, square or triangle; filled where the patient died."""
    fill = Fill(group, opacity) if died else None
    ink = None if died else Ink(group, 0.9, (), opacity)
    if group == "low":
        canvas.disc(x, y, RADIUS, fill, ink)
    elif group == "intermediate":
        canvas.box(Rect(x - RADIUS + 0.2, y - RADIUS + 0.2, 2 * RADIUS - 0.4, 2 * RADIUS - 0.4), fill, ink)
    else:
        r = RADIUS * 1.25
        corners = [(x, y - r), (x + 0.87 * r, y + 0.6 * r), (x - 0.87 * r, y + 0.6 * r)]
        if fill is not None:
            canvas.area(corners, fill)
        if ink is not None:
            canvas.line([*corners, corners[0]], ink)


def _cloud(canvas: Canvas, s: MapScales, cloud: Vector) -> None:
    """The draws, and the ellipses of half and of nine tenths of them."""
    if len(cloud) < 2:
        return
    for share, tint in ((0.9, 0.10), (0.5, 0.12)):
        ring = contour(cloud, share)
        if ring is not None:
            px = np.column_stack([s.x.of(ring[:, 0]), s.y.of(ring[:, 1])])
            canvas.area(px, Fill("accent", tint))
            canvas.line(px, Ink("accent", 1.1, (3.0, 2.0)))
    for x, y in cloud:
        canvas.disc(s.x(float(x)), s.y(float(y)), 1.6, Fill("accent", 0.85))


def _here(canvas: Canvas, s: MapScales, figure: CohortMapFigure) -> None:
    m = figure.map
    if figure.real is None:
        x, y = s.x(float(m.case[0])), s.y(float(m.case[1]))
        _label(canvas, s, x, y, "this patient", STAR + 3.0)
        _star(canvas, x, y)
        return
    ends = [("imputed", m.cloud.mean(axis=0)), ("measured", figure.real)]
    places = [(s.x(float(at[0])), s.y(float(at[1]))) for _, at in ends]
    labels = apart([y for _, y in places], 15.0, s.inner.y + 8.0, s.inner.bottom - 8.0)
    for (said, _), (x, _), label in zip(ends, places, labels, strict=True):
        _label(canvas, s, x, label, said, 11.0)
    (x, y), (real_x, real_y) = places
    canvas.disc(x, y, 4.0, Fill("accent"), Ink("panel", 1.6))
    canvas.disc(real_x, real_y, 6.5, None, Ink("panel", 5.0))
    canvas.disc(real_x, real_y, 6.5, None, Ink("accent", 2.2))


def _label(canvas: Canvas, s: MapScales, x: float, y: float, said: str, gap: float) -> None:
    wide = width(said, HERE)
    left = x + gap if x + gap + wide + 3.0 <= s.inner.right else x - gap - wide
    canvas.box(Rect(left - 3.0, y - 7.5, wide + 6.0, 15.0), Fill("panel", 0.9), radius=4.0)
    canvas.text(left, y + 3.5, said, HERE)


def _star(canvas: Canvas, x: float, y: float) -> None:
    turns = np.arange(10) * np.pi / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2 == 0, STAR, STAR * 0.45)
    corners = np.column_stack([x + reach * np.cos(turns), y + reach * np.sin(turns)])
    canvas.line(np.vstack([corners, corners[:2]]), Ink("panel", 3.0))
    canvas.area(corners, Fill("accent"))


@dataclass(frozen=True, slots=True)
class _KeyItem:
    """A mark and what it means: `contour`, or a patient's group (empty: any) and outcome."""

    said: str
    group: str = ""
    died: bool = True
    contour: bool = False

    @property
    def wide(self) -> float:
        return width(self.said, TICK) + (21.0 if self.contour else 11.0) + 12.0


def _key_rows(wide: float, m: CohortMap) -> list[list[_KeyItem]]:
    """What marks and contours mean, with n, broken into rows."""
    died = int(np.count_nonzero(m.events))
    items = [
        _KeyItem(f"died {count(died)}"),
        _KeyItem(f"alive at last follow-up {count(len(m.events) - died)}", "", False),
    ]
    if len(m.cloud) >= 3:
        items.append(_KeyItem(f"50 and 90{THIN}% of {len(m.cloud)} draws", contour=True))
    if _stride(m) > 1:
        items.append(_KeyItem(f"1 in {_stride(m)} drawn"))
    sizes = [(name, int(np.count_nonzero(m.groups == name))) for name in GROUPS]
    items = [_KeyItem(f"{name} {count(n)}", name) for name, n in sizes if n] + items
    rows: list[list[_KeyItem]] = [[]]
    for item in items:
        if rows[-1] and sum(i.wide for i in rows[-1]) + item.wide - 12.0 > wide:
            rows.append([])
        rows[-1].append(item)
    return rows


def _key(canvas: Canvas, rect: Rect, rows: list[list[_KeyItem]]) -> None:
    for k, row in enumerate(rows):
        x, y = rect.x, rect.bottom - 4.0 - KEY_ROW * (len(rows) - 1 - k)
        for item in row:
            _key_mark(canvas, x, y - 3.0, item)
            kind = Type(TICK.px, 600, text_role(item.group)) if item.group else TICK
            canvas.text(x + (21.0 if item.contour else 11.0), y, item.said, kind)
            x += item.wide


def _key_mark(canvas: Canvas, x: float, y: float, item: _KeyItem) -> None:
    if item.contour:
        canvas.line([(x, y), (x + 16.0, y)], Ink("accent", 1.1, (3.0, 2.0)))
    elif item.group:
        _patient(canvas, x + 4.0, y, item.group, item.died, 1.0)
    elif item.died:
        canvas.disc(x + 4.0, y, RADIUS, Fill("soft"))
    else:
        canvas.disc(x + 4.0, y, RADIUS, None, Ink("soft", 0.9))
