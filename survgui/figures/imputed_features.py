"""Features that were hidden and imputed, beside what was measured; those that nobody measured, with their spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survgui.cases.case import State
from survgui.cases.reconstruction import FeatureReconstruction, ImputedFeature
from survgui.figures.axes import Scale, even_ticks
from survgui.figures.canvas import Canvas, Fill, Ink, Rect
from survgui.figures.chips import draw_bar
from survgui.figures.theme import Type, width
from survgui.figures.type import elide
from survgui.figures.words import MINUS, count, plain, signed

TICK = Type(9.0, 400, "soft")
LABEL = Type(9.5, 600, "soft")
NAME = Type(10.0, 400)
VALUE = Type(10.0, 500)
ROW, FOOT = 19.0, 22.0
MANY = 300
"""points from which on they are smaller and paler"""


def draw_features(canvas: Canvas, rect: Rect, features: FeatureReconstruction) -> None:
    """A point a feature: on the diagonal it is imputed as it was measured, on the dashed line at the mean."""
    both = np.concatenate([features.real, features.imputed]).astype(np.float64)
    reach = max(1.0, float(np.abs(both).max(initial=0.0))) * 1.05
    ticks = even_ticks(-reach, reach, 6)
    left = max(width(_number(t), TICK) for t in ticks) + 8.0
    right = width("mean", LABEL) + 10.0
    inner = rect.inset(left, 18.0, right, 32.0)
    x, y = Scale((-reach, reach), (inner.x, inner.right)), Scale((-reach, reach), (inner.bottom, inner.y))
    for t in ticks:
        canvas.line([(inner.x, y(t)), (inner.right, y(t))], Ink("grid"))
        canvas.text(inner.x - 6.0, y(t) + 3.2, _number(t), TICK, "end")
        canvas.text(x(t), inner.bottom + 14.0, _number(t), TICK, "middle")
    canvas.line([(x(-reach), y(-reach)), (x(reach), y(reach))], Ink("faint", 1.0))
    many = len(both) > 2 * MANY
    for real, imputed in zip(features.real.tolist(), features.imputed.tolist(), strict=True):
        canvas.disc(x(real), y(imputed), 1.6 if many else 2.6, Fill("accent", 0.4 if many else 0.75))
    canvas.line([(inner.x, y(0.0)), (inner.right, y(0.0))], Ink("high", 1.2, (4.0, 2.5)))
    canvas.text(inner.right + 6.0, y(0.0) + 3.2, "mean", Type(LABEL.px, LABEL.weight, "high_text"))
    canvas.text(rect.x, rect.y + 8.0, "imputed, SD", TICK)
    canvas.text(inner.right, rect.y + 8.0, agreement(features), LABEL, "end")
    canvas.text(inner.right, inner.bottom + 27.0, "measured, SD of the development cohort", TICK, "end")


def agreement(features: FeatureReconstruction) -> str:
    """`r = 0.31, n = 1 500 features`."""
    n = f"n = {count(len(features.names))} feature{'' if len(features.names) == 1 else 's'}"
    return n if features.correlation is None else f"r = {plain(features.correlation)}, {n}"


def features_table(features: FeatureReconstruction) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV, in development standard deviations."""
    header = ["feature", "measured_sd", "imputed_sd", "imputed_p5_sd", "imputed_p95_sd", "imputed_less_measured_sd"]
    f = features
    columns = zip(f.names, f.real, f.imputed, f.low, f.high, f.imputed - f.real, strict=True)
    return header, [[name, *map(float, values)] for name, *values in columns]


def imputed_features_height(features: Sequence[ImputedFeature]) -> float:
    """Height in px."""
    return ROW * len(features) + FOOT


def draw_imputed_features(canvas: Canvas, rect: Rect, features: Sequence[ImputedFeature], reach: float) -> None:
    """Hatched bars from the development mean with the spread of the draws as whiskers; `reach` fills half the axis."""
    most = rect.width * 0.42
    names = [elide(f.name, NAME, most) for f in features]
    left = max((width(n, NAME) for n in names), default=0.0) + 12.0
    x = Scale((-reach, reach), (rect.x + left, rect.right - 44.0))
    bottom = rect.y + ROW * len(features)
    canvas.line([(x(0.0), rect.y), (x(0.0), bottom)], Ink("line"))
    for k, (feature, name) in enumerate(zip(features, names, strict=True)):
        y = rect.y + (k + 0.5) * ROW
        canvas.text(rect.x, y + 3.6, name, NAME)
        start, end = sorted((x(0.0), x(max(-reach, min(reach, feature.value)))))
        draw_bar(canvas, Rect(start, y - 4.0, max(end - start, 0.5), 8.0), "accent", State.IMPUTED)
        low, high = (x(max(-reach, min(reach, value))) for value in (feature.low, feature.high))
        canvas.line([(low, y), (high, y)], Ink("text", 1.0))
        for edge in (low, high):
            canvas.line([(edge, y - 3.0), (edge, y + 3.0)], Ink("text", 1.0))
        canvas.text(rect.right, y + 3.6, signed(feature.value), VALUE, "end")
    for value in (-reach, 0.0, reach):
        said = "mean" if value == 0.0 else f"{signed(value)} SD"
        canvas.text(x(value), bottom + 13.0, said, TICK, "middle")


def _number(value: float) -> str:
    return f"{value:g}".replace("-", MINUS)
