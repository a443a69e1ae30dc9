from functools import partial

from survgui.cases.report import Calibration
from survgui.figures.calibration import calibration_table, draw_calibration
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


def test_calibration_table_has_a_row_a_band():
    header, rows = calibration_table(BANDS)
    assert all(len(row) == len(header) for row in rows)
    assert rows[2] == [20, 0.1, None, None, None, False]
