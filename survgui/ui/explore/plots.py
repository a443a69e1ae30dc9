"""Figures as what can be explored of them: the same curves, colours, dashes and names."""

from __future__ import annotations

import numpy as np

from survgui.cases.report import GroupCurve, PatientCurve
from survgui.figures.curve import CurveFigure
from survgui.figures.folds import Folds
from survgui.figures.lines import LinesFigure, ticks
from survgui.figures.theme import GROUP_DASH
from survgui.figures.words import THIN
from survgui.ui.explore.series import Axis, Band, Counts, Plot, Series

SPREAD = "imputation spread"
INTERVAL = f"95{THIN}% interval"


def curve_plot(figure: CurveFigure, title: str, subject: str = "") -> Plot:
    """The curves of a case with their imputation spread, and Kaplan-Meier groups with their numbers at risk."""
    own = []
    if figure.patient is not None:
        own.append(_patient(figure.label, figure.patient, spread=figure.imputed))
    if figure.beside is not None:
        own.append(_patient("imputed", figure.beside, spread=True, dash=(5.0, 3.0)))
    groups = [_group(group, bands=figure.bands) for group in figure.groups]
    return Plot(
        title,
        (*own, *groups),
        Axis(f"months since {figure.origin}", (0.0, figure.limit), "time", "{} months"),
        Axis("Survival", (0.0, 1.0), "share"),
        subject,
        figure.mark.months if figure.mark is not None else figure.limit / 2,
    )


def lines_plot(figure: LinesFigure, title: str, subject: str = "") -> Plot:
    """Lines over epochs, as far as they have come."""
    lines = [line for line in figure.lines if np.isfinite(line.y).any()]
    series = tuple(Series(line.name, line.x, line.y, line.role, line.dash) for line in lines)
    first = min((float(line.x[0]) for line in lines), default=0.0)
    last = max((float(line.x[-1]) for line in lines), default=1.0)
    highest = max((float(np.nanmax(line.y)) for line in lines), default=1.0)
    levels = ticks(figure.floor, max(highest, figure.floor + 1e-6))
    x = Axis(figure.unit, (first, max(last, first + 1.0)), "whole", f"{figure.unit} {{}}")
    return Plot(title, series, x, Axis("Loss", (float(levels[0]), float(levels[-1]))), subject)


def folds_plot(figure: Folds, title: str, subject: str = "") -> Plot:
    """A point a finished fold, and the means from end to end."""
    found = {fold + 1: value for fold, value in sorted(figure.values.items()) if np.isfinite(value)}
    folds, values = np.array([*found], dtype=float), np.array([*found.values()], dtype=float)
    ends = np.array([0.5, max(figure.total, 1) + 0.5])
    series = [Series(figure.name, folds, values, shape="points")]
    if found:
        mean = np.full(2, values.mean())
        series.append(Series(f"{figure.name} mean", ends, mean, dash=(4.0, 2.5), width=1.1, snaps=False))
    for name, value in figure.beside.items():
        series.append(Series(name, ends, np.full(2, value), "soft", (1.5, 2.0), 1.1, snaps=False))
    every = np.array([*values, *figure.beside.values(), *([] if found or figure.beside else [0.5, 1.0])])
    limits = max(0.0, float(every.min()) - 0.12), min(1.0, float(every.max()) + 0.06)
    x = Axis("fold", (float(ends[0]), float(ends[1])), "whole", "fold {}")
    return Plot(title, tuple(series), x, Axis("C-index", limits), subject)


def _patient(name: str, curve: PatientCurve, *, spread: bool, dash: tuple[float, ...] = ()) -> Series:
    band = Band(SPREAD, curve.low, curve.high, edged=True) if spread else None
    return Series(name, curve.months, curve.survival, "accent", dash, 2.6, band=band)


def _group(group: GroupCurve, *, bands: bool) -> Series:
    return Series(
        group.name,
        group.months,
        group.survival,
        group.name if group.name in GROUP_DASH else "accent",
        GROUP_DASH.get(group.name, ()),
        1.4,
        "step",
        Band(INTERVAL, group.low, group.high) if bands else None,
        Counts(group.ticks, group.at_risk),
        group.thin_from,
    )
