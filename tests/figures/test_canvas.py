import numpy as np
from PySide6.QtGui import QColor, QImage, QPainter

from survgui.figures.application import offscreen
from survgui.figures.canvas import Ink, PainterCanvas, Rect, hatch, image, step_points
from survgui.figures.theme import LIGHT
from tests.report.recorder import Recorder


def test_an_image_keeps_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 255, (3, 5, 3), dtype=np.uint8)
    made = image(pixels)
    assert [made.pixelColor(4, 2).red(), made.pixelColor(4, 2).blue()] == [pixels[2, 4, 0], pixels[2, 4, 2]]
    grey = image(pixels[:, :, 0])
    assert grey.pixelColor(1, 1).green() == pixels[1, 1, 0]


def test_a_dash_is_measured_in_px_not_in_pen_widths():
    offscreen()
    made = QImage(100, 9, QImage.Format.Format_RGB32)
    made.fill(QColor("white"))
    painter = QPainter(made)
    PainterCanvas(painter, LIGHT).line([(0.0, 4.5), (100.0, 4.5)], Ink("#000000", 3.0, (10.0, 10.0)))
    painter.end()
    dark = [made.pixelColor(x, 4).red() < 128 for x in range(100)]
    assert dark == [(x // 10) % 2 == 0 for x in range(100)]


def test_hatching_stays_inside_whatever_the_shape():
    for rect in (Rect(3, 4, 50, 5), Rect(3, 4, 5, 50), Rect(0, 0, 8, 8)):
        recorder = Recorder()
        hatch(recorder, rect, "accent")
        assert recorder.points
        assert recorder.outside(rect, slack=1e-9) == []


def test_steps_keep_a_value_until_the_next_time():
    made = step_points(np.array([0.0, 2.0, 5.0]), np.array([1.0, 0.8, 0.5]))
    assert made.tolist() == [[0.0, 1.0], [2.0, 1.0], [2.0, 0.8], [5.0, 0.8], [5.0, 0.5]]


def test_an_inset_leaves_a_margin_on_each_side():
    inner = Rect(10.0, 20.0, 100.0, 50.0).inset(1.0, 2.0, 3.0, 4.0)
    assert (inner.x, inner.y, inner.right, inner.bottom) == (11.0, 22.0, 107.0, 66.0)
