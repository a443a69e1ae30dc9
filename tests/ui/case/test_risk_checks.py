import pytest
from PySide6.QtCore import Qt

from survgui.ui.case.risk_checks import Checks


@pytest.fixture
def checks(qtbot):
    made = Checks()
    qtbot.addWidget(made)
    made.show()
    return made


def test_without_checks_there_is_no_strip(checks):
    checks.set_checks(())
    assert not checks.isVisible()


def test_one_line_until_all_are_asked_for(checks, qtbot):
    checks.set_checks(("this patient was among those the bundle was trained on", "A <b>second</b> one."))
    assert checks.isVisible()
    assert checks.first.text() == "This patient was among those the bundle was trained on"
    assert checks.button.text() == "2 checks"
    assert not any(label.isVisible() for label in checks.all)
    qtbot.mouseClick(checks.button, Qt.MouseButton.LeftButton)
    assert [label.isVisible() for label in checks.all] == [True, True]
    assert checks.all[1].textFormat() is Qt.TextFormat.PlainText
    qtbot.keyClick(checks.button, Qt.Key.Key_Space)
    assert not any(label.isVisible() for label in checks.all)


def test_other_checks_replace_those_before(checks):
    checks.set_checks(("one", "two"))
    checks.button.click()
    checks.set_checks(("three",))
    assert [label.text() for label in checks.all] == ["Three"]
    assert checks.button.text() == "1 check"
    assert not checks.all[0].isVisible()
