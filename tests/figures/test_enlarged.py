import numpy as np
import pytest

from survgui.figures.canvas import Fill, Ink, Rect
from survgui.figures.enlarged import WINDOW, enlarged
from survgui.figures.theme import Type
from tests.report.recorder import Recorder


def draw(canvas, rect):
    canvas.line([(rect.x, rect.y), (rect.right, rect.bottom)], Ink("text", 1.5, (3.0, 2.0)))
    canvas.area([(rect.x, rect.y), (rect.right, rect.y), (rect.x, rect.bottom)], Fill("low"))
    canvas.box(rect, Fill("grid"), Ink("line", 1.0), 2.0)
    canvas.disc(rect.x + 5.0, rect.y + 5.0, 4.0, Fill("high"), None)
    canvas.text(rect.x, rect.bottom, "24", Type(9.0))
    canvas.picture(rect, np.zeros((2, 2), np.uint8))


def test_everything_is_larger_and_stays_in_the_rectangle_that_was_given():
    given, recorder = Rect(22.0, 44.0, 220.0, 110.0), Recorder()
    enlarged(draw, 2.0)(recorder, given)
    assert recorder.inks[0] == Ink("text", 3.0, (6.0, 4.0))
    assert recorder.boxes[0][0] == given
    assert recorder.pictures[0][0] == given
    assert recorder.outside(given) == []
    assert (22.0 + 10.0 - 8.0, 44.0 + 10.0 - 8.0) in recorder.points  # the disc's corner: radius 4 twice


def test_tick_labels_become_eleven_pixels():
    recorder = Recorder()
    enlarged(draw)(recorder, Rect(0.0, 0.0, 110.0, 110.0))
    (box, _), *_ = recorder.texts
    assert box.height == pytest.approx(0.73 * 11.0)
    assert pytest.approx(11.0 / 9.0) == WINDOW
