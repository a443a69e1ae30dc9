from functools import partial

import numpy as np
import pytest

from survgui.cases.prediction import Taken
from survgui.cases.report import SlidePicture, Tile
from survgui.engine.pictures import slide_picture
from survgui.figures.canvas import Rect
from survgui.figures.slide_overview import (
    about,
    caption,
    draw_overview,
    draw_tiles,
    heat,
    length_text,
    overlay,
    overview_height,
    round_length,
    tiles_height,
)
from tests.report import sample
from tests.report.recorder import Recorder, drawn

PICTURES = sample.pictures()


def test_an_overview_and_its_key_have_their_room():
    slide = PICTURES.slides[0]
    drawn(partial(draw_overview, picture=slide), 380.0, overview_height(slide, 380.0))


def test_tiles_stand_in_rows_with_their_ranks():
    draw = partial(draw_tiles, tiles=PICTURES.top, columns=4)
    made = drawn(draw, 300.0, tiles_height(PICTURES.top, 300.0, 4))
    assert len({round(rect.y, 6) for rect, _, _ in made.pictures}) == 2
    ranks = [text for _, text in made.texts if text.startswith("rank")]
    assert ranks == [f"rank {tile.rank:.2f}" for tile in PICTURES.top]


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


TAKEN = Taken(np.array([[0, 0], [400, 400], [200, 0]]), 200.0, ("a.svs", "a.svs", "b.svs"))


def test_tiles_that_were_taken_are_framed_and_tint_nothing():
    pixels = sample.tissue(80, 80)
    picture = slide_picture("a.svs", pixels, (800, 800), 0.5, TAKEN)
    assert overlay(picture) is pixels
    recorder, rect = Recorder(), Rect(0, 0, 160, 180)
    draw_overview(recorder, rect, picture)
    ((_, _, said),) = recorder.pictures
    assert said == about(picture) == "Slide a.svs with the tiles that the model took"
    assert not any("attention" in text for _, text in recorder.texts)
    assert caption(picture) == "a.svs · 2 tiles taken · 0.500\u202fµm/px"
    frames = [box for box, _ in recorder.frames if box.width == pytest.approx(40.0)]  # 200 of 800 pixels, on 160 px
    assert {(box.x, box.y) for box in frames} == {(0.0, 0.0), (80.0, 80.0)}
    assert about(slide_picture("a.svs", pixels, (800, 800), 0.5, None)) == "Slide a.svs"


def test_tiles_without_a_rank_are_numbered():
    tiles = (Tile(sample.tissue(8, 8), None, 128.0),) * 2
    recorder = drawn(partial(draw_tiles, tiles=tiles, columns=4), 300.0, tiles_height(tiles, 300.0, 4))
    assert [text for _, text in recorder.texts if "tile" in text] == ["tile 1", "tile 2"]
    assert recorder.pictures[1][2] == "Tile 2 that the model took"


def test_scale_bar_text():
    assert length_text(200.0) == "200\u202fµm"
    assert length_text(2000.0) == "2\u202fmm"


def test_a_caption_tells_when_there_can_be_no_scale_bar():
    bare = slide_picture("a.svs", sample.tissue(80, 80), (800, 800), None, None)
    assert caption(bare) == "a.svs · 0 patches · pixel size not known, so no scale bar"
    assert "0.499\u202fµm/px" in caption(PICTURES.slides[0])
