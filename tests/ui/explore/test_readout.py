import pytest

from survgui.figures.theme import LIGHT
from survgui.ui import style
from survgui.ui.explore.readout import Readout, Swatch
from survgui.ui.explore.series import Series
from survgui.ui.widgets.labels import Label
from tests.ui.explore import samples


@pytest.fixture
def readout(qtbot, qapp):
    style.apply(qapp, "light")
    made = Readout(samples.plot())
    qtbot.addWidget(made)
    made.resize(made.width(), 400)
    made.show()
    return made


def said(readout):
    return [(row.name.text(), row.value.text(), row.details.text()) for row in readout.rows]


def test_every_curve_has_its_value_and_what_lies_around_it(readout):
    readout.show_at(20.0)
    assert said(readout) == [
        ("this patient", "60.0\u202f%", "imputation spread 55.0–70.0\u202f%"),
        ("high", "53.3\u202f%", "3 at risk at 12 months"),
    ]
    assert "20 months" in [label.text() for label in readout.findChildren(Label)]
    assert readout.accessibleDescription().startswith("20 months; this patient 60.0")


def test_it_follows_the_crosshair(readout):
    readout.show_at(20.0)
    readout.show_at(0.0)
    assert said(readout)[1] == ("high", "100\u202f%", "5 at risk")


def test_where_there_is_no_value_there_is_no_line_below(readout):
    readout.show_at(-3.0)
    assert said(readout) == [("this patient", "–", ""), ("high", "–", "")]
    assert not any(row.details.isVisible() for row in readout.rows)


def test_nothing_is_cut(readout):
    readout.show_at(13.0)
    for row in readout.rows:
        assert row.value.width() >= row.value.sizeHint().width()
        lines = row.details.text().count("\n") + 1
        assert row.details.height() >= lines * row.details.fontMetrics().height()


@pytest.mark.parametrize(("dash", "some", "all_"), [((), True, True), ((4.0, 4.0), True, False)])
def test_a_swatch_is_drawn_as_the_curve_is(qtbot, qapp, dash, some, all_):
    style.apply(qapp, "light")
    swatch = Swatch(Series("high", *[samples.patient().months] * 2, "high", dash, 2.0))
    qtbot.addWidget(swatch)
    image = swatch.grab().toImage()
    row = [image.pixelColor(x, 8).name().upper() == LIGHT.high for x in range(1, swatch.width() - 1)]
    assert (any(row), all(row)) == (some, all_)


def test_a_swatch_of_points_is_a_point(qtbot, qapp):
    style.apply(qapp, "light")
    swatch = Swatch(Series("MUST", *[samples.patient().months] * 2, shape="points"))
    qtbot.addWidget(swatch)
    image = swatch.grab().toImage()
    assert image.pixelColor(11, 8).name().upper() == LIGHT.accent
    assert image.pixelColor(2, 8).name().upper() != LIGHT.accent
