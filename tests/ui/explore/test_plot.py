import math

import pyqtgraph
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from survgui.figures.folds import Folds
from survgui.figures.theme import DARK, LIGHT
from survgui.ui import style
from survgui.ui.explore.plot import CurvePlot, EndLabels
from survgui.ui.explore.plots import folds_plot
from tests.ui.explore import samples

STOPS = [0.0, 3.0, 8.0, 10.0, 12.5, 20.0, 24.0]
"""of the case's grid and of the group's follow-up, up to 24 months"""
Key = Qt.Key


@pytest.fixture
def shown(qtbot, qapp):
    """Shows a plot, closed again as the dialog closes it."""
    style.apply(qapp, "light")
    made = []

    def show(plot):
        made.append(CurvePlot(plot))
        made[-1].resize(600, 400)
        with qtbot.waitExposed(made[-1]):
            made[-1].show()
        made[-1].setFocus()
        return made[-1]

    yield show
    for one in made:
        one.close()
        one.deleteLater()
    style.apply(qapp, "light")


@pytest.fixture
def curves(shown):
    return shown(samples.plot())


def at(curves, x, y):
    """Pixel of a value."""
    return curves.mapFromScene(curves.box.mapViewToScene(QPointF(x, y)))


def mouse(curves, kind, at, button, buttons):
    """Send a mouse event; Qt's own helper for tests moves without buttons."""
    to = curves.viewport()
    event = QMouseEvent(kind, QPointF(at), QPointF(to.mapToGlobal(at)), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(to, event)


def test_the_crosshair_starts_at_the_headline_and_goes_from_value_to_value(curves, qtbot):
    assert curves.x == 20.0
    seen = []
    curves.placed.connect(seen.append)
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Left, Key.Key_Left, Key.Key_Home, Key.Key_End):
        qtbot.keyClick(curves, key)
    assert seen == [24.0, 24.0, 20.0, 12.5, 0.0, 24.0]
    qtbot.keyClick(curves, Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert curves.x == 0.0
    assert list(curves.plot_data.stops) == STOPS


def test_the_crosshair_goes_to_the_value_nearest_to_the_pointer(curves):
    none, found = Qt.MouseButton.NoButton, []
    for pointed in (9.2, 8.8, 1.0, 15.5, 23.9):  # one right after the other: none is left out
        mouse(curves, QEvent.Type.MouseMove, at(curves, pointed, 0.4), none, none)
        found.append(curves.x)
    assert found == [10.0, 8.0, 0.0, 12.5, 24.0]
    mouse(curves, QEvent.Type.MouseMove, QPoint(3, 390), none, none)  # on the axis
    assert curves.x == 24.0


def test_plus_and_minus_zoom_around_the_value_and_0_shows_everything(curves, qtbot):
    whole = curves.view
    before = at(curves, 20.0, 0.6)
    qtbot.keyClick(curves, Key.Key_Plus)
    (left, right), (low, high) = curves.view
    assert right - left == pytest.approx(0.8 * (whole[0][1] - whole[0][0]))
    assert high - low == pytest.approx(0.8 * (whole[1][1] - whole[1][0]))
    assert (at(curves, 20.0, 0.6) - before).manhattanLength() <= 2
    qtbot.keyClick(curves, Key.Key_Minus)
    assert curves.view[0] == pytest.approx(whole[0])
    qtbot.keyClick(curves, Key.Key_Equal)
    qtbot.keyClick(curves, Key.Key_0)
    assert curves.view[0] == pytest.approx(whole[0])
    assert curves.view[1] == pytest.approx(whole[1])


def test_the_view_ends_where_the_figure_does_and_zooms_no_deeper_than_is_of_use(curves, qtbot):
    for _ in range(5):
        qtbot.keyClick(curves, Key.Key_Minus)
    (left, right), (low, high) = curves.view
    assert (left, right) == pytest.approx((-0.288, 24.288))
    assert (low, high) == pytest.approx((-0.02, 1.02))
    for _ in range(60):
        qtbot.keyClick(curves, Key.Key_Plus)
    (left, right), _ = curves.view
    assert right - left == pytest.approx(24.576 / 400)
    assert left <= 20.0 <= right


def test_a_step_out_of_view_moves_the_view(curves, qtbot):
    for _ in range(8):
        qtbot.keyClick(curves, Key.Key_Plus)
    wide = curves.view[0][1] - curves.view[0][0]
    qtbot.keyClick(curves, Key.Key_Home)
    left, right = curves.view[0]
    assert left <= 0.0 <= right
    assert right - left == pytest.approx(wide)


def test_the_wheel_zooms_on_what_is_under_it(curves):
    place = at(curves, 6.0, 0.5)
    whole = curves.view[0]
    wheel = QWheelEvent(
        QPointF(place),
        QPointF(curves.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(curves.viewport(), wheel)
    left, right = curves.view[0]
    assert right - left < 0.7 * (whole[1] - whole[0])
    assert (at(curves, 6.0, 0.5) - place).manhattanLength() <= 2


def dragged(curves, button, by=60):
    """Range of x before and after dragging to the left."""
    start, none, kinds = at(curves, 12.0, 0.5), Qt.MouseButton.NoButton, QEvent.Type
    before = curves.view[0]
    mouse(curves, kinds.MouseButtonPress, start, button, button)
    for k in range(1, 7):
        mouse(curves, kinds.MouseMove, start - QPoint(by * k // 6, 0), none, button)
    mouse(curves, kinds.MouseButtonRelease, start - QPoint(by, 0), button, none)
    return before, curves.view[0]


def test_dragging_moves_and_the_right_button_does_nothing(curves, qtbot, monkeypatch):
    monkeypatch.setitem(pyqtgraph.CONFIG_OPTIONS, "mouseRateLimit", -1)  # it would skip moves that come this fast
    for _ in range(3):
        qtbot.keyClick(curves, Key.Key_Plus)
    qtbot.keyClick(curves, Key.Key_Home)
    before, after = dragged(curves, Qt.MouseButton.RightButton)
    assert after == before
    (left, right), (now, end) = dragged(curves, Qt.MouseButton.LeftButton)
    wide = curves.box.sceneBoundingRect().width()
    assert now - left == pytest.approx(60 / wide * (right - left), rel=0.05)
    assert end - now == pytest.approx(right - left)
    assert curves.x == 0.0


def test_other_keys_go_on_to_the_dialog(curves, qtbot):
    before = curves.x, curves.view
    qtbot.keyClick(curves, Key.Key_A)
    qtbot.keyClick(curves, Key.Key_Backspace)
    assert (curves.x, curves.view) == before


def colours(curves):
    """How often each colour is there."""
    image = curves.grab().toImage()
    found = {}
    for y in range(image.height()):
        for x in range(image.width()):
            name = image.pixelColor(x, y).name().upper()
            found[name] = found.get(name, 0) + 1
    return found


def test_it_has_the_colours_of_the_theme_and_follows_it(curves, qapp):
    light = colours(curves)
    assert max(light, key=light.__getitem__) == LIGHT.panel
    assert light[LIGHT.accent] > 300
    assert light[LIGHT.high] > 20
    style.apply(qapp, "dark")
    dark = colours(curves)
    assert max(dark, key=dark.__getitem__) == DARK.panel
    assert dark[DARK.accent] > 300
    assert LIGHT.accent not in dark
    assert curves.x == 20.0


def test_a_curve_is_drawn_where_its_values_are(curves):
    image = curves.grab().toImage()
    assert image.pixelColor(at(curves, 5.0, 0.9)).name().upper() == LIGHT.accent
    low, high = at(curves, 5.0, 0.86), at(curves, 5.0, 0.97)
    for inside in (low, high):  # the spread is a paler accent, beyond it is nothing
        assert image.pixelColor(inside).name().upper() not in (LIGHT.panel, LIGHT.accent)
    assert image.pixelColor(at(curves, 5.0, 0.6)).name().upper() == LIGHT.panel


def test_the_axes_are_written_as_in_the_figure(curves):
    left, bottom = (curves.axis_items[side] for side in ("left", "bottom"))
    step, shares = left.tickValues(-0.02, 1.02, 370)[0]
    assert [text.replace("\u202f", " ") for text in left.tickStrings(shares, 1.0, step)] == [
        "0 %",
        "25 %",
        "50 %",
        "75 %",
        "100 %",
    ]
    step, months = bottom.tickValues(-0.3, 24.3, 500)[0]
    assert bottom.tickStrings(months, 1.0, step) == ["0", "6", "12", "18", "24"]
    assert left.tickValues(0.249, 0.449, 370)[0][1][0] > 0.25  # its number would be cut by the edge


def test_names_stand_where_the_curves_leave_the_view(shown, qtbot):
    curves = shown(samples.plot())
    labels = EndLabels(curves)
    qtbot.addWidget(labels)
    labels.resize(labels.width(), curves.height())
    placed = labels.placed()
    assert [s.name for s, *_ in placed] == ["this patient", "high"]
    y = [at(curves, 24.0, value).y() for value in (0.52, 0.8 * 2 / 3)]
    assert [end for _, end, _, _ in placed] == pytest.approx(y, abs=1)
    assert abs(placed[0][2] - placed[1][2]) >= 14.0 - 1e-9
    assert all(joined for *_, joined in placed)
    assert not labels.grab().toImage().isNull()


def test_names_out_of_view_are_left_out(curves, qtbot):
    labels = EndLabels(curves)
    qtbot.addWidget(labels)
    curves.box.setRange(xRange=(0.0, 5.0), yRange=(0.85, 1.0), padding=0)
    assert [s.name for s, *_ in labels.placed()] == ["this patient"]  # the group has fallen to 0.8


def test_folds_are_points_of_which_each_can_be_read(shown, qtbot):
    curves = shown(folds_plot(Folds({0: 0.86, 1: 0.83}, 5), "C-index by fold"))
    assert curves.x == 2.0
    qtbot.keyClick(curves, Key.Key_Left)
    assert curves.x == 1.0
    assert [s.name for s, *_ in curves.ends()] == ["MUST mean"]
    assert curves.grab().toImage().pixelColor(at(curves, 1.0, 0.86)).name().upper() == LIGHT.accent


def test_a_plot_without_values_has_no_crosshair(shown, qtbot):
    curves = shown(folds_plot(Folds({}, 5), "C-index by fold"))
    assert math.isnan(curves.x)
    for key in (Key.Key_Right, Key.Key_Plus, Key.Key_0):
        qtbot.keyClick(curves, key)
    assert math.isnan(curves.x)
    qtbot.mouseMove(curves.viewport(), QPoint(300, 200))
    assert curves.ends() == []


def test_the_keyboard_sees_where_it_is(curves):
    before = colours(curves).get(LIGHT.accent, 0)
    curves.clearFocus()
    curves.setFocus(Qt.FocusReason.TabFocusReason)
    image = curves.grab().toImage()
    middle = image.height() // 2
    assert image.pixelColor(0, middle).name().upper() != LIGHT.panel
    curves.clearFocus()
    assert curves.grab().toImage().pixelColor(0, middle).name().upper() == LIGHT.panel
    assert before > 0
