"""The view: pixels against a direct read, mouse, wheel and keys, and which thread reads."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from survgui.cases.display import SlideFacts
from survgui.readers import slide as reader
from survgui.readers.slide import open_slide
from survgui.ui import style
from survgui.ui.slide import heat, tiles
from survgui.ui.slide.tiles import READERS
from survgui.ui.slide.view import NOTCH, SlideView
from tests.readers.conftest import damage_tile, noise, write_slide
from tests.ui.slide.conftest import SIDE, attention, facts_of, wait_sharp
from tests.ui.slide.test_tiles import pixels_of

Key = Qt.Key


def grabbed(view: SlideView) -> np.ndarray:
    """What is on the screen without the glass."""
    for widget in view.hud.all():
        widget.hide()
    view.clearFocus()
    return pixels_of(view.grab().toImage())


def point(view: SlideView, kind: QEvent.Type, x: float, y: float, button=Qt.MouseButton.NoButton) -> None:
    """A mouse event at a place of the view; a button that is not just pressed or let go is held."""
    place = QPointF(x, y)
    moves = kind is QEvent.Type.MouseMove
    held = button if kind is not QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    event = QMouseEvent(
        kind, place, QPointF(view.mapToGlobal(place.toPoint())), Qt.MouseButton.NoButton if moves else button, held,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def drag(view: SlideView, button: Qt.MouseButton, start: tuple[int, int], end: tuple[int, int]) -> None:
    point(view, QEvent.Type.MouseButtonPress, *start, button)
    point(view, QEvent.Type.MouseMove, *end, button)
    point(view, QEvent.Type.MouseButtonRelease, *end, button)


def hover(view: SlideView, x: float, y: float) -> None:
    point(view, QEvent.Type.MouseMove, x, y)


def turn(view: SlideView, notches: float, at: QPoint, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(at)
    event = QWheelEvent(
        place, QPointF(view.mapToGlobal(at)), QPoint(), QPoint(0, round(120 * notches)), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


class TestPixels:
    def test_at_one_to_one_equal_a_direct_read(self, loaded: SlideView, slide: SlideFacts, qtbot):
        QTest.keyClick(loaded, Key.Key_6)  # 40x of a slide of 0.25 µm per pixel
        wait_sharp(qtbot, loaded)
        left, top, _, _ = loaded.camera.box
        with open_slide(slide.path) as direct:
            wanted = direct.read(round(left), round(top), 0, loaded.width(), loaded.height())
        np.testing.assert_array_equal(grabbed(loaded), wanted)

    def test_on_the_slides_own_second_level_too(self, loaded: SlideView, slide: SlideFacts, qtbot):
        loaded.centre_on(700, 700, 20)
        wait_sharp(qtbot, loaded)
        left, top, _, _ = loaded.camera.box
        with open_slide(slide.path) as direct:
            wanted = direct.read(round(left), round(top), 1, loaded.width(), loaded.height())
        np.testing.assert_array_equal(grabbed(loaded), wanted)

    @pytest.mark.parametrize("name", ["CMU-1-Small-Region.svs", "TCGA-CR-7395-01A-01-TS1.svs"])
    def test_of_real_slides(self, view: SlideView, shared_data: Path, name: str, qtbot):
        facts = facts_of(shared_data / "wsi" / name)
        view.show()
        view.show_slide(facts)
        view.centre_on(1300, 1100, 20)
        wait_sharp(qtbot, view)
        assert view.camera.scale == 1.0  # 0.499 µm per pixel is taken for 20x
        left, top, _, _ = view.camera.box
        with open_slide(facts.path) as direct:
            wanted = direct.read(round(left), round(top), 0, view.width(), view.height())
        np.testing.assert_array_equal(grabbed(view), wanted)

    def test_of_a_plain_picture(self, view: SlideView, tmp_path: Path, qtbot):
        from PIL import Image

        stored = noise(900, grain=7)
        Image.fromarray(stored).save(tmp_path / "p.png")
        view.show()
        view.show_slide(facts_of(tmp_path / "p.png"))
        view.centre_on(450, 450, 20)
        wait_sharp(qtbot, view)
        left, top, _, _ = (round(edge) for edge in view.camera.box)
        np.testing.assert_array_equal(grabbed(view), stored[top : top + 480, left : left + 640])


class TestReading:
    def test_never_happens_on_the_windows_thread(
        self, view: SlideView, slide: SlideFacts, qtbot, monkeypatch: pytest.MonkeyPatch
    ):
        threads: set[int] = set()

        def told(original):
            def wrapped(*given, **named):
                threads.add(threading.get_ident())
                return original(*given, **named)

            return wrapped

        monkeypatch.setattr(tiles, "open_slide", told(tiles.open_slide))
        for kind, name in ((reader.Slide, "read"), (reader.Slide, "read_scaled"), (reader.WholeSlide, "_decoded")):
            monkeypatch.setattr(kind, name, told(getattr(kind, name)))
        view.show()
        view.show_slide(slide)
        view.set_heat(heat.of_slide(attention(side=SIDE), slide.name, alone=True))
        for action in (Key.Key_6, Key.Key_Left, Key.Key_Down, Key.Key_3, Key.Key_0):
            QTest.keyClick(view, action)
            turn(view, 3, QPoint(200, 100))
            wait_sharp(qtbot, view)
        assert len(threads) >= 1
        assert threading.get_ident() not in threads

    def test_a_damaged_tile_is_white_and_told(self, view: SlideView, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif", noise(600, grain=5), levels=1)
        facts = facts_of(tmp_path / "s.tif")
        damage_tile(tmp_path / "s.tif", 0)
        view.show()
        with qtbot.waitSignal(view.damaged) as caught:
            view.show_slide(facts)
        assert caught.args == [1]
        view.centre_on(300, 300, 40)
        wait_sharp(qtbot, view)
        left, top = (round(edge) for edge in view.camera.box[:2])
        assert (grabbed(view)[max(0, -top) : 256 - top, max(0, -left) : 256 - left] == 255).all()

    def test_a_slide_that_went_away_is_told_once_a_tile(self, view: SlideView, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif")
        facts = facts_of(tmp_path / "s.tif")
        (tmp_path / "s.tif").unlink()
        view.show()
        with qtbot.waitSignal(view.failed):
            view.show_slide(facts)
        qtbot.waitUntil(lambda: set(view.raster.missing()) <= view._unread)
        view._want()
        assert not view._loader._queue._tiles

    def test_tiles_of_the_slide_before_are_not_shown(self, loaded: SlideView, tmp_path: Path, qtbot):
        stored = write_slide(tmp_path / "b.tif", noise(SIDE, seed=9, grain=5))
        QTest.keyClick(loaded, Key.Key_6)
        loaded.show_slide(facts_of(tmp_path / "b.tif"))
        QTest.keyClick(loaded, Key.Key_6)
        wait_sharp(qtbot, loaded)
        left, top, right, bottom = (round(edge) for edge in loaded.camera.box)
        np.testing.assert_array_equal(grabbed(loaded), stored[top:bottom, left:right])

    def test_both_threads_are_joined_at_the_end(self, loaded: SlideView):
        assert loaded._loader.running == READERS
        loaded._loader.close()
        assert loaded._loader.running == 0

    def test_the_cache_holds_at_least_what_is_seen(self, loaded: SlideView):
        loaded.set_limit(1)
        loaded.push(1, 0)
        assert loaded.cache.limit >= 4 * 512 * 512


class TestWhereItLooks:
    def test_at_first_at_everything(self, loaded: SlideView):
        seen = loaded.view_rect()
        assert seen.left() <= 0
        assert seen.right() >= SIDE
        assert seen.bottom() >= SIDE

    @pytest.mark.parametrize(("key", "downsample"), [(Key.Key_1, 40), (Key.Key_3, 8), (Key.Key_5, 2), (Key.Key_6, 1)])
    def test_keys_go_to_magnifications(self, loaded: SlideView, key: Key, downsample: float):
        QTest.keyClick(loaded, Key.Key_6)
        QTest.keyClick(loaded, key)
        coarsest = 2 * loaded.camera.fitting(SIDE, SIDE).downsample
        assert loaded.camera.downsample == pytest.approx(min(downsample, coarsest))

    def test_zero_fits(self, loaded: SlideView):
        QTest.keyClick(loaded, Key.Key_6)
        assert loaded.view_rect().width() < SIDE
        QTest.keyClick(loaded, Key.Key_0)
        assert loaded.view_rect().width() >= SIDE

    def test_the_buttons_do_the_same_and_are_tinted(self, loaded: SlideView, qtbot):
        buttons = loaded.hud.magnification.buttons
        qtbot.mouseClick(buttons[5], Qt.MouseButton.LeftButton)
        assert loaded.camera.downsample == 2.0
        assert [button.text() for button in buttons if button.isChecked()] == ["20×"]
        qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
        assert [button.text() for button in buttons if button.isChecked()] == ["Fit"]

    def test_plus_and_minus(self, loaded: SlideView):
        before = loaded.camera.downsample
        QTest.keyClicks(loaded, "+")
        assert loaded.camera.downsample == pytest.approx(before / NOTCH)
        QTest.keyClicks(loaded, "-")
        assert loaded.camera.downsample == pytest.approx(before)

    @pytest.mark.parametrize(
        ("key", "way"),
        [(Key.Key_Left, (-1, 0)), (Key.Key_Right, (1, 0)), (Key.Key_Up, (0, -1)), (Key.Key_Down, (0, 1))],
    )
    def test_arrows_look_that_way(self, loaded: SlideView, key: Key, way: tuple[int, int]):
        loaded.centre_on(700, 700, 40)
        QTest.keyClick(loaded, key)
        moved = loaded.camera.x - 700, loaded.camera.y - 700
        assert (np.sign(moved[0]), np.sign(moved[1])) == way

    def test_the_wheel_zooms_about_the_pointer(self, loaded: SlideView):
        at = QPoint(500, 100)
        before = loaded.camera.to_slide(at.x(), at.y())
        scale = loaded.camera.downsample
        turn(loaded, 2, at)
        assert loaded.camera.downsample == pytest.approx(scale / NOTCH**2)
        assert loaded.camera.to_slide(at.x(), at.y()) == pytest.approx(before, abs=2 * loaded.camera.downsample)

    def test_zoom_ends_somewhere(self, loaded: SlideView):
        for _ in range(40):
            turn(loaded, 5, QPoint(320, 240))
        assert loaded.camera.downsample == pytest.approx(1 / 16)
        for _ in range(40):
            turn(loaded, -5, QPoint(320, 240))
        assert loaded.camera.downsample == pytest.approx(2 * loaded.camera.fitting(SIDE, SIDE).downsample)

    @pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
    def test_dragging_moves_the_slide_with_the_pointer(self, loaded: SlideView, button: Qt.MouseButton):
        loaded.centre_on(700, 700, 40)
        drag(loaded, button, (300, 200), (340, 180))
        assert (loaded.camera.x, loaded.camera.y) == (660, 720)
        hover(loaded, 100, 100)
        assert (loaded.camera.x, loaded.camera.y) == (660, 720)

    def test_dragging_with_space_is_dragging(self, loaded: SlideView):
        loaded.centre_on(700, 700, 40)
        QTest.keyPress(loaded, Key.Key_Space)
        drag(loaded, Qt.MouseButton.LeftButton, (300, 200), (310, 200))
        QTest.keyRelease(loaded, Key.Key_Space)
        assert loaded.camera.x == 690

    def test_a_double_click_fits_and_asks_for_room(self, loaded: SlideView, qtbot):
        loaded.centre_on(700, 700, 40)
        with qtbot.waitSignal(loaded.maximise_requested):
            qtbot.mouseDClick(loaded, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
        assert loaded.view_rect().width() >= SIDE

    def test_the_overview_goes_where_it_is_pressed(self, loaded: SlideView, qtbot):
        loaded.centre_on(700, 700, 40)
        at = loaded.hud.overview.picture_rect().topLeft().toPoint() + QPoint(5, 5)
        qtbot.mouseClick(loaded.hud.overview, Qt.MouseButton.LeftButton, pos=at)
        assert loaded.camera.x < 100
        assert loaded.camera.y < 100
        assert loaded.camera.downsample == 1.0

    def test_tells_that_it_moved(self, loaded: SlideView, qtbot):
        with qtbot.waitSignal(loaded.moved):
            loaded.centre_on(10, 10)

    def test_a_new_size_keeps_the_middle_or_all_of_it(self, loaded: SlideView):
        loaded.resize(800, 500)
        assert loaded.view_rect().height() >= SIDE
        loaded.centre_on(400, 300, 40)
        loaded.resize(500, 400)
        assert (loaded.camera.x, loaded.camera.y, loaded.camera.width) == (400, 300, 500)

    def test_two_device_pixels_a_px_read_a_finer_level(self, loaded: SlideView, monkeypatch: pytest.MonkeyPatch):
        loaded.centre_on(700, 700, 20)
        assert loaded.raster.level == 1
        monkeypatch.setattr(type(loaded), "devicePixelRatioF", lambda self: 2.0)
        QApplication.sendEvent(loaded, QEvent(QEvent.Type.DevicePixelRatioChange))
        assert loaded.raster.level == 0
        assert loaded.camera.downsample == 2.0
        assert loaded.raster.image().width() == 2 * loaded.width()

    def test_where_pixels_have_no_size_keys_are_ratios(self, view: SlideView, slide: SlideFacts):
        view.show()
        view.show_slide(replace(slide, mpp=None))
        assert [button.text() for button in view.hud.magnification.buttons][1:4] == ["1:16", "1:8", "1:4"]
        QTest.keyClick(view, Key.Key_5)
        assert view.camera.downsample == 1.0
        assert "px" in view.hud.scale_bar.text
        assert "unknown" in view.hud.scale_bar.text


class TestHeat:
    @pytest.fixture
    def hot(self, loaded: SlideView, slide: SlideFacts) -> SlideView:
        loaded.set_heat(heat.of_slide(attention(side=SIDE, patch=100), slide.name, alone=True))
        return loaded

    def test_h_switches_it(self, hot: SlideView, qtbot):
        wait_sharp(qtbot, hot)
        tinted = grabbed(hot)
        QTest.keyClicks(hot, "h")
        plain = grabbed(hot)
        assert not hot.heat_on
        assert tinted.mean() < plain.mean()
        QTest.keyClicks(hot, "h")
        np.testing.assert_array_equal(grabbed(hot), tinted)

    def test_its_bar_is_there_only_with_it(self, hot: SlideView):
        assert hot.hud.heat_bar.isVisible()
        hot.set_heat(None)
        assert not hot.hud.heat_bar.isVisible()

    def test_opacity_by_key_and_wheel(self, hot: SlideView):
        slider = hot.hud.heat_bar.slider
        slider.setValue(50)
        QTest.keyClicks(hot, ".")
        assert slider.value() == 60
        QTest.keyClicks(hot, ",,")
        assert slider.value() == 40
        turn(hot, 2, QPoint(300, 200), Qt.KeyboardModifier.ShiftModifier)
        assert slider.value() == 60
        assert hot.camera.downsample == pytest.approx(hot.camera.fitting(SIDE, SIDE).downsample)

    def test_full_opacity_is_darker(self, hot: SlideView, qtbot):
        wait_sharp(qtbot, hot)
        hot.hud.heat_bar.slider.setValue(20)
        faint = grabbed(hot).mean()
        hot.hud.heat_bar.slider.setValue(100)
        assert grabbed(hot).mean() < faint

    def test_the_pointer_reads_ranks_and_with_alt_weights(self, hot: SlideView):
        hot.centre_on(700, 700, 40)
        x, y = hot.camera.to_slide(100, 100)
        patch = hot.heat.at(x, y)
        hover(hot, 100, 100)
        assert hot.hud.coordinates.text.startswith(f"x {x:.0f} · y {y:.0f}")
        assert f"attention {hot.heat.ranks[patch]:.2f}" in hot.hud.coordinates.text
        QTest.keyPress(hot, Key.Key_Alt)
        assert f"weight {hot.heat.weights[patch]:.2g}" in hot.hud.coordinates.text
        QTest.keyRelease(hot, Key.Key_Alt)
        assert "attention" in hot.hud.coordinates.text

    def test_off_the_patches_there_is_a_place_alone(self, loaded: SlideView, slide: SlideFacts):
        loaded.set_heat(heat.of_slide(attention(side=200, patch=100), slide.name, alone=True))
        loaded.centre_on(1000, 1000, 40)
        hover(loaded, 320, 240)
        assert loaded.hud.coordinates.text == "x 1\u202f000 · y 1\u202f000"

    def test_without_a_pointer_the_middle_is_told(self, hot: SlideView, qtbot):
        hot.centre_on(50, 60, 40)
        hover(hot, 10, 10)
        QApplication.sendEvent(hot, QEvent(QEvent.Type.Leave))
        assert hot.hud.coordinates.text.startswith("x 50 · y 60")

    def test_on_blank_paper_where_there_is_no_slide(self, view: SlideView):
        view.show()
        view.show_map(400.0, 300.0)
        view.set_heat(heat.of_slide(attention(side=200, patch=100), "", alone=True))
        assert view.raster.missing() == []
        assert view.hud.heat_bar.isVisible()
        shot = grabbed(view)
        x, y = (round(v) for v in view.camera.to_view(150, 150))
        assert shot[y, x].min() < 200
        x, y = (round(v) for v in view.camera.to_view(350, 250))
        assert (shot[y, x] == 255).all()


class TestRest:
    def test_o_and_b_hide_overview_and_scale_bar(self, loaded: SlideView):
        for key, widget in (("o", loaded.hud.overview), ("b", loaded.hud.scale_bar)):
            assert widget.isVisible()
            QTest.keyClicks(loaded, key)
            assert not widget.isVisible()
            QTest.keyClicks(loaded, key)
            assert widget.isVisible()

    def test_other_keys_go_on_to_the_window(self, loaded: SlideView, monkeypatch: pytest.MonkeyPatch):
        for key, modifiers in (
            (Key.Key_F5, Qt.KeyboardModifier.NoModifier),
            (Key.Key_1, Qt.KeyboardModifier.ControlModifier),
        ):
            before = loaded.camera
            assert not pressed(loaded, key, modifiers)
            assert loaded.camera == before
        assert pressed(loaded, Key.Key_Plus, Qt.KeyboardModifier.NoModifier, "+")

    def test_without_a_slide_nothing_floats_and_no_key_means_anything(self, loaded: SlideView):
        loaded.show_slide(None)
        assert not any(widget.isVisible() for widget in loaded.hud.all())
        assert not pressed(loaded, Key.Key_0, Qt.KeyboardModifier.NoModifier, "0")
        assert grabbed(loaded).std(axis=(0, 1)).max() == 0

    def test_a_slide_with_an_error_is_not_tried(self, loaded: SlideView, slide: SlideFacts):
        loaded.show_slide(replace(slide, error="damaged"))
        assert loaded.raster.pyramid is None

    def test_a_ring_shows_that_keys_come_here(self, loaded: SlideView):
        plain = grabbed(loaded)
        accent = style.colour("accent").getRgb()[:3]
        QApplication.sendEvent(loaded, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
        ringed = pixels_of(loaded.grab().toImage())
        assert tuple(ringed[0, 5]) == tuple(ringed[300, 0]) == accent != tuple(plain[0, 5])
        QApplication.sendEvent(loaded, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))
        np.testing.assert_array_equal(grabbed(loaded), plain)

    def test_the_menu_is_asked_for(self, loaded: SlideView, qtbot):
        with qtbot.waitSignal(loaded.menu_requested) as caught:
            event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(50, 60))
            QApplication.sendEvent(loaded, event)
        assert caught.args == [QPoint(50, 60)]


def pressed(view: SlideView, key: Key, modifiers: Qt.KeyboardModifier, text: str = "") -> bool:
    """Whether the view took a key."""
    event = QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)
    view.keyPressEvent(event)
    return event.isAccepted()
