from functools import partial

import numpy as np
import pytest

from survgui.figures.canvas import Rect
from survgui.figures.study import (
    Axis,
    ErrorsFigure,
    SettingFigure,
    draw_errors,
    draw_setting,
    errors_table,
    setting_places,
    setting_table,
)
from tests.report.recorder import drawn

AXIS = Axis("mask ratio", ("0.25", "0.5", "0.9"), np.array([0.25, 0.5, 0.9]), 1)
C = SettingFigure(AXIS, np.array([0.835, 0.841, 0.829]), np.array([0.02, 0.02, np.nan]), {"Cox": 0.84, "mask": 0.842})
ERRORS = ErrorsFigure(AXIS, {"RNA": np.array([0.9, 0.85, np.nan]), "MRI": np.array([0.9, 0.95, 1.1])}, {"RNA": 0.8})


def texts(made):
    return {text for _, text in made.texts}


@pytest.mark.parametrize("wide", [420.0, 640.0, 900.0])
def test_every_value_and_reference_is_named_and_nothing_overlaps(wide):
    made = drawn(partial(draw_setting, figure=C), wide, 300.0)  # which fails where names overlap
    assert {"0.25", "0.5", "0.9", ".835", ".841", ".829", "Cox .840", "mask .842", "default", "mask ratio"} <= texts(
        made
    )


def test_a_whisker_is_where_a_deviation_is_known_and_references_are_dashed():
    made = drawn(partial(draw_setting, figure=C), 640.0, 300.0)
    assert sum(ink.colour == "accent" and ink.width == 1.6 for ink in made.inks) == 2
    assert sum(fill.colour == "accent" for fill in made.fills) == 3
    dashes = {ink.dash for ink in made.inks if ink.colour == "soft" and ink.width == 1.1}
    assert len(dashes) == 2 and () not in dashes


def test_without_the_default_among_the_values_nothing_is_marked():
    figure = SettingFigure(
        Axis("width", ("16", "32"), np.array([4.0, 5.0])), np.array([0.7, 0.71]), np.array([0.1, 0.1])
    )
    made = drawn(partial(draw_setting, figure=figure), 640.0, 300.0)
    assert "default" not in texts(made) and not any(fill.colour == "tint" for fill in made.fills)


def test_one_value_can_be_drawn():
    figure = SettingFigure(Axis("width", ("16",), np.array([4.0])), np.array([0.7]), np.array([np.nan]))
    assert ".700" in texts(drawn(partial(draw_setting, figure=figure), 640.0, 300.0))


def test_values_are_pointed_at_where_they_stand():
    strips = setting_places(Rect(0.0, 0.0, 640.0, 300.0), C)
    middles = [strip.x + strip.width / 2 for strip in strips]
    assert (middles[2] - middles[1]) / (middles[1] - middles[0]) == pytest.approx(0.4 / 0.25)


def test_errors_are_told_apart_by_dash_and_stand_beside_ridge_and_mean():
    made = drawn(partial(draw_errors, figure=ERRORS), 640.0, 300.0)
    assert {"RNA", "MRI", "ridge", "filling with the mean", "default"} <= texts(made)
    lines = [ink for ink in made.inks if ink.width == 1.6 and ink.dash != ()]
    assert len(lines) == 1  # of two modalities one is a plain line
    assert sum(fill.colour == "accent" for fill in made.fills) == 2  # of the third value RNA has none
    plain = drawn(partial(draw_errors, figure=ErrorsFigure(AXIS, ERRORS.errors)), 640.0, 300.0)
    assert "ridge" not in texts(plain)


def test_tables_have_what_is_drawn():
    header, rows = setting_table(C)
    assert header == ["mask ratio", "c_index", "c_index_sd"] and rows[2] == ["0.9", 0.829, None]
    assert rows[3:] == [["Cox", 0.84, None], ["mask", 0.842, None]]
    header, rows = errors_table(ERRORS)
    assert header == ["mask ratio", "relative_error_RNA", "relative_error_MRI"]
    assert rows[2] == ["0.9", None, 1.1] and rows[3] == ["ridge regression", 0.8, None]
