import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from survgui.ui import style
from survgui.ui.widgets.banner import Banner, BannerPlace
from survgui.ui.widgets.buttons import IconButton


@pytest.mark.parametrize("level", ["info", "warning", "error"])
def test_a_banner_has_its_level_as_name_and_look(qtbot, level):
    banner = Banner(level, "The slide holds no pixel size.")
    qtbot.addWidget(banner)
    assert banner.accessibleName().startswith(level) and banner.property("kind") == level


def test_its_sign_is_coloured_anew_with_the_theme(qtbot, qapp):
    style.apply(qapp, "light")
    banner = Banner("warning", "x")
    qtbot.addWidget(banner)
    before = banner._sign.pixmap().toImage()
    style.apply(qapp, "dark")
    qapp.processEvents()
    assert banner._sign.pixmap().toImage() != before
    style.apply(qapp, "light")


def test_actions_and_closing_are_told(qtbot):
    banner = Banner("warning", "x", [("give", "Give")])
    qtbot.addWidget(banner)
    banner.show()
    with qtbot.waitSignal(banner.acted, timeout=1000) as acted:
        qtbot.mouseClick(banner.button("give"), Qt.MouseButton.LeftButton)
    assert acted.args == ["give"]
    with qtbot.waitSignal(banner.closed, timeout=1000):
        qtbot.mouseClick(banner.findChild(IconButton), Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_a_place_shows_the_last_banner_and_takes_no_room_without_one(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    place = BannerPlace()
    page.setLayout(place)
    page.show()
    place.put(Banner("error", "first", parent=page))
    first = place.banner
    place.put(Banner("error", "second", parent=page))
    assert not first.isVisible() and place.banner.text.text() == "second" and place.banner.isVisible()
    place.clear()
    assert place.banner is None and place.count() == 0
