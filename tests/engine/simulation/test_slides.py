"""The files are slides to OpenSlide and to Pillow."""

import numpy as np
import openslide
import pytest
from PIL import Image

from survgui.engine.simulation import histology, slides


@pytest.fixture(scope="module")
def image():
    return histology.draw_section(np.zeros(8), np.random.default_rng(4))


@pytest.fixture(scope="module")
def slide(image, tmp_path_factory):
    path = tmp_path_factory.mktemp("slides") / "S1-0001.svs"
    slides.write_slide(path, image)
    return path


def test_openslide_reads_a_pyramid_with_a_pixel_size(slide, image):
    with openslide.OpenSlide(slide) as opened:
        assert opened.level_dimensions == ((2048, 2048), (1024, 1024), (512, 512))
        assert float(opened.properties["openslide.mpp-x"]) == histology.MPP
        assert float(opened.properties["openslide.objective-power"]) == 20
        for level, side in ((0, 2048), (2, 512)):
            read = np.asarray(opened.read_region((0, 0), level, (side, side)).convert("RGB")).astype(int)
            expected = np.asarray(Image.fromarray(image).reduce(2048 // side)).astype(int)
            assert np.abs(read - expected).mean() < 6  # what JPEG loses


def test_resolution_tags_agree_with_the_description(slide):
    with Image.open(slide) as opened:
        per_cm, unit = float(opened.tag_v2[282]), opened.tag_v2[296]
    assert unit == 3
    assert 1e4 / per_cm == histology.MPP


def test_a_slide_is_small_and_the_same_each_time(slide, image, tmp_path):
    assert slide.stat().st_size < 1_000_000
    slides.write_slide(tmp_path / "again.svs", image)
    assert (tmp_path / "again.svs").read_bytes() == slide.read_bytes()
