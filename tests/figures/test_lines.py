from functools import partial

import numpy as np
import pytest

from survgui.figures.lines import Line, LinesFigure, draw_lines, lines_table, ticks
from tests.report.recorder import drawn


def figure(*ends, n=12, limit=28.0):
    x = np.arange(1.0, n + 1)
    roles = ("accent", "low", "intermediate", "high")
    lines = [
        Line(f"term {k}", x, np.linspace(2.0, end, n), roles[k], (float(k + 1), 2.0)) for k, end in enumerate(ends)
    ]
    return LinesFigure(tuple(lines), limit)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.0, 1.6, [0.0, 0.5, 1.0, 1.5, 2.0]),
        (0.0, 0.05, [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (0.7, 0.93, [0.7, 0.75, 0.8, 0.85, 0.9, 0.95]),
        (0.0, 300.0, [0.0, 100.0, 200.0, 300.0]),
        (3.0, 3.0, [3.0, 4.0]),
    ],
)
def test_ticks_are_round_and_cover_both_ends(low, high, wanted):
    assert ticks(low, high) == pytest.approx(wanted)


@pytest.mark.parametrize("ends", [(1.0,), (0.5, 0.51, 0.52, 0.53), (0.0, 0.0, 0.0, 0.0), (1.9, 1.0, 0.4, 0.0)])
@pytest.mark.parametrize("n", [1, 12, 28])
def test_names_stand_apart_inside_the_figure(ends, n):
    made = drawn(partial(draw_lines, figure=figure(*ends, n=n)), 420.0, 240.0)
    assert {f"term {k}" for k in range(len(ends))} <= {text for _, text in made.texts}


def test_a_name_stands_right_of_its_lines_end_and_at_its_height():
    made = drawn(partial(draw_lines, figure=figure(1.0)), 420.0, 240.0)
    (box,) = [box for box, text in made.texts if text == "term 0"]
    zero, one, two = (next(box for box, text in made.texts if text == level) for level in ("0.0", "1.0", "2.0"))
    assert box.y == pytest.approx(one.y, abs=0.6)
    assert zero.y - one.y == pytest.approx(one.y - two.y)  # a linear axis
    assert box.x < 40.0 + 420.0 * 0.6  # at epoch 12 of 28, not at the right edge


def test_lines_differ_by_dash_and_break_where_there_is_no_number():
    y = np.array([1.0, 0.9, np.nan, 0.7, 0.6])
    broken = LinesFigure((Line("a", np.arange(5.0), y),), 5.0)
    made = drawn(partial(draw_lines, figure=broken), 300.0, 200.0)
    assert len([ink for ink in made.inks if ink.width == 1.7]) == 2
    several = drawn(partial(draw_lines, figure=figure(1.0, 0.8, 0.4)), 300.0, 200.0)
    assert len({ink.dash for ink in several.inks if ink.width == 1.7}) == 3


def test_no_line_and_a_line_without_a_number_leave_the_axes():
    for lines in ((), (Line("a", np.zeros(1), np.array([np.nan])),)):
        made = drawn(partial(draw_lines, figure=LinesFigure(lines, 10.0)), 300.0, 200.0)
        assert "epoch" in {text for _, text in made.texts}


def test_table_has_every_point():
    header, rows = lines_table(LinesFigure((Line("a", np.array([1.0, 2.0]), np.array([0.5, 0.25])),), 2.0, "month"))
    assert header == ["line", "month", "value"]
    assert rows == [["a", 1.0, 0.5], ["a", 2.0, 0.25]]
