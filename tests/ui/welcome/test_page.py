"""The welcome page."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from survgui import paths
from survgui.cases.bundle import read_manifest
from survgui.cases.display import BundleFacts
from survgui.ui import style
from survgui.ui.welcome.page import SHOWN, TIPS, WelcomePage
from tests.ui.cases.samples import four, record

LEFT = Qt.MouseButton.LeftButton


class Ground(QWidget):
    """A window that takes files, as the application's does."""

    def dragEnterEvent(self, event):
        event.acceptProposedAction()

    def dropEvent(self, event):
        event.acceptProposedAction()


@pytest.fixture
def window(qapp, qtbot):
    style.apply(qapp, "light")
    made = Ground()
    made.setAcceptDrops(True)
    made.resize(1320, 820)
    QVBoxLayout(made).addWidget(WelcomePage())
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def page(window):
    return window.findChild(WelcomePage)


def test_four_ways_to_begin(page, qtbot):
    ways = {
        page.new_case: page.files_requested,
        page.folder: page.folder_requested,
        page.demo: page.demo_requested,
        page.cohort: page.cohort_requested,
    }
    for button, signal in ways.items():
        with qtbot.waitSignal(signal, timeout=1000):
            qtbot.mouseClick(button, LEFT)
    assert [button.property("kind") for button in ways].count("primary") == 1


def test_recent_cases_open(page, qtbot):
    page.set_records(four())
    assert [card.record.id for card in page.cards] == ["C-0001", "C-0002", "C-0003", "C-0004"]
    with qtbot.waitSignal(page.opened, timeout=1000) as opened:
        qtbot.mouseClick(page.cards[2], LEFT)
    assert opened.args == [four()[2].key]


def test_only_the_last_are_shown_and_none_is_left_of_the_ones_before(page, qtbot):
    page.set_records(four())
    page.set_records([record(n) for n in range(40)])
    assert len(page.cards) == SHOWN and page._recent.isVisible()
    qtbot.waitUntil(lambda: all(card.isVisible() for card in page.cards))
    rects = [card.geometry() for card in page.cards]
    assert not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[:n])
    page.set_records(())
    assert page.cards == [] and not page._recent.isVisible()


def test_the_place_for_files_lights_up_while_they_are_dragged_over_the_window(window, page):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(Path("slide.svs").absolute()))])
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, mime, LEFT, keys)
    dark = page.zone.grab().toImage()
    QApplication.sendEvent(window, enter)
    assert page.zone.lit and page.zone.grab().toImage() != dark
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not page.zone.lit and page.zone.grab().toImage() == dark
    QApplication.sendEvent(window, enter)
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, mime, LEFT, keys))
    assert not page.zone.lit


def test_the_model_in_use_is_said(page):
    assert "No model" in page.model.text()
    folder = next(folder for folder in paths.bundle_folders() if (folder / "demo-simulated").is_dir())
    facts = BundleFacts(folder / "demo-simulated", read_manifest(folder / "demo-simulated"), "9f3a" * 16)
    page.set_bundle(facts)
    assert page.model.text().startswith(f"Model in use: demo-simulated {facts.manifest.version} · sha 9f3a9f3a")


def test_another_tip_each_time(page):
    seen = [page.tip.text()]
    for _ in TIPS[1:]:
        page.hide()
        page.show()
        seen.append(page.tip.text())
    assert sorted(seen) == sorted(TIPS)


@pytest.mark.parametrize("size", [(1052, 640), (1320, 820), (1900, 1000)])
def test_nothing_is_cut_off(window, page, qtbot, size):
    window.resize(*size)
    page.set_records([record(n) for n in range(6)])
    qtbot.waitUntil(lambda: all(card.isVisible() for card in page.cards))
    inside = page.widget().rect()
    assert page.horizontalScrollBar().maximum() == 0
    for widget in (page.zone, page.demo, page.cohort, *page.cards):
        at = widget.mapTo(page.widget(), widget.rect().topLeft())
        assert inside.contains(at) and at.x() + widget.width() <= inside.width()
