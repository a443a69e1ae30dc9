from functools import partial

import pytest

from survgui.cases.case import Modality, State
from survgui.cases.prediction import Contribution
from survgui.figures.canvas import Rect
from survgui.figures.waterfall import (
    Waterfall,
    draw_waterfall,
    waterfall_height,
    waterfall_rows,
    waterfall_table,
)
from tests.report import sample
from tests.report.recorder import Recorder, drawn

M, S = Modality, State
PARTS = tuple(Contribution(str(m), 0.3 * (-1) ** k, S.IMPUTED, (-0.5, 0.6)) for k, m in enumerate(M))


@pytest.mark.parametrize("figure", [Waterfall(-0.9, PARTS), Waterfall(0.0, ())], ids=["every modality", "nothing"])
def test_bars_names_and_values_have_their_room(figure):
    drawn(partial(draw_waterfall, figure=figure), 330.0, waterfall_height(figure))


def test_the_waterfall_ends_at_the_output():
    p = sample.prediction()
    figure = Waterfall(p.base, p.contributions)
    assert figure.output == pytest.approx(p.risk, abs=1e-12)
    rows = waterfall_table(figure)[1]
    assert sum(row[2] for row in rows[:-1]) == pytest.approx(rows[-1][2])


def test_an_imputed_bar_is_hatched_dashed_and_named():
    recorder = Recorder()
    draw_waterfall(recorder, Rect(0, 0, 330, 90), Waterfall(0.0, (PARTS[0],)))
    assert any("imputed" in text for _, text in recorder.texts)
    assert any(ink.dash for ink in recorder.inks)
    measured = Recorder()
    draw_waterfall(measured, Rect(0, 0, 330, 90), Waterfall(0.0, (Contribution("rna", 0.3, S.MEASURED),)))
    assert not any(ink.dash for ink in measured.inks)


def test_each_bar_lies_in_the_strip_that_can_be_pointed_at():
    recorder, rect = Recorder(), Rect(10.0, 20.0, 330.0, 200.0)
    figure = Waterfall(0.0, tuple(Contribution(str(m), 0.3, S.MEASURED) for m in M))
    draw_waterfall(recorder, rect, figure)
    bars = [bar for bar, fill in recorder.boxes if fill.colour == "high"]
    strips = waterfall_rows(rect, figure)
    assert [c.component for _, c in strips] == [str(m) for m in M]
    for (strip, _), bar in zip(strips, bars, strict=True):
        assert strip.y < bar.y < bar.bottom < strip.bottom
