"""Curves made by hand, of which every value is known without the code under test."""

from dataclasses import replace

import numpy as np

from survgui.cases.report import Horizon, PatientCurve
from survgui.figures.canvas import Fill
from survgui.figures.curve import CurveFigure
from survgui.ui.explore.plots import curve_plot
from survgui.ui.widgets.figure_view import FigureView
from tests.ui.cohort.facts import curve

TICKS = np.array([0.0, 12.0, 24.0])


def patient(shift=0.0):
    """Falls by 2 percentage points a month from 100 % to 40 % at 30 months, its spread 5 below and 10 above."""
    months = np.array([0.0, 10.0, 20.0, 30.0])
    survival = np.array([1.0, 0.8, 0.6, 0.4]) + shift
    return PatientCurve(months, survival, survival - 0.05, survival + 0.10)


def group(name="high"):
    """Five patients, followed for 30 months: see `tests.ui.cohort.facts.curve`."""
    return replace(curve(), name=name)


def figure(**more):
    """A case over one group, its headline at 20 months."""
    given = {
        "patient": patient(),
        "groups": (group(),),
        "ticks": TICKS,
        "limit": 24.0,
        "mark": Horizon(20.0, 0.6, 0.55, 0.7),
        "imputed": True,
    }
    return CurveFigure(**{**given, **more})


def plot(**more):
    """What is explored of it."""
    return curve_plot(figure(**more), "Survival estimate", "C-0039")


def paint(canvas, rect):
    """A figure that is all accent."""
    canvas.box(rect, Fill("accent"))


def view(series=plot):
    """A figure that can be explored."""
    made = FigureView("Survival of the case")
    made.resize(400, 250)
    made.set_figure(paint, (["month", "S"], [[20, 0.6]]), "survival", series=series)
    made.show()
    return made
