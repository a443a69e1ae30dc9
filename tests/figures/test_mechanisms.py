from functools import partial
from itertools import pairwise

import pytest

from survgui.figures.canvas import Rect
from survgui.figures.mechanisms import (
    Dot,
    Group,
    draw_mechanisms,
    mechanisms_height,
    mechanisms_rows,
    mechanisms_table,
)
from tests.report.recorder import drawn

GROUPS = (
    Group("As measured", (Dot("impuTMAE", True, 0.84, 0.02), Dot("Cox", False, 0.85, None))),
    Group("By the risk (mnar)", (Dot("impuTMAE", True, 0.82, 0.02, (-0.02, 0.004)),
                                 Dot("Cox", False, None, note="it needs RNA"))),
    Group("By whole sites (site)", (), "no barcodes"),
)  # fmt: skip


@pytest.mark.parametrize("wide", [560.0, 980.0, 1500.0])
def test_every_group_has_its_methods_and_their_figures(wide):
    made = drawn(partial(draw_mechanisms, groups=GROUPS), wide, mechanisms_height(GROUPS))
    texts = [text for _, text in made.texts]
    assert {"As measured", "By whole sites (site)", "no barcodes", ".840 ± .020", ".850", "−.020 ± .004"} <= set(texts)
    assert texts.count("impuTMAE") == texts.count("Cox") == 2 and "–" in texts
    assert sum(fill.colour == "accent" for fill in made.fills) == 2


def test_the_best_of_a_group_is_bold_also_where_it_is_a_reference():
    made = drawn(partial(draw_mechanisms, groups=GROUPS), 980.0, mechanisms_height(GROUPS))
    bold = {text for text, kind in made.kinds if kind.weight == 700}
    assert bold == {".850", ".820 ± .020"}


def test_each_method_can_be_pointed_at_below_its_group():
    rows = mechanisms_rows(Rect(0.0, 0.0, 980.0, 400.0), GROUPS)
    assert [(group.title, dot.method) for _, group, dot in rows] == [
        ("As measured", "impuTMAE"), ("As measured", "Cox"), ("By the risk (mnar)", "impuTMAE"),
        ("By the risk (mnar)", "Cox"),
    ]  # fmt: skip
    tops = [rect.y for rect, *_ in rows]
    assert tops == sorted(tops) and all(b - a >= 22 for a, b in pairwise(tops))


def test_the_table_has_a_row_a_method_and_says_why_there_is_none():
    header, rows = mechanisms_table(GROUPS)
    assert len(rows) == 5 and {len(row) for row in rows} == {len(header)}
    assert rows[2][:6] == ["By the risk (mnar)", "impuTMAE", 0.82, 0.02, -0.02, 0.004]
    assert rows[3][-1] == "it needs RNA" and rows[4] == [
        "By whole sites (site)",
        "",
        None,
        None,
        None,
        None,
        "no barcodes",
    ]


def test_figures_that_nobody_has_can_be_drawn():
    made = drawn(partial(draw_mechanisms, groups=(GROUPS[2],)), 600.0, 80.0)
    assert "no barcodes" in {text for _, text in made.texts}
