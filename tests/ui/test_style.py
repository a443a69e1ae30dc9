import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from survgui.figures.theme import DARK, LIGHT
from survgui.ui import style


@pytest.fixture(autouse=True)
def back_to_light(qapp):
    yield
    style.apply(qapp, "light")


@pytest.mark.parametrize(("mode", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_a_mode_sets_tokens_palette_and_sheet(qapp, mode, tokens):
    style.apply(qapp, mode)
    assert style.theme() is tokens
    assert qapp.palette().color(QPalette.ColorRole.Base).name().upper() == tokens.panel
    assert tokens.accent in qapp.styleSheet()


def test_a_switch_is_told_once(qapp, qtbot):
    style.apply(qapp, "light")
    with qtbot.waitSignal(style.current().changed, timeout=1000):
        style.apply(qapp, "dark")
    with qtbot.assertNotEmitted(style.current().changed):
        style.apply(qapp, "dark")


def test_a_window_that_holds_the_sheet_dresses_what_is_put_into_it(qapp, qtbot):
    style.apply(qapp, "light")
    window, page = QMainWindow(), QWidget()
    qtbot.addWidget(window)
    style.current().hold(window)
    page.setProperty("kind", "page")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    window.setCentralWidget(page)
    window.resize(40, 40)
    assert qapp.styleSheet() == ""
    for mode, tokens in (("light", LIGHT), ("dark", DARK)):
        style.apply(qapp, mode)
        assert qapp.styleSheet() == ""
        assert page.grab().toImage().pixelColor(10, 10).name().upper() == tokens.background


def test_without_the_window_the_application_holds_the_sheet_again(qapp):
    window = QMainWindow()
    style.current().hold(window)
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)
    style.apply(qapp, "dark")
    assert DARK.accent in qapp.styleSheet()


def test_only_the_system_mode_follows_the_system(qapp, monkeypatch):
    style.apply(qapp, "light")
    style.current()._system_changed(Qt.ColorScheme.Dark)
    assert style.theme() is LIGHT


def test_icons_are_drawn_in_the_colour_of_their_role(qapp, qtbot):
    style.apply(qapp, "light")
    image = style.icon("cases", "accent").pixmap(QSize(24, 24)).toImage()
    shades = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert shades == {LIGHT.accent.lower()}


def test_a_disabled_icon_is_faint(qapp):
    from PySide6.QtGui import QIcon

    style.apply(qapp, "light")
    image = style.icon("cases").pixmap(QSize(24, 24), QIcon.Mode.Disabled).toImage()
    shades = {
        image.pixelColor(x, y).name() for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() == 255
    }
    assert shades == {LIGHT.faint.lower()}


def test_every_shipped_icon_can_be_drawn(qapp):
    from survgui import paths

    names = [path.stem for path in paths.resource("icons").glob("*.svg")]
    assert len(names) > 20
    for name in names:
        image = style.icon(name).pixmap(QSize(24, 24)).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), name


def test_the_shipped_typeface_is_used(qapp):
    style.apply(qapp, "light")
    assert QApplication.font().family() == "Inter Tabular"
    assert style.font(17, 600).pixelSize() == 17


def test_a_colour_has_its_opacity(qapp):
    assert style.colour("accent", 0.5).alpha() in (127, 128)


def test_widgets_get_the_ground_of_the_theme(qapp, qtbot):
    style.apply(qapp, "dark")
    page = QWidget()
    qtbot.addWidget(page)
    page.setProperty("kind", "page")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    page.resize(20, 20)
    assert page.grab().toImage().pixelColor(10, 10).name().upper() == DARK.background
