from functools import partial
from itertools import combinations

import pytest

from survgui.cases.case import Modality
from survgui.figures.availability import Availability, availability_height, availability_table, draw_availability
from tests.report.recorder import drawn

M = Modality
FIGURE = Availability(
    100, {M.CLINICAL: 100, M.RNA: 50, M.MRI: 0}, ((frozenset({M.CLINICAL}), 50), (frozenset({M.CLINICAL, M.RNA}), 50))
)


def test_a_bar_is_as_long_as_the_share_of_patients():
    made = drawn(partial(draw_availability, figure=FIGURE), 640.0, availability_height(FIGURE))
    tracks = [rect for rect, fill in made.boxes if fill.colour == "grid"]
    bars = [rect for rect, fill in made.boxes if fill.colour == "accent" and rect.height == 8.0]
    assert [bar.width / tracks[0].width for bar in bars] == [1.0, 0.5]  # nobody has MRI: no bar
    assert {"100 · 100\u202f%", "50 · 50\u202f%", "0 · 0\u202f%"} <= {text for _, text in made.texts}


def test_a_pattern_has_a_filled_dot_where_a_modality_is_there():
    made = drawn(partial(draw_availability, figure=FIGURE), 640.0, availability_height(FIGURE))
    assert sum(fill.colour == "text" for fill in made.fills) == 3  # clinical; clinical and RNA
    assert sum(ink.colour == "faint" for ink in made.inks) == 3
    assert sum(ink.colour == "text" for ink in made.inks) == 1  # joined where there are two


@pytest.mark.parametrize("wide", [300.0, 480.0, 640.0, 1200.0])
def test_more_patterns_than_fit_are_said_to_be_left_out(wide):
    every = [frozenset(c) for k in range(1, 8) for c in combinations(M, k)]
    figure = Availability(len(every), dict.fromkeys(M, 128), tuple((pattern, 1) for pattern in every))
    made = drawn(partial(draw_availability, figure=figure), wide, availability_height(figure))
    said = [text for _, text in made.texts if "patterns" in text]
    assert len(said) == (1 if wide > 400 else 0)


def test_nobody_at_all():
    empty = Availability(0, {M.RNA: 0}, ())
    drawn(partial(draw_availability, figure=empty), 400.0, availability_height(empty))
    header, rows = availability_table(empty)
    assert header == ["what", "modalities", "patients"]
    assert rows == [["having", "rna", 0]]


def test_table_has_modalities_and_patterns():
    rows = availability_table(FIGURE)[1]
    assert ["having", "clinical", 100] in rows
    assert ["having exactly", "clinical+rna", 50] in rows
