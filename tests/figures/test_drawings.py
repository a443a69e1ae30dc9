"""Every figure: inside its rectangle, texts apart, the code for measured and imputed kept."""

from functools import partial

import numpy as np
import pytest

from survgui.cases.case import Modality, State
from survgui.cases.prediction import Contribution, Information
from survgui.cases.report import Calibration, Gene, Horizon, PatientCurve, SlidePicture
from survgui.engine.pictures import slide_picture
from survgui.engine.report import group_curves, patient_curve
from survgui.figures.bars import bars_height, draw_genes, draw_information
from survgui.figures.calibration import calibration_table, draw_calibration
from survgui.figures.canvas import Rect, hatch, step_points
from survgui.figures.chips import chip_width, draw_chip, draw_swatch
from survgui.figures.curve import CurveFigure, curve_table, draw_curve
from survgui.figures.dots import Dots, dots_height, draw_dots
from survgui.figures.mri_planes import draw_mri, mri_height
from survgui.figures.slide_overview import (
    draw_overview,
    draw_tiles,
    heat,
    length_text,
    overlay,
    overview_height,
    round_length,
    tiles_height,
)
from survgui.figures.waterfall import Waterfall, draw_waterfall, waterfall_height, waterfall_table
from tests.report import sample
from tests.report.recorder import Recorder

M, S = Modality, State
TICKS = np.array([0.0, 12.0, 24.0, 36.0, 48.0, 60.0])
GROUPS = group_curves(sample.reference(), TICKS)
PICTURES = sample.pictures()


def curve(prediction=None, **more):
    p = prediction or sample.prediction()
    given = {"imputed": bool(p.imputed), "mark": Horizon(24.0, 0.36, 0.32, 0.44), **more}
    return CurveFigure(patient_curve(p, 60.0), GROUPS, TICKS, 60.0, **given)


def flat(level):
    months = np.linspace(0.0, 60.0, 61)
    s = np.full(61, level)
    return PatientCurve(months, s, s, s)


