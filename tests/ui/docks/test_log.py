import logging

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication

from survgui.ui.docks.log import LogPanel
from survgui.ui.logbook import Logbook

log = logging.getLogger("survgui.readers.slide")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def book(qapp):
    made = Logbook()
    made.install()
    yield made
    made.remove()
    made.deleteLater()


@pytest.fixture
def panel(book, qtbot):
    made = LogPanel(book)
    qtbot.addWidget(made)
    made.resize(800, 240)
    return made


def said(book, qtbot):
    log.info("opened")
    log.warning("no pixel size")
    log.error("the file ends early")
    qtbot.waitUntil(lambda: len(book.entries) == 3)


def rows(panel):
    model = panel.table.model_
    return [model.data(model.index(row, 3)) for row in range(model.rowCount())]


def test_an_empty_log_says_so(panel):
    panel.show()
    assert panel.empty.isVisible()
    assert not panel.copy_button.isEnabled()


def test_entries_come_while_it_is_looked_at(panel, book, qtbot):
    panel.show()
    said(book, qtbot)
    qtbot.waitUntil(lambda: len(rows(panel)) == 3)
    assert rows(panel) == ["opened", "no pixel size", "the file ends early"]
    assert book.unseen == 0


def test_errors_are_unseen_until_the_log_is_shown(panel, book, qtbot):
    said(book, qtbot)
    assert book.unseen == 1
    with qtbot.waitSignal(book.unseen_changed):
        panel.show()
    assert book.unseen == 0


@pytest.mark.parametrize(("level", "shown"), [("info", 3), ("warning", 2), ("error", 1)])
def test_by_level(panel, book, qtbot, level, shown):
    panel.show()
    said(book, qtbot)
    qtbot.waitUntil(lambda: len(rows(panel)) == 3)
    qtbot.mouseClick(panel.levels.button(level), LEFT)
    assert len(rows(panel)) == shown


def test_by_words_and_what_is_shown_is_copied(panel, book, qtbot):
    said(book, qtbot)
    panel.show()
    qtbot.keyClicks(panel.search, "PIXEL")
    assert rows(panel) == ["no pixel size"]
    qtbot.mouseClick(panel.copy_button, LEFT)
    assert QGuiApplication.clipboard().text().endswith("warning readers: no pixel size")


def test_where_an_error_came_from_is_below(panel, book, qtbot):
    with qtbot.waitSignal(book.added):
        book.add("error", "predict", "The model failed.", "survgui.engine.predict:7 in risk")
    panel.show()
    panel.table.selectRow(0)
    assert panel.details.text() == "The model failed.\nsurvgui.engine.predict:7 in risk"
    assert panel.details.isVisible()


def test_the_folder_is_opened(panel, book, qtbot, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    panel.show()
    qtbot.mouseClick(panel.folder_button, LEFT)
    assert opened == [str(book.folder)]
