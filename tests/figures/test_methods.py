import itertools
from functools import partial

import pytest

from survgui.figures.canvas import Rect
from survgui.figures.methods import MethodRow, change_text, draw_methods, methods_height, methods_rows, methods_table
from tests.report.recorder import drawn

ROWS = (
    MethodRow("MUST", True, 0.70, 0.02, 0.72, 0.775, 0.15),
    MethodRow("Cox, one for every pattern", False, 0.704, 0.015, 0.71, 0.777, 0.15, None, (0.004, 0.003)),
    MethodRow("mask only", False, 0.55, None, None, 0.6, 0.2, None, (-0.15, None)),
    MethodRow("CMTA", note="it needs patch features, and this cohort has one vector a slide, which is not enough"),
)


@pytest.mark.parametrize("wide", [640.0, 980.0, 1500.0])
def test_nothing_overlaps_at_any_width(wide):
    made = drawn(partial(draw_methods, rows=ROWS), wide, methods_height(ROWS))
    said = {text for _, text in made.texts}
    assert {".700 ± .020", ".704 ± .015", ".550", "+.004 ± .003", "−.150", ".720", "CMTA"} <= said
    assert any(text.startswith("it needs") for text in said) == (wide >= 980.0)


def test_a_whisker_is_one_deviation_each_way_and_a_hollow_dot_is_of_complete_patients():
    made = drawn(partial(draw_methods, rows=ROWS[:2]), 900.0, methods_height(ROWS[:2]))
    whiskers = [points for points, ink in made.lines if ink.width == 1.6]
    long, short = (abs(points[1][0] - points[0][0]) for points in whiskers)
    assert long / short == pytest.approx(0.02 / 0.015)


def test_the_best_is_bold_also_where_it_is_a_cox_row():
    made = drawn(partial(draw_methods, rows=ROWS), 900.0, methods_height(ROWS))
    bold = {text for text, kind in made.kinds if kind.weight == 700}
    assert bold == {".704 ± .015", ".720"}


def test_columns_without_a_figure_are_left_out():
    bare = (MethodRow("MUST", True, 0.7, 0.02), MethodRow("Cox, all blocks", False, 0.6, 0.02))
    made = drawn(partial(draw_methods, rows=bare), 700.0, methods_height(bare))
    said = {text for _, text in made.texts}
    assert "C-index ± s.d." in said and not {"CS", "IBS", "complete", "of oracle", "Δ MUST ± s.e."} & said
    oracle = (MethodRow("MUST", True, 0.7, 0.02, oracle_share=0.98),)
    made = drawn(partial(draw_methods, rows=oracle), 700.0, methods_height(oracle))
    assert {"of oracle", ".980"} <= {text for _, text in made.texts}


@pytest.mark.parametrize(
    ("change", "said"),
    [(None, "–"), ((0.012, 0.008), "+.012 ± .008"), ((-0.1, None), "−.100"), ((0.0002, 0.001), ".000 ± .001")],
)
def test_a_difference_has_its_sign(change, said):
    assert change_text(change) == said


def test_rows_can_be_pointed_at_and_the_table_has_them():
    strips = methods_rows(Rect(0.0, 0.0, 500.0, methods_height(ROWS)), ROWS)
    assert [row for _, row in strips] == list(ROWS)
    assert all(a.bottom == b.y for (a, _), (b, _) in itertools.pairwise(strips))
    header, rows = methods_table(ROWS)
    assert rows[1] == [ROWS[1].name, 0.704, 0.015, 0.71, 0.777, 0.15, None, 0.004, 0.003, ""]
    assert len(header) == len(rows[0])


def test_no_method_has_any_figure():
    none = (MethodRow("MUST", True, note="nobody died"),)
    drawn(partial(draw_methods, rows=none), 700.0, methods_height(none))
    assert methods_table(none)[1][0][1] is None
