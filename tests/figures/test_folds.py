from functools import partial

import pytest

from survgui.figures.folds import Folds, draw_folds, folds_table
from tests.report.recorder import drawn


@pytest.mark.parametrize("values", [{}, {0: 0.86}, {0: 0.86, 1: 0.88, 2: 0.87}, {0: 0.3, 1: 1.0}, {0: float("nan")}])
def test_every_fold_has_its_place(values):
    made = drawn(partial(draw_folds, figure=Folds(values, 5)), 380.0, 220.0)
    assert {"1", "2", "3", "4", "5"} <= {text for _, text in made.texts}


def test_a_finished_fold_is_a_filled_dot_with_its_value_and_the_others_are_hollow():
    made = drawn(partial(draw_folds, figure=Folds({0: 0.861, 2: 0.88}, 5)), 380.0, 220.0)
    texts = [text for _, text in made.texts]
    assert "0.86" in texts
    assert "0.88" in texts
    assert sum(fill.colour == "accent" for fill in made.fills) == 2
    assert sum(ink.colour == "faint" for ink in made.inks) == 3


def test_the_mean_and_the_reference_have_names_that_stand_apart():
    figure = Folds({0: 0.86, 1: 0.88}, 2, "MUST", {"best Cox": 0.871})
    made = drawn(partial(draw_folds, figure=figure), 380.0, 220.0)  # which fails where names overlap
    assert {"MUST mean 0.87", "best Cox 0.87"} <= {text for _, text in made.texts}


def test_narrow_figures_leave_the_values_to_the_axis():
    values = {k: 0.8 + k / 100 for k in range(10)}
    made = drawn(partial(draw_folds, figure=Folds(values, 10)), 280.0, 200.0)
    assert "0.81" not in {text for _, text in made.texts}
    assert sum(fill.colour == "accent" for fill in made.fills) == 10


def test_table_has_folds_from_one_and_the_reference():
    header, rows = folds_table(Folds({1: 0.8, 0: 0.9}, 2, "MUST", {"Cox": 0.85}))
    assert header == ["method", "fold", "c_index"]
    assert rows == [["MUST", 1, 0.9], ["MUST", 2, 0.8], ["Cox", "mean", 0.85]]
