import pytest
from PySide6.QtCore import Qt

from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.buttons import IconButton


@pytest.mark.parametrize("level", ["info", "warning", "error"])
def test_a_banner_has_its_level_as_name_and_look(qtbot, level):
    banner = Banner(level, "The slide holds no pixel size.")
    qtbot.addWidget(banner)
    assert banner.accessibleName().startswith(level) and banner.property("kind") == level


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
