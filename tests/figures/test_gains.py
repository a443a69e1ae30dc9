from functools import partial

import pytest

from survgui.figures.gains import Gain, draw_gains, gains_height, gains_table
from tests.report.recorder import drawn

ROWS = (
    Gain("RNA-seq", 1103, 0.2, 0.1, 0.5),
    Gain("Copy number", 540, 0.05, None),
    Gain("Slide", 180, 0.006, 0.0, 0.012, collapsed=True),
    Gain("MRI", 97, -0.08, 0.03, collapsed=True),
)


def picture(rows, wide=320.0):
    return drawn(partial(draw_gains, rows=rows), wide, gains_height(rows))


@pytest.mark.parametrize("wide", [300.0, 620.0, 1200.0])
def test_nothing_overlaps_and_every_figure_is_said(wide):
    made = picture(ROWS, wide)
    said = {text for _, text in made.texts}
    assert {"20\u202f%", "10\u202f%", "5\u202f%", "1\u202f%", "−8\u202f%", "n = 1\u202f103", " · collapsed"} <= said


def test_bars_grow_from_the_mean_and_what_is_worse_goes_the_other_way():
    made = picture((ROWS[0], ROWS[3]))
    bars = [rect for rect, _ in made.boxes[2:]]  # after those of the key
    own, ridge, lost, _ = bars
    assert own.width / ridge.width == pytest.approx(2.0)
    assert own.x == pytest.approx(ridge.x) == pytest.approx(lost.right)
    assert lost.width / own.width == pytest.approx(0.4)


def test_far_below_the_mean_is_cut_and_its_figure_is_not():
    made = picture((Gain("RNA-seq", 9, -7.3, 0.5), Gain("MRI", 9, -1.0, 0.5)))
    bars = [rect for rect, _ in made.boxes[2:]]  # after those of the key
    assert bars[0].width == pytest.approx(bars[2].width)
    assert "−730\u202f%" in {text for _, text in made.texts}


def test_figures_stand_under_each_other_apart_from_the_ring():
    made = picture((Gain("Methylation", 537, 0.3, 0.3, 0.41), ROWS[0]), 320.0)
    at = [place.right for place, text in made.texts if text in {"30\u202f%", "20\u202f%"} and place.y > 28.0]
    assert max(at) == pytest.approx(360.0) and at.count(max(at)) == 3  # that of an axis may be the same


def test_without_a_ring_the_key_has_none():
    plain = (Gain("RNA-seq", 30, 0.2, 0.1),)
    assert "half of its own patches" not in {text for _, text in picture(plain).texts}
    assert "half of its own patches" in {text for _, text in picture(ROWS).texts}


def test_the_table_has_every_row():
    header, rows = gains_table(ROWS)
    assert rows[2] == ["Slide", 180, 0.006, 0.0, 0.012, True] and len(header) == 6
