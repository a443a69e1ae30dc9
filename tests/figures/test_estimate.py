import itertools
from dataclasses import replace
from functools import partial

import pytest

from survgui.cases.case import Modality, State
from survgui.cases.report import Pictures
from survgui.figures.estimate import APART, Estimate, draw_estimate, estimate_table, table_height
from tests.report import sample
from tests.report.recorder import drawn

M, S = Modality, State


def content(**more):
    return replace(sample.content(shown=Pictures()), **more)


@pytest.mark.parametrize("wide", [332.0, 364.0, 480.0])
def test_curve_and_table_have_their_room(wide):
    figure = Estimate.of(content())
    drawn(partial(draw_estimate, figure=figure), wide, 170.0 + table_height(figure))


@pytest.mark.parametrize("wide", [310.0, 332.0, 364.0, 480.0])
@pytest.mark.parametrize("group", ["low", "intermediate"])
def test_wide_spreads_stay_apart(wide, group):
    c = content()
    spreads = zip(c.horizons, ((0.32, 0.80), (0.11, 0.66), (0.10, 0.60), (0.12, 0.99)), strict=True)
    wider = tuple(replace(h, low=low, high=high) for h, (low, high) in spreads)
    figure = Estimate.of(content(horizons=wider, risk_group=group, median_months=None))
    canvas = drawn(partial(draw_estimate, figure=figure), wide, 170.0 + table_height(figure))
    row = sorted((r for r, text in canvas.texts if text in ("spread, %", "32–80", "11–66", "10–60", "12–99")), key=left)
    assert len(row) == 5
    assert min(b.x - a.right for a, b in itertools.pairwise(row)) >= APART
    assert ("at risk" in [text for _, text in canvas.texts]) == (group == "intermediate" and wide < 364.0)


def left(rect):
    return rect.x


def test_the_table_says_what_the_report_says():
    c = content()
    figure = Estimate.of(c)
    names = [name for name, _ in figure.rows]
    assert names == ["S(t), %", "spread, %", "at risk, high"]
    high = next(g for g in c.groups if g.name == "high")
    at_risk = dict(zip(high.ticks.tolist(), high.at_risk.tolist(), strict=True))
    assert figure.rows[2][1] == tuple(str(at_risk[h.months]) for h in c.horizons)
    assert figure.rows[0][1][1] == f"{100 * c.horizons[1].survival:.0f}"


def test_what_is_measured_has_no_row_of_spreads():
    everything = sample.prediction(states=dict.fromkeys(sample.STATES, S.MEASURED))
    figure = Estimate.of(sample.content(everything, shown=Pictures()))
    assert [name for name, _ in figure.rows] == ["S(t), %", "at risk, high"]
    assert not figure.curve.imputed


def test_what_could_not_be_used_and_was_drawn_has_its_fan():
    states = {M.CLINICAL: S.MEASURED, M.RNA: S.UNUSABLE}
    figure = Estimate.of(sample.content(sample.prediction(states=states, spoiled=[M.RNA]), shown=Pictures()))
    assert figure.curve.imputed
    assert "spread, %" in [name for name, _ in figure.rows]


def test_a_median_that_is_not_reached_is_later_than_the_curve():
    assert Estimate.of(content(median_months=None)).median == "> 60 mo"
    assert Estimate.of(content(median_months=19.4)).median == "19.4 mo"


def test_a_time_that_was_not_counted_and_a_group_without_patients_say_nothing():
    odd = replace(content().at_horizon, months=13.0)
    assert Estimate.of(content(horizons=(odd,))).rows[2][1] == ("–",)
    nobody = Estimate.of(content(groups=()))
    assert nobody.group is None
    assert [name for name, _ in nobody.rows] == ["S(t), %", "spread, %"]


def test_the_csv_holds_the_curves_and_the_table():
    figure = Estimate.of(content())
    header, rows = estimate_table(figure)
    assert header == ["curve", "months", "survival", "low", "high"]
    assert [row[1] for row in rows if row[0] == "this case, table"] == [12.0, 24.0, 36.0, 60.0]
