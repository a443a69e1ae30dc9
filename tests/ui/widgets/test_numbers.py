import pytest
from PySide6.QtCore import QLocale
from PySide6.QtTest import QTest

from survgui.ui.widgets.numbers import Decimal, Whole


@pytest.fixture(params=["en_US", "de_DE"])
def system(request):
    """The language of the system."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


@pytest.mark.parametrize(("typed", "value"), [("0,25", 0.25), ("0.25", 0.25), ("20,0", 20.0), ("1500", 1500.0)])
def test_a_comma_is_a_point_in_every_language(qtbot, system, typed, value):
    field = Decimal()
    qtbot.addWidget(field)
    field.setDecimals(2)
    field.setRange(0.0, 5000.0)
    field.setSuffix(" GB")
    field.show()
    field.lineEdit().selectAll()
    QTest.keyClicks(field, typed)
    field.interpretText()
    assert field.value() == value and "," not in field.text()


def test_a_whole_number_has_no_point(qtbot, system):
    field = Whole()
    qtbot.addWidget(field)
    field.setRange(0, 99999)
    field.show()
    field.lineEdit().selectAll()
    QTest.keyClicks(field, "1.024")
    field.interpretText()
    assert field.value() == 1024 and field.text() == "1024"
