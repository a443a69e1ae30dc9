"""The view as a picture: its pixels, its scale bar and the line below."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from survgui.ui import style
from survgui.ui.slide import snapshot
from survgui.ui.slide.view import SlideView
from tests.ui.slide.conftest import wait_sharp
from tests.ui.slide.test_tiles import pixels_of


def test_is_what_is_seen_with_a_scale_bar_and_a_line(loaded: SlideView, qtbot):
    QTest.keyClick(loaded, Qt.Key.Key_6)
    wait_sharp(qtbot, loaded)
    made = snapshot.picture(loaded)
    got, seen = pixels_of(made), pixels_of(loaded.raster.image())
    assert made.height() == loaded.height() + 26
    high = loaded.height()
    np.testing.assert_array_equal(got[: high - 42], seen[: high - 42])  # above the scale bar all is the slide's
    assert (got[high - 30 : high - 20, 20:100] != seen[high - 30 : high - 20, 20:100]).any()
    assert (got[high:] < 140).any()  # words
    assert (got[high + 1] == 255).all()


def test_is_on_white_in_the_dark_too(qapp, loaded: SlideView):
    style.apply(qapp, "dark")
    try:
        assert snapshot.picture(loaded).pixelColor(1, loaded.height() + 2).name() == "#ffffff"
    finally:
        style.apply(qapp, "light")


def test_has_the_screens_pixels(loaded: SlideView, monkeypatch: pytest.MonkeyPatch):
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    monkeypatch.setattr(type(loaded), "devicePixelRatioF", lambda self: 2.0)
    QApplication.sendEvent(loaded, QEvent(QEvent.Type.DevicePixelRatioChange))
    made = snapshot.picture(loaded)
    assert (made.width(), made.height()) == (2 * loaded.width(), 2 * (loaded.height() + 26))


def test_png_round_trips(loaded: SlideView):
    made = snapshot.picture(loaded)
    back = QImage.fromData(snapshot.png(made), "PNG")
    np.testing.assert_array_equal(pixels_of(back), pixels_of(made))
