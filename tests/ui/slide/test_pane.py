"""The Slide tab: every state of a case, and what the user can do in each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from survgui.cases.case import Modality
from survgui.cases.display import CaseFacts, SlideFacts
from survgui.cases.prediction import Attention, Taken
from survgui.ui.slide.gallery import EMPTY
from survgui.ui.slide.pane import NO_ATTENTION, NO_PLACES, NO_SLIDE, ONLY_FEATURES, SlidePane
from survgui.ui.slide.tiles import READERS
from survgui.ui.widgets import files
from tests.readers.conftest import damage_tile, noise, write_slide
from tests.ui.slide.conftest import SIDE, attention, facts_of, wait_sharp

GIVEN = {Modality.PATHOLOGY: "1 slide"}


@pytest.fixture
def pane(qtbot):
    made = SlidePane()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    yield made
    made.close_slides()


def case(*slides: SlideFacts, key: str = "k", given: Any = GIVEN) -> CaseFacts:
    return CaseFacts(key, Path("case.toml"), "C-0039", "", given, slides=slides)


def predicted(given: Attention | None, taken: Taken | None = None) -> Any:
    """As much of an estimate as the pane looks at."""
    found, tiles = ({} if one is None else {Modality.PATHOLOGY: one} for one in (given, taken))
    return SimpleNamespace(prediction=SimpleNamespace(attention=found, taken=tiles))


def said(pane: SlidePane) -> str:
    return pane.message._sentence.text() if pane.message.isVisible() else ""


class TestStates:
    def test_no_case(self, pane: SlidePane):
        assert said(pane) == "No case is open."

    def test_no_slide(self, pane: SlidePane, qtbot):
        pane.set_case(case(given={}))
        assert said(pane) == NO_SLIDE
        assert not pane.gallery.isVisible()
        with qtbot.waitSignal(pane.import_requested):
            qtbot.mouseClick(pane.message.button, Qt.MouseButton.LeftButton)

    def test_a_slide(self, pane: SlidePane, slide: SlideFacts, qtbot):
        pane.set_case(case(slide))
        wait_sharp(qtbot, pane.view)
        assert pane.view.isVisible()
        assert pane.chooser.text().startswith("a.tif · 0.250")
        assert pane.gallery.height() == EMPTY
        assert pane.pixel_size is None

    def test_a_slide_that_cannot_be_shown(self, pane: SlidePane, slide: SlideFacts):
        broken = SlideFacts(Path("b.svs"), error="the slide is damaged; copy it again")
        pane.set_case(case(broken))
        assert said(pane) == "b.svs cannot be shown: the slide is damaged; copy it again"
        pane.set_case(case(broken, slide, key="other"))
        assert pane.view.isVisible()  # the good one comes first
        pane.chooser.menu.actions()[0].trigger()
        assert "cannot be shown" in said(pane)
        pane.chooser.menu.actions()[1].trigger()
        assert pane.view.isVisible()

    def test_without_a_pixel_size_it_is_asked_for(self, pane: SlidePane, slide: SlideFacts, qtbot):
        nameless = replace(slide, mpp=None)
        pane.set_case(case(nameless))
        assert pane.pixel_size.isVisible()
        pane.pixel_size.field.edit.setText("0.31")
        with qtbot.waitSignal(pane.pixel_size_given) as caught:
            QTest.keyClick(pane.pixel_size.field.edit, Qt.Key.Key_Return)
        assert caught.args == [slide.path, 0.31]
        pane.set_case(case(replace(slide, mpp=0.31, mpp_by_user=True)))
        assert pane.pixel_size is None
        assert pane.view.mpp == 0.31

    def test_features_without_their_slide(self, pane: SlidePane, qtbot):
        pane.set_case(case())
        assert said(pane) == ONLY_FEATURES
        with qtbot.waitSignal(pane.predict_requested):
            qtbot.mouseClick(pane.message.button, Qt.MouseButton.LeftButton)
        pane.set_predicted(predicted(attention(side=600)))
        assert pane.view.isVisible()
        assert len(pane.view.heat) == 36
        assert pane.view.view_rect().contains(QRectF(0, 0, 600, 600))
        assert pane.loader.running == 0
        pane.set_predicted(None)
        assert said(pane) == ONLY_FEATURES
        pane.set_predicted(predicted(None))  # by a model without attention
        assert said(pane) == NO_ATTENTION and not pane.message.button.isVisible()

    def test_features_without_places(self, pane: SlidePane):
        pane.set_case(case())
        pane.set_predicted(predicted(Attention(np.ones(3, np.float32), np.zeros((0, 2), np.int64), 1.0)))
        assert said(pane) == NO_PLACES

    def test_damage_is_told(self, pane: SlidePane, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif", noise(600, grain=5), levels=1)
        facts = facts_of(tmp_path / "s.tif")
        damage_tile(tmp_path / "s.tif", 0)
        pane.set_case(case(facts))
        qtbot.waitUntil(pane.damage.isVisible)
        assert pane.damage.text.text() == "1 area of this slide could not be decoded and is white."
        pane.set_case(case(given={}, key="other"))
        assert not pane.damage.isVisible()

    def test_a_slide_that_went_away_is_told(self, pane: SlidePane, tmp_path: Path, qtbot):
        write_slide(tmp_path / "s.tif")
        facts = facts_of(tmp_path / "s.tif")
        (tmp_path / "s.tif").unlink()
        pane.set_case(case(facts))
        qtbot.waitUntil(pane.damage.isVisible)
        assert "could not be read" in pane.damage.text.text()


class TestCases:
    def test_the_same_case_again_stays_as_it_is(self, pane: SlidePane, slide: SlideFacts):
        pane.set_case(case(slide))
        pane.set_predicted(predicted(attention(side=SIDE)))
        pane.view.centre_on(300, 300, 40)
        pane.set_case(case(slide))
        assert (pane.view.camera.x, pane.view.camera.downsample) == (300, 1.0)
        assert pane.view.heat is not None

    def test_another_case_has_no_heat_map_yet(self, pane: SlidePane, slide: SlideFacts):
        pane.set_case(case(slide))
        pane.set_predicted(predicted(attention(side=SIDE)))
        pane.set_case(case(slide, key="other"))
        assert pane.view.heat is None
        assert pane.gallery.height() == EMPTY

    def test_each_slide_has_its_own_patches(self, pane: SlidePane, slide: SlideFacts, tmp_path: Path):
        write_slide(tmp_path / "b.tif", noise(800))
        second = facts_of(tmp_path / "b.tif")
        names = ("a.tif",) * 10 + ("b.tif",) * 6
        pane.set_case(case(slide, second))
        pane.set_predicted(predicted(replace(attention(side=400), slides=names)))
        assert len(pane.view.heat) == 10
        pane.chooser.menu.actions()[1].trigger()
        assert len(pane.view.heat) == 6
        assert pane.view.raster.extent == (800, 800)

    def test_threads_are_joined(self, pane: SlidePane, slide: SlideFacts):
        pane.set_case(case(slide))
        assert pane.loader.running == READERS
        pane.close_slides()
        assert pane.loader.running == 0

    def test_the_name_can_go_to_the_tabs(self, pane: SlidePane, slide: SlideFacts, qtbot):
        pane.set_case(case(slide))
        beside = pane.view.mapTo(pane, QPoint(0, 0)).y()
        corner = pane.corner()
        qtbot.addWidget(corner)
        corner.setParent(None)
        corner.show()
        qtbot.waitUntil(lambda: pane.view.mapTo(pane, QPoint(0, 0)).y() < beside)
        assert pane.chooser.text().startswith("a.tif")

    def test_the_cache_follows_the_setting(self, pane: SlidePane):
        pane.set_tile_cache(300)
        assert pane.view.cache.limit == 300 * 2**20


class TestActions:
    @pytest.fixture
    def hot(self, pane: SlidePane, slide: SlideFacts, qtbot) -> SlidePane:
        pane.set_case(case(slide))
        pane.set_predicted(predicted(attention(side=SIDE, patch=100)))
        wait_sharp(qtbot, pane.view)
        return pane

    def test_a_tile_flies_there_at_20x(self, hot: SlidePane, qtbot):
        button = hot.gallery.top[1]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        x, y = hot.view.heat.coords[button.index] + 50
        assert (hot.view.camera.x, hot.view.camera.y, hot.view.camera.downsample) == (x, y, 2.0)
        assert button.isChecked()
        QTest.keyClick(hot.view, Qt.Key.Key_Left)
        assert not button.isChecked()

    def test_t_shows_and_hides_the_strip(self, hot: SlidePane):
        QTest.keyClicks(hot.view, "t")
        assert not hot.gallery.isVisible()
        hot.set_predicted(predicted(attention(side=SIDE, patch=100)))
        assert not hot.gallery.isVisible()
        QTest.keyClicks(hot.view, "t")
        assert hot.gallery.isVisible()

    def test_the_menu_opens_where_it_is_asked_for(self, hot: SlidePane, qtbot):
        hot.view.menu_requested.emit(QPoint(40, 40))
        qtbot.waitUntil(hot.menu.isVisible)
        assert [action.text() for action in hot.menu.actions()][:2] == ["Copy view", "Save view as PNG…"]
        hot.menu.close()

    def test_fit_from_the_menu(self, hot: SlidePane):
        hot.view.centre_on(100, 100, 40)
        next(action for action in hot.menu.actions() if action.text().startswith("Fit")).trigger()
        assert hot.view.view_rect().contains(QRectF(0, 0, SIDE, SIDE))

    def test_copies_the_view(self, hot: SlidePane):
        hot.menu.actions()[0].trigger()
        image = QGuiApplication.clipboard().image()
        assert image.width() == hot.view.width()
        QGuiApplication.clipboard().clear()

    def test_saves_the_view(self, hot: SlidePane, tmp_path: Path, qtbot):
        hot.menu.actions()[1].trigger()
        dialog = hot.findChild(QFileDialog)
        assert dialog.windowTitle() == "Save view as PNG"
        with qtbot.waitSignal(files.written().done) as caught:
            dialog.filesSelected.emit([str(tmp_path / "v.png")])
        dialog.close()
        assert caught.args == [tmp_path / "v.png"]
        assert QImage(str(tmp_path / "v.png")).width() == hot.view.width()

    def test_a_place_that_cannot_be_written_is_told(self, hot: SlidePane, tmp_path: Path, qtbot):
        hot.menu.actions()[1].trigger()
        dialog = hot.findChild(QFileDialog)
        (tmp_path / "file").touch()
        with qtbot.waitSignal(files.written().failed):
            dialog.filesSelected.emit([str(tmp_path / "file" / "v.png")])
        dialog.close()

    def test_a_double_click_asks_for_room(self, hot: SlidePane, qtbot):
        with qtbot.waitSignal(hot.maximise_requested):
            qtbot.mouseDClick(hot.view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))

    def test_focus_goes_to_the_slide(self, hot: SlidePane):
        hot.setFocus()
        assert hot.focusProxy() is hot.view