PARTS = tuple(Contribution(str(m), 0.3 * (-1) ** k, S.IMPUTED, (-0.5, 0.6)) for k, m in enumerate(M))
DRAWINGS = {
    "curve": (partial(draw_curve, figure=curve()), 430.0, 260.0),
    "curve, cohort": (
        partial(
            draw_curve,
            figure=CurveFigure(None, GROUPS, TICKS, 60.0, rows=("at_risk", "deaths", "censored"), bands=True),
        ),
        400.0,
        400.0,
    ),
    "curve, alone": (partial(draw_curve, figure=CurveFigure(flat(0.99), (), TICKS, 60.0)), 300.0, 200.0),
    "waterfall": (partial(draw_waterfall, figure=Waterfall(-0.9, PARTS)), 330.0, waterfall_height(Waterfall(0, PARTS))),
    "waterfall of nothing": (partial(draw_waterfall, figure=Waterfall(0.0, ())), 330.0, 40.0),
    "dots": (partial(draw_dots, figure=Dots(29, 18)), 330.0, dots_height(330.0)),
    "information": (
        partial(draw_information, items=tuple(Information(m, 1.0, 0.1) for m in M)),
        300.0,
        bars_height(len(M)),
    ),
    "genes": (
        partial(draw_genes, genes=(Gene(M.RNA, "ENSG" + "0" * 60, -3.0), Gene(M.CNV, "EGFR", 3.0)), reach=3.0),
        330.0,
        bars_height(2),
    ),
    "calibration": (
        partial(
            draw_calibration,
            bands=(Calibration(0.99, 1.0, 0.9, 1.0, 20, True), Calibration(0.1, None, None, None, 20)),
            horizon="24",
        ),
        240.0,
        240.0,
    ),
    "overview": (
        partial(draw_overview, picture=PICTURES.slides[0]),
        380.0,
        overview_height(PICTURES.slides[0], 380.0),
    ),
    "tiles": (
        lambda canvas, rect: draw_tiles(canvas, rect, PICTURES.top, 4),
        300.0,
        tiles_height(PICTURES.top, 300.0, 4),
    ),
    "MRI": (partial(draw_mri, picture=PICTURES.mri[0]), 698.0, mri_height()),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_stays_inside_and_its_texts_apart(name):
    draw, wide, high = DRAWINGS[name]
    recorder, rect = Recorder(), Rect(40.0, 30.0, wide, high)
    draw(recorder, rect)
    assert recorder.overlaps() == []
    assert recorder.outside(rect, slack=2.0) == []


@pytest.mark.parametrize("level", [0.0, 0.07, 0.31, 0.6, 0.95, 1.0])
def test_end_labels_never_collide(level):
    recorder = Recorder()
    figure = CurveFigure(flat(level), GROUPS, TICKS, 60.0, mark=Horizon(24.0, level, level, level))
    draw_curve(recorder, Rect(0.0, 0.0, 430.0, 260.0), figure)
    assert recorder.overlaps() == []


def test_the_spread_is_dashed_only_where_something_was_imputed():
    for states, dashed in ((None, True), (dict.fromkeys(sample.STATES, S.MEASURED), False)):
        recorder = Recorder()
        draw_curve(recorder, Rect(0, 0, 430, 260), curve(sample.prediction(states=states), mark=None))
        assert dashed == any(ink.dash and ink.colour == "accent" for ink in recorder.inks)


def test_groups_differ_by_line_style_not_only_by_colour():
    recorder = Recorder()
    draw_curve(recorder, Rect(0, 0, 430, 260), CurveFigure(None, GROUPS, TICKS, 60.0, rows=()))
    styles = {ink.colour: ink.dash for ink in recorder.inks if ink.width == 1.4}
    assert len(set(styles.values())) == 3


def test_curve_table_holds_what_is_drawn():
    header, rows = curve_table(curve())
    assert header == ["curve", "months", "survival", "low", "high"]
    assert {row[0] for row in rows} == {"this case", "low", "intermediate", "high"}


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


def test_a_hundred_dots():
    recorder = Recorder()
    draw_dots(recorder, Rect(0, 0, 250, 40), Dots(29, 18))
    colours = [fill.colour for fill in recorder.fills]
    assert [colours.count(role) for role in ("accent", "tint", "line")] == [29, 18, 53]


def test_dots_of_a_probability():
    assert Dots.of(0.38, 0.38, 0.38) == Dots(38, 0)
    assert Dots.of(0.38, 0.29, 0.47) == Dots(29, 18)


def test_hatching_stays_inside_whatever_the_shape():
    for rect in (Rect(3, 4, 50, 5), Rect(3, 4, 5, 50), Rect(0, 0, 8, 8)):
        recorder = Recorder()
        hatch(recorder, rect, "accent")
        assert recorder.points
        assert recorder.outside(rect, slack=1e-9) == []


@pytest.mark.parametrize("state", S)
def test_each_state_looks_its_own_and_says_its_word(state):
    recorder = Recorder()
    draw_chip(recorder, 10.0, 10.0, "RNA-seq", state)
    assert recorder.outside(Rect(10.0, 10.0, chip_width("RNA-seq", state), 22.0)) == []
    assert (state is S.MEASURED) == (recorder.texts[0][1] == "RNA-seq")
    swatches = []
    for other in S:
        canvas = Recorder()
        draw_swatch(canvas, Rect(0, 0, 8, 8), other)
        swatches.append((tuple(canvas.fills), tuple(canvas.inks)))
    assert len(set(swatches)) == len(list(S))


def test_steps_keep_a_value_until_the_next_time():
    made = step_points(np.array([0.0, 2.0, 5.0]), np.array([1.0, 0.8, 0.5]))
    assert made.tolist() == [[0.0, 1.0], [2.0, 1.0], [2.0, 0.8], [5.0, 0.8], [5.0, 0.5]]


def test_heat_falls_from_light_to_dark_and_touches_only_patches():
    shades = heat(np.linspace(0, 1, 50, dtype="f4")).sum(axis=1)
    assert np.all(np.diff(shades) <= 1e-6)
    slide = PICTURES.slides[0]
    made = overlay(slide)
    assert np.array_equal(made[0, 0], slide.pixels[0, 0])  # a corner without a patch
    assert np.all(made <= slide.pixels)
    x, y = (slide.coords[0] * slide.pixels.shape[1] / slide.extent[0]).astype(int) + 2
    assert np.any(made[y, x] < slide.pixels[y, x])


def test_a_tall_slide_is_shown_with_and_without_attention():
    pixels = sample.tissue(300, 80)
    recorder, rect = Recorder(), Rect(0, 0, 300, 220)
    bare = slide_picture("a.svs", pixels, (800, 3000), 0.5, None)
    draw_overview(recorder, rect, bare)
    assert len(recorder.pictures) == 1  # nothing to compare without attention
    tall = SlidePicture("a.svs", pixels, (800, 3000), 0.5, np.array([[0, 0]]), 100.0, np.array([0.5], "f4"))
    recorder = Recorder()
    draw_overview(recorder, rect, tall)
    assert [np.array_equal(shown, pixels) for _, shown, _ in recorder.pictures[-2:]] == [True, False]
    assert recorder.outside(rect) == []


@pytest.mark.parametrize(("longest", "um"), [(1.0, 1), (4.9, 2), (50.0, 50), (999.0, 500), (2500.0, 2000)])
def test_scale_bars_have_round_lengths(longest, um):
    assert round_length(longest) == um


def test_scale_bar_text():
    assert length_text(200.0) == "200\u202fµm"
    assert length_text(2000.0) == "2\u202fmm"


def test_calibration_table_has_a_row_a_band():
    assert len(calibration_table((Calibration(0.5, None, None, None, 3),))[1]) == 1
