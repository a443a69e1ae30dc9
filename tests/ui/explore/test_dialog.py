import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from survgui.cases.report import RESEARCH_USE
from survgui.ui import style
from survgui.ui.explore.dialog import CHANGED, ExploreDialog
from survgui.ui.widgets import files
from tests.ui.explore import samples

Key = Qt.Key


@pytest.fixture
def dialog(qtbot, qapp):
    style.apply(qapp, "light")
    view = samples.view()
    qtbot.addWidget(view)
    made = ExploreDialog(samples.plot(), view, view)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    if shiboken6.isValid(made):
        made.reject()
    style.apply(qapp, "light")


def test_the_readout_follows_the_crosshair(dialog, qtbot):
    value = dialog.readout.rows[0].value
    assert value.text() == "60.0\u202f%"
    qtbot.keyClick(dialog.plot, Key.Key_Home)
    assert value.text() == "100\u202f%"
    assert dialog.plot.accessibleDescription().startswith("0 months; this patient 100")


def test_the_keyboard_is_in_the_plot_and_nothing_waits_for_an_answer(dialog):
    assert dialog.focusWidget() is dialog.plot
    assert not dialog.isModal()


def test_buttons_do_what_the_keys_do(dialog, qtbot):
    whole = dialog.plot.view
    qtbot.mouseClick(dialog.nearer, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.nearer, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.farther, Qt.MouseButton.LeftButton)
    (left, right), _ = dialog.plot.view
    assert right - left == pytest.approx(0.8 * (whole[0][1] - whole[0][0]))
    qtbot.mouseClick(dialog.fit, Qt.MouseButton.LeftButton)
    assert dialog.plot.view[0] == pytest.approx(whole[0])


def test_it_says_what_it_shows_and_that_it_is_for_research(dialog):
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Survival estimate", "C-0039", "Survival", "months since diagnosis", RESEARCH_USE} <= texts
    assert "C-0039" not in dialog.windowTitle()  # which other programs can read


def test_saving_is_the_figures_own_menu_without_exploring_again(dialog, qtbot, tmp_path, monkeypatch):
    menu = dialog.save.menu()
    assert [a.text() for a in menu.actions() if a.isVisible() and not a.isSeparator()] == [
        "Copy",
        "Save as PNG…",
        "Save as SVG…",
        "Save as PDF…",
        "Save data as CSV…",
    ]
    target = tmp_path / "out.csv"
    monkeypatch.setattr(files, "ask_save", lambda parent, title, name, filters, slot: slot(target))
    with qtbot.waitSignal(files.written().done, timeout=5000):
        next(a for a in menu.actions() if a.data() == "csv").trigger()
    assert "20,0.6" in target.read_text("utf-8")


def test_what_is_saved_is_what_is_shown_though_the_figure_has_changed(dialog):
    dialog.parent().set_figure(samples.paint, (["month", "S"], [[20, 0.1]]), series=samples.plot)
    dialog.set_changed()
    assert "20,0.6" in dialog.figure.rendering("csv")().decode()
    assert dialog.changed.text() == CHANGED


def test_escape_closes_and_takes_everything_along(dialog, qtbot):
    plot = dialog.plot
    qtbot.keyClick(plot, Key.Key_Escape)
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog) and not shiboken6.isValid(plot))


def test_the_button_closes(dialog, qtbot):
    qtbot.mouseClick(dialog.done_, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog))


def test_a_figure_that_is_deleted_takes_its_dialog_along(qtbot, qapp):
    view = samples.view()
    made = ExploreDialog(samples.plot(), view, view)
    made.show()
    plot = made.plot
    view.deleteLater()
    qtbot.waitUntil(lambda: not shiboken6.isValid(made) and not shiboken6.isValid(plot))
    style.apply(qapp, "dark")  # nothing of it listens any more
    style.apply(qapp, "light")


def test_the_theme_can_change_while_it_is_open(dialog, qapp):
    style.apply(qapp, "dark")
    assert dialog.grab().toImage().pixelColor(300, 70).name() == style.theme().panel.lower()
    assert dialog.plot.grab().toImage().pixelColor(300, 4).name() == style.theme().panel.lower()
