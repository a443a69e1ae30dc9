from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from survgui.cases.case import State
from survgui.cases.report import Horizon, PatientCurve
from survgui.engine.report import group_curves, patient_curve
from survgui.figures.canvas import Rect
from survgui.figures.curve import CurveFigure, curve_table, draw_curve
from tests.report import sample
from tests.report.recorder import Recorder, drawn

S = State
TICKS = np.array([0.0, 12.0, 24.0, 36.0, 48.0, 60.0])
GROUPS = group_curves(sample.reference(), TICKS)


def curve(prediction=None, **more):
    p = prediction or sample.prediction()
    given = {"imputed": bool(p.imputed), "mark": Horizon(24.0, 0.36, 0.32, 0.44), **more}
    return CurveFigure(patient_curve(p, 60.0), GROUPS, TICKS, 60.0, **given)


def flat(level):
    months = np.linspace(0.0, 60.0, 61)
    s = np.full(61, level)
    return PatientCurve(months, s, s, s)


FIGURES = {
    "case and cohort": (curve(), 430.0, 260.0),
    "cohort": (
        CurveFigure(None, GROUPS, TICKS, 60.0, rows=("at_risk", "deaths", "censored"), bands=True),
        400.0,
        400.0,
    ),
    "case": (CurveFigure(flat(0.99), (), TICKS, 60.0), 300.0, 200.0),
    "a spread from top to bottom": (curve(mark=Horizon(24.0, 0.40, 0.001, 0.99)), 430.0, 260.0),
}


@pytest.mark.parametrize("name", FIGURES)
def test_curves_and_rows_have_their_room(name):
    figure, wide, high = FIGURES[name]
    drawn(partial(draw_curve, figure=figure), wide, high)


@pytest.mark.parametrize("level", [0.0, 0.07, 0.31, 0.6, 0.95, 1.0])
def test_end_labels_never_collide(level):
    recorder = Recorder()
    figure = CurveFigure(flat(level), GROUPS, TICKS, 60.0, mark=Horizon(24.0, level, level, level))
    draw_curve(recorder, Rect(0.0, 0.0, 430.0, 260.0), figure)
    assert recorder.overlaps() == []


def test_the_spread_is_dashed_only_where_something_was_imputed():
    for states, dashed in ((None, True), (dict.fromkeys(sample.STATES, S.MEASURED), False)):
        recorder = Recorder()
        draw_curve(recorder, Rect(0, 0, 430, 260), curve(sample.prediction(states=states), mark=None))
        assert dashed == any(ink.dash and ink.colour == "accent" for ink in recorder.inks)


def test_groups_differ_by_line_style_not_only_by_colour():
    recorder = Recorder()
    draw_curve(recorder, Rect(0, 0, 430, 260), CurveFigure(None, GROUPS, TICKS, 60.0, rows=()))
    styles = {ink.colour: ink.dash for ink in recorder.inks if ink.width == 1.4}
    assert len(set(styles.values())) == 3


def test_curve_table_holds_what_is_drawn():
    header, rows = curve_table(curve())
    assert header == ["curve", "months", "survival", "low", "high"]
    assert {row[0] for row in rows} == {"this case", "low", "intermediate", "high"}


def test_everybody_together_is_drawn_in_the_accent_for_it_is_no_risk_group():
    everybody = replace(GROUPS[0], name="all")
    figure = CurveFigure(None, (everybody,), TICKS, 60.0, rows=("at_risk", "deaths", "censored"), bands=True)
    made = drawn(partial(draw_curve, figure=figure), 430.0, 320.0)
    assert {ink.colour for ink in made.inks if ink.width == 1.4} == {"accent"}


def test_a_second_curve_is_dashed_and_both_are_named():
    figure = curve(label="measured", beside=flat(0.5), mark=None, rows=(), imputed=False)
    recorder = drawn(partial(draw_curve, figure=figure), 430.0, 260.0)
    own = [ink.dash for ink in recorder.inks if ink.colour == "accent" and ink.width == 2.6]
    assert sorted(map(bool, own)) == [False, True]
    assert {"measured", "imputed"} <= {text for _, text in recorder.texts}
    assert {row[0] for row in curve_table(figure)[1]} >= {"measured", "imputed"}
