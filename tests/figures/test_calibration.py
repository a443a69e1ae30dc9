from functools import partial

from survgui.cases.report import Calibration
from survgui.figures.calibration import (
    Agreement,
    Recalibrated,
    draw_calibration,
    draw_recalibration,
    recalibrated,
    recalibration_table,
)
from tests.report.recorder import drawn

BANDS = (
    Calibration(0.99, 1.0, 0.9, 1.0, 20, True),
    Calibration(0.5, 0.4, 0.3, 0.6, 20),
    Calibration(0.1, None, None, None, 20),
)


def test_each_observed_band_is_a_point_and_this_cases_is_marked():
    made = drawn(partial(draw_calibration, bands=BANDS, horizon="24"), 240.0, 240.0)
    assert [fill.colour for fill in made.fills] == ["accent", "soft"]  # what was not observed has no point
    assert [text for _, text in made.texts].count("this case") == 1


STATE = {
    "bands": [
        {"predicted": 0.2, "observed": 0.1, "low": 0.05, "high": 0.3, "patients": 41},
        {"predicted": 0.7, "observed": None, "low": None, "high": None, "patients": 42},
    ],
    "smooth": [[0.2, 0.15], [0.4, 0.3], [0.7, 0.6]],
}


def test_points_after_are_filled_and_those_before_hollow():
    figure = recalibrated({"before": STATE, "after": STATE}, "24")
    made = drawn(partial(draw_recalibration, figure=figure), 360.0, 320.0)
    assert [fill.colour for fill in made.fills] == ["panel", "accent", "accent", "panel"]  # a point each, and the key
    texts = [text for _, text in made.texts]
    assert {"recalibrated", "before", "a point: 41–42 patients", "observed alive at 24 months"} <= set(texts)
    assert sum(bool(ink.dash) and ink.colour == "soft" for ink in made.inks) == 2, "the curve before, and its key"


def test_without_a_correction_there_is_one_series():
    made = drawn(partial(draw_recalibration, figure=recalibrated({"before": STATE, "after": None}, "24")), 360.0, 320.0)
    texts = [text for _, text in made.texts]
    assert texts.count("predicted") == 2 and "before" not in texts
    assert {fill.colour for fill in made.fills} == {"accent"}


def test_few_patients_have_an_empty_figure():
    made = drawn(partial(draw_recalibration, figure=Recalibrated("24", Agreement(()))), 360.0, 320.0)
    assert [fill.colour for fill in made.fills] == ["accent"]  # the key


def test_recalibration_table_has_a_row_a_band_and_state():
    header, rows = recalibration_table(recalibrated({"before": STATE, "after": STATE}, "24"))
    assert len(rows) == 4 and all(len(row) == len(header) for row in rows)
    assert rows[0] == ["before", 41, 0.2, 0.1, 0.05, 0.3]
    assert len(recalibration_table(recalibrated({"before": STATE, "after": None}, "24"))[1]) == 2
