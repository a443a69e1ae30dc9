"""Pages arrive one by one, are those of the last change, and are drawn away from the window's thread."""

import threading

import pytest
from PySide6.QtCore import Qt

from survgui.errors import Trouble
from survgui.report import ALL, Pages, Section
from survgui.ui import background
from survgui.ui.report.preview import Preview


@pytest.fixture
def preview(qtbot):
    made = Preview()
    made.resize(520, 700)
    qtbot.addWidget(made)
    made.show()
    return made


class Given:
    """A report's content, and in which threads it was asked for."""

    def __init__(self, content):
        self.content, self.threads = content, set()

    def __call__(self):
        self.threads.add(threading.get_ident())
        return self.content


def test_pages_are_those_of_the_pdf_at_the_screens_width(preview, content, qtbot):
    given = Given(content)
    with qtbot.waitSignal(preview.drawn):
        preview.show_report(given)
    wide = preview.view.page_width
    assert preview.pages == [Pages(content).image(number, wide) for number in range(3)]
    assert threading.get_ident() not in given.threads
    assert preview.where.text() == "page 1 of 3"


def test_no_page_is_drawn_in_the_windows_thread(preview, content, qtbot, monkeypatch):
    threads, draw = [], Pages.image
    monkeypatch.setattr(Pages, "image", lambda *a: (threads.append(threading.get_ident()), draw(*a))[1])
    with qtbot.waitSignal(preview.drawn):
        preview.show_report(Given(content))
    assert len(threads) == 3
    assert threading.get_ident() not in threads


def test_the_last_change_is_what_is_shown(preview, content, qtbot):
    for sections in ((), ALL - {Section.MRI}, {Section.CURVE}):
        preview.show_report(Given(content), sections)
    with qtbot.waitSignal(preview.drawn):
        pass
    wanted = Pages(content, {Section.CURVE})
    assert preview.pages == [wanted.image(k, preview.view.page_width) for k in range(len(wanted))]


def test_the_keys_turn_the_pages(preview, content, qtbot):
    with qtbot.waitSignal(preview.drawn):
        preview.show_report(Given(content))
    assert not preview.back.isEnabled()
    qtbot.mouseClick(preview.forth, Qt.MouseButton.LeftButton)
    assert preview.where.text() == "page 2 of 3"
    preview.view.setFocus()
    qtbot.keyClick(preview.view, Qt.Key.Key_PageDown)
    qtbot.keyClick(preview.view, Qt.Key.Key_PageDown)
    assert preview.where.text() == "page 3 of 3"
    assert not preview.forth.isEnabled()
    qtbot.mouseClick(preview.back, Qt.MouseButton.LeftButton)
    assert preview.where.text() == "page 2 of 3"


def test_zooming_draws_sharp_pages(preview, content, qtbot):
    with qtbot.waitSignal(preview.drawn):
        preview.show_report(Given(content))
    with qtbot.waitSignal(preview.drawn):
        qtbot.mouseClick(preview.zoom.button("100"), Qt.MouseButton.LeftButton)
    assert preview.pages[0].width() == 794
    assert preview.view.horizontalScrollBar().maximum() > 0


def test_what_is_painted_is_the_page(preview, content, qtbot):
    with qtbot.waitSignal(preview.drawn):
        preview.show_report(Given(content))
    shown = preview.view.viewport().grab().toImage()
    left = (preview.view.viewport().width() - preview.view.page_width) // 2
    page = preview.pages[0]
    y = next(y for y in range(page.height()) if page.pixelColor(page.width() // 4, y).name() == "#fff4df")
    assert shown.pixelColor(left + page.width() // 4, y + 12).name() == "#fff4df"


def test_while_there_is_nothing_it_says_so_and_why(preview, content, qtbot):
    preview.show_report(None)
    assert preview.where.text() == "no pages yet"
    preview.set_trouble(Trouble("ReadError", "The slide is gone."))
    assert preview.empty.isVisible()
    with qtbot.waitSignal(preview.retry):
        qtbot.mouseClick(preview.empty.button, Qt.MouseButton.LeftButton)


def test_a_report_that_cannot_be_laid_out_is_said(preview, qtbot):
    def broken():
        raise ValueError("a name of a patient")

    preview.show_report(broken)
    qtbot.waitUntil(lambda: preview.empty.button.text() == "Try again")
    assert "name of a patient" not in preview.empty._sentence.text()


class Held:
    """A source that fails, but not before it is let go."""

    def __init__(self):
        self.asked, self.go = threading.Event(), threading.Event()

    def __call__(self):
        self.asked.set()
        self.go.wait(10)
        raise ValueError("too late to matter")


@pytest.mark.parametrize("newer", [True, False])
def test_what_failed_of_an_order_before_is_not_said_of_the_newer_one(preview, content, qtbot, newer):
    held, told, tell = Held(), [], preview.empty.set_text
    preview.show_report(held)
    qtbot.waitUntil(held.asked.is_set)
    preview.show_report(Given(content) if newer else None)
    preview.empty.set_text = lambda text, action="": (told.append(text), tell(text, action))
    held.go.set()
    qtbot.waitUntil(lambda: preview.ready if newer else not background.shared().busy)
    assert told == []
    assert len(preview.pages) == (3 if newer else 0)


def test_a_page_that_failed_late_leaves_the_newer_pages(preview, content, qtbot, monkeypatch):
    drawing, go, draw = threading.Event(), threading.Event(), Pages.image

    def fail_once(*args):
        if not drawing.is_set():
            drawing.set()
            go.wait(10)
            raise ValueError("too late to matter")
        return draw(*args)

    monkeypatch.setattr(Pages, "image", fail_once)
    troubles, say = [], preview.set_trouble
    monkeypatch.setattr(preview, "set_trouble", lambda trouble: (troubles.append(trouble), say(trouble)))
    preview.show_report(Given(content))
    qtbot.waitUntil(drawing.is_set)
    with qtbot.waitSignal(preview.drawn):
        preview.show_report(Given(content), {Section.CURVE})
        go.set()
    assert troubles == [] and preview.pages
    assert not preview.empty.isVisible()


def test_a_page_that_cannot_be_drawn_is_said(preview, content, qtbot, monkeypatch):
    def broken(*args):
        raise ValueError("a name of a patient")

    monkeypatch.setattr(Pages, "image", broken)
    preview.show_report(Given(content))
    qtbot.waitUntil(lambda: preview.empty.button.text() == "Try again")
    assert preview.empty.isVisible() and preview.pages == []
