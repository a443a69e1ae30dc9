import numpy as np

from survgui.figures.canvas import Fill, Ink, Rect
from survgui.figures.theme import Type
from survgui.figures.zoom import Zoom, scaled
from tests.report.recorder import Recorder


def everything(canvas, rect):
    canvas.line([(rect.x, rect.y), (rect.right, rect.bottom)], Ink("text", 1.5, (2.0, 1.0)))
    canvas.area([(rect.x, rect.y), (rect.right, rect.y), (rect.x, rect.bottom)], Fill("low"))
    canvas.box(rect, Fill("high"), None, 2.0)
    canvas.disc(rect.right, rect.bottom, 5.0, Fill("accent"))
    canvas.text(rect.x, rect.bottom, "word", Type(10.0))
    canvas.picture(rect, np.zeros((2, 2), np.uint8), "dark")


def test_everything_lands_in_the_rectangle_that_was_given():
    recorder, rect = Recorder(), Rect(30.0, 40.0, 200.0, 100.0)
    Zoom(everything, 2.0)(recorder, rect)
    assert recorder.points[:2] == [(30.0, 40.0), (230.0, 140.0)]
    assert recorder.boxes[0][0] == rect
    assert recorder.pictures[0][0] == rect
    assert (220.0, 130.0) in recorder.points  # a disc of radius 5 about the corner has a radius of 10
    assert recorder.texts[0][0].height == 0.73 * 20.0
    assert recorder.inks[0] == Ink("text", 1.5, (2.0, 1.0))  # strokes and dashes stay as they are


def test_scaling_back_gives_the_same_rectangle():
    assert scaled(scaled(Rect(1.0, 2.0, 3.0, 4.0), 4.0), 0.25) == Rect(1.0, 2.0, 3.0, 4.0)
