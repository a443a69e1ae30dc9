"""The heat map bar and the magnification buttons, by mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from survgui.ui import style
from survgui.ui.slide.controls import SHADE, Glass, HeatBar, Magnification

NAMES = ["1×", "2×", "5×", "10×", "20×", "40×"]


@pytest.fixture
def bar(qtbot) -> HeatBar:
    made = HeatBar()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def powers(qtbot) -> Magnification:
    made = Magnification()
    qtbot.addWidget(made)
    made.set_stops(NAMES)
    made.show()
    return made


class TestHeatBar:
    def test_the_switch_switches(self, bar: HeatBar, qtbot):
        with qtbot.waitSignal(bar.switched) as caught:
            qtbot.mouseClick(bar.toggle, Qt.MouseButton.LeftButton)
        assert caught.args == [False]
        assert not bar.slider.isEnabled()
        with qtbot.waitSignal(bar.switched) as caught:
            QTest.keyClick(bar.toggle, Qt.Key.Key_Space)
        assert caught.args == [True]

    @pytest.mark.parametrize(("x", "value"), [(7, 0), (36, 50), (65, 100), (0, 0), (72, 100)])
    def test_a_press_sets_the_opacity_where_it_is(self, bar: HeatBar, qtbot, x: int, value: int):
        bar.slider.setValue(33)
        with qtbot.waitSignal(bar.faded):
            qtbot.mousePress(bar.slider, Qt.MouseButton.LeftButton, pos=QPoint(x, 12))
        qtbot.mouseRelease(bar.slider, Qt.MouseButton.LeftButton, pos=QPoint(x, 12))
        assert bar.slider.value() == value
        assert bar.opacity == value / 100

    def test_keys_set_the_opacity(self, bar: HeatBar):
        bar.slider.setValue(50)
        QTest.keyClick(bar.slider, Qt.Key.Key_Right)
        QTest.keyClick(bar.slider, Qt.Key.Key_PageUp)
        assert bar.slider.value() == 61

    def test_the_colours_run_from_least_to_most(self, bar: HeatBar):
        shot = bar.grab().toImage()
        y = bar.height() // 2
        left = bar._key.x()
        colours = [shot.pixelColor(left + x, y) for x in (1, 55, 108)]
        assert [c.lightness() for c in colours] == sorted((c.lightness() for c in colours), reverse=True)


class TestMagnification:
    def test_a_click_asks_and_the_view_tints(self, powers: Magnification, qtbot):
        with qtbot.waitSignal(powers.chosen) as caught:
            qtbot.mouseClick(powers.buttons[4], Qt.MouseButton.LeftButton)
        assert caught.args == [3]
        assert not powers.buttons[4].isChecked()
        powers.set_current(3, False)
        assert [button.text() for button in powers.buttons if button.isChecked()] == ["10×"]

    def test_fit(self, powers: Magnification, qtbot):
        with qtbot.waitSignal(powers.fit):
            qtbot.mouseClick(powers.buttons[0], Qt.MouseButton.LeftButton)
        powers.set_current(3, True)
        assert [button.text() for button in powers.buttons if button.isChecked()] == ["Fit"]
        powers.set_current(None, False)
        assert not any(button.isChecked() for button in powers.buttons)

    def test_a_key_presses_the_one_that_has_the_focus(self, powers: Magnification, qtbot):
        with qtbot.waitSignal(powers.chosen) as caught:
            QTest.keyClick(powers.buttons[6], Qt.Key.Key_Space)
        assert caught.args == [5]

    def test_other_names_replace_them(self, powers: Magnification):
        before = powers.buttons
        powers.set_stops(NAMES)
        assert powers.buttons is before
        powers.set_stops(["1:2", "1:1"])
        assert [button.text() for button in powers.buttons] == ["Fit", "1:2", "1:1"]
        assert "pixels" in powers.buttons[1].toolTip()

    def test_each_has_a_name_its_key_and_a_target_of_24_px(self, powers: Magnification):
        for key, button in enumerate(powers.buttons):
            assert f"({key})" in button.toolTip()
            assert button.accessibleName()
            assert min(button.width(), button.height()) >= 24
            assert button.x() >= SHADE
            assert button.geometry().right() <= powers.width() - SHADE


def test_glass_follows_the_theme(qapp, qtbot):
    glass = Glass()
    qtbot.addWidget(glass)
    glass.resize(120, 44)
    shades = []
    for mode in ("light", "dark", "light"):
        style.apply(qapp, mode)
        shades.append(glass.grab().toImage().pixelColor(60, 22).lightness())
    assert shades[0] == shades[2] > 200 > 60 > shades[1]
