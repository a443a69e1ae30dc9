from functools import partial

import numpy as np
import pytest

from survgui.cases.reconstruction import ImageReconstruction, ImputedImage
from survgui.figures import export
from survgui.figures.imputed_pictures import (
    HIDDEN,
    coloured,
    draw_imputed_pictures,
    draw_pictures,
    fine,
    given,
    imputed_height,
    panel_side,
    pictures_height,
    pictures_table,
)
from tests.report.recorder import drawn


def made(title="axial", *, wholly=False, side=8, letters=("R", "L", "A", "P")):
    draw = np.random.default_rng(2)
    original = draw.integers(0, 256, (side, side), dtype=np.uint8)
    mask = np.ones((side, side), dtype=bool)
    mask[: side // 2] = wholly
    imputed = np.where(mask, 128, original).astype(np.uint8)
    difference = ((imputed.astype(float) - original) / 255).astype(np.float32)
    group = "wholly hidden" if wholly else "half masked"
    return ImageReconstruction(
        group, title, wholly, original, imputed, mask, difference, 0.5, "brightness", 0.4, 0.21, letters
    )


@pytest.mark.parametrize("wide", [560.0, 698.0, 900.0])
def test_each_picture_has_four_panels_of_one_size_in_a_row(wide):
    images = (made(), made("coronal"))
    recorder = drawn(partial(draw_pictures, images=images), wide, pictures_height(images, wide))
    panels = [rect for rect, _, about in recorder.pictures if "Colours" not in about]
    assert len(panels) == 8
    assert {(round(r.width, 6), round(r.height, 6)) for r in panels} == {(panels[0].width, panels[0].height)}
    assert len({r.y for r in panels[:4]}) == 1 and panels[4].y > panels[0].bottom
    assert [text for _, text in recorder.texts if len(text) == 1] == list("RLAPRLAP")  # on what was measured alone


def test_what_is_imputed_says_so_and_lies_in_a_dashed_hatched_frame():
    for image, said in ((made(), "imputed in part"), (made(wholly=True), "imputed")):
        recorder = drawn(partial(draw_pictures, images=(image,)), 698.0, pictures_height((image,), 698.0))
        about = [about for _, _, about in recorder.pictures if "not measured" in about]
        assert about == [f"axial, {said}: not measured"]
        frame = next(rect for rect, ink in recorder.frames if ink.dash and rect.width == panel_side(698.0))
        inside = next(rect for rect, _, a in recorder.pictures if a == about[0])
        assert inside.x > frame.x and inside.right < frame.right
        assert said in [text for _, text in recorder.texts]
        strokes = [points for points, ink in recorder.lines if ink.colour == "accent"]
        assert len(strokes) > 20


def test_the_model_is_given_strokes_where_a_patch_is_hidden():
    image = made()
    shown = given(image)
    assert shown.shape == (256, 256, 3)
    assert np.array_equal(shown[:128, :, 0], fine(image.original)[:128])
    below = shown[128:].reshape(-1, 3)
    assert (below == HIDDEN).all(axis=1).any()
    assert len(np.unique(below, axis=0)) == 2  # ground and stroke, nothing of what was measured
    whole = given(made(wholly=True))
    assert len(np.unique(whole.reshape(-1, 3), axis=0)) == 2


def test_pixels_are_repeated_not_blurred():
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    large = fine(pixels)
    assert large.shape == (256, 256)
    assert np.array_equal(large[::64, ::64], pixels) and len(np.unique(large)) == 16
    assert fine(np.zeros((300, 300), dtype=np.uint8)).shape == (300, 300)


def test_differences_go_from_blue_through_white_to_orange():
    colours = coloured(np.array([[-9.0, -0.5, 0.0, 0.25, 0.5]], dtype=np.float32), 0.5)[0]
    assert colours[2].tolist() == [255, 255, 255]
    assert colours[0].tolist() == colours[1].tolist() == [0, 114, 178]
    assert colours[4].tolist() == [213, 94, 0]
    assert colours[3] == pytest.approx([234, 174.5, 127.5], abs=0.6)  # half of the way


def test_the_table_says_how_near_each_picture_comes():
    header, rows = pictures_table((made(), made("coronal", wholly=True)))
    assert dict(zip(header, rows[0], strict=True)) == {
        "picture": "axial",
        "hiding": "half masked",
        "share_hidden": 0.5,
        "structural_similarity": 0.4,
        "root_mean_square_difference": 0.21,
        "unit": "brightness",
    }
    assert rows[1][2] == 1.0


def test_pictures_that_nobody_took_stand_in_rows_each_marked():
    images = tuple(ImputedImage(f"t1c, plane {k}", made().imputed, ("R", "L", "A", "P")) for k in range(4))
    recorder = drawn(partial(draw_imputed_pictures, images=images, columns=3), 500.0, imputed_height(images, 500.0, 3))
    assert len(recorder.pictures) == 4
    assert [text for _, text in recorder.texts].count("imputed") == 4
    assert [text for _, text in recorder.texts if len(text) == 1] == list("RL" * 4)


def test_every_file_is_marked():
    images = (made(wholly=True),)
    made_svg = export.svg(partial(draw_pictures, images=images), 720.0, pictures_height(images, 696.0) + 24).decode()
    assert ">imputed</text>" in made_svg and "Research Use Only" in made_svg
