import base64
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage

from survgui.figures.canvas import Fill, Ink, Rect
from survgui.figures.svg import SvgCanvas, data_uri
from survgui.figures.theme import Type


def test_svg_without_a_theme_follows_the_page():
    canvas = SvgCanvas(None)
    canvas.box(Rect(0, 0, 4, 4), Fill("warn_tint", 0.5), Ink("accent", 1.0, (2.0, 1.0), 0.5))
    canvas.text(0, 0, '<&"', Type(9, 400, "#FFFFFF"), "end")
    made = canvas.document(4, 4, "x")
    ElementTree.fromstring(made)
    assert "fill:var(--warn-tint)" in made
    assert "stroke:var(--accent)" in made
    assert "stroke-dasharray:2,1" in made
    assert "fill:#FFFFFF" in made


def test_a_picture_travels_inside_as_jpeg_no_finer_than_its_place():
    made = data_uri(np.full((400, 600), 90, np.uint8), Rect(0.0, 0.0, 100.0, 70.0))
    head, _, body = made.partition(",")
    assert head == "data:image/jpeg;base64"
    image = QImage.fromData(base64.b64decode(body), "JPEG")
    assert (image.width(), image.height()) == (300, 200)
    assert abs(image.pixelColor(150, 100).red() - 90) <= 2


def test_a_picture_without_pixels_is_an_error():
    with pytest.raises(ValueError, match="JPEG"):
        data_uri(np.zeros((0, 5), np.uint8), Rect(0.0, 0.0, 10.0, 10.0))
