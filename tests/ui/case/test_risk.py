import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from survgui.ui import style
from survgui.ui.case.risk import NARROWEST, RiskPanel
from tests.ui import samples


@pytest.fixture
def panel(qtbot, qapp):
    style.apply(qapp, "light")
    made = RiskPanel()
    qtbot.addWidget(made)
    made.resize(392, 790)
    made.show()
    return made


def test_without_an_estimate_there_is_a_sentence_and_an_action(panel, qtbot):
    assert panel.empty.isVisible()
    assert not panel.area.isVisible()
    with qtbot.waitSignal(panel.predict_requested):
        qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)


def test_work_is_announced_and_nothing_can_be_asked_for_twice(panel):
    panel.set_busy("Encoding the slide")
    assert panel.busy.isVisible()
    assert not panel.empty.button.isVisible()
    panel.set_busy("")
    assert not panel.busy.isVisible()
    assert panel.empty.button.isVisible()


def test_three_cards_fit_a_window_of_900_px(panel, qtbot):
    panel.set_predicted(samples.predicted(warnings=()))
    qtbot.waitUntil(lambda: panel.area.isVisible() and panel.area.viewport().height() > 700)
    assert not panel.checks.isVisible()
    assert panel.area.verticalScrollBar().maximum() == 0
    cards = (panel.estimate, panel.contributions, panel.information)
    assert all(card.isVisible() for card in cards)
    assert panel.information.geometry().bottom() <= panel.area.viewport().height()


def test_a_low_window_scrolls_and_cuts_nothing_at_the_side(panel, qtbot):
    panel.set_predicted(samples.predicted())
    panel.resize(NARROWEST, 500)
    qtbot.waitUntil(lambda: panel.area.verticalScrollBar().maximum() > 0)
    assert panel.checks.isVisible()
    assert panel.area.widget().width() <= panel.area.viewport().width()


def test_the_first_estimate_gives_way_to_the_whole_one(panel):
    panel.set_busy("Imputing")
    panel.set_predicted(samples.predicted(preliminary=True))
    assert panel.estimate.spread.text() == "imputing RNA-seq and copy number"
    assert not panel.information.figure.isVisible()
    panel.set_predicted(samples.predicted())
    panel.set_busy(None)
    assert panel.estimate.spread.text().startswith("imputation spread")
    assert panel.information.figure.isVisible()


def test_nothing_is_left_of_a_case_that_is_closed(panel, qtbot):
    """Its id stands in the dialog that explores its curve."""
    panel.set_predicted(samples.predicted())
    explorer = panel.estimate.curve.explorer
    explorer.open()
    qtbot.waitUntil(lambda: explorer.dialog is not None)
    panel.set_predicted(None)
    assert explorer.dialog is None and not explorer.ready
    assert panel.estimate.number.text() == "" == panel.estimate.curve.accessibleDescription()
    figures = (panel.estimate.curve, panel.contributions.figure, panel.information.figure)
    assert not any(figure.menu.isEnabled() for figure in figures)
    panel.set_predicted(samples.predicted())
    assert panel.area.isVisible() and all(figure.menu.isEnabled() for figure in figures)


def test_an_estimate_out_of_date_says_why_until_there_is_a_new_one(panel, qtbot):
    panel.set_stale("Another model was chosen.")
    assert not panel.stale.isVisible()  # nothing is there that could be out of date
    panel.set_predicted(samples.predicted())
    panel.set_stale("Another model was chosen.")
    assert panel.stale.isVisible()
    with qtbot.waitSignal(panel.predict_requested):
        qtbot.mouseClick(panel.again, Qt.MouseButton.LeftButton)
    panel.set_predicted(samples.predicted())
    assert not panel.stale.isVisible()


def test_a_case_without_estimate_shows_none_of_the_one_before(panel):
    panel.set_predicted(samples.predicted())
    panel.set_predicted(None)
    assert panel.empty.isVisible()
    assert not panel.area.isVisible()
    assert not panel.checks.isVisible()


def test_the_panel_follows_the_theme(panel, qapp):
    panel.set_predicted(samples.predicted(warnings=()))
    for mode, tokens in (("dark", style.DARK), ("light", style.LIGHT)):
        style.apply(qapp, mode)
        image = panel.grab().toImage()
        corner = panel.estimate.mapTo(panel, panel.estimate.rect().center())
        seen = {image.pixelColor(x, corner.y()).name() for x in range(image.width())}
        assert tokens.panel.lower() in seen


def test_a_failure_is_said_in_place_of_the_estimate_and_goes_with_the_next_try(panel, qtbot):
    panel.show_trouble("there is nothing to predict from")
    assert "There is nothing to predict from" in {label.text() for label in panel.empty.findChildren(QLabel)}
    with qtbot.waitSignal(panel.predict_requested, timeout=1000):
        qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    panel.set_busy("Predicting")
    panel.set_busy(None)
    assert "There is nothing to predict from" not in {label.text() for label in panel.empty.findChildren(QLabel)}


def test_a_failure_stands_over_the_estimate_that_is_shown(panel):
    panel.set_predicted(samples.predicted())
    panel.show_trouble("the memory is exhausted")
    assert panel.stale.isVisible() and panel.area.isVisible()
    panel.set_predicted(samples.predicted())
    assert not panel.stale.isVisible()


def test_the_narrowest_panel_that_scrolls_cuts_no_headline(panel, qtbot):
    panel.resize(NARROWEST, 560)
    panel.set_predicted(samples.predicted(risk_group="intermediate", risk_percentile=64.0))
    qtbot.waitUntil(lambda: panel.area.verticalScrollBar().isVisible())
    when, badge = panel.estimate.when, panel.estimate.badge
    qtbot.waitUntil(lambda: badge.text == "Interm. · 64th")
    assert when.width() >= when.fontMetrics().horizontalAdvance(when.text())
    assert when.geometry().right() < badge.geometry().left()
