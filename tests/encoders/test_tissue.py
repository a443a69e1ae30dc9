import numpy as np
import pytest
from PIL import Image, ImageDraw

from survgui.encoders.tissue import Tissue, find_tissue, otsu, tissue_mask
from survgui.errors import PixelSizeMissing, ReadError
from survgui.readers.slide import open_slide

GLASS, PINK, PURPLE = (243, 242, 244), (226, 150, 190), (120, 80, 150)
MPP = 4.0


@pytest.fixture
def drawn():
    """A picture, 1200 x 800 at 4 µm per pixel, and a pen on it."""
    picture = Image.new("RGB", (1200, 800), GLASS)
    return picture, ImageDraw.Draw(picture)


def mask_of(picture):
    noise = np.random.default_rng(0).normal(0, 3, (*picture.size[::-1], 3))
    return tissue_mask(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8), MPP)


def test_tissue_is_found_to_its_edge(drawn):
    picture, pen = drawn
    pen.rectangle((200, 100, 599, 499), fill=PINK)
    pen.rectangle((300, 200, 399, 299), fill=PURPLE)
    mask = mask_of(picture)
    assert mask.sum() == pytest.approx(400 * 400, rel=0.02)
    assert mask[110:490, 210:590].all()
    assert not mask[:90].any()


def test_ink_dirt_and_black_borders_are_not_tissue_and_small_holes_are(drawn):
    picture, pen = drawn
    pen.rectangle((200, 100, 599, 499), fill=PINK)
    pen.ellipse((300, 200, 312, 212), fill=GLASS)  # a gland: 50 µm
    pen.ellipse((450, 200, 549, 299), fill=GLASS)  # a hole: 400 µm
    pen.ellipse((900, 100, 910, 110), fill=PINK)  # dust: 40 µm
    pen.line((700, 600, 1100, 700), fill=(30, 120, 60), width=20)
    pen.line((700, 650, 1100, 750), fill=(20, 90, 200), width=20)
    pen.rectangle((0, 0, 50, 799), fill=(10, 8, 8))
    mask = mask_of(picture)
    assert mask[206, 306]
    assert not mask[250, 500]
    assert not mask[:, :195].any()
    assert not mask[:, 620:].any()


def test_a_picture_full_of_tissue_is_all_tissue(drawn):
    picture, pen = drawn
    pen.rectangle((0, 0, 1199, 799), fill=PINK)
    pen.rectangle((300, 0, 900, 799), fill=PURPLE)
    assert mask_of(picture).all()


def test_empty_and_grey_pictures_hold_none(drawn):
    picture, pen = drawn
    assert not mask_of(picture).any()
    pen.rectangle((200, 100, 599, 499), fill=(120, 120, 120))
    assert not mask_of(picture).any()


def test_otsu_parts_two_heaps():
    draw = np.random.default_rng(0)
    values = np.concatenate([draw.normal(0.2, 0.02, 9000), draw.normal(0.7, 0.02, 1000)]).astype(np.float32)
    assert 0.28 < otsu(values) < 0.62
    assert 0 <= otsu(np.full(10, 0.5, np.float32)) <= 1


def test_share_of_tissue_in_squares():
    mask = np.zeros((4, 6), bool)
    mask[:, :3] = True
    tissue = Tissue(mask, (10.0, 10.0), 0.5)
    corners = np.array([[0, 0], [20, 0], [40, 20], [25, 10]])
    np.testing.assert_allclose(tissue.share(corners, 20.0), [1, 0.5, 0, 0])
    np.testing.assert_allclose(tissue.share(np.array([[21, 3], [31, 3]]), 2.0), [1, 0])  # smaller than a mask pixel


def test_no_tissue_and_no_pixel_size_are_said(tmp_path, drawn):
    path = tmp_path / "glass.png"
    drawn[0].save(path)
    with open_slide(path, MPP) as slide, pytest.raises(ReadError, match=r"glass\.png: no tissue .* \[SLD-20\]"):
        find_tissue(slide)
    with open_slide(path) as slide, pytest.raises(PixelSizeMissing):
        find_tissue(slide)


def test_real_slides_are_divided_into_tissue_and_glass(shared_data):
    with open_slide(shared_data / "wsi" / "CMU-1-Small-Region.svs") as slide:
        assert 0.25 < find_tissue(slide).coverage < 0.45
    with open_slide(shared_data / "wsi_rois" / "TCGA-HT-8564-01Z-00-DX1.tif") as slide:
        assert find_tissue(slide).coverage > 0.98  # a region of interest without glass
