import csv
import io
import threading

import pytest
from PySide6.QtGui import QGuiApplication, QImage

from survgui.cases.report import RESEARCH_USE
from survgui.figures.canvas import Fill
from survgui.figures.export import MARGIN
from survgui.ui import background, style
from survgui.ui.widgets import files
from survgui.ui.widgets.figure_view import FigureView


def draw(canvas, rect):
    canvas.box(rect, Fill("accent"))


@pytest.fixture
def view(qapp, qtbot):
    style.apply(qapp, "light")
    made = FigureView("Survival of the case")
    qtbot.addWidget(made)
    made.resize(400, 250)
    made.set_figure(draw, (["month", "S"], [[12, 0.71], [24, 0.38]]), "survival")
    made.show()
    return made


def test_the_figure_fills_its_widget_in_the_colours_of_the_theme(view, qapp):
    assert view.grab().toImage().pixelColor(200, 125).name() == "#4558c9"
    style.apply(qapp, "dark")
    assert view.grab().toImage().pixelColor(200, 125).name() == "#93a2ff"
    style.apply(qapp, "light")


def test_it_is_drawn_anew_for_another_figure_size_or_theme_only(view, qapp):
    style.apply(qapp, "light")
    drawn = []

    def draw(canvas, rect):
        drawn.append((rect.width, canvas.theme))
        canvas.box(rect, Fill("accent"))

    view.set_figure(draw)
    first = view.grab().toImage()
    assert view.grab().toImage() == first and len(drawn) == 1
    view.resize(view.width() + 40, view.height())
    view.grab()
    style.apply(qapp, "dark")
    dark = view.grab().toImage()
    assert dark.pixelColor(9, 9) != first.pixelColor(9, 9)
    assert [width for width, _ in drawn] == [view.width() - 40, view.width(), view.width()]
    assert drawn[1][1] is not drawn[2][1]
    view.set_figure(draw)
    view.grab()
    assert len(drawn) == 4
    style.apply(qapp, "light")


def test_every_format_carries_the_research_use_line(view):
    assert view.rendering("png")().startswith(b"\x89PNG")
    assert view.rendering("pdf")().startswith(b"%PDF")
    assert RESEARCH_USE in view.rendering("svg")().decode()
    assert RESEARCH_USE in view.rendering("csv")().decode()


def test_the_csv_holds_the_numbers(view):
    rows = list(csv.reader(io.StringIO(view.rendering("csv")().decode().split("\n", 1)[1])))
    assert rows == [["month", "S"], ["12", "0.71"], ["24", "0.38"]]


def test_exports_are_light_whatever_the_window_is(view, qapp):
    light = view.rendering("png")()
    style.apply(qapp, "dark")
    assert view.rendering("png")() == light
    style.apply(qapp, "light")


def test_copy_puts_an_image_on_the_clipboard(view, qtbot):
    QGuiApplication.clipboard().clear()
    view.menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull())
    assert QGuiApplication.clipboard().image().width() == 2 * (400 + 2 * MARGIN)


@pytest.mark.parametrize("kind", ["copy", "png", "svg", "pdf"])
def test_nothing_is_rendered_in_the_windows_thread(view, qtbot, tmp_path, monkeypatch, kind):
    threads = []
    view.set_figure(lambda canvas, rect: (threads.append(threading.get_ident()), draw(canvas, rect)), name="survival")
    view.hide()  # not painted either
    monkeypatch.setattr(files, "ask_save", lambda *args: args[-1](tmp_path / f"out.{kind}"))
    next(a for a in view.menu.actions() if a.data() == (None if kind == "copy" else kind)).trigger()
    qtbot.waitUntil(lambda: bool(threads) and not background.shared().busy)
    assert threading.get_ident() not in threads


def test_what_is_saved_is_what_was_shown_when_it_was_asked_for(view, qtbot, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(files, "ask_save", lambda *args: asked.append(args[-1]))
    next(a for a in view.menu.actions() if a.data() == "csv").trigger()
    view.set_figure(draw, (["month", "S"], [[12, 0.01]]), "another")
    with qtbot.waitSignal(files.written().done):
        asked[0](tmp_path / "out.csv")
    assert "0.71" in (tmp_path / "out.csv").read_text("utf-8")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "csv"])
def test_saving_writes_the_file_that_was_asked_for(view, qtbot, tmp_path, monkeypatch, kind):
    target = tmp_path / f"out.{kind}"
    asked = []
    monkeypatch.setattr(
        files, "ask_save", lambda parent, title, name, filters, slot: (asked.append(name), slot(target))
    )
    with qtbot.waitSignal(files.written().done, timeout=5000):
        next(a for a in view.menu.actions() if a.data() == kind).trigger()
    assert asked == [f"survival.{kind}"]
    assert target.stat().st_size > 0


def test_a_figure_without_numbers_offers_no_csv(view):
    view.set_figure(draw)
    assert not next(a for a in view.menu.actions() if a.data() == "csv").isVisible()
    with pytest.raises(ValueError, match="no numbers"):
        view.rendering("csv")()


def test_no_figure_no_menu(view):
    view.set_figure(None)
    assert not view.menu.isEnabled()
    with pytest.raises(ValueError, match="no figure"):
        view.rendering("png")()


def test_a_height_follows_the_width(view):
    view.set_figure(draw, height=lambda wide: wide / 4)
    view.resize(400, view.height())
    assert view.height() == 100
    view.resize(200, view.height())
    assert view.height() == 50


def test_an_image_has_the_size_of_the_widget_or_more(view):
    image = QImage()
    image.loadFromData(view.rendering("png")())
    assert image.width() == 2 * (400 + 2 * MARGIN)  # two pixels to a px, and margins around what the window shows
